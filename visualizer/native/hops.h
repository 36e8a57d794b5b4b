/* Hops between threads and loops. */

/* The items of a hop, as in probes/hop.py. */
enum { ORIGIN, OWNER, FUNCTION, THREAD, TOKEN, CARRIER, BEGAN, ENDED, CALLED };

enum { MOST_LAYERS = 20 };

static PyTypeObject WatchedType;

static int
goes_to_thread(PyObject *carrier)
{
    return PyType_IsSubtype(Py_TYPE(carrier), (PyTypeObject *)sync_to_async);
}

/* What a wrapper shows as the function inside it, a new reference; NULL without an error where it is none that we know. */
static PyObject *
inside_of(PyObject *function)
{
    int is_partial = PyType_IsSubtype(Py_TYPE(function), (PyTypeObject *)partial);
    if (!is_partial && !PyFunction_Check(function) && !Py_IS_TYPE(function, &WatchedType))
        return NULL;
    PyObject *own = PyObject_GenericGetDict(function, NULL);
    PyObject *wrapped = own ? PyDict_GetItemWithError(own, s_wrapped_function) : NULL;
    Py_XINCREF(wrapped);
    Py_XDECREF(own);
    return wrapped == NULL && is_partial && !PyErr_Occurred() ? PyObject_GetAttr(function, s_func) : wrapped;
}

/* The dotted path of a plain function. */
static PyObject *
path_of_function(PyObject *function)
{
    PyObject *module = PyObject_GetAttr(function, s_module), *name = module ? PyObject_GetAttr(function, s_qualname) : NULL;
    PyObject *path = name && PyUnicode_Check(module) ? PyUnicode_FromFormat("%U.%U", module, name) : NULL;
    Py_XDECREF(module);
    Py_XDECREF(name);
    return path;
}

/* As probes/hop.py has it, which is asked for what is no plain function in the end. */
static PyObject *
name_of_function(PyObject *function)
{
    PyObject *name = NULL, *inside = Py_NewRef(function);
    for (int i = 0; inside != NULL && i < MOST_LAYERS; i++) {
        PyObject *next = inside_of(inside);
        if (next == NULL)
            break;
        Py_SETREF(inside, next);
    }
    PyObject *own = !PyErr_Occurred() && PyFunction_Check(inside) ? PyObject_GenericGetDict(inside, NULL) : NULL;
    if (own != NULL && !PyDict_Contains(own, s_view_class))
        name = path_of_function(inside);
    Py_XDECREF(own);
    Py_DECREF(inside);
    PyErr_Clear();
    return name ? name : PyObject_CallOneArg(dotted_name, function);
}

/* Note what the name of a function can be made of later: a bound method would keep a queryset and all its rows. */
static int
note_function(Slip *hop, PyObject *carrier)
{
    PyObject *function = goes_to_thread(carrier) ? ATTRIBUTE(carrier, s_func) : ATTRIBUTE(carrier, s_awaitable);
    if (function == NULL)
        return -1;
    PyObject *bound = PyMethod_Check(function) ? PyMethod_GET_FUNCTION(function) : NULL;
    if (bound != NULL && (PyFunction_Check(bound) || Py_IS_TYPE(bound, &WatchedType))) {
        PyObject *self = PyMethod_GET_SELF(function);
        put(hop, OWNER, Py_NewRef(PyType_Check(self) ? self : (PyObject *)Py_TYPE(self)));
        put(hop, FUNCTION, Py_NewRef(bound));
    }
    else
        put(hop, FUNCTION, name_of_function(function));
    Py_DECREF(function);
    return hop->entries[FUNCTION].object ? 0 : -1;
}

static PyObject *
asking_line(Here *here)
{
    PyObject *found = walk(0, NULL, 1);
    /* A task of its own, as `asyncio.gather` makes them; where the handler itself asks, or sends a signal, there is no line
     * to look for. */
    if (found == beyond && (here->span == here->trace->server_span || here->span == here->trace->signal_span))
        Py_SETREF(found, Py_NewRef(Py_None));
    else if (found == beyond)
        Py_SETREF(found, PyObject_CallOneArg(line_of_awaiter, (PyObject *)here->trace));
    return found;
}

/* A call sets out by what carries it over. */
static PyObject *
leave_hop(Here *here, PyObject *carrier)
{
    long long t = now();
    Slip *hop = new_slip(5, 4);
    if (hop == NULL)
        return NULL;
    put(hop, ORIGIN, asking_line(here));
    if (hop->entries[ORIGIN].object == NULL || note_function(hop, carrier) < 0) {
        tell_fault((PyObject *)here->trace, "hop");
        put(hop, ORIGIN, NULL);
        put(hop, OWNER, NULL);
        put(hop, FUNCTION, Py_NewRef(no_text));
    }
    /* Only to know it again: it lives as long as the call is under way. */
    hop->entries[CARRIER].number = (long long)(intptr_t)carrier;
    long long called = hop->entries[CALLED].number = now();
    if (goes_to_thread(carrier))
        Py_XSETREF(here->trace->leaving, Py_NewRef(hop));
    else {
        put(hop, TOKEN, PyContextVar_Set(carried_by, (PyObject *)hop));
        if (hop->entries[TOKEN].object == NULL)
            Py_CLEAR(hop);
    }
    here->trace->own_ns += called - t;
    return (PyObject *)hop;
}

static PyObject *
native_leave_hop(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    Here here;
    return count != 2 || read_here(&here, args[0]) < 0 ? NULL : leave_hop(&here, args[1]);
}

static int
come_back(Here *here, PyObject *name, PyObject *carried)
{
    long long t = now();
    Slip *hop = (Slip *)carried;
    PyObject *token = hop->entries[TOKEN].object;
    /* Another one may be about to set out. */
    if (here->trace->leaving == carried)
        Py_CLEAR(here->trace->leaving);
    if (token != NULL && PyContextVar_Reset(carried_by, token) < 0) {
        /* It ends in another context: a task that was given up. */
        PyErr_Clear();
        token = PyContextVar_Set(carried_by, Py_None);
        if (token == NULL)
            return -1;
        Py_DECREF(token);
    }
    hop->entries[CARRIER].number = 0;
    put(hop, TOKEN, NULL);
    return point(here->trace, t, 0, here->span, here->stage, kind_hop, name, hop_facts, as_part(t), carried, Py_None);
}

static PyObject *
native_come_back(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    Here here;
    if (count != 3 || read_here(&here, args[0]) < 0 || come_back(&here, args[1], args[2]) < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* What the other thread calls in place of a method: it notes that the hop has come there. */
typedef struct {
    PyObject_HEAD
    PyObject *method;
    Slip *hop;
    vectorcallfunc vectorcall;
} Ferry;

static PyObject *
run_over_there(PyObject *callable, PyObject *const *args, size_t flags, PyObject *keywords)
{
    Ferry *ferry = (Ferry *)callable;
    Slip *hop = ferry->hop;
    PyObject *thread = running_thread();
    if (thread == NULL)
        return NULL;
    put(hop, THREAD, thread);
    Carried carried = {all_carried, PyThread_get_thread_ident(), hop};
    all_carried = &carried;
    hop->entries[BEGAN].number = now();
    PyObject *result = PyObject_Vectorcall(ferry->method, args, flags, keywords);
    hop->entries[ENDED].number = now();
    end_carried(&carried);
    return result;
}

static void
ferry_dealloc(Ferry *self)
{
    Py_DECREF(self->method);
    Py_DECREF(self->hop);
    PyObject_Free(self);
}

static PyTypeObject FerryType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "visualizer.native.Ferry",
    .tp_basicsize = sizeof(Ferry),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_dealloc = (destructor)ferry_dealloc,
    .tp_call = PyVectorcall_Call,
    .tp_vectorcall_offset = offsetof(Ferry, vectorcall),
};

/* Takes over both; NULL where it cannot be made. */
static PyObject *
ferry_of(PyObject *method, Slip *hop)
{
    Ferry *made = PyObject_New(Ferry, &FerryType);
    if (made == NULL) {
        Py_DECREF(method);
        Py_DECREF(hop);
        return NULL;
    }
    made->method = method;
    made->hop = hop;
    made->vectorcall = run_over_there;
    return (PyObject *)made;
}

/* `_Carried.__get__` for a method that is called over there; `bound` is the original, bound. */
static PyObject *
carried_get(PyObject *bound, PyObject *instance)
{
    Here here;
    int recorded = bound ? look_here(&here) : 0;
    if (recorded < 0)
        Py_CLEAR(bound);
    if (recorded <= 0)
        return bound;
    Records *trace = here.trace;
    PyObject *hop = trace->leaving;
    if (hop != NULL && ((Slip *)hop)->entries[CARRIER].number == (long long)(intptr_t)instance) {
        /* From here on it is on its way. */
        trace->leaving = NULL;
        bound = ferry_of(bound, (Slip *)hop);
    }
    Py_DECREF(trace);
    return bound;
}
