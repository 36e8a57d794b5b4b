/* Hops between threads and loops. */

/* The items of a hop, as in probes/hop.py. */
enum { ORIGIN, CARRIER, FUNCTION, THREAD, BEGAN, ENDED, CALLED, TOKEN };

static int
goes_to_thread(PyObject *carrier)
{
    return PyType_IsSubtype(Py_TYPE(carrier), (PyTypeObject *)sync_to_async);
}

/* What the name of a function can be made of later: to keep a bound method would keep a queryset and all its rows. */
static PyObject *
nameable(PyObject *carrier)
{
    PyObject *function = PyObject_GetAttr(carrier, goes_to_thread(carrier) ? s_func : s_awaitable), *named;
    if (function == NULL)
        return NULL;
    if (PyMethod_Check(function) && PyFunction_Check(PyMethod_GET_FUNCTION(function))) {
        PyObject *self = PyMethod_GET_SELF(function);
        named = PyTuple_Pack(2, PyType_Check(self) ? self : (PyObject *)Py_TYPE(self), PyMethod_GET_FUNCTION(function));
    }
    else
        named = PyObject_CallOneArg(dotted_name, function);
    Py_DECREF(function);
    return named;
}

static PyObject *
asking_line(Here *here)
{
    PyFrameObject *frame = frame_at(0);
    PyObject *found = frame ? walk(frame, Py_None, 1) : NULL;
    Py_XDECREF(frame);
    /* A task of its own, as `asyncio.gather` makes them; where the handler itself asks, or sends a signal, there is no line
     * to look for. */
    if (found == beyond && (here->span == here->trace->server_span || here->span == here->trace->signal_span))
        Py_SETREF(found, Py_NewRef(Py_None));
    else if (found == beyond)
        Py_SETREF(found, PyObject_CallOneArg(line_of_awaiter, (PyObject *)here->trace));
    return found;
}

static PyObject *
native_leave_hop(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    long long t = now();
    Here here;
    if (count != 2 || read_here(&here, args[0]) < 0)
        return NULL;
    PyObject *origin = asking_line(&here), *function = origin ? nameable(args[1]) : NULL;
    if (function == NULL) {
        tell_fault((PyObject *)here.trace, "hop");
        Py_XSETREF(origin, Py_NewRef(Py_None));
        function = Py_NewRef(no_text);
    }
    long long called = now();
    PyObject *hop = list_of(8, (PyObject *[]){origin, Py_NewRef(args[1]), function, Py_NewRef(Py_None), Py_NewRef(zero),
                                               Py_NewRef(zero), PyLong_FromLongLong(called), Py_NewRef(Py_None)});
    if (hop != NULL && goes_to_thread(args[1]))
        Py_XSETREF(here.trace->leaving, Py_NewRef(hop));
    else if (hop != NULL) {
        PyObject *token = PyContextVar_Set(carried_by, hop);
        if (token == NULL)
            Py_CLEAR(hop);
        else
            put(hop, TOKEN, token);
    }
    here.trace->own_ns += called - t;
    return hop;
}

static PyObject *
native_come_back(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    long long t = now();
    Here here;
    if (count != 3 || read_here(&here, args[0]) < 0)
        return NULL;
    PyObject *hop = args[2];
    PyObject *token = PyList_GET_ITEM(hop, TOKEN);
    /* Another one may be about to set out. */
    if (here.trace->leaving == hop)
        Py_CLEAR(here.trace->leaving);
    if (token != Py_None && PyContextVar_Reset(carried_by, token) < 0) {
        /* It ends in another context: a task that was given up. */
        PyErr_Clear();
        token = PyContextVar_Set(carried_by, Py_None);
        if (token == NULL)
            return NULL;
        Py_DECREF(token);
    }
    put(hop, CARRIER, Py_NewRef(Py_None));
    put(hop, TOKEN, Py_NewRef(Py_None));
    PyObject *moment = PyLong_FromLongLong(t);
    if (moment == NULL)
        return NULL;
    /* Nothing in it leads back here. */
    PyObject_GC_UnTrack(hop);
    int failed = point(here.trace, t, 0, here.span, here.stage, kind_hop, args[1], hop_facts, moment, hop, Py_None);
    Py_DECREF(moment);
    return failed ? NULL : Py_NewRef(Py_None);
}

static PyObject *
thread_now(void)
{
    PyObject *ident = PyLong_FromUnsignedLong(PyThread_get_thread_ident());
    PyObject *thread = ident ? PyDict_GetItemWithError(threads, ident) : NULL;
    if (thread == NULL)
        return PyErr_Occurred() ? (Py_XDECREF(ident), NULL) : ident;
    Py_DECREF(ident);
    return Py_NewRef(thread);
}

/* run_over_there(hop, handler, *args, **kwargs): what the other thread calls. */
static PyObject *
native_run_over_there(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    PyObject *hop = args[0], *thread = thread_now(), *began = PyLong_FromLongLong(now());
    PyObject *ident = PyLong_FromUnsignedLong(PyThread_get_thread_ident());
    PyObject *before = ident ? Py_XNewRef(PyDict_GetItemWithError(carrying, ident)) : NULL, *result = NULL;
    if (thread == NULL || began == NULL || PyErr_Occurred() || PyDict_SetItem(carrying, ident, hop) < 0)
        goto done;
    put(hop, THREAD, Py_NewRef(thread));
    put(hop, BEGAN, Py_NewRef(began));
    result = PyObject_Vectorcall(args[1], args + 2, count - 2, keywords);
    long long t = now();
    PyObject *type, *error, *traceback;
    PyErr_Fetch(&type, &error, &traceback);
    PyObject *ended = PyLong_FromLongLong(t);
    if (ended != NULL)
        put(hop, ENDED, ended);
    if ((before ? PyDict_SetItem(carrying, ident, before) : PyDict_DelItem(carrying, ident)) < 0)
        PyErr_Clear();
    PyErr_Restore(type, error, traceback);
done:
    Py_XDECREF(thread); Py_XDECREF(began); Py_XDECREF(ident); Py_XDECREF(before);
    return result;
}

/* `_Carried.__get__` for a method that is called over there; `bound` is the original, bound. */
static PyObject *
carried_get(PyObject *bound, PyObject *instance)
{
    PyObject *here = NULL;
    if (bound == NULL || PyContextVar_Get(current, Py_None, &here) < 0)
        return bound;
    Records *trace = here == Py_None ? NULL : (Records *)PyTuple_GET_ITEM(here, 0);
    PyObject *hop = trace ? trace->leaving : NULL;
    if (hop != NULL && PyList_GET_ITEM(hop, CARRIER) == instance) {
        /* From here on it is on its way. */
        trace->leaving = NULL;
        Py_SETREF(bound, PyObject_CallFunctionObjArgs(partial, run_over_there, hop, bound, NULL));
        Py_DECREF(hop);
    }
    Py_DECREF(here);
    return bound;
}
