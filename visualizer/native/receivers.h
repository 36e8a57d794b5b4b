/* Receivers of signals: what stands for one in Django's loop takes its time, and is otherwise what it stands for. */

typedef struct {
    PyObject_HEAD
    PyObject *receiver, *error;
    long long duration; /* -1 as long as it was not called */
    char is_async;
    vectorcallfunc vectorcall;
} Timed;

static PyTypeObject TimedType;

static PyObject *
timed_call(PyObject *callable, PyObject *const *args, size_t flags, PyObject *keywords)
{
    Timed *self = (Timed *)callable;
    long long t = now();
    /* Django lets go of what stands for it while it runs. */
    Py_INCREF(self);
    PyObject *response = PyObject_Vectorcall(self->receiver, args, flags, keywords);
    if (response == NULL) {
        PyObject *type, *error, *traceback;
        PyErr_Fetch(&type, &error, &traceback);
        PyErr_NormalizeException(&type, &error, &traceback);
        /* Its facts at once: the error itself would hold the frames that hold this. */
        PyObject *told = PyObject_CallOneArg(error_facts, error);
        if (told == NULL)
            PyErr_Clear();
        Py_XSETREF(self->error, told);
        PyErr_Restore(type, error, traceback);
    }
    else if (self->is_async && PyCoro_CheckExact(response)) {
        PyObject *timed = PyObject_CallFunction(wait_timed, "OOL", callable, response, t);
        Py_SETREF(response, timed);
        Py_DECREF(self);
        return response;
    }
    self->duration = now() - t;
    Py_DECREF(self);
    return response;
}

static PyObject *
timed_getattro(PyObject *self, PyObject *name)
{
    return attribute_of_either(self, ((Timed *)self)->receiver, name);
}

static PyObject *
timed_repr(PyObject *self)
{
    return PyObject_Repr(((Timed *)self)->receiver);
}

static PyObject *
timed_duration(PyObject *self, void *Py_UNUSED(closure))
{
    long long duration = ((Timed *)self)->duration;
    return duration < 0 ? Py_NewRef(Py_None) : PyLong_FromLongLong(duration);
}

static int
set_timed_duration(PyObject *self, PyObject *value, void *Py_UNUSED(closure))
{
    ((Timed *)self)->duration = value ? PyLong_AsLongLong(value) : -1;
    return PyErr_Occurred() ? -1 : 0;
}

static void
timed_dealloc(Timed *self)
{
    Py_XDECREF(self->receiver);
    Py_XDECREF(self->error);
    PyObject_Free(self);
}

static PyMemberDef timed_members[] = {
    {"receiver", T_OBJECT, offsetof(Timed, receiver), READONLY},
    {"error", T_OBJECT, offsetof(Timed, error)},
    {NULL},
};

static PyGetSetDef timed_getset[] = {
    {"duration_ns", timed_duration, set_timed_duration},
    {NULL},
};

static PyTypeObject TimedType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "visualizer.native.Timed",
    .tp_basicsize = sizeof(Timed),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_dealloc = (destructor)timed_dealloc,
    .tp_call = PyVectorcall_Call,
    .tp_vectorcall_offset = offsetof(Timed, vectorcall),
    .tp_getattro = timed_getattro,
    .tp_repr = timed_repr,
    .tp_members = timed_members,
    .tp_getset = timed_getset,
};

/* time_receivers(receivers, is_async): a list of what stands for each. */
static PyObject *
native_time_receivers(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    if (count != 2 || !PyList_Check(args[0])) {
        PyErr_SetString(PyExc_TypeError, "time_receivers() takes a list, and whether they are async");
        return NULL;
    }
    PyObject *made = PyList_New(PyList_GET_SIZE(args[0]));
    for (Py_ssize_t i = 0; made != NULL && i < PyList_GET_SIZE(made); i++) {
        Timed *timed = PyObject_New(Timed, &TimedType);
        if (timed == NULL) {
            Py_CLEAR(made);
            break;
        }
        timed->receiver = Py_NewRef(PyList_GET_ITEM(args[0], i));
        timed->error = NULL;
        timed->duration = -1;
        timed->is_async = args[1] == Py_True;
        timed->vectorcall = timed_call;
        PyList_SET_ITEM(made, i, (PyObject *)timed);
    }
    return made;
}

/* as_connected(responses): Django's own list, in which each response again stands beside the receiver that was connected. */
static PyObject *
native_as_connected(PyObject *Py_UNUSED(module), PyObject *responses)
{
    for (Py_ssize_t i = 0; PyList_CheckExact(responses) && i < PyList_GET_SIZE(responses); i++) {
        PyObject *pair = PyList_GET_ITEM(responses, i);
        if (!PyTuple_CheckExact(pair) || PyTuple_GET_SIZE(pair) != 2 || !Py_IS_TYPE(PyTuple_GET_ITEM(pair, 0), &TimedType))
            continue;
        PyObject *plain = PyTuple_Pack(2, ((Timed *)PyTuple_GET_ITEM(pair, 0))->receiver, PyTuple_GET_ITEM(pair, 1));
        if (plain == NULL || PyList_SetItem(responses, i, plain) < 0)
            return NULL;
    }
    return Py_NewRef(responses);
}
