/* Between two layers of middleware. */

/* The items of a passage, as in passages.py. */
enum { PATH, PARENT, SPAN, ENTERED, CAME_BACK, PASSED_ON, IS_OVER };

static int
is_middlewares(PyObject *stage)
{
    return stage == stage_in || stage == stage_out;
}

static PyObject *
outer_passage(Here *here)
{
    return is_middlewares(here->stage) ? PyDict_GetItemWithError(here->trace->passages, here->span_object) : NULL;
}

static long long
moment(PyObject *passage, int item)
{
    return PyLong_AsLongLong(PyList_GET_ITEM(passage, item));
}

static void
put(PyObject *passage, int item, PyObject *value)
{
    PyObject *was = PyList_GET_ITEM(passage, item);
    PyList_SET_ITEM(passage, item, value);
    Py_DECREF(was);
}

static PyObject *
begin_passage(long long t, Here *here, PyObject *path, long long span)
{
    /* In a full trace, which keeps no more events, the passage still has a number of its own. */
    PyObject *number = PyLong_FromLongLong(span ? span : -++here->trace->spans);
    PyObject *passage = number == NULL ? NULL
        : list_of(7, (PyObject *[]){Py_NewRef(path), Py_NewRef(here->span_object), Py_NewRef(number),
                                    PyLong_FromLongLong(t), Py_NewRef(zero), Py_NewRef(Py_False), Py_NewRef(Py_False)});
    if (passage != NULL && (PyDict_SetItem(here->trace->passages, number, passage) < 0
                            || stand_at(here->trace, number, stage_in) < 0))
        Py_CLEAR(passage);
    Py_XDECREF(number);
    return passage;
}

static PyObject *
go_in(Here *here, long long t, PyObject *layer, PyObject *request)
{
    Records *trace = here->trace;
    PyObject *after = take_request(request, trace->request_seen);
    if (after == NULL)
        return NULL;
    PyObject *before = trace->request_seen;
    trace->request_seen = Py_NewRef(after);
    PyObject *outer = outer_passage(here), *made = NULL;
    int failed = outer == NULL && PyErr_Occurred() != NULL;
    if (outer != NULL) {
        put(outer, PASSED_ON, Py_NewRef(Py_True));
        PyObject *in_ns = PyLong_FromLongLong(t - moment(outer, ENTERED));
        /* The recorder's own time is told once, by the second of two. */
        failed = in_ns == NULL || point(trace, t, layer == Py_None ? 0 : t, here->span, stage_in, kind_middleware,
                                        PyList_GET_ITEM(outer, PATH), passed_facts, in_ns, before, after) < 0;
        Py_XDECREF(in_ns);
    }
    if (!failed && layer != Py_None) {
        PyObject *path = PyObject_GetAttr(layer, s_path), *facts = path ? PyObject_GetAttr(layer, s_facts) : NULL;
        long long span = facts ? open_span(trace, t, here->span, stage_in, kind_middleware, path, facts, Py_None,
                                           Py_None, Py_None) : -1;
        made = span < 0 ? NULL : begin_passage(t, here, path, span);
        Py_XDECREF(path);
        Py_XDECREF(facts);
    }
    else if (!failed) {
        /* What follows is the resolver's, unless it is an adapter and another layer. */
        if (stand_at(trace, here->span_object, stage_resolver) == 0)
            made = Py_NewRef(Py_None);
    }
    Py_DECREF(before);
    Py_DECREF(after);
    return made;
}

static PyObject *
native_go_in(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    long long t = now();
    Here here;
    if (count != 3 || read_here(&here, args[0]) < 0)
        return NULL;
    PyObject *passage = go_in(&here, t, args[1], args[2]);
    if (passage == NULL) {
        tell_fault((PyObject *)here.trace, "middleware");
        return Py_NewRef(Py_None);
    }
    return passage;
}

static int
tell_outcome(Records *trace, PyObject *method, PyObject *path)
{
    PyObject *told = PyObject_CallMethodOneArg(trace->outcome, method, path);
    Py_XDECREF(told);
    return told == NULL ? -1 : 0;
}

/* How long ago a response came back to a passage that ends; -1 on an error. `before` becomes None where none did. */
static long long
end_passage(long long t, Records *trace, PyObject *inner, PyObject **before, PyObject *after)
{
    put(inner, IS_OVER, Py_NewRef(Py_True));
    long long came_back = moment(inner, CAME_BACK);
    if (*before == Py_None || came_back == 0) {
        *before = Py_None;
        return 0;
    }
    PyObject *was = PyTuple_GET_ITEM(*before, 0), *is = PyTuple_GET_ITEM(after, 0);
    if (was != is && PyLong_AsLongLong(was) != PyLong_AsLongLong(is)
        && tell_outcome(trace, s_see_replaced, PyList_GET_ITEM(inner, PATH)) < 0)
        return -1;
    return t - came_back;
}

static int
leave(long long t, long long done, Records *trace, PyObject *inner, PyObject *before, PyObject *after)
{
    int passed = PyList_GET_ITEM(inner, PASSED_ON) == Py_True;
    long long out_ns;
    if (passed)
        out_ns = end_passage(t, trace, inner, &before, after);
    else {
        put(inner, IS_OVER, Py_NewRef(Py_True));
        out_ns = tell_outcome(trace, s_see_answered, PyList_GET_ITEM(inner, PATH)) < 0 ? -1 : t - moment(inner, ENTERED);
    }
    PyObject *told = out_ns < 0 ? NULL : PyLong_FromLongLong(out_ns);
    if (told == NULL)
        return -1;
    long long span = moment(inner, SPAN);
    int failed = passed ? close_span(trace, t, done, span, stage_out, returned_facts, told, before, after)
                        : close_span(trace, t, done, span, stage_in, answered_facts, told, after, Py_None);
    Py_DECREF(told);
    return failed;
}

static int
come_out(Here *here, long long t, PyObject *inner, PyObject *outer, PyObject *response)
{
    Records *trace = here->trace;
    PyObject *before = Py_NewRef(trace->response_seen);
    int failed = 0, ends = inner != Py_None && PyList_GET_ITEM(inner, IS_OVER) != Py_True;
    if (ends || before == Py_None || PyLong_AsVoidPtr(PyTuple_GET_ITEM(before, 0)) != response) {
        PyObject *after = take_response(response, before);
        if (after == NULL)
            failed = 1;
        else
            Py_SETREF(trace->response_seen, after);
    }
    if (!failed && ends)
        /* The recorder's own time is told once, by the second of two. */
        failed = leave(t, outer ? t : 0, trace, inner, before, trace->response_seen) < 0;
    if (!failed && outer != NULL) {
        PyObject *moment = PyLong_FromLongLong(t);
        failed = moment == NULL;
        if (!failed) {
            put(outer, CAME_BACK, moment);
            failed = point(trace, t, 0, here->span, stage_out, kind_middleware, PyList_GET_ITEM(outer, PATH),
                           came_back_facts, trace->response_seen, Py_None, Py_None) < 0;
        }
    }
    Py_DECREF(before);
    return failed ? -1 : 0;
}

static PyObject *
native_come_out(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    long long t = now();
    Here here;
    if (count != 3 || read_here(&here, args[0]) < 0)
        return NULL;
    PyObject *inner = args[1], *outer = outer_passage(&here);
    if (outer == NULL && PyErr_Occurred())
        return NULL;
    if ((outer == NULL ? set_current(args[0]) : stand_at(here.trace, here.span_object, stage_out)) < 0)
        return NULL;
    if (come_out(&here, t, inner, outer, args[2]) < 0) {
        tell_fault((PyObject *)here.trace, "middleware");
        PyObject *told = PyObject_CallFunction(give_up, "LOO", t, here.trace, inner);
        if (told == NULL)
            return NULL;
        Py_DECREF(told);
    }
    Py_RETURN_NONE;
}
