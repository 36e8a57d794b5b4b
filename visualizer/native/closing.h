/* The end of a request: its response closed and its trace ended; as probes/server.py, `lifecycle.close_trace` and
 * `recorder.finish` do it, which are left all that is not the rule.
 */

static int
is_empty(PyObject *value)
{
    return value == NULL || (PyBytes_CheckExact(value) && PyBytes_GET_SIZE(value) == 0)
        || (PyDict_Check(value) && PyDict_GET_SIZE(value) == 0);
}

/* Whether there is nothing that the application held in which a secret could be: no form, no body, no capture of such a name,
 * no variables of what raised.
 */
static int
holds_no_secret(Records *trace)
{
    if (trace->holdings != NULL || trace->outcome != NULL)
        return 0;
    PyObject *own = trace->request ? PyObject_GetAttr(trace->request, s_dict) : NULL;
    int none = trace->request == NULL
        || (own != NULL && PyDict_Check(own) && is_empty(PyDict_GetItemWithError(own, s_post))
            && is_empty(PyDict_GetItemWithError(own, s_request_body)));
    Py_XDECREF(own);
    for (Py_ssize_t i = 0; none && trace->captured != NULL && i < PyList_GET_SIZE(trace->captured); i++) {
        PyObject *name, *value, *hidden;
        Py_ssize_t place = 0;
        while (none && PyDict_Next(PyList_GET_ITEM(trace->captured, i), &place, &name, &value)) {
            hidden = PyObject_CallOneArg(is_hidden, name);
            none = hidden == Py_False;
            Py_XDECREF(hidden);
        }
    }
    PyErr_Clear();
    return none;
}

static void
tell_sinks_end(Records *trace)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(sinks); i++) {
        PyObject *sink = Py_NewRef(PyList_GET_ITEM(sinks, i));
        PyObject *tell = PyObject_GetAttr(sink, s_on_end);
        PyObject *told = tell == NULL || tell == Py_None ? tell : PyObject_CallOneArg(tell, (PyObject *)trace);
        if (told == NULL)
            tell_error(sink_failed_at_end, (PyObject *)trace, sink);
        if (told != tell)
            Py_XDECREF(told);
        Py_XDECREF(tell);
        Py_DECREF(sink);
    }
}

/* See idle.py. */
static int
is_test_run(void)
{
    PyObject *mail = PyDict_GetItemWithError(PyImport_GetModuleDict(), s_mail);
    return mail != NULL && (!PyModule_Check(mail) || PyDict_Contains(PyModule_GetDict(mail), s_outbox));
}

/* Whether a trace now waits among the others, of which there are not too many. */
static int
waits_its_turn(Records *trace)
{
    if (trace->count > PyLong_AsSsize_t(large) || is_test_run())
        return 0;
    PyObject *thread = ATTRIBUTE(idle, s_thread), *waiting = ATTRIBUTE(idle, s_waiting), *stirred = NULL, *added = NULL;
    if (thread != NULL && thread != Py_None && waiting != NULL && PyObject_Size(waiting) < PyLong_AsSsize_t(most_waiting)
        && (stirred = PyObject_CallNoArgs(stir)) != NULL)
        added = PyObject_CallMethodOneArg(waiting, s_append, (PyObject *)trace);
    Py_XDECREF(thread); Py_XDECREF(waiting); Py_XDECREF(stirred); Py_XDECREF(added);
    return added != NULL;
}

/* As `idle.put_off`. */
static void
put_off(Records *trace)
{
    int is_waiting = waits_its_turn(trace);
    PyErr_Clear();
    PyObject *is_awake = is_waiting ? ATTRIBUTE(idle, s_is_awake) : NULL, *done = NULL;
    if (!is_waiting)
        done = PyObject_CallMethodOneArg(idle, s_put_off, (PyObject *)trace);
    else if (is_awake != Py_True)
        done = PyObject_CallMethodNoArgs(idle, s_wake);
    PyErr_Clear();
    Py_XDECREF(is_awake);
    Py_XDECREF(done);
}

/* End a trace. Where somebody has read of it already the lock is Python's to take. */
static int
end_trace(Records *trace)
{
    if (trace->lock != NULL || trace->finished || trace->open_spans != 1 || !holds_no_secret(trace)) {
        PyObject *closed = PyObject_CallOneArg(close_trace, (PyObject *)trace);
        Py_XDECREF(closed);
        return closed == NULL ? -1 : 0;
    }
    long long t = now();
    if (close_span(trace, t, 0, trace->server_span, stage_server_out, exit_facts, (PyObject *)trace, Py_None, Py_None) < 0)
        return -1;
    PyObject *duration = PyLong_FromLongLong(t - trace->began_ns), *spent = records_spent(trace, NULL);
    if (duration == NULL || spent == NULL) {
        Py_XDECREF(duration); Py_XDECREF(spent);
        return -1;
    }
    Py_XSETREF(trace->duration_ns, duration);
    Py_XSETREF(trace->spent_ns, spent);
    /* What a task left behind still does is counted in `omitted`. */
    trace->limit = 0;
    trace->finished = 1;
    Py_CLEAR(trace->captured);
    PyObject *let = records_let_go(trace, NULL);
    Py_XDECREF(let);
    tell_sinks_end(trace);
    put_off(trace);
    return 0;
}

/* The trace of a response that is being closed, a new reference: what waits for that, or else what the handler's own call
 * belongs to, as under ASGI. NULL without an error where there is none.
 */
static Records *
closing_trace(PyObject *id, Here *outer, int *waits_for_it)
{
    PyObject *entry = PyDict_GetItemWithError(unclosed, id);
    *waits_for_it = entry != NULL;
    if (entry != NULL)
        return (Records *)Py_NewRef(PyTuple_GET_ITEM(entry, 1));
    Records *trace = outer->trace;
    return trace != NULL && outer->span == trace->server_span && !trace->awaits_close ? (Records *)Py_NewRef(trace) : NULL;
}

static int
note_closing(Records *trace, long long t, int waits_for_it)
{
    PyObject *wait = waits_for_it && trace->left_ns >= 0 ? as_part(t - trace->left_ns) : Py_None;
    if (point(trace, t, 0, trace->server_span, stage_server_out, kind_server, s_close, waits_for_it ? closing_facts : Py_None, wait,
              Py_None, Py_None) < 0)
        return -1;
    return stand_at(trace, trace->server_span, stage_server_out);
}

static int
note_closed(Records *trace, long long since, Here *outer)
{
    long long t = now();
    return stand_again(outer) < 0 ? -1 : point(trace, t, 0, trace->server_span, stage_server_out, kind_server, word_closed, closed_facts,
                                               as_part(t - since), Py_None, Py_None);
}

static PyObject *
close_watched(Watched *self, PyObject *response, Records *trace, Here *outer, int waits_for_it)
{
    long long since = now();
    if (note_closing(trace, since, waits_for_it) < 0)
        tell_fault((PyObject *)trace, "server");
    PyObject *closed = PyObject_CallOneArg(self->original, response);
    if (closed == NULL) {
        PyObject *type, *error, *traceback;
        PyErr_Fetch(&type, &error, &traceback);
        if (stand_again(outer) < 0)
            PyErr_Clear();
        PyErr_Restore(type, error, traceback);
        Here here = {trace, trace->server_span, stage_server_out};
        tell_raised(close_raising, &here, since, waits_for_it ? Py_True : Py_False);
    }
    else if (note_closed(trace, since, outer) < 0 || (waits_for_it && end_trace(trace) < 0))
        tell_fault((PyObject *)trace, "server");
    return closed;
}

/* HttpResponseBase.close(self). */
static PyObject *
close_response(PyObject *callable, PyObject *const *args, size_t flags, PyObject *keywords)
{
    Watched *self = (Watched *)callable;
    Here outer = {NULL, 0, NULL};
    PyObject *id = PyVectorcall_NARGS(flags) == 1 && keywords == NULL ? PyLong_FromVoidPtr(args[0]) : NULL;
    if (id == NULL || look_here(&outer) < 0) {
        PyErr_Clear();
        Py_XDECREF(id);
        return PyObject_Vectorcall(self->plain, args, flags, keywords);
    }
    int waits_for_it;
    Records *trace = closing_trace(id, &outer, &waits_for_it);
    PyObject *closed;
    if (trace == NULL)
        closed = call(self->original, args, flags, NULL);
    else if (waits_for_it && (trace->streaming || PyDict_DelItem(unclosed, id) < 0)) {
        /* Of a stream Python tells, which has seen its parts. */
        PyErr_Clear();
        closed = PyObject_Vectorcall(self->plain, args, flags, NULL);
    }
    else
        closed = close_watched(self, args[0], trace, &outer, waits_for_it);
    Py_XDECREF(trace);
    Py_XDECREF(outer.trace);
    Py_DECREF(id);
    return closed;
}
