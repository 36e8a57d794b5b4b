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
    return attribute_of_either(self, NULL, ((Timed *)self)->receiver, name);
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

/* A list of what stands for each. */
static PyObject *
time_all(PyObject *receivers, int are_async)
{
    PyObject *made = PyList_New(PyList_GET_SIZE(receivers));
    for (Py_ssize_t i = 0; made != NULL && i < PyList_GET_SIZE(made); i++) {
        Timed *timed = PyObject_New(Timed, &TimedType);
        if (timed == NULL) {
            Py_CLEAR(made);
            break;
        }
        timed->receiver = Py_NewRef(PyList_GET_ITEM(receivers, i));
        timed->error = NULL;
        timed->duration = -1;
        timed->is_async = are_async;
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

/* A call of `send`, from the moment at which it begins; the same in probes/signal.py. */
enum { METHOD, RECEIVERS, SIGNAL_SPAN };

static Slip *
begin_sending(PyObject *method)
{
    Slip *sending = slip_of(2, (PyObject *[]){Py_NewRef(method), Py_NewRef(Py_None)}, 1);
    PyObject *ident = sending ? PyLong_FromUnsignedLong(PyThread_get_thread_ident()) : NULL;
    if (ident == NULL || PyDict_SetItem(asking, ident, (PyObject *)sending) < 0)
        Py_CLEAR(sending);
    Py_XDECREF(ident);
    return sending;
}

/* What this thread's call is that is about to ask for its receivers; it asks once. NULL without an error where none is. */
static Slip *
take_asking(void)
{
    if (PyDict_GET_SIZE(asking) == 0)
        return NULL;
    PyObject *ident = PyLong_FromUnsignedLong(PyThread_get_thread_ident());
    PyObject *sending = ident ? Py_XNewRef(PyDict_GetItemWithError(asking, ident)) : NULL;
    if (sending != NULL && PyDict_DelItem(asking, ident) < 0)
        Py_CLEAR(sending);
    Py_XDECREF(ident);
    return (Slip *)sending;
}

/* Django may not have got as far as asking. */
static void
forget_asking(Slip *sending)
{
    PyObject *ident = PyLong_FromUnsignedLong(PyThread_get_thread_ident());
    if (ident != NULL && PyDict_GetItemWithError(asking, ident) == (PyObject *)sending)
        PyDict_DelItem(asking, ident);
    PyErr_Clear();
    Py_XDECREF(ident);
}

/* (signal, name, module), by the signal's id or else as Python finds it. */
static PyObject *
name_of_signal(PyObject *signal, PyObject *sender)
{
    PyObject *id = PyLong_FromVoidPtr(signal), *known = id ? PyDict_GetItemWithError(signal_names, id) : NULL;
    Py_XDECREF(id);
    if (known != NULL && PyTuple_CheckExact(known) && PyTuple_GET_SIZE(known) == 3)
        return Py_NewRef(known);
    return PyErr_Occurred() ? NULL : PyObject_CallFunctionObjArgs(name_of_other_signal, signal, sender, NULL);
}

static int
enter_signal(Here *here, long long t, Slip *sending, PyObject *signal, PyObject *sender, Py_ssize_t count)
{
    PyObject *named = name_of_signal(signal, sender);
    if (named == NULL)
        return -1;
    PyObject *kind = sender == Py_None || PyType_Check(sender) ? Py_NewRef(sender) : PyObject_CallOneArg(kind_of_sender, sender);
    PyObject *asked = (PyObject *)slip_of(4, (PyObject *[]){Py_NewRef(PyTuple_GET_ITEM(named, 2)), kind,
                                              Py_NewRef(sending->entries[METHOD].object), PyLong_FromSsize_t(count)}, 0);
    long long span = asked ? open_span(here->trace, t, here->span, here->stage, kind_signal, PyTuple_GET_ITEM(named, 1),
                                       signal_facts, asked, Py_None, Py_None) : -1;
    Py_XDECREF(asked);
    Py_DECREF(named);
    if (span < 0)
        return -1;
    sending->entries[SIGNAL_SPAN].number = span;
    if (here->span == here->trace->server_span)
        here->trace->signal_span = span;
    return stand_at(here->trace, span ? span : here->span, here->stage);
}

/* Receivers that take their time in place of those that were found, which are two lists: sync and async. */
static PyObject *
time_found(Here *here, Slip *sending, PyObject *signal, PyObject *sender, PyObject *found)
{
    long long t = now();
    PyObject *plain = time_all(PyTuple_GET_ITEM(found, 0), 0), *awaited = plain ? time_all(PyTuple_GET_ITEM(found, 1), 1) : NULL;
    Py_ssize_t count = awaited ? PyList_GET_SIZE(plain) + PyList_GET_SIZE(awaited) : 0;
    PyObject *all = awaited == NULL ? NULL : PyList_GET_SIZE(awaited) ? PySequence_Concat(plain, awaited) : Py_NewRef(plain);
    PyObject *timed = all && enter_signal(here, t, sending, signal, sender, count) == 0 ? PyTuple_Pack(2, plain, awaited) : NULL;
    if (timed != NULL)
        put(sending, RECEIVERS, Py_NewRef(all));
    Py_XDECREF(plain); Py_XDECREF(awaited); Py_XDECREF(all);
    return timed;
}

/* args: the signal and the sender. */
static PyObject *
find_receivers(PyObject *callable, PyObject *const *args, size_t flags, PyObject *keywords)
{
    /* What the receivers send in their turn is a call of its own. */
    Slip *sending = take_asking();
    PyObject *found = call(((Watched *)callable)->original, args, flags, keywords);
    Here here;
    if (sending != NULL && found != NULL && PyVectorcall_NARGS(flags) == 2 && PyTuple_CheckExact(found)
        && PyTuple_GET_SIZE(found) == 2 && PyList_CheckExact(PyTuple_GET_ITEM(found, 0))
        && PyList_CheckExact(PyTuple_GET_ITEM(found, 1))
        && PyList_GET_SIZE(PyTuple_GET_ITEM(found, 0)) + PyList_GET_SIZE(PyTuple_GET_ITEM(found, 1))
        && look_here(&here) > 0) {
        PyObject *timed = time_found(&here, sending, args[0], args[1], found);
        if (timed != NULL)
            Py_SETREF(found, timed);
        else
            tell_fault((PyObject *)here.trace, "signal");
        Py_DECREF(here.trace);
    }
    Py_XDECREF(sending);
    return found;
}

/* Tell how a call of `send` ended; `responses` is NULL where it raised. Returns what the caller gets. */
static PyObject *
end_sending(Here *here, Slip *sending, PyObject *responses)
{
    long long t = now();
    PyObject *receivers = sending->entries[RECEIVERS].object;
    if (receivers == Py_None) {
        if (responses != NULL)
            forget_asking(sending);
        else {
            PyObject *type, *error, *traceback;
            PyErr_Fetch(&type, &error, &traceback);
            forget_asking(sending);
            PyErr_Restore(type, error, traceback);
        }
        return responses;
    }
    if (responses == NULL) {
        tell_raised(leave_signal_raising, here, sending->entries[SIGNAL_SPAN].number, receivers);
        return NULL;
    }
    if (stand_again(here) < 0 || close_span(here->trace, t, 0, sending->entries[SIGNAL_SPAN].number, here->stage, sent_facts,
                                            receivers, Py_None, Py_None) < 0)
        Py_CLEAR(responses);
    else
        Py_SETREF(responses, native_as_connected(NULL, responses));
    return responses;
}

/* Whether somebody may receive what a call of `send` sends. As in probes/signal.py what Django knows already is asked for:
 * each row of a query sends two signals.
 */
static int
may_be_heard(PyObject *const *args, size_t flags, PyObject *keywords)
{
    if (PyVectorcall_NARGS(flags) < 1)
        return 0;
    PyObject *receivers = ATTRIBUTE(args[0], s_receivers);
    int heard = receivers != NULL && (!PyList_CheckExact(receivers) || PyList_GET_SIZE(receivers));
    Py_XDECREF(receivers);
    PyObject *caching = heard ? ATTRIBUTE(args[0], s_use_caching) : NULL, *sender = NULL;
    if (caching == Py_True) {
        for (Py_ssize_t i = 0, count = PyVectorcall_NARGS(flags); keywords != NULL && i < PyTuple_GET_SIZE(keywords); i++)
            if (PyTuple_GET_ITEM(keywords, i) == s_sender)
                sender = args[count + i];
        sender = PyVectorcall_NARGS(flags) > 1 ? args[1] : sender;
        PyObject *unheard = sender ? PyObject_CallFunctionObjArgs(is_known_unheard, args[0], sender, NULL) : NULL;
        heard = unheard != Py_True;
        Py_XDECREF(unheard);
    }
    Py_XDECREF(caching);
    PyErr_Clear();
    return heard;
}

static PyObject *
send_signal(PyObject *callable, PyObject *const *args, size_t flags, PyObject *keywords)
{
    Watched *self = (Watched *)callable;
    Here here;
    int recorded = may_be_heard(args, flags, keywords) ? look_here(&here) : 0;
    if (recorded <= 0)
        return recorded < 0 ? NULL : call(self->original, args, flags, keywords);
    Slip *sending = begin_sending(self->subject);
    PyObject *responses = sending ? call(self->original, args, flags, keywords) : NULL;
    if (sending != NULL)
        responses = end_sending(&here, sending, responses);
    Py_XDECREF(sending);
    Py_DECREF(here.trace);
    return responses;
}
