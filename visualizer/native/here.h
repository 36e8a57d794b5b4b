/* Where the running code stands. */

typedef struct {
    Records *trace;
    long long span;
    PyObject *span_object, *stage;
} Here;

static int
read_here(Here *here, PyObject *tuple)
{
    if (!PyTuple_CheckExact(tuple) || PyTuple_GET_SIZE(tuple) != 3
        || !PyObject_TypeCheck(PyTuple_GET_ITEM(tuple, 0), &RecordsType)) {
        PyErr_SetString(PyExc_TypeError, "expected (trace, span, stage)");
        return -1;
    }
    here->trace = (Records *)PyTuple_GET_ITEM(tuple, 0);
    here->span_object = PyTuple_GET_ITEM(tuple, 1);
    here->span = PyLong_AsLongLong(here->span_object);
    here->stage = PyTuple_GET_ITEM(tuple, 2);
    return here->span == -1 && PyErr_Occurred() ? -1 : 0;
}

static int
set_current(PyObject *tuple)
{
    PyObject *token = PyContextVar_Set(current, tuple);
    Py_XDECREF(token);
    return token == NULL ? -1 : 0;
}

static int
stand_at(Records *trace, PyObject *span, PyObject *stage)
{
    PyObject *tuple = PyTuple_Pack(3, (PyObject *)trace, span, stage);
    if (tuple == NULL)
        return -1;
    int failed = set_current(tuple);
    Py_DECREF(tuple);
    return failed;
}

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
tell_raised(PyObject *function, PyObject *here, long long span, PyObject *extra)
{
    PyObject *type, *error, *traceback;
    PyErr_Fetch(&type, &error, &traceback);
    PyErr_NormalizeException(&type, &error, &traceback);
    if (traceback != NULL)
        PyException_SetTraceback(error, traceback);
    PyObject *told = PyObject_CallFunction(function, "OLOO", here, span, extra, error);
    if (told == NULL)
        PyErr_Clear();
    Py_XDECREF(told);
    PyErr_Restore(type, error, traceback);
}

/* An attribute of what stands for another object, or else of that. */
static PyObject *
attribute_of_either(PyObject *self, PyObject *other, PyObject *name)
{
    PyObject *found = PyObject_GenericGetAttr(self, name);
    if (found == NULL && PyErr_ExceptionMatches(PyExc_AttributeError)) {
        PyErr_Clear();
        found = PyObject_GetAttr(other, name);
    }
    return found;
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
       AN_AWAITED_PASSAGE, AN_AWAITED_RESULT };
