/* Functions of Django that are watched: each binds like a function, shows itself as the original, and adds no frame. */

static PyObject *
call_plainly(PyObject *callable, PyObject *const *args, size_t flags, PyObject *keywords)
{
    return call(((Watched *)callable)->original, args, flags, keywords);
}

static PyObject *
pass_on(Watched *self, Here *here, PyObject *const *args, size_t flags, PyObject *keywords)
{
    PyObject *inner = pass_in(here, self->subject, args[0]);
    PyObject *response = call(self->original, args, flags, keywords);
    if (response == NULL)
        tell_raised(come_out_raising, here, 0, inner);
    else if (PyCoro_CheckExact(response)) {
        /* A class whose `__call__` is async without being marked so: Django awaits further out. */
        PyObject *tuple = tuple_of(here->trace, here->span, here->stage);
        Py_SETREF(response, tuple ? PyObject_CallFunctionObjArgs(await_later, response, tuple, inner, NULL) : NULL);
        Py_XDECREF(tuple);
    }
    else if (pass_out(here, inner, response) < 0)
        Py_CLEAR(response);
    Py_DECREF(inner);
    return response;
}

static PyObject *
call_and_show(Watched *self, Here *here, PyObject *const *args, size_t flags, PyObject *keywords)
{
    PyObject *result = call(self->original, args, flags, keywords);
    if (result != NULL && see_result(self->subject, here, result) < 0)
        Py_CLEAR(result);
    return result;
}

/* What is awaited reads where it stands when it is: not here. */
static PyObject *
call_awaited(PyObject *callable, PyObject *const *args, size_t flags, PyObject *keywords)
{
    Watched *self = (Watched *)callable;
    int is_passage = self->what == AN_AWAITED_PASSAGE;
    if (self->what == AN_AWAITED_SIGNAL && !may_be_heard(args, flags, keywords))
        return call(self->original, args, flags, keywords);
    if (PyVectorcall_NARGS(flags) < 1 || (is_passage && (PyVectorcall_NARGS(flags) != 1 || keywords != NULL)))
        return PyObject_Vectorcall(self->plain, args, flags, keywords);
    PyObject *coroutine = call(self->original, args, flags, keywords);
    return watch_coroutine(self->what, coroutine, self->what == A_HOP ? args[0] : self->subject, is_passage ? args[0] : NULL);
}

/* `receive()` or `send(message)`; the function in Python takes what they gave back where that is no coroutine. */
static PyObject *
call_server(PyObject *callable, PyObject *const *args, size_t flags, PyObject *keywords)
{
    Watched *self = (Watched *)callable;
    PyObject *message = PyVectorcall_NARGS(flags) ? args[0] : NULL;
    PyObject *waiting = call(self->original, args, flags, keywords);
    if (self->subject == Py_None)
        /* Of a request that could not be recorded. */
        return waiting;
    if (waiting == NULL || (PyCoro_CheckExact(waiting) && (message != NULL) == (self->what == A_SEND)))
        return watch_coroutine(self->what, waiting, self->subject, message);
    PyObject *awaited = PyObject_CallFunctionObjArgs(self->plain, self->subject, waiting, message, NULL);
    Py_DECREF(waiting);
    return awaited;
}

static PyObject *call_recorded(PyObject *, PyObject *const *, size_t, PyObject *);

/* By what is watched: its name, what calls it, and where it is called only while a request is recorded, what does that then
 * and how many arguments by position Django gives it; -1 where that varies.
 */
static const struct {
    const char *name;
    vectorcallfunc call;
    PyObject *(*work)(Watched *, Here *, PyObject *const *, size_t, PyObject *);
    Py_ssize_t positional;
} sorts[] = {
    [A_TEMPLATE] = {"template", call_recorded, render, 2},
    [AN_EXTENDS] = {"extends", call_recorded, render, 2},
    [A_BLOCK] = {"block", call_recorded, render, 2},
    [A_QUERY] = {"query", call_recorded, run_query, 3},
    [A_COMPILER] = {"compiler", call_recorded, compile_and_run, -1},
    [A_PASSAGE] = {"passage", call_recorded, pass_on, 1},
    [A_RESULT] = {"result", call_recorded, call_and_show, -1},
    [A_SIGNAL] = {"signal", send_signal, NULL, 0},
    [AN_AWAITED_SIGNAL] = {"awaited signal", call_awaited, NULL, 0},
    [A_RECEIVE] = {"receive", call_server, NULL, 0},
    [A_SEND] = {"send", call_server, NULL, 0},
    [A_START] = {"start_response", start_response, NULL, 0},
    [A_HOOK] = {"hook", call_hook, NULL, 0},
    [A_VIEW] = {"view", call_recorded, run_view, -1},
    [A_RESOLVER] = {"resolver", call_recorded, resolve, 2},
    [A_VIEW_MAKER] = {"view maker", call_recorded, make_view, 2},
    [A_VISITOR] = {"visitor", call_recorded, find_visitor, 1},
    [A_BEGIN] = {"begin", call_recorded, begin_transaction, -1},
    [A_PERMISSION] = {"permission", call_recorded, check_permission, -1},
    [A_WSGI_HANDLER] = {"wsgi handler", call_wsgi, NULL, 0},
    [A_CLOSE] = {"close", close_response, NULL, 0},
    [AN_ASGI_HANDLER] = {"asgi handler", call_asgi, NULL, 0},
    [RECEIVERS_OF] = {"receivers", find_receivers, NULL, 0},
    [A_CARRIED] = {"carried", call_plainly, NULL, 0},
    [A_HOP] = {"hop", call_awaited, NULL, 0},
    [AN_AWAITED_PASSAGE] = {"awaited passage", call_awaited, NULL, 0},
    [AN_AWAITED_RESULT] = {"awaited result", call_awaited, NULL, 0},
};

/* Whether a call has the arguments that Django gives it; what is called otherwise is left to the function in Python. */
static int
is_usual(int what, Py_ssize_t positional, PyObject *keywords)
{
    if (sorts[what].positional < 0)
        return 1;
    if (positional != sorts[what].positional)
        return 0;
    if (what != A_QUERY)
        return keywords == NULL;
    return keywords != NULL && PyTuple_GET_SIZE(keywords) == 2 && PyTuple_GET_ITEM(keywords, 0) == s_many
        && PyTuple_GET_ITEM(keywords, 1) == s_executor;
}

static PyObject *
call_recorded(PyObject *callable, PyObject *const *args, size_t flags, PyObject *keywords)
{
    Watched *self = (Watched *)callable;
    Here here;
    int recorded = look_here(&here);
    if (recorded <= 0)
        return recorded < 0 ? NULL : call(self->original, args, flags, keywords);
    PyObject *result = is_usual(self->what, PyVectorcall_NARGS(flags), keywords)
        ? sorts[self->what].work(self, &here, args, flags, keywords)
        : PyObject_Vectorcall(self->plain, args, flags, keywords);
    Py_DECREF(here.trace);
    return result;
}

static PyObject *
watched_get(PyObject *self, PyObject *instance, PyObject *Py_UNUSED(owner))
{
    if (((Watched *)self)->what == A_CARRIED && instance != NULL && instance != Py_None)
        return carried_get(PyMethod_New(((Watched *)self)->original, instance), instance);
    return instance == NULL || instance == Py_None ? Py_NewRef(self) : PyMethod_New(self, instance);
}

static PyObject *
watched_getattro(PyObject *self, PyObject *name)
{
    return attribute_of_either(self, ((Watched *)self)->dict, ((Watched *)self)->original, name);
}

static PyObject *
watched_repr(Watched *self)
{
    return PyObject_Repr(self->original);
}

static int
watched_traverse(Watched *self, visitproc visit, void *arg)
{
    Py_VISIT(self->original);
    Py_VISIT(self->plain);
    Py_VISIT(self->subject);
    Py_VISIT(self->dict);
    return 0;
}

static int
watched_clear(Watched *self)
{
    Py_CLEAR(self->original);
    Py_CLEAR(self->plain);
    Py_CLEAR(self->subject);
    Py_CLEAR(self->dict);
    return 0;
}

static void
watched_dealloc(Watched *self)
{
    PyObject_GC_UnTrack(self);
    if (self->weakrefs != NULL)
        PyObject_ClearWeakRefs((PyObject *)self);
    watched_clear(self);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyGetSetDef watched_getset[] = {
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict},
    {NULL},
};

static PyTypeObject WatchedType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "visualizer.native.Watched",
    .tp_basicsize = sizeof(Watched),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_METHOD_DESCRIPTOR,
    .tp_dealloc = (destructor)watched_dealloc,
    .tp_traverse = (traverseproc)watched_traverse,
    .tp_clear = (inquiry)watched_clear,
    .tp_call = PyVectorcall_Call,
    .tp_vectorcall_offset = offsetof(Watched, vectorcall),
    .tp_descr_get = watched_get,
    .tp_getattro = watched_getattro,
    .tp_repr = (reprfunc)watched_repr,
    .tp_dictoffset = offsetof(Watched, dict),
    .tp_weaklistoffset = offsetof(Watched, weakrefs),
    .tp_getset = watched_getset,
};

static PyObject *
watch(int what, PyObject *original, PyObject *plain, PyObject *subject)
{
    Watched *made = PyObject_GC_New(Watched, &WatchedType);
    if (made == NULL)
        return NULL;
    made->original = Py_NewRef(original);
    made->plain = Py_NewRef(plain);
    made->subject = Py_NewRef(subject);
    made->dict = made->weakrefs = NULL;
    made->what = what;
    made->vectorcall = sorts[what].call;
    PyObject_GC_Track(made);
    return (PyObject *)made;
}

static PyObject *
native_watched(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    if (count != 4) {
        PyErr_SetString(PyExc_TypeError, "watched() takes what it is, the original, what replaces it in Python and a subject");
        return NULL;
    }
    int what = 0, known = Py_ARRAY_LENGTH(sorts);
    while (what < known && PyUnicode_CompareWithASCIIString(args[0], sorts[what].name))
        what++;
    if (what == known)
        return PyErr_Format(PyExc_ValueError, "nothing here is watched as %R", args[0]);
    return watch(what, args[1], args[2], args[3]);
}
