/* Attributes of Django's objects. `PyObject_GetAttr` asks the type first, then the instance: ten lines of data that no cache holds,
 * and places of the type's own cache that the application's names then lose. Before 3.12 each place that reads an attribute
 * remembers where it was found, for one version of one type, as the interpreter's own instructions do.
 */

#if PY_VERSION_HEX < 0x030C0000 && defined(__GNUC__)

enum { IN_INSTANCE, IN_SLOT, IN_NUMBER };

typedef struct {
    uint32_t version; /* of the type; 0: nothing is known */
    int how;
    Py_ssize_t where;   /* the offset, or which of the instance's values, */
    Py_ssize_t names;   /* of which there are so many in all: where it is as much, none of them has the name */
    PyObject *of_class; /* a plain value, which lives as long as the version holds; NULL where there is none */
} Site;

/* The names of what a type's instances keep in a row; NULL where each has a dict of its own. */
static PyDictKeysObject *
names_of_instances(PyTypeObject *kind)
{
    PyDictKeysObject *keys = ((PyHeapTypeObject *)kind)->ht_cached_keys;
    return keys != NULL && DK_IS_UNICODE(keys) ? keys : NULL;
}

static int
learn_slot(Site *site, PyObject *of_class)
{
    PyMemberDef *member = Py_IS_TYPE(of_class, &PyMemberDescr_Type) ? ((PyMemberDescrObject *)of_class)->d_member : NULL;
    if (member == NULL || (member->type != T_OBJECT_EX && member->type != T_LONG))
        return 0;
    site->how = member->type == T_LONG ? IN_NUMBER : IN_SLOT;
    site->where = member->offset;
    return 1;
}

static int
learn_value(Site *site, PyTypeObject *kind, PyObject *name, PyObject *of_class)
{
    if (!(kind->tp_flags & Py_TPFLAGS_MANAGED_DICT))
        return 0;
    PyDictKeysObject *keys = names_of_instances(kind);
    Py_ssize_t i = 0, count = keys ? keys->dk_nentries : 0;
    while (i < count && DK_UNICODE_ENTRIES(keys)[i].me_key != name)
        i++;
    site->how = IN_INSTANCE;
    site->where = i;
    site->names = count;
    site->of_class = of_class;
    return 1;
}

static void
learn(Site *site, PyTypeObject *kind, PyObject *name)
{
    PyObject *of_class = _PyType_Lookup(kind, name);
    PyTypeObject *descriptor = of_class ? Py_TYPE(of_class) : NULL;
    int is_plain = descriptor == NULL || (descriptor->tp_descr_get == NULL && descriptor->tp_descr_set == NULL);
    int learned = is_plain ? learn_value(site, kind, name, of_class) : learn_slot(site, of_class);
    site->version = learned ? kind->tp_version_tag : 0;
}

/* As the object's type has it, without any `__getattr__`; a new reference, NULL without an error where it has to be asked. */
static PyObject *
found_at(Site *site, PyObject *object, PyObject *name)
{
    PyTypeObject *kind = Py_TYPE(object);
    if (site->version == 0 || site->version != kind->tp_version_tag)
        return NULL;
    if (site->how == IN_SLOT)
        return Py_XNewRef(*(PyObject **)((char *)object + site->where));
    if (site->how == IN_NUMBER)
        return PyLong_FromLong(*(long *)((char *)object + site->where));
    /* As `pycore_object.h` has it, which cannot be had with <Python.h>. */
    PyDictValues *values = ((PyDictValues **)object)[-4];
    PyObject *dict = ((PyObject **)object)[-3];
    if (values == NULL) {
        PyObject *own = dict ? PyDict_GetItemWithError(dict, name) : NULL;
        int failed = own == NULL && PyErr_Occurred() != NULL;
        if (failed)
            PyErr_Clear();
        return Py_XNewRef(own || failed ? own : site->of_class);
    }
    PyDictKeysObject *keys = names_of_instances(kind);
    if (site->where < site->names)
        return Py_XNewRef(values->values[site->where]);
    return keys != NULL && keys->dk_nentries == site->names ? Py_XNewRef(site->of_class) : NULL;
}

static PyObject *
attribute_at(Site *site, PyObject *object, PyObject *name)
{
    PyObject *found = found_at(site, object, name);
    if (found != NULL)
        return found;
    if (Py_TYPE(object)->tp_getattro == PyObject_GenericGetAttr)
        learn(site, Py_TYPE(object), name);
    return PyObject_GetAttr(object, name);
}

/* The same of what an object has itself, where its class answers by a function in Python for what it has not. */
static PyObject *
own_attribute_at(Site *site, PyObject *object, PyObject *name)
{
    PyObject *found = found_at(site, object, name);
    if (found != NULL)
        return found;
    learn(site, Py_TYPE(object), name);
    return PyObject_GenericGetAttr(object, name);
}

/* Like PyDict_Next. */
static inline int
next_item(PyObject *dict, Py_ssize_t *place, PyObject **key, PyObject **value)
{
    PyDictKeysObject *keys = ((PyDictObject *)dict)->ma_keys;
    if (((PyDictObject *)dict)->ma_values != NULL || !DK_IS_UNICODE(keys))
        return PyDict_Next(dict, place, key, value);
    PyDictUnicodeEntry *entries = DK_UNICODE_ENTRIES(keys);
    Py_ssize_t i = *place;
    while (i < keys->dk_nentries && entries[i].me_value == NULL)
        i++;
    if (i >= keys->dk_nentries)
        return 0;
    *place = i + 1;
    *key = entries[i].me_key;
    *value = entries[i].me_value;
    return 1;
}

/* Like PyObject_GetAttr and PyObject_GenericGetAttr. */
#define ATTRIBUTE(object, name) __extension__({ static Site site_; attribute_at(&site_, object, name); })
#define OWN_ATTRIBUTE(object, name) __extension__({ static Site site_; own_attribute_at(&site_, object, name); })

#else

#define next_item PyDict_Next
#define ATTRIBUTE(object, name) PyObject_GetAttr(object, name)
#define OWN_ATTRIBUTE(object, name) PyObject_GenericGetAttr(object, name)

#endif
