/* Pictures of request and response. */

/* Whether two dicts hold the same objects under the same keys in the same order. */
static int
holds_same(PyObject *one, PyObject *other)
{
    if (PyDict_GET_SIZE(one) != PyDict_GET_SIZE(other))
        return 0;
    Py_ssize_t i = 0, j = 0;
    PyObject *key, *value, *other_key, *other_value;
    while (next_item(one, &i, &key, &value)) {
        if (!next_item(other, &j, &other_key, &other_value) || key != other_key || value != other_value)
            return 0;
    }
    return 1;
}

static int
waits(PyObject *value)
{
    if (!PyType_IsSubtype(Py_TYPE(value), (PyTypeObject *)lazy_object))
        return 0;
    PyObject *wrapped = PyObject_GenericGetAttr(value, s_wrapped);
    if (wrapped == NULL)
        return -1;
    Py_DECREF(wrapped);
    return wrapped == empty;
}

/* What is kept of an attribute's value until it is told, as `snapshots.keep` has it; a new reference. The value itself would keep
 * the request that it leads to, and with it all that the garbage collector could otherwise free.
 */
static PyObject *
kept_of(PyObject *value)
{
    enum { MAY_BE_PLAIN = Py_TPFLAGS_LONG_SUBCLASS | Py_TPFLAGS_LIST_SUBCLASS | Py_TPFLAGS_TUPLE_SUBCLASS | Py_TPFLAGS_BYTES_SUBCLASS
                          | Py_TPFLAGS_UNICODE_SUBCLASS | Py_TPFLAGS_DICT_SUBCLASS | Py_TPFLAGS_TYPE_SUBCLASS };
    PyTypeObject *kind = Py_TYPE(value);
    if (value == Py_None || kind == &PyUnicode_Type || kind == &PyLong_Type || kind == &PyBool_Type || kind == &PyFloat_Type)
        return Py_NewRef(value);
    if (kind == &PyDict_Type || kind == &PyList_Type || kind == &PyTuple_Type) {
        PyObject *length = PyLong_FromSsize_t(PyObject_Size(value)), *told = length ? PyTuple_Pack(2, kind, length) : NULL;
        Py_XDECREF(length);
        return told;
    }
    int asked = (kind->tp_flags & MAY_BE_PLAIN) || PyType_IsSubtype(kind, (PyTypeObject *)lazy_object)
        || PyType_IsSubtype(kind, (PyTypeObject *)promise) ? 1 : PySet_Contains(told_by_value, (PyObject *)kind);
    return asked < 0 ? NULL : asked ? PyObject_CallOneArg(keep, value) : Py_NewRef((PyObject *)kind);
}

/* One difference of a request's attributes: what happened, the name, what is there and what was. */
enum { OP, NAME, IS, WAS, ENTRIES_OF_CHANGE };

static void
note_change(Slip *noted, Py_ssize_t number, PyObject *op, PyObject *name, PyObject *is, PyObject *was)
{
    Entry *entries = noted->entries + 1 + number * ENTRIES_OF_CHANGE;
    entries[OP].object = Py_NewRef(op);
    entries[NAME].object = Py_NewRef(name);
    entries[IS].object = Py_XNewRef(is);
    entries[WAS].object = Py_XNewRef(was);
}

/* What is there of `seen` and no longer of `live`, or in another order: how many differences there are; noted too where there
 * is a slip for them. -1 on an error.
 */
static Py_ssize_t
differences(PyObject *seen, PyObject *live, Slip *noted)
{
    Py_ssize_t count = 0, place = 0;
    PyObject *name, *value;
    while (next_item(live, &place, &name, &value)) {
        if (PyDict_GetItemWithError(seen, name) != NULL)
            continue;
        int lazy = PyErr_Occurred() ? -1 : noted ? waits(value) : 0;
        if (lazy < 0)
            return -1;
        if (noted != NULL)
            note_change(noted, count, lazy ? word_lazy : word_add, name, value, NULL);
        count++;
    }
    place = 0;
    while (next_item(seen, &place, &name, &value)) {
        PyObject *is = PyDict_GetItemWithError(live, name);
        if (is == value || PyErr_Occurred())
            continue;
        if (noted != NULL && is != NULL)
            note_change(noted, count, word_change, name, is, value);
        count += is != NULL;
    }
    place = 0;
    while (next_item(seen, &place, &name, &value)) {
        if (PyDict_Contains(live, name))
            continue;
        if (noted != NULL)
            note_change(noted, count, word_remove, name, NULL, value);
        count++;
    }
    return PyErr_Occurred() ? -1 : count;
}

/* A request's attributes as they were seen last, on a slip: name and value of each, room for more, and how many there are. */
enum { SPARE_ATTRIBUTES = 12 };

static PyObject *
seen_of(PyObject *live)
{
    Py_ssize_t count = 0, size = PyDict_GET_SIZE(live), place = 0;
    Slip *seen = new_slip(2 * (size + SPARE_ATTRIBUTES), 1);
    PyObject *name, *value;
    while (seen != NULL && count < size && next_item(live, &place, &name, &value)) {
        seen->entries[2 * count].object = Py_NewRef(name);
        seen->entries[2 * count++ + 1].object = Py_NewRef(value);
    }
    if (seen != NULL)
        seen->entries[seen->objects].number = count;
    return (PyObject *)seen;
}

static PyObject *
dict_of_seen(Slip *seen)
{
    PyObject *made = PyDict_New();
    for (Py_ssize_t i = 0; made != NULL && i < seen->entries[seen->objects].number; i++)
        if (PyDict_SetItem(made, seen->entries[2 * i].object, seen->entries[2 * i + 1].object) < 0)
            Py_CLEAR(made);
    return made;
}

/* How many attributes have changed where `live` is what was seen, changed in place and with more behind it, which is the
 * rule: then nothing need be looked up. -1 where it is not so.
 */
static Py_ssize_t
changes_in_place(Slip *seen, PyObject *live)
{
    Py_ssize_t changed = 0, count = seen->entries[seen->objects].number, place = 0;
    PyObject *name, *is;
    for (Entry *entry = seen->entries, *end = entry + 2 * count; entry < end; entry += 2) {
        if (!next_item(live, &place, &name, &is) || name != entry[0].object)
            return -1;
        changed += entry[1].object != is;
    }
    return changed;
}

/* Note what was added and changed, and that it is seen now. */
static int
note_growth(Slip *seen, PyObject *live, Slip *noted, Py_ssize_t added)
{
    Py_ssize_t i = 0, count = seen->entries[seen->objects].number, end = count + added, changes = added, additions = 0, place = 0;
    PyObject *name, *is;
    /* No further, though to let go of a value may run Python, which may put more there. */
    while (i < end && next_item(live, &place, &name, &is)) {
        Entry *entry = seen->entries + 2 * i++;
        if (i <= count) {
            if (entry[1].object != is && 1 + changes * ENTRIES_OF_CHANGE < noted->objects) {
                note_change(noted, changes++, word_change, name, is, entry[1].object);
                Py_SETREF(entry[1].object, Py_NewRef(is));
            }
            continue;
        }
        int lazy = waits(is);
        if (lazy < 0)
            return -1;
        note_change(noted, additions++, lazy ? word_lazy : word_add, name, is, NULL);
        entry[0].object = Py_NewRef(name);
        entry[1].object = Py_NewRef(is);
        seen->entries[seen->objects].number = i;
    }
    return 0;
}

/* The same where attributes went, or came back in another order. */
static Slip *
note_differences(PyObject **seen, PyObject *live)
{
    PyObject *before = dict_of_seen((Slip *)*seen), *after = before ? seen_of(live) : NULL;
    Py_ssize_t count = after ? differences(before, live, NULL) : -1;
    Slip *noted = count < 0 ? NULL : new_slip(1 + count * ENTRIES_OF_CHANGE, 0);
    if (noted != NULL && differences(before, live, noted) < 0)
        Py_CLEAR(noted);
    if (noted != NULL)
        Py_SETREF(*seen, Py_NewRef(after));
    Py_XDECREF(before);
    Py_XDECREF(after);
    return noted;
}

/* A number that no other state of any dict has; 0 where this Python does not tell. */
static uint64_t
version_of(PyObject *dict)
{
#if PY_VERSION_HEX < 0x030C0000
    return ((PyDictObject *)dict)->ma_version_tag;
#else
    (void)dict;
    return 0;
#endif
}

/* Put in place of each value what is kept of it. Only now: to ask Python lets other threads change what is being read. */
static int
keep_values(Slip *noted)
{
    for (Entry *entry = noted->entries + 1, *end = noted->entries + noted->objects; entry < end; entry += ENTRIES_OF_CHANGE) {
        for (int which = IS; which <= WAS; which++) {
            PyObject *value = entry[which].object;
            PyObject *kept = value == NULL                  ? NULL
                           : entry[OP].object == word_lazy ? Py_NewRef((PyObject *)Py_TYPE(value))
                                                           : kept_of(value);
            if (value != NULL && kept == NULL)
                return -1;
            Py_XSETREF(entry[which].object, kept);
        }
    }
    return 0;
}

/* What differs from `*seen`, which then is what is seen now: a slip, NULL without an error where nothing does. */
static Slip *
note_difference(PyObject **seen, PyObject *live)
{
    Slip *before = (Slip *)*seen;
    Py_ssize_t changed = changes_in_place(before, live), added = PyDict_GET_SIZE(live) - before->entries[before->objects].number;
    if (changed < 0 || 2 * PyDict_GET_SIZE(live) > before->objects)
        return note_differences(seen, live);
    Slip *noted = added + changed ? new_slip(1 + (added + changed) * ENTRIES_OF_CHANGE, 0) : NULL;
    if (noted != NULL && note_growth(before, live, noted, added) < 0)
        Py_CLEAR(noted);
    return noted;
}

/* What of a request's attributes differs from `*seen`, which then is what is seen now: a slip, None where nothing does.
 * `*version` is that of the attributes when they were seen last.
 */
static PyObject *
take_request(PyObject *request, PyObject **seen, uint64_t *version)
{
    /* Not by name: that would ask all classes of the request for it. */
    PyObject *live = Py_TYPE(request)->tp_dictoffset ? PyObject_GenericGetDict(request, NULL) : PyObject_GetAttr(request, s_dict);
    if (live == NULL)
        return NULL;
    uint64_t version_now = version_of(live);
    Slip *noted = NULL;
    if (*seen == Py_None) {
        PyObject *first = seen_of(live);
        if (first != NULL)
            Py_SETREF(*seen, first);
    }
    else if (version_now == 0 || version_now != *version)
        noted = note_difference(seen, live);
    Py_DECREF(live);
    *version = version_now;
    if (noted != NULL)
        put(noted, 0, Py_NewRef(Py_TYPE(request)));
    if (noted != NULL && keep_values(noted) < 0)
        Py_CLEAR(noted);
    return noted ? (PyObject *)noted : PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
}

/* A picture of a response: to Python what `snapshots.ResponsePicture` is. */
typedef struct {
    PyObject_VAR_HEAD
    PyObject *response;          /* only to know it again: it may be gone */
    PyTypeObject *kind;
    PyObject *status, *cookies;  /* of no cookies None, otherwise coded values by name */
    Py_ssize_t body_bytes;       /* -1 where it is not known */
    uint64_t store_version;      /* of the dict that the headers are kept in */
    PyObject *headers[];         /* lower-case name and (name, value), in turn */
} Picture;

static PyTypeObject PictureType;

/* A response's parts, as they are now. */
typedef struct {
    PyObject *status, *store, *cookies;
    Py_ssize_t size;
} Parts;

static void
let_go_of_parts(Parts *parts)
{
    Py_XDECREF(parts->status); Py_XDECREF(parts->store); Py_XDECREF(parts->cookies);
}

/* -2 on an error. */
static Py_ssize_t
size_of_parts(PyObject *parts)
{
    if (PyList_CheckExact(parts) && PyList_GET_SIZE(parts) == 1 && PyBytes_CheckExact(PyList_GET_ITEM(parts, 0)))
        return PyBytes_GET_SIZE(PyList_GET_ITEM(parts, 0));
    Py_ssize_t size = 0, count = PySequence_Size(parts);
    for (Py_ssize_t i = 0; i < count && size >= 0; i++) {
        PyObject *part = PySequence_GetItem(parts, i);
        Py_ssize_t length = part ? PyObject_Size(part) : -1;
        Py_XDECREF(part);
        size = length < 0 ? -1 : size + length;
    }
    return count < 0 || size < 0 ? -2 : size;
}

/* -1 where it is not known, -2 on an error. */
static Py_ssize_t
body_size(PyObject *response)
{
    PyObject *parts = ATTRIBUTE(response, s_container);
    if (parts == NULL) {
        if (!PyErr_ExceptionMatches(PyExc_AttributeError))
            return -2;
        PyErr_Clear();
        return -1;
    }
    Py_ssize_t size = size_of_parts(parts);
    Py_DECREF(parts);
    return size;
}

static PyObject *
coded_cookies(PyObject *cookies)
{
    int some = PyDict_Check(cookies) ? PyDict_GET_SIZE(cookies) > 0 : PyObject_IsTrue(cookies);
    if (some <= 0)
        return some < 0 ? NULL : Py_NewRef(Py_None);
    /* `SimpleCookie` is a dict; what the application put in its place is asked for its items. */
    PyObject *plain = PyDict_Check(cookies) ? Py_NewRef(cookies) : PyObject_CallOneArg((PyObject *)&PyDict_Type, cookies);
    PyObject *coded = plain ? PyDict_New() : NULL, *name, *morsel;
    Py_ssize_t place = 0;
    while (coded != NULL && next_item(plain, &place, &name, &morsel)) {
        /* Reading the value runs Python: meanwhile another thread may take the cookie away. */
        Py_INCREF(name);
        Py_INCREF(morsel);
        /* Of Python's own class what its property gives. */
        PyObject *value = (PyObject *)Py_TYPE(morsel) == morsel_class ? ATTRIBUTE(morsel, s_own_coded_value)
                                                                      : PyObject_GetAttr(morsel, s_coded_value);
        if (value == NULL || PyDict_SetItem(coded, name, value) < 0)
            Py_CLEAR(coded);
        Py_XDECREF(value);
        Py_DECREF(name);
        Py_DECREF(morsel);
    }
    Py_XDECREF(plain);
    return coded;
}

static int
read_parts(PyObject *response, Parts *parts)
{
    *parts = (Parts){.size = body_size(response)};
    PyObject *cookies = parts->size > -2 ? ATTRIBUTE(response, s_cookies) : NULL;
    parts->cookies = cookies ? coded_cookies(cookies) : NULL;
    parts->status = parts->cookies ? ATTRIBUTE(response, s_status_code) : NULL;
    PyObject *headers = parts->status ? ATTRIBUTE(response, s_headers) : NULL;
    parts->store = headers ? ATTRIBUTE(headers, s_store) : NULL;
    Py_XDECREF(cookies);
    Py_XDECREF(headers);
    if (parts->store != NULL && !PyDict_Check(parts->store))
        PyErr_SetString(PyExc_TypeError, "the headers of a response are kept in a dict");
    return parts->store != NULL && PyDict_Check(parts->store) ? 0 : -1;
}

static int
is_same_number(PyObject *one, PyObject *other)
{
    return one == other
        || (PyLong_CheckExact(one) && PyLong_CheckExact(other) && PyLong_AsLongLong(one) == PyLong_AsLongLong(other));
}

/* Whether a picture has the headers of a dict, in the same order. */
static int
has_headers(Picture *picture, PyObject *store)
{
    Py_ssize_t place = 0;
    PyObject *key, *value, **header = picture->headers;
    if (PyDict_GET_SIZE(store) * 2 != Py_SIZE(picture))
        return 0;
    for (; next_item(store, &place, &key, &value); header += 2)
        if (key != header[0] || value != header[1])
            return 0;
    return 1;
}

/* Whether a picture shows just this. */
static int
shows(PyObject *last, PyObject *response, Parts *parts)
{
    Picture *picture = (Picture *)last;
    if (last == Py_None || picture->response != response || picture->kind != Py_TYPE(response)
        || !is_same_number(picture->status, parts->status) || picture->body_bytes != parts->size)
        return 0;
    PyObject *cookies = picture->cookies;
    if (cookies != parts->cookies && (cookies == Py_None || parts->cookies == Py_None || !holds_same(cookies, parts->cookies)))
        return 0;
    uint64_t version = version_of(parts->store);
    return (version && version == picture->store_version) || has_headers(picture, parts->store);
}

static PyObject *
new_picture(PyObject *response, Parts *parts)
{
    Py_ssize_t count = 2 * PyDict_GET_SIZE(parts->store), place = 0;
    Picture *made = take_room(sizeof(Picture) + count * sizeof(PyObject *));
    if (made == NULL)
        return PyErr_NoMemory();
    begin_object(made, &PictureType, count);
    made->response = response;
    made->kind = (PyTypeObject *)Py_NewRef((PyObject *)Py_TYPE(response));
    made->status = Py_NewRef(parts->status);
    made->cookies = Py_NewRef(parts->cookies);
    made->body_bytes = parts->size;
    made->store_version = version_of(parts->store);
    PyObject *key, *value, **header = made->headers;
    while (next_item(parts->store, &place, &key, &value)) {
        *header++ = Py_NewRef(key);
        *header++ = Py_NewRef(value);
    }
    return (PyObject *)made;
}

/* A picture of a response: the one before where it shows the same. */
static PyObject *
take_response(PyObject *response, PyObject *before)
{
    Parts parts;
    PyObject *picture = NULL;
    if (read_parts(response, &parts) == 0)
        picture = shows(before, response, &parts) ? Py_NewRef(before) : new_picture(response, &parts);
    let_go_of_parts(&parts);
    return picture;
}

static PyObject *
picture_headers(Picture *self, void *Py_UNUSED(closure))
{
    PyObject *made = PyDict_New();
    for (Py_ssize_t i = 0; made != NULL && i < Py_SIZE(self); i += 2)
        if (PyDict_SetItem(made, self->headers[i], self->headers[i + 1]) < 0)
            Py_CLEAR(made);
    return made;
}

static PyObject *
picture_identity(Picture *self, void *Py_UNUSED(closure))
{
    return PyLong_FromVoidPtr(self->response);
}

static PyObject *
picture_body_bytes(Picture *self, void *Py_UNUSED(closure))
{
    return self->body_bytes < 0 ? Py_NewRef(Py_None) : PyLong_FromSsize_t(self->body_bytes);
}

static void
picture_dealloc(Picture *self)
{
    for (Py_ssize_t i = 0; i < Py_SIZE(self); i++)
        Py_DECREF(self->headers[i]);
    Py_DECREF(self->kind);
    Py_DECREF(self->status);
    Py_DECREF(self->cookies);
    give_room_back(self, sizeof(Picture) + Py_SIZE(self) * sizeof(PyObject *));
}

static PyMemberDef picture_members[] = {
    {"kind", T_OBJECT_EX, offsetof(Picture, kind), READONLY},
    {"status", T_OBJECT_EX, offsetof(Picture, status), READONLY},
    {"cookies", T_OBJECT_EX, offsetof(Picture, cookies), READONLY},
    {NULL},
};

static PyGetSetDef picture_getset[] = {
    {"identity", (getter)picture_identity, NULL},
    {"headers", (getter)picture_headers, NULL},
    {"body_bytes", (getter)picture_body_bytes, NULL},
    {NULL},
};

static PyTypeObject PictureType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "visualizer.native.ResponsePicture",
    .tp_basicsize = sizeof(Picture),
    .tp_itemsize = sizeof(PyObject *),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_dealloc = (destructor)picture_dealloc,
    .tp_members = picture_members,
    .tp_getset = picture_getset,
};

/* picture_request(request, before), whose pictures are dicts as in Python. */
static PyObject *
native_picture_request(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    if (count != 2 || (args[1] != Py_None && !PyDict_Check(args[1]))) {
        PyErr_SetString(PyExc_TypeError, "picture_request() takes a request and its last picture or None");
        return NULL;
    }
    uint64_t version = 0;
    PyObject *seen = args[1] == Py_None ? Py_NewRef(Py_None) : seen_of(args[1]);
    PyObject *noted = seen ? take_request(args[0], &seen, &version) : NULL, *after = noted ? dict_of_seen((Slip *)seen) : NULL;
    PyObject *both = after ? PyTuple_Pack(2, after, noted) : NULL;
    Py_XDECREF(seen);
    Py_XDECREF(noted);
    Py_XDECREF(after);
    return both;
}

static PyObject *
native_picture_response(PyObject *Py_UNUSED(module), PyObject *response)
{
    return take_response(response, Py_None);
}
