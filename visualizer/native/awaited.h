/* Coroutines that are watched: what comes before they begin and after they end adds no frame of its own.
 *
 * An `Awaited` stands for the coroutine that it holds, as `collections.abc.Coroutine` wants it; whatever else is asked of
 * it, the coroutine answers. One that is never awaited says so when it goes, as the held one does.
 */

enum { NOT_BEGUN, SUSPENDED, RUNNING, OVER };

typedef struct {
    PyObject_HEAD
    PyObject *coroutine;
    char what, state;   /* near the coroutine: all that a call needs that only goes on */
    PyObject *subject;  /* the layer that a request goes in to, what carries a call over to a thread, who gets the result, the
                         * signal's method, or the trace */
    PyObject *request;  /* of a passage, or the message that is sent */
    Here here;          /* where it was awaited; no trace where nothing is recorded */
    PyObject *told;     /* the passage, the hop, the call of a signal or the message */
    PyObject *weakrefs;
    long long began;    /* receiving or sending */
} Awaited;

/* Some that nobody needs now: a request under ASGI makes one for each layer, and a new one would bring the next run of the
 * garbage collector nearer.
 */
static Awaited *spare_awaited[32];
static int spare_awaited_count;

/* A message is received or sent, of whose trace the server's end knows. */
static int
begin_message(Awaited *self)
{
    Records *trace = (Records *)self->subject;
    long long t = self->began = now();
    self->here = (Here){(Records *)Py_NewRef(trace), trace->server_span, stage_server_out};
    if (self->what == A_RECEIVE)
        return 0;
    self->told = (PyObject *)note_message(trace, self->request);
    if (self->told == NULL)
        tell_fault((PyObject *)trace, "server");
    self->began = now();
    trace->own_ns += self->began - t;
    return 0;
}

static void
end_message(int what, Here *here, PyObject *told, PyObject *result, long long began)
{
    if (what == A_SEND && told != NULL && result == NULL)
        tell_raised(send_raising, here, began, told);
    else if (what == A_SEND && told != NULL ? tell_sent(here->trace, (Slip *)told, began) < 0
             : what == A_RECEIVE && result != NULL && tell_received(here->trace, result, began) < 0)
        tell_fault((PyObject *)here->trace, "server");
}

/* A handler of ASGI begins; `here` is where its caller stands, who may be recorded nowhere. */
static int
begin_handling(Awaited *self)
{
    Here outer = {NULL, 0, NULL};
    if (look_here(&outer) < 0)
        return -1;
    self->told = begin_asgi(self->subject, (Slip *)self->request);
    /* What is on it the server holds, and that may hold this. */
    Py_CLEAR(self->request);
    if (self->told != NULL)
        self->here = outer;
    else
        Py_XDECREF(outer.trace);
    return 0;
}

static void
end_handling(Here *outer, PyObject *trace, PyObject *result)
{
    if (trace != NULL && result != NULL)
        end_asgi(outer, (Records *)trace);
    else if (trace != NULL)
        end_raised(outer, (Records *)trace);
    Py_XDECREF(outer->trace);
    Py_XDECREF(trace);
}

static int
awaited_begin(Awaited *self)
{
    if (self->what == A_RECEIVE || self->what == A_SEND)
        return begin_message(self);
    if (self->what == AN_ASGI_HANDLER)
        return begin_handling(self);
    Here here;
    int recorded = look_here(&here);
    if (recorded <= 0)
        return recorded;
    self->told = self->what == AN_AWAITED_PASSAGE ? pass_in(&here, self->subject, self->request)
               : self->what == A_HOP              ? leave_hop(&here, self->subject)
               : self->what == AN_AWAITED_SIGNAL  ? (PyObject *)begin_sending(self->subject)
                                                  : Py_NewRef(Py_None);
    if (self->told == NULL) {
        Py_DECREF(here.trace);
        return -1;
    }
    self->here = here;
    return 0;
}

/* A hop is told of however it ended; the exception that is on its way goes on. */
static int
end_hop(Here *here, PyObject *hop)
{
    PyObject *type, *error, *traceback;
    PyErr_Fetch(&type, &error, &traceback);
    int failed = come_back(here, word_sync_to_async, hop);
    if (type != NULL) {
        PyErr_Clear();
        PyErr_Restore(type, error, traceback);
    }
    return failed;
}

/* What is told once the coroutine has returned `*result`, or has raised where that is NULL; -1 if telling failed. */
static int
awaited_end(Awaited *self, PyObject **result)
{
    PyObject *response = *result;
    self->state = OVER;
    Here here = self->here;
    PyObject *told = self->told;
    self->here.trace = NULL;
    self->told = NULL;
    if (self->what == AN_ASGI_HANDLER)
        end_handling(&here, told, response);
    if (here.trace == NULL || self->what == AN_ASGI_HANDLER)
        return 0;
    int failed = 0;
    if (self->what == A_RECEIVE || self->what == A_SEND)
        end_message(self->what, &here, told, response, self->began);
    else if (self->what == A_HOP)
        failed = end_hop(&here, told);
    else if (self->what == AN_AWAITED_SIGNAL)
        failed = (*result = end_sending(&here, (Slip *)told, response)) == NULL ? -1 : 0;
    else if (response == NULL && self->what == AN_AWAITED_PASSAGE)
        tell_raised(come_out_raising, &here, 0, told);
    else if (response != NULL)
        failed = self->what == AN_AWAITED_RESULT ? see_result(self->subject, &here, response) : pass_out(&here, told, response);
    Py_DECREF(here.trace);
    Py_XDECREF(told);
    return response != NULL ? failed : 0;
}

static PySendResult
awaited_send(Awaited *self, PyObject *value, PyObject **result)
{
    *result = NULL;
    if (self->state == RUNNING) {
        PyErr_SetString(PyExc_ValueError, "coroutine already executing");
        return PYGEN_ERROR;
    }
    if (self->state == OVER) {
        PyErr_SetString(PyExc_RuntimeError, "cannot reuse already awaited coroutine");
        return PYGEN_ERROR;
    }
    if (self->state == NOT_BEGUN && awaited_begin(self) < 0)
        return PYGEN_ERROR;
    self->state = RUNNING;
    PySendResult status = Py_TYPE(self->coroutine)->tp_as_async->am_send(self->coroutine, value, result);
    self->state = SUSPENDED;
    if (status == PYGEN_NEXT)
        return PYGEN_NEXT;
    if (awaited_end(self, result) < 0)
        Py_CLEAR(*result);
    return *result != NULL ? PYGEN_RETURN : PYGEN_ERROR;
}

/* What a caller that is no `await` gets: a value, or StopIteration with what was returned. */
static PyObject *
awaited_given(PySendResult status, PyObject *result)
{
    if (status != PYGEN_RETURN)
        return result;
    PyObject *stop = PyObject_CallOneArg(PyExc_StopIteration, result);
    if (stop != NULL)
        PyErr_SetObject(PyExc_StopIteration, stop);
    Py_XDECREF(stop);
    Py_DECREF(result);
    return NULL;
}

static PyObject *
awaited_send_method(Awaited *self, PyObject *value)
{
    PyObject *result;
    PySendResult status = awaited_send(self, value, &result);
    return awaited_given(status, result);
}

static PyObject *
awaited_next(Awaited *self)
{
    return awaited_send_method(self, Py_None);
}

/* What was returned, of the StopIteration that is set; NULL without touching it where another exception is. */
static PyObject *
returned_value(void)
{
    if (!PyErr_ExceptionMatches(PyExc_StopIteration))
        return NULL;
    PyObject *type, *error, *traceback;
    PyErr_Fetch(&type, &error, &traceback);
    PyErr_NormalizeException(&type, &error, &traceback);
    PyObject *value = PyObject_GetAttr(error, s_value);
    Py_XDECREF(type); Py_XDECREF(error); Py_XDECREF(traceback);
    return value;
}

static PyObject *
awaited_throw(Awaited *self, PyObject *const *args, Py_ssize_t count)
{
    if (count < 1 || count > 3)
        return PyErr_Format(PyExc_TypeError, "throw expected 1 to 3 arguments, got %zd", count);
    if (self->state == RUNNING) {
        PyErr_SetString(PyExc_ValueError, "coroutine already executing");
        return NULL;
    }
    PyObject *given[4] = {self->coroutine, args[0], count > 1 ? args[1] : NULL, count > 2 ? args[2] : NULL};
    int was = self->state;
    self->state = RUNNING;
    PyObject *yielded = PyObject_VectorcallMethod(s_throw, given, count + 1, NULL);
    self->state = was == NOT_BEGUN ? OVER : was;
    if (yielded != NULL || self->state == OVER)
        return yielded;
    PyObject *response = returned_value();
    if (awaited_end(self, &response) < 0)
        Py_CLEAR(response);
    return response != NULL ? awaited_given(PYGEN_RETURN, response) : NULL;
}

static PyObject *
awaited_close(Awaited *self, PyObject *Py_UNUSED(ignored))
{
    if (self->state == RUNNING) {
        PyErr_SetString(PyExc_ValueError, "coroutine already executing");
        return NULL;
    }
    int was = self->state;
    self->state = RUNNING;
    PyObject *closed = PyObject_CallMethodNoArgs(self->coroutine, s_close);
    self->state = OVER;
    if (was != SUSPENDED)
        return closed;
    PyObject *nothing = NULL;
    if (closed == NULL) {
        awaited_end(self, &nothing);
        return NULL;
    }
    PyErr_SetNone(PyExc_GeneratorExit);
    awaited_end(self, &nothing);
    PyErr_Clear();
    return closed;
}

static PyObject *
awaited_getattro(PyObject *self, PyObject *name)
{
    return attribute_of_either(self, NULL, ((Awaited *)self)->coroutine, name);
}

static PyObject *
awaited_repr(Awaited *self)
{
    return PyObject_Repr(self->coroutine);
}

static int
awaited_traverse(Awaited *self, visitproc visit, void *arg)
{
    Py_VISIT(self->coroutine);
    Py_VISIT(self->subject);
    Py_VISIT(self->request);
    Py_VISIT(self->here.trace);
    Py_VISIT(self->told);
    return 0;
}

static void
awaited_finalize(Awaited *self)
{
    if (self->state != SUSPENDED)
        return;
    PyObject *type, *error, *traceback;
    PyErr_Fetch(&type, &error, &traceback);
    PyObject *closed = awaited_close(self, NULL);
    if (closed == NULL)
        PyErr_WriteUnraisable(self->coroutine);
    Py_XDECREF(closed);
    PyErr_Restore(type, error, traceback);
}

static void
awaited_dealloc(Awaited *self)
{
    PyObject_GC_UnTrack(self);
    if (self->weakrefs != NULL)
        PyObject_ClearWeakRefs((PyObject *)self);
    if (self->state == SUSPENDED) {
        PyObject_GC_Track(self);
        if (PyObject_CallFinalizerFromDealloc((PyObject *)self) < 0)
            return;
        PyObject_GC_UnTrack(self);
    }
    Py_CLEAR(self->coroutine);
    Py_CLEAR(self->subject);
    Py_CLEAR(self->request);
    Py_CLEAR(self->here.trace);
    Py_CLEAR(self->told);
    if (spare_awaited_count < (int)Py_ARRAY_LENGTH(spare_awaited) && !PyObject_GC_IsFinalized((PyObject *)self))
        spare_awaited[spare_awaited_count++] = self;
    else
        PyObject_GC_Del(self);
}

static PyAsyncMethods awaited_async = {
    .am_await = PyObject_SelfIter,
    .am_send = (sendfunc)awaited_send,
};

static PyMethodDef awaited_methods[] = {
    {"send", (PyCFunction)awaited_send_method, METH_O, NULL},
    {"throw", (PyCFunction)(void (*)(void))awaited_throw, METH_FASTCALL, NULL},
    {"close", (PyCFunction)awaited_close, METH_NOARGS, NULL},
    {NULL},
};

static PyMemberDef awaited_members[] = {
    {"awaited_coroutine", T_OBJECT, offsetof(Awaited, coroutine), READONLY},
    {NULL},
};

static PyTypeObject AwaitedType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "visualizer.native.Awaited",
    .tp_basicsize = sizeof(Awaited),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_dealloc = (destructor)awaited_dealloc,
    .tp_finalize = (destructor)awaited_finalize,
    .tp_traverse = (traverseproc)awaited_traverse,
    .tp_as_async = &awaited_async,
    .tp_iternext = (iternextfunc)awaited_next,
    .tp_iter = PyObject_SelfIter,
    .tp_getattro = awaited_getattro,
    .tp_repr = (reprfunc)awaited_repr,
    .tp_methods = awaited_methods,
    .tp_members = awaited_members,
    .tp_weaklistoffset = offsetof(Awaited, weakrefs),
};

/* What stands for a call's coroutine; takes it over. Anything else that a call gives back is handed on as it is. */
static PyObject *
watch_coroutine(int what, PyObject *coroutine, PyObject *subject, PyObject *request)
{
    if (coroutine == NULL || !PyCoro_CheckExact(coroutine))
        return coroutine;
    Awaited *made = spare_awaited_count ? (Awaited *)PyObject_Init((PyObject *)spare_awaited[--spare_awaited_count], &AwaitedType)
                                        : PyObject_GC_New(Awaited, &AwaitedType);
    if (made == NULL) {
        Py_DECREF(coroutine);
        return NULL;
    }
    made->coroutine = coroutine;
    made->subject = Py_NewRef(subject);
    made->request = Py_XNewRef(request);
    made->here = (Here){NULL, 0, NULL};
    made->told = made->weakrefs = NULL;
    made->what = what;
    made->state = NOT_BEGUN;
    PyObject_GC_Track(made);
    return (PyObject *)made;
}
