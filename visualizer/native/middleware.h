/* Between two layers of middleware. */

/* The items of a passage, as in passages.py. */
enum { PATH, PARENT, SPAN, ENTERED, CAME_BACK, PASSED_ON, IS_OVER };

static int
is_middlewares(PyObject *stage)
{
    return stage == stage_in || stage == stage_out;
}

/* Borrowed; NULL where there is none. */
static Slip *
outer_passage(Here *here)
{
    if (!is_middlewares(here->stage))
        return NULL;
    return (Slip *)passage_of(here->trace, here->span);
}

static Slip *
begin_passage(long long t, Here *here, PyObject *path, long long span)
{
    /* In a full trace, which keeps no more events, the passage still has a number of its own. */
    span = span ? span : -++here->trace->spans;
    Py_INCREF(path);
    Slip *passage = slip_of(1, &path, 6);
    if (passage != NULL) {
        passage->entries[PARENT].number = here->span;
        passage->entries[SPAN].number = span;
        passage->entries[ENTERED].number = t;
        if (note_passage(here->trace, span, (PyObject *)passage) < 0 || stand_at(here->trace, span, stage_in) < 0)
            Py_CLEAR(passage);
    }
    return passage;
}

static PyObject *
go_in(Here *here, long long t, PyObject *layer, PyObject *request)
{
    Records *trace = here->trace;
    PyObject *noted = take_request(request, &trace->request_seen, &trace->request_version);
    if (noted == NULL)
        return NULL;
    Slip *outer = outer_passage(here);
    PyObject *made = NULL;
    int failed = 0;
    if (outer != NULL) {
        outer->entries[PASSED_ON].number = 1;
        /* The recorder's own time is told once, by the second of two. */
        failed = point(trace, t, layer == Py_None ? 0 : t, here->span, stage_in, kind_middleware, outer->entries[PATH].object,
                       passed_facts, as_part(t - outer->entries[ENTERED].number), noted, Py_None) < 0;
    }
    if (!failed && layer != Py_None) {
        PyObject *path = ATTRIBUTE(layer, s_path), *facts = path ? ATTRIBUTE(layer, s_facts) : NULL;
        long long span = facts ? open_span(trace, t, here->span, stage_in, kind_middleware, path, facts, Py_None,
                                           Py_None, Py_None) : -1;
        made = span < 0 ? NULL : (PyObject *)begin_passage(t, here, path, span);
        Py_XDECREF(path);
        Py_XDECREF(facts);
    }
    else if (!failed) {
        /* What follows is the resolver's, unless it is an adapter and another layer. */
        if (stand_at(trace, here->span, stage_resolver) == 0)
            made = Py_NewRef(Py_None);
    }
    Py_DECREF(noted);
    return made;
}

/* The layer outside passes the request on, the one inside gets it: its passage, None where there is none; never fails. */
static PyObject *
pass_in(Here *here, PyObject *layer, PyObject *request)
{
    long long t = now();
    PyObject *passage = go_in(here, t, layer, request);
    if (passage != NULL)
        return passage;
    tell_fault((PyObject *)here->trace, "middleware");
    return Py_NewRef(Py_None);
}

static PyObject *
native_go_in(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    Here here;
    return count != 3 || read_here(&here, args[0]) < 0 ? NULL : pass_in(&here, args[1], args[2]);
}

static int
tell_outcome(Records *trace, PyObject *method, PyObject *path)
{
    PyObject *outcome = outcome_of(trace), *told = outcome ? PyObject_CallMethodOneArg(outcome, method, path) : NULL;
    Py_XDECREF(told);
    return told == NULL ? -1 : 0;
}

/* How long ago a response came back to a passage that ends; -1 on an error. `before` becomes None where none did. */
static long long
end_passage(long long t, Records *trace, Slip *inner, PyObject **before, PyObject *after)
{
    inner->entries[IS_OVER].number = 1;
    long long came_back = inner->entries[CAME_BACK].number;
    if (*before == Py_None || came_back == 0) {
        *before = Py_None;
        return 0;
    }
    if (((Picture *)*before)->response != ((Picture *)after)->response
        && tell_outcome(trace, s_see_replaced, inner->entries[PATH].object) < 0)
        return -1;
    return t - came_back;
}

static int
leave(long long t, long long done, Records *trace, Slip *inner, PyObject *before, PyObject *after)
{
    int passed = inner->entries[PASSED_ON].number != 0;
    long long out_ns;
    if (passed)
        out_ns = end_passage(t, trace, inner, &before, after);
    else {
        inner->entries[IS_OVER].number = 1;
        out_ns = tell_outcome(trace, s_see_answered, inner->entries[PATH].object) < 0 ? -1 : t - inner->entries[ENTERED].number;
    }
    if (out_ns < 0)
        return -1;
    long long span = inner->entries[SPAN].number;
    return passed ? close_span(trace, t, done, span, stage_out, returned_facts, as_part(out_ns), before, after)
                  : close_span(trace, t, done, span, stage_in, answered_facts, as_part(out_ns), after, Py_None);
}

static int
come_out(Here *here, long long t, Slip *inner, Slip *outer, PyObject *response)
{
    Records *trace = here->trace;
    PyObject *before = Py_NewRef(trace->response_seen);
    int failed = 0, ends = inner != NULL && !inner->entries[IS_OVER].number;
    if (ends || before == Py_None || ((Picture *)before)->response != response) {
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
        outer->entries[CAME_BACK].number = t;
        failed = point(trace, t, 0, here->span, stage_out, kind_middleware, outer->entries[PATH].object,
                       came_back_facts, trace->response_seen, Py_None, Py_None) < 0;
    }
    Py_DECREF(before);
    return failed ? -1 : 0;
}

/* The layer inside returns, the one outside gets the response; -1 on an error. */
static int
pass_out(Here *here, PyObject *passage, PyObject *response)
{
    long long t = now();
    Slip *inner = passage == Py_None ? NULL : (Slip *)passage, *outer = outer_passage(here);
    if (stand_at(here->trace, here->span, outer ? stage_out : here->stage) < 0)
        return -1;
    if (come_out(here, t, inner, outer, response) == 0)
        return 0;
    tell_fault((PyObject *)here->trace, "middleware");
    PyObject *told = PyObject_CallFunction(give_up, "LOO", t, here->trace, passage);
    Py_XDECREF(told);
    return told == NULL ? -1 : 0;
}

static PyObject *
native_come_out(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    Here here;
    if (count != 3 || read_here(&here, args[0]) < 0 || pass_out(&here, args[1], args[2]) < 0)
        return NULL;
    Py_RETURN_NONE;
}
