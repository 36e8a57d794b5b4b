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

/* How many differences there are; noted too where there is a slip for them. -1 on an error. */
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

/* What of a request's attributes differs from `*seen`, which then is what is seen now: a slip, None where nothing does.
 * `*version` is that of the attributes when they were seen last.
 */
static PyObject *
take_request(PyObject *request, PyObject **seen, uint64_t *version)
{
    /* Not by name: that would ask all classes of the request for it. */
    PyObject *live = Py_TYPE(request)->tp_dictoffset ? PyObject_GenericGetDict(request, NULL) : PyObject_GetAttr(request, s_dict);
    PyObject *noted = NULL, *now_seen = NULL;
    if (live == NULL)
        return NULL;
    uint64_t version_now = version_of(live);
    if (*seen == Py_None)
        noted = Py_NewRef(Py_None);
    else if ((version_now != 0 && version_now == *version) || holds_same(*seen, live)) {
        Py_DECREF(live);
        Py_RETURN_NONE;
    }
    else {
        Py_ssize_t count = differences(*seen, live, NULL);
        noted = count < 0 ? NULL : (PyObject *)new_slip(1 + count * ENTRIES_OF_CHANGE, 0);
        if (noted != NULL) {
            put((Slip *)noted, 0, Py_NewRef(Py_TYPE(request)));
            if (differences(*seen, live, (Slip *)noted) < 0)
                Py_CLEAR(noted);
        }
    }
    if (noted != NULL && (now_seen = PyDict_Copy(live)) == NULL)
        Py_CLEAR(noted);
    Py_DECREF(live);
    if (noted != NULL) {
        Py_SETREF(*seen, now_seen);
        *version = version_now;
    }
    return noted;
}

static PyObject *
body_size(PyObject *response)
{
    PyObject *parts = PyObject_GetAttr(response, s_container);
    if (parts == NULL) {
        if (!PyErr_ExceptionMatches(PyExc_AttributeError))
            return NULL;
        PyErr_Clear();
        return Py_NewRef(Py_None);
    }
    Py_ssize_t size = 0, count = PySequence_Size(parts);
    for (Py_ssize_t i = 0; i < count && size >= 0; i++) {
        PyObject *part = PySequence_GetItem(parts, i);
        Py_ssize_t length = part ? PyObject_Size(part) : -1;
        Py_XDECREF(part);
        size = length < 0 ? -1 : size + length;
    }
    Py_DECREF(parts);
    return count < 0 || size < 0 ? NULL : PyLong_FromSsize_t(size);
}

static PyObject *
coded_cookies(PyObject *response)
{
    PyObject *cookies = PyObject_GetAttr(response, s_cookies);
    if (cookies == NULL)
        return NULL;
    int some = PyObject_IsTrue(cookies);
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
        PyObject *value = PyObject_GetAttr(morsel, s_coded_value);
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

/* Whether a picture shows just this. */
static int
shows(PyObject *picture, PyObject *items, PyObject *headers)
{
    if (picture == Py_None)
        return 0;
    for (int i = 0; i < 6; i++) {
        PyObject *was = PyTuple_GET_ITEM(picture, i), *is = PyTuple_GET_ITEM(items, i);
        int same = was == is;
        if (!same && PyLong_CheckExact(was) && PyLong_CheckExact(is))
            same = PyLong_AsLongLong(was) == PyLong_AsLongLong(is);
        else if (!same && i == 3)
            same = holds_same(was, headers);
        else if (!same && i == 4)
            same = PyDict_CheckExact(was) && PyDict_CheckExact(is) && holds_same(was, is);
        if (!same)
            return 0;
    }
    return 1;
}

static PyObject *
take_response(PyObject *response, PyObject *before)
{
    PyObject *size = body_size(response), *cookies = size ? coded_cookies(response) : NULL;
    PyObject *status = cookies ? PyObject_GetAttr(response, s_status_code) : NULL;
    PyObject *carrier = status ? PyObject_GetAttr(response, s_headers) : NULL;
    PyObject *store = carrier ? PyObject_GetAttr(carrier, s_store) : NULL;
    PyObject *identity = store ? PyLong_FromVoidPtr(response) : NULL;
    PyObject *items = identity ? PyTuple_Pack(6, identity, Py_TYPE(response), status, store, cookies, size) : NULL;
    Py_XDECREF(size); Py_XDECREF(cookies); Py_XDECREF(status); Py_XDECREF(carrier); Py_XDECREF(identity);
    PyObject *picture = NULL;
    if (items != NULL && shows(before, items, store)) {
        picture = Py_NewRef(before);
        Py_DECREF(items);
    }
    else if (items != NULL) {
        PyObject *headers = PyDict_Copy(store);
        if (headers == NULL)
            Py_DECREF(items);
        else {
            PyTuple_SET_ITEM(items, 3, headers);
            Py_DECREF(store);
            picture = named(response_picture, items);
        }
    }
    Py_XDECREF(store);
    return picture;
}

static PyObject *
native_picture_request(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    if (count != 2) {
        PyErr_SetString(PyExc_TypeError, "picture_request() takes a request and its last picture or None");
        return NULL;
    }
    uint64_t version = 0;
    PyObject *seen = Py_NewRef(args[1]), *noted = take_request(args[0], &seen, &version);
    PyObject *both = noted ? PyTuple_Pack(2, seen, noted) : NULL;
    Py_DECREF(seen);
    Py_XDECREF(noted);
    return both;
}

static PyObject *
native_picture_response(PyObject *Py_UNUSED(module), PyObject *response)
{
    return take_response(response, Py_None);
}
