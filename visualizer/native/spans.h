/* What is called once or twice a request and has a span of its own: hooks of middleware, the view, permission checks. */

/* Open a span and stand in it; 0 where the trace is full, -1 on an error. */
static long long
enter_span(Here *here, long long t, PyObject *stage, PyObject *kind, PyObject *name, PyObject *detail, PyObject *a, PyObject *b,
           PyObject *c)
{
    long long span = open_span(here->trace, t, here->span, stage, kind, name, detail, a, b, c);
    return span < 0 || stand_at(here->trace, span ? span : here->span, stage) < 0 ? -1 : span;
}

static PyObject *
tuple_of_items(PyObject *const *items, Py_ssize_t count)
{
    PyObject *made = PyTuple_New(count);
    for (Py_ssize_t i = 0; made != NULL && i < count; i++)
        PyTuple_SET_ITEM(made, i, Py_NewRef(items[i]));
    return made;
}

/* The items of a hook's subject, as in probes/middleware/hooks.py. */
enum { HOOK_STAGE, HOOK_NAME, HOOK_FACTS };

/* A hook that does nothing is the rule; of what others return Python tells. */
static int
leave_hook(Here *here, PyObject *subject, long long span, PyObject *const *args, Py_ssize_t count, PyObject *result)
{
    long long t = now();
    if (stand_again(here) < 0)
        return -1;
    if (result == Py_None)
        return close_span(here->trace, t, 0, span, PyTuple_GET_ITEM(subject, HOOK_STAGE), nothing_done, Py_None, Py_None, Py_None);
    PyObject *tuple = tuple_of(here->trace, here->span, here->stage), *given = tuple ? tuple_of_items(args, count) : NULL;
    PyObject *told = given ? PyObject_CallFunction(leave_hook_answering, "LOOLOO", t, tuple, subject, span, given, result) : NULL;
    Py_XDECREF(tuple); Py_XDECREF(given); Py_XDECREF(told);
    return told == NULL ? -1 : 0;
}

/* args: the middleware, for which the method that is called is bound already; the request; and what the hook gets besides. */
static PyObject *
call_hook(PyObject *callable, PyObject *const *args, size_t flags, PyObject *keywords)
{
    Watched *self = (Watched *)callable;
    Py_ssize_t count = PyVectorcall_NARGS(flags);
    if (count < 2 || keywords != NULL)
        return PyObject_Vectorcall(self->plain, args, flags, keywords);
    Here here;
    int recorded = look_here(&here);
    if (recorded <= 0)
        return recorded < 0 ? NULL : call(self->original, args + 1, count - 1, NULL);
    PyObject *subject = self->subject;
    long long span = enter_span(&here, now(), PyTuple_GET_ITEM(subject, HOOK_STAGE), kind_hook, PyTuple_GET_ITEM(subject, HOOK_NAME),
                                PyTuple_GET_ITEM(subject, HOOK_FACTS), Py_None, Py_None, Py_None);
    if (span < 0) {
        tell_fault((PyObject *)here.trace, "middleware");
        span = 0;
    }
    PyObject *result = call(self->original, args + 1, count - 1, NULL);
    if (result == NULL)
        tell_raised(leave_hook_raising, &here, span, subject);
    else if (leave_hook(&here, subject, span, args + 2, count - 2, result) < 0)
        Py_CLEAR(result);
    Py_DECREF(here.trace);
    return result;
}

/* A view's dotted path; what is no plain function Python names. */
static PyObject *
name_of_view(PyObject *view)
{
    PyObject *own = PyFunction_Check(view) ? PyObject_GenericGetDict(view, NULL) : NULL;
    PyObject *name = own && !PyDict_Contains(own, s_view_class) ? path_of_function(view) : NULL;
    Py_XDECREF(own);
    PyErr_Clear();
    return name ? name : PyObject_CallOneArg(view_name, view);
}

static long long
enter_view(Here *here, PyObject *view, PyObject *request, PyObject **name)
{
    long long t = now(), span = -1;
    *name = name_of_view(view);
    PyObject *method = *name ? PyObject_GetAttr(request, s_method) : NULL;
    if (method != NULL && note_view(here->trace, *name) == 0)
        span = enter_span(here, t, stage_view, kind_view, *name, view_facts, view, method, Py_False);
    Py_XDECREF(method);
    if (span < 0) {
        tell_fault((PyObject *)here->trace, "view");
        span = 0;
    }
    return span;
}

static int
leave_view(Here *here, long long span, PyObject *response)
{
    long long t = now();
    if (stand_again(here) < 0)
        return -1;
    PyObject *status = _PyType_Lookup(Py_TYPE(response), s_status_code) ? PyObject_GetAttr(response, s_status_code) : NULL;
    PyErr_Clear();
    int failed = close_span(here->trace, t, 0, span, stage_view, left_view_facts, (PyObject *)Py_TYPE(response),
                            status ? status : Py_None, Py_None);
    Py_XDECREF(status);
    return failed;
}

static PyObject *
run_view(Watched *self, Here *here, PyObject *const *args, size_t flags, PyObject *keywords)
{
    PyObject *name = NULL;
    long long span = enter_view(here, self->subject, PyVectorcall_NARGS(flags) ? args[0] : Py_None, &name);
    PyObject *response = call(self->original, args, flags, keywords);
    if (response == NULL)
        tell_raised(leave_view_raising, here, span, name ? name : no_text);
    else if (leave_view(here, span, response) < 0)
        Py_CLEAR(response);
    Py_XDECREF(name);
    return response;
}

/* args: the user, the permission or the app's label, and more. */
static long long
enter_permission(Here *here, PyObject *asked)
{
    long long t = now(), span = -1;
    PyObject *name = PyUnicode_CheckExact(asked) ? Py_NewRef(asked) : PyObject_CallOneArg(safe_text, asked);
    PyObject *origin = name ? find_origin(0, PyUnicode_CheckExact(name) ? statement_of(name) : NULL) : NULL;
    if (origin != NULL)
        span = enter_span(here, t, here->stage, kind_permission, name, permission_facts, origin, Py_None, Py_None);
    Py_XDECREF(name);
    Py_XDECREF(origin);
    if (span < 0) {
        tell_fault((PyObject *)here->trace, "permission");
        span = 0;
    }
    return span;
}

static PyObject *
check_permission(Watched *self, Here *here, PyObject *const *args, size_t flags, PyObject *keywords)
{
    if (PyVectorcall_NARGS(flags) < 2)
        return PyObject_Vectorcall(self->plain, args, flags, keywords);
    long long span = enter_permission(here, args[1]);
    PyObject *answer = call(self->original, args, flags, keywords);
    long long t = now();
    if (answer == NULL)
        tell_raised(leave_permission_raising, here, span, Py_None);
    else if (stand_again(here) < 0 || close_span(here->trace, t, 0, span, here->stage, answer_facts,
                                                 PyBool_Check(answer) ? answer : Py_None, Py_None, Py_None) < 0)
        Py_CLEAR(answer);
    return answer;
}

/* args: the handler and the request. */
static long long
enter_resolver(Here *here, PyObject *request)
{
    long long t = now(), span = -1;
    PyObject *path = hold_request(here->trace, request) < 0 ? NULL : PyObject_GetAttr(request, s_request_path);
    if (path != NULL)
        span = enter_span(here, t, stage_resolver, kind_resolver, path, Py_None, Py_None, Py_None, Py_None);
    Py_XDECREF(path);
    if (span < 0) {
        tell_fault((PyObject *)here->trace, "resolver");
        span = 0;
    }
    return span;
}

/* The language that is active, as a translation, which Python asks for its name when it is told; or that name. To ask Django
 * would run a hundred bytecodes.
 */
static PyObject *
active_language(void)
{
    /* Django keeps it in an object of asgiref's, which tests put another one in the place of. */
    static PyObject *last_active, *variable;
    PyObject *active = PyObject_GetAttr(trans_real, s_active), *stored = NULL;
    if (active != NULL && active != last_active) {
        PyObject *found = PyObject_CallOneArg(variable_of_language, active);
        if (found != NULL) {
            Py_XSETREF(variable, found);
            Py_XSETREF(last_active, Py_NewRef(active));
        }
    }
    int known = active != NULL && active == last_active && variable != Py_None;
    Py_XDECREF(active);
    PyErr_Clear();
    if (!known)
        return PyObject_CallNoArgs(get_language);
    if (PyContextVar_Get(variable, Py_None, &stored) < 0)
        return NULL;
    PyObject *owner = stored == Py_None ? NULL : PyObject_GetAttr(stored, s_thread_id);
    PyObject *values = owner ? PyObject_GetAttr(stored, s_data) : NULL, *found = NULL;
    /* What a thread inherited is not its own. */
    if (values != NULL && PyDict_Check(values) && PyLong_Check(owner)
        && PyLong_AsUnsignedLong(owner) == PyThread_get_thread_ident())
        found = Py_XNewRef(PyDict_GetItemWithError(values, s_value));
    Py_XDECREF(owner); Py_XDECREF(values);
    Py_XDECREF(stored);
    return found || PyErr_Occurred() ? found : PyObject_CallNoArgs(get_language);
}

/* Path, URLconf of the request's own and language: what the search went by. As `resolver._where`. */
static PyObject *
searched_by(PyObject *request)
{
    PyObject *path = PyObject_GetAttr(request, s_request_path), *own = path ? PyObject_GetAttr(request, s_dict) : NULL;
    PyObject *urlconf = own && PyDict_Check(own) ? PyDict_GetItemWithError(own, s_urlconf) : NULL;
    PyObject *language = own && !PyErr_Occurred() ? active_language() : NULL;
    PyObject *where = language
        ? (PyObject *)slip_of(3, (PyObject *[]){Py_NewRef(path), Py_NewRef(urlconf ? urlconf : Py_None), Py_NewRef(language)}, 0) : NULL;
    Py_XDECREF(path); Py_XDECREF(own); Py_XDECREF(language);
    if (where == NULL) {
        PyErr_Clear();
        where = (PyObject *)slip_of(3, (PyObject *[]){Py_NewRef(no_text), Py_NewRef(Py_None), Py_NewRef(Py_None)}, 0);
    }
    return where;
}

static int
leave_resolver(Here *here, long long span, PyObject *request, PyObject *match)
{
    long long t = now();
    if (stand_again(here) < 0)
        return -1;
    PyObject *captured = PyObject_GetAttr(match, s_kwargs);
    if (captured == NULL || !PyDict_Check(captured) || hold_captured(here->trace, captured) < 0)
        tell_fault((PyObject *)here->trace, "resolver");
    Py_XDECREF(captured);
    PyObject *where = searched_by(request);
    int failed = where ? close_span(here->trace, t, 0, span, stage_resolver, match_facts, match, where, Py_None) : -1;
    Py_XDECREF(where);
    return failed;
}

static PyObject *
resolve(Watched *self, Here *here, PyObject *const *args, size_t flags, PyObject *keywords)
{
    long long span = enter_resolver(here, args[1]);
    PyObject *match = call(self->original, args, flags, keywords);
    if (match == NULL)
        tell_raised(leave_resolver_raising, here, span, args[1]);
    else if (leave_resolver(here, span, args[1], match) < 0)
        tell_fault((PyObject *)here->trace, "resolver");
    return match;
}

/* Whether a view is a plain function that nobody has marked as a coroutine's. */
static int
is_surely_sync(PyObject *view)
{
    if (!PyFunction_Check(view) || ((PyCodeObject *)PyFunction_GET_CODE(view))->co_flags & (CO_COROUTINE | CO_ITERABLE_COROUTINE))
        return 0;
    PyObject *own = ((PyFunctionObject *)view)->func_dict;
    return own == NULL || (!PyDict_Contains(own, s_is_coroutine) && !PyDict_Contains(own, s_is_coroutine_mark));
}

/* args: the handler and the view; what is made of it is called later. */
static PyObject *
make_view(Watched *self, Here *here, PyObject *const *args, size_t flags, PyObject *keywords)
{
    PyObject *made = call(self->original, args, flags, keywords);
    if (made == NULL)
        return NULL;
    if (!is_surely_sync(made))
        Py_SETREF(made, PyObject_CallFunctionObjArgs(watch_view, made, args[1], NULL));
    else {
        PyObject *watched = watch(A_VIEW, made, Py_None, args[1]);
        if (watched != NULL && PyObject_SetAttr(watched, s_wrapped_function, made) < 0)
            Py_CLEAR(watched);
        Py_SETREF(made, watched);
    }
    return made;
}

/* Whom the project found out to have asked; from class and instance themselves: nothing of the project is called. */
static void
note_visitor(Records *trace, PyObject *user)
{
    if ((PyObject *)Py_TYPE(user) == anonymous_user) {
        Py_XSETREF(trace->visitor, Py_NewRef(anonymous));
        return;
    }
    PyObject *field = PyObject_GetAttr((PyObject *)Py_TYPE(user), s_username_field);
    PyObject *own = field && Py_TYPE(user)->tp_dictoffset ? PyObject_GenericGetDict(user, NULL) : NULL;
    PyObject *name = own ? PyDict_GetItemWithError(own, field) : NULL;
    PyObject *visitor = name && PyUnicode_CheckExact(name) ? PyTuple_Pack(2, field, name) : NULL;
    if (visitor != NULL)
        Py_XSETREF(trace->visitor, visitor);
    Py_XDECREF(field);
    Py_XDECREF(own);
    PyErr_Clear();
}

static PyObject *
find_visitor(Watched *self, Here *here, PyObject *const *args, size_t flags, PyObject *keywords)
{
    PyObject *user = call(self->original, args, flags, keywords);
    if (user != NULL)
        note_visitor(here->trace, user);
    return user;
}

/* args: the connection, whether it commits by itself from now on, and more. SQLite's wrapper begins by a statement, which is
 * seen as one.
 */
static PyObject *
begin_transaction(Watched *self, Here *Py_UNUSED(here), PyObject *const *args, size_t flags, PyObject *keywords)
{
    int is_told = PyVectorcall_NARGS(flags) < 2
        || (args[1] != Py_True && !PyObject_HasAttr(args[0], s_start_transaction_under_autocommit));
    return PyObject_Vectorcall(is_told ? self->plain : self->original, args, flags, keywords);
}
