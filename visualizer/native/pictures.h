/* Pictures of request and response. */

/* Whether two dicts hold the same objects under the same keys in the same order. */
static int
holds_same(PyObject *one, PyObject *other)
{
    if (PyDict_GET_SIZE(one) != PyDict_GET_SIZE(other))
        return 0;
    Py_ssize_t i = 0, j = 0;
    PyObject *key, *value, *other_key, *other_value;
    while (PyDict_Next(one, &i, &key, &value)) {
        if (!PyDict_Next(other, &j, &other_key, &other_value) || key != other_key || value != other_value)
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

/* A named tuple of `kind`; takes over the reference to `items`. */
static PyObject *
named(PyObject *kind, PyObject *items)
{
    if (items == NULL)
        return NULL;
    PyObject *args = PyTuple_Pack(1, items);
    Py_DECREF(items);
    if (args == NULL)
        return NULL;
    PyObject *made = PyTuple_Type.tp_new((PyTypeObject *)kind, args, NULL);
    Py_DECREF(args);
    return made;
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
    while (PyDict_Next(live, &place, &name, &value)) {
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
    while (PyDict_Next(seen, &place, &name, &value)) {
        PyObject *is = PyDict_GetItemWithError(live, name);
        if (is == value || PyErr_Occurred())
            continue;
        if (noted != NULL && is != NULL)
            note_change(noted, count, word_change, name, is, value);
        count += is != NULL;
    }
    place = 0;
    while (PyDict_Next(seen, &place, &name, &value)) {
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
    while (seen != NULL && count < size && PyDict_Next(live, &place, &name, &value)) {
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
        if (!PyDict_Next(live, &place, &name, &is) || name != entry[0].object)
            return -1;
        changed += entry[1].object != is;
    }
    return changed;
}

/* Note what was added and changed, and that it is seen now. */
static int
note_growth(Slip *seen, PyObject *live, Slip *noted, Py_ssize_t added)
{
    Py_ssize_t i = 0, count = seen->entries[seen->objects].number, changes = added, additions = 0, place = 0;
    PyObject *name, *is;
    while (PyDict_Next(live, &place, &name, &is)) {
        Entry *entry = seen->entries + 2 * i++;
        if (i <= count) {
            if (entry[1].object != is) {
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
    return noted ? (PyObject *)noted : PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
}

/* A response's parts, as they are now. */
typedef struct {
    PyObject *status, *store, *cookies; /* of no cookies None, otherwise coded values by name */
    Py_ssize_t size;                    /* of the body; -1 where it is not known */
} Parts;

static void
let_go_of_parts(Parts *parts)
{
    Py_XDECREF(parts->status); Py_XDECREF(parts->store); Py_XDECREF(parts->cookies);
}

/* The attributes of a response of whose class none of the parts is made by a descriptor; NULL where they may be. */
static PyObject *
own_attributes(PyObject *response)
{
    PyTypeObject *kind = Py_TYPE(response);
    if (kind->tp_getattro != PyObject_GenericGetAttr || !kind->tp_dictoffset || _PyType_Lookup(kind, s_container)
        || _PyType_Lookup(kind, s_cookies) || _PyType_Lookup(kind, s_headers))
        return NULL;
    PyObject *own = PyObject_GenericGetDict(response, NULL);
    if (own == NULL)
        PyErr_Clear();
    return own;
}

/* A new reference; NULL with AttributeError where there is none. */
static PyObject *
part_of(PyObject *response, PyObject *own, PyObject *name)
{
    PyObject *found = own ? PyDict_GetItemWithError(own, name) : NULL;
    return found ? Py_NewRef(found) : PyErr_Occurred() ? NULL : PyObject_GetAttr(response, name);
}

/* -1 where it is not known, -2 on an error. */
static Py_ssize_t
body_size(PyObject *response, PyObject *own)
{
    PyObject *parts = part_of(response, own, s_container);
    if (parts == NULL) {
        if (!PyErr_ExceptionMatches(PyExc_AttributeError))
            return -2;
        PyErr_Clear();
        return -1;
    }
    Py_ssize_t size = 0, count = PySequence_Size(parts);
    for (Py_ssize_t i = 0; i < count && size >= 0; i++) {
        PyObject *part = PySequence_GetItem(parts, i);
        Py_ssize_t length = part ? PyObject_Size(part) : -1;
        Py_XDECREF(part);
        size = length < 0 ? -1 : size + length;
    }
    Py_DECREF(parts);
    return count < 0 || size < 0 ? -2 : size;
}

static PyObject *
coded_cookies(PyObject *response, PyObject *own)
{
    PyObject *cookies = part_of(response, own, s_cookies);
    if (cookies == NULL)
        return NULL;
    int some = PyDict_Check(cookies) ? PyDict_GET_SIZE(cookies) > 0 : PyObject_IsTrue(cookies);
    if (some <= 0) {
        Py_DECREF(cookies);
        return some < 0 ? NULL : Py_NewRef(Py_None);
    }
    /* `SimpleCookie` is a dict; what the application put in its place is asked for its items. */
    PyObject *plain = PyDict_Check(cookies) ? Py_NewRef(cookies) : PyObject_CallOneArg((PyObject *)&PyDict_Type, cookies);
    PyObject *coded = plain ? PyDict_New() : NULL, *name, *morsel;
    Py_ssize_t place = 0;
    while (coded != NULL && PyDict_Next(plain, &place, &name, &morsel)) {
        /* Reading the value runs Python: meanwhile another thread may take the cookie away. */
        Py_INCREF(name);
        Py_INCREF(morsel);
        /* Of Python's own class what its property gives. */
        PyObject *value = PyObject_GetAttr(morsel, (PyObject *)Py_TYPE(morsel) == morsel_class ? s_own_coded_value : s_coded_value);
        if (value == NULL || PyDict_SetItem(coded, name, value) < 0)
            Py_CLEAR(coded);
        Py_XDECREF(value);
        Py_DECREF(name);
        Py_DECREF(morsel);
    }
    Py_XDECREF(plain);
    Py_DECREF(cookies);
    return coded;
}

static int
read_parts(PyObject *response, Parts *parts)
{
    *parts = (Parts){0};
    PyObject *own = own_attributes(response);
    parts->size = body_size(response, own);
    if (parts->size > -2 && (parts->cookies = coded_cookies(response, own)) != NULL
        && (parts->status = PyObject_GetAttr(response, s_status_code)) != NULL) {
        PyObject *headers = part_of(response, own, s_headers);
        parts->store = headers ? PyObject_GetAttr(headers, s_store) : NULL;
        Py_XDECREF(headers);
    }
    Py_XDECREF(own);
    return parts->store ? 0 : -1;
}

static int
is_same_number(PyObject *one, PyObject *other)
{
    return one == other
        || (PyLong_CheckExact(one) && PyLong_CheckExact(other) && PyLong_AsLongLong(one) == PyLong_AsLongLong(other));
}

/* Whether a picture shows just this. */
static int
shows(PyObject *picture, PyObject *response, Parts *parts)
{
    if (picture == Py_None || PyLong_AsVoidPtr(PyTuple_GET_ITEM(picture, 0)) != response
        || PyTuple_GET_ITEM(picture, 1) != (PyObject *)Py_TYPE(response)
        || !is_same_number(PyTuple_GET_ITEM(picture, 2), parts->status))
        return 0;
    PyObject *cookies = PyTuple_GET_ITEM(picture, 4), *size = PyTuple_GET_ITEM(picture, 5);
    if (cookies != parts->cookies && (cookies == Py_None || parts->cookies == Py_None || !holds_same(cookies, parts->cookies)))
        return 0;
    return (size == Py_None ? -1 : PyLong_AsSsize_t(size)) == parts->size && holds_same(PyTuple_GET_ITEM(picture, 3), parts->store);
}

/* A picture of a response: the one before where it shows the same. */
static PyObject *
take_response(PyObject *response, PyObject *before)
{
    Parts parts;
    PyObject *picture = NULL;
    if (read_parts(response, &parts) == 0) {
        if (shows(before, response, &parts))
            picture = Py_NewRef(before);
        else {
            PyObject *identity = PyLong_FromVoidPtr(response), *headers = PyDict_Copy(parts.store);
            PyObject *size = parts.size < 0 ? Py_NewRef(Py_None) : PyLong_FromSsize_t(parts.size);
            PyObject *items = identity && headers && size ? PyTuple_Pack(6, identity, Py_TYPE(response), parts.status, headers,
                                                                         parts.cookies, size) : NULL;
            Py_XDECREF(identity); Py_XDECREF(headers); Py_XDECREF(size);
            picture = named(response_picture, items);
        }
    }
    let_go_of_parts(&parts);
    return picture;
}

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
