/* Where the running code stands, and what is shared by all that is watched. */

/* Kept in a variable of the context. To set one costs more than to write a record, and a request moves on some 80 times: so
 * the variable holds a place, which is changed as it stands for as long as no other context can see it.
 */
typedef struct {
    PyObject_HEAD
    Records *trace;   /* NULL: nothing is recorded */
    long long span;   /* the innermost open one; 0: none */
    PyObject *stage;  /* one that lives for ever: of the table, or handed over */
    PyObject *told;   /* the same as a tuple, where Python asked for it */
} Place;

/* A place as it was when somebody looked. */
typedef struct {
    Records *trace;
    long long span;
    PyObject *stage;
} Here;

static PyTypeObject PlaceType;

/* A new reference to (trace, span, stage). */
static PyObject *
tuple_of(Records *trace, long long span, PyObject *stage)
{
    PyObject *number = PyLong_FromLongLong(span), *made = number ? PyTuple_Pack(3, (PyObject *)trace, number, stage) : NULL;
    Py_XDECREF(number);
    return made;
}

/* Borrows the trace. */
static int
read_here(Here *here, PyObject *tuple)
{
    if (!PyTuple_CheckExact(tuple) || PyTuple_GET_SIZE(tuple) != 3
        || !PyObject_TypeCheck(PyTuple_GET_ITEM(tuple, 0), &RecordsType)) {
        PyErr_SetString(PyExc_TypeError, "expected (trace, span, stage)");
        return -1;
    }
    int stage = number_of(&stages, PyTuple_GET_ITEM(tuple, 2));
    *here = (Here){(Records *)PyTuple_GET_ITEM(tuple, 0), PyLong_AsLongLong(PyTuple_GET_ITEM(tuple, 1)), NULL};
    if (stage < 0 || (here->span == -1 && PyErr_Occurred()))
        return -1;
    here->stage = stages.words[stage];
    return 0;
}

/* The variable's value in the running context, a new reference; NULL without an error where there is none. */
static Place *
current_place(void)
{
    return (Place *)value_of(current);
}

/* Where the running code stands: 1, and a reference to the trace is the caller's; 0 where nothing is recorded; -1 on an
 * error.
 */
static int
look_here(Here *here)
{
    Place *place = current_place();
    if (place == NULL)
        return PyErr_Occurred() ? -1 : 0;
    *here = (Here){place->trace, place->span, place->stage};
    Py_XINCREF(here->trace);
    Py_DECREF(place);
    return here->trace != NULL;
}

/* Whether this is a part of the tree in which a context keeps its variables: of these types nothing but the name is public. */
static int
is_branch(PyObject *object)
{
    PyTypeObject *kind = Py_TYPE(object);
    const char *name = kind->tp_name;
    return kind->tp_traverse != NULL && !(kind->tp_flags & Py_TPFLAGS_HEAPTYPE) && kind != &PyContextVar_Type
        && name[0] == 'h' && name[1] == 'a' && name[2] == 'm' && name[3] == 't';
}

static int
is_it(PyObject *object, void *place)
{
    return object == (PyObject *)place;
}

/* Whether a branch leads to a place by what nobody else holds. */
static int
leads_to(PyObject *branch, void *place)
{
    if (!is_branch(branch) || Py_REFCNT(branch) != 1)
        return 0;
    /* First without a look at what else it holds, which is in no cache. The trunk holds nothing but branches. */
    traverseproc traverse = Py_TYPE(branch)->tp_traverse;
    return (Py_TYPE(branch)->tp_name[4] != 0 && traverse(branch, is_it, place)) || traverse(branch, leads_to, place);
}

#if PY_VERSION_HEX < 0x030C0000

/* A branching of the tree, as `Python/hamt.c` has it where few variables are beyond it. */
typedef struct {
    PyObject_VAR_HEAD
    uint32_t bitmap;
    PyObject *array[]; /* a variable and its value; NULL and a branch */
} Fork;

static int
is_in_fork(PyObject *branch, Place *place)
{
    static PyTypeObject *kind_of_fork;
    if (Py_TYPE(branch) != kind_of_fork) {
        if (strcmp(Py_TYPE(branch)->tp_name, "hamt_bitmap_node"))
            return 0;
        kind_of_fork = Py_TYPE(branch);
    }
    if (Py_REFCNT(branch) != 1)
        return 0;
    PyObject **array = ((Fork *)branch)->array, **end = array + Py_SIZE(branch);
    for (; array < end; array += 2)
        if (array[1] == (PyObject *)place || (array[0] == NULL && is_in_fork(array[1], place)))
            return 1;
    return 0;
}

/* The same where only forks lead to a place, which is the rule: six functions of Python's less. */
static int
is_in_trunk(PyObject *context, Place *place)
{
    PyHamtObject *trunk = ((PyContext *)context)->ctx_vars;
    return trunk != NULL && Py_REFCNT(trunk) == 1 && is_in_fork((PyObject *)trunk->h_root, place);
}

#else

static int
is_in_trunk(PyObject *Py_UNUSED(context), Place *Py_UNUSED(place))
{
    return 0;
}

#endif

/* Whether only the running context can see a place to which the caller has one reference of its own.
 *
 * A copied context shares the whole tree with the copy, and once one of them has set a variable, still every branch that
 * did not change: where a place can be seen from elsewhere, something on the way to it is held twice.
 */
static int
is_seen_here_only(Place *place)
{
    PyObject *context = running_state()->context;
    if (context == NULL || Py_REFCNT(place) != 2)
        return 0;
    return is_in_trunk(context, place) || Py_TYPE(context)->tp_traverse(context, leads_to, place);
}

static int
begin_place(Records *trace, long long span, PyObject *stage)
{
    Place *place = PyObject_GC_New(Place, &PlaceType);
    if (place == NULL)
        return -1;
    place->trace = trace;
    Py_XINCREF(trace);
    place->span = span;
    place->stage = stage;
    place->told = NULL;
    PyObject_GC_Track(place);
    PyObject *token = PyContextVar_Set(current, (PyObject *)place);
    Py_DECREF(place);
    Py_XDECREF(token);
    return token == NULL ? -1 : 0;
}

/* Let what runs from now on stand there. */
static int
stand_at(Records *trace, long long span, PyObject *stage)
{
    Place *place = current_place();
    if (place == NULL)
        return PyErr_Occurred() ? -1 : trace == NULL ? 0 : begin_place(trace, span, stage);
    int failed = 0;
    if (place->trace != trace || place->span != span || place->stage != stage) {
        if (!is_seen_here_only(place))
            failed = begin_place(trace, span, stage);
        else {
            PyObject *told = place->told, *before = (PyObject *)place->trace;
            Py_XINCREF(trace);
            place->told = NULL;
            place->trace = trace;
            place->span = span;
            place->stage = stage;
            Py_XDECREF(told);
            Py_XDECREF(before);
        }
    }
    Py_DECREF(place);
    return failed;
}

static int
stand_again(Here *here)
{
    return stand_at(here->trace, here->span, here->stage);
}

/* A place as Python knows it: a tuple, or None; a new reference. */
static PyObject *
tell_place(Place *place)
{
    if (place == NULL || place->trace == NULL)
        return Py_NewRef(Py_None);
    if (place->told == NULL)
        place->told = tuple_of(place->trace, place->span, place->stage);
    return Py_XNewRef(place->told);
}

/* What asgiref carries over from a context is set anew only where it is another place. */
static PyObject *
compare_places(PyObject *one, PyObject *other, int how)
{
    if ((how != Py_EQ && how != Py_NE) || !Py_IS_TYPE(one, &PlaceType) || !Py_IS_TYPE(other, &PlaceType))
        Py_RETURN_NOTIMPLEMENTED;
    Place *a = (Place *)one, *b = (Place *)other;
    int same = a->trace == b->trace && a->span == b->span && a->stage == b->stage;
    return PyBool_FromLong(same == (how == Py_EQ));
}

static int
traverse_place(Place *self, visitproc visit, void *arg)
{
    Py_VISIT(self->trace);
    Py_VISIT(self->told);
    return 0;
}

static int
clear_place(Place *self)
{
    Py_CLEAR(self->trace);
    Py_CLEAR(self->told);
    return 0;
}

static void
place_dealloc(Place *self)
{
    PyObject_GC_UnTrack(self);
    clear_place(self);
    PyObject_GC_Del(self);
}

static PyTypeObject PlaceType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "visualizer.native.Place",
    .tp_basicsize = sizeof(Place),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_dealloc = (destructor)place_dealloc,
    .tp_traverse = (traverseproc)traverse_place,
    .tp_clear = (inquiry)clear_place,
    .tp_richcompare = compare_places,
};

/* The variable as Python uses it: `get` and `set`, as of a ContextVar, and what another context holds. */

static PyObject *
current_get(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    Place *place = current_place();
    if (place == NULL && PyErr_Occurred())
        return NULL;
    PyObject *told = tell_place(place);
    Py_XDECREF(place);
    return told;
}

static PyObject *
current_set(PyObject *Py_UNUSED(self), PyObject *tuple)
{
    Here here = {NULL, 0, NULL};
    if ((tuple != Py_None && read_here(&here, tuple) < 0) || stand_again(&here) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
current_in(PyObject *Py_UNUSED(self), PyObject *context)
{
    if (!PyContext_CheckExact(context))
        return PyErr_Format(PyExc_TypeError, "expected a context, got %R", Py_TYPE(context));
    PyObject *place = PyObject_GetItem(context, current);
    if (place == NULL && !PyErr_ExceptionMatches(PyExc_KeyError))
        return NULL;
    PyErr_Clear();
    PyObject *told = tell_place((Place *)place);
    Py_XDECREF(place);
    return told;
}

static PyMethodDef current_methods[] = {
    {"get", current_get, METH_NOARGS, NULL},
    {"set", current_set, METH_O, NULL},
    {"seen_in", current_in, METH_O, NULL},
    {NULL},
};

static PyTypeObject CurrentType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "visualizer.native.Current",
    .tp_basicsize = sizeof(PyObject),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_methods = current_methods,
};

/* A failing probe becomes an event, never an error of the application. */
static void
tell_fault(PyObject *trace, const char *probe)
{
    PyObject *type, *error, *traceback;
    PyErr_Fetch(&type, &error, &traceback);
    PyErr_NormalizeException(&type, &error, &traceback);
    PyObject *name = PyUnicode_FromString(probe);
    PyObject *told = name ? PyObject_CallMethodObjArgs(trace, s_fault, name, error, NULL) : NULL;
    if (told == NULL)
        PyErr_Clear();
    Py_XDECREF(told); Py_XDECREF(name);
    Py_XDECREF(type); Py_XDECREF(error); Py_XDECREF(traceback);
}

/* Let Python tell of the exception that is on its way, and let that go on. */
static void
tell_raised(PyObject *function, Here *here, long long span, PyObject *extra)
{
    PyObject *type, *error, *traceback;
    PyErr_Fetch(&type, &error, &traceback);
    PyErr_NormalizeException(&type, &error, &traceback);
    if (traceback != NULL)
        PyException_SetTraceback(error, traceback);
    PyObject *tuple = tuple_of(here->trace, here->span, here->stage);
    PyObject *told = tuple ? PyObject_CallFunction(function, "OLOO", tuple, span, extra, error) : NULL;
    if (told == NULL)
        PyErr_Clear();
    Py_XDECREF(tuple);
    Py_XDECREF(told);
    PyErr_Restore(type, error, traceback);
}

/* Let Python see what came of a call; -1 on an error. */
static int
show(PyObject *see, Here *here, PyObject *result)
{
    PyObject *tuple = tuple_of(here->trace, here->span, here->stage);
    PyObject *seen = tuple ? PyObject_CallFunctionObjArgs(see, tuple, result, NULL) : NULL;
    Py_XDECREF(tuple);
    Py_XDECREF(seen);
    return seen == NULL ? -1 : 0;
}

/* An attribute of what stands for another object, or else of that; `own` has those that were given to it. */
static PyObject *
attribute_of_either(PyObject *self, PyObject *own, PyObject *other, PyObject *name)
{
    /* Else `inspect` takes a function that is watched for none, and looks at five of its attributes to see whether it is like one. */
    if (name == s_class)
        return Py_NewRef((PyObject *)Py_TYPE(other));
    PyObject *given = own ? PyDict_GetItemWithError(own, name) : NULL;
    if (given != NULL || PyErr_Occurred())
        return Py_XNewRef(given);
    return _PyType_Lookup(Py_TYPE(self), name) ? PyObject_GenericGetAttr(self, name) : PyObject_GetAttr(other, name);
}

/* Like PyObject_Vectorcall, where that is most often a function written in Python: without the two functions around it. */
static inline PyObject *
call(PyObject *function, PyObject *const *args, size_t flags, PyObject *keywords)
{
    return PyFunction_Check(function) ? ((PyFunctionObject *)function)->vectorcall(function, args, flags, keywords)
                                      : PyObject_Vectorcall(function, args, flags, keywords);
}

/* A function of Django's that is watched. It binds like a function, shows itself as the original, and adds no frame. */
typedef struct {
    PyObject_HEAD
    PyObject *original, *plain, *dict, *weakrefs;
    PyObject *subject; /* the layer that a passage goes in to, or who gets a result */
    int what;
    vectorcallfunc vectorcall;
} Watched;

enum { A_TEMPLATE, AN_EXTENDS, A_BLOCK, A_QUERY, A_COMPILER, A_PASSAGE, A_RESULT, A_SIGNAL, A_CARRIED, A_HOP,
       AN_AWAITED_PASSAGE, AN_AWAITED_RESULT, AN_AWAITED_SIGNAL, RECEIVERS_OF, A_RECEIVE, A_SEND, A_START, A_HOOK, A_VIEW,
       A_PERMISSION, A_RESOLVER, A_VIEW_MAKER, A_VISITOR, A_BEGIN, A_WSGI_HANDLER, AN_ASGI_HANDLER, A_CLOSE };

static PyObject *watch(int, PyObject *, PyObject *, PyObject *);
