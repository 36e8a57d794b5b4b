/* A request comes in: whether it is recorded, what is kept of it, and its trace begun; as lifecycle.py and arrival.py do it. */

/* What the program's settings say that is asked for with each request; read again where they are another object. */
static struct {
    PyObject *settings, *ignore, *mount; /* without the slash at its end */
    int is_at_root;
    Py_ssize_t most_events;
} known_settings;

static int
know_settings(void)
{
    PyObject *settings = PyObject_CallNoArgs(get_settings);
    if (settings == NULL || settings == known_settings.settings) {
        Py_XDECREF(settings);
        return settings == NULL ? -1 : 0;
    }
    PyObject *ignore = PyObject_GetAttrString(settings, "ignore"), *mount = PyObject_GetAttrString(settings, "mount");
    PyObject *at_root = PyObject_GetAttrString(settings, "page_at_root"), *most = PyObject_GetAttrString(settings, "max_events");
    PyObject *stem = mount && PyUnicode_Check(mount) ? PyUnicode_Substring(mount, 0, PyUnicode_GET_LENGTH(mount) - 1) : NULL;
    Py_ssize_t most_events = most ? PyLong_AsSsize_t(most) : -1;
    int failed = stem == NULL || at_root == NULL || most_events < 0 || ignore == NULL || !PyTuple_Check(ignore);
    if (!failed) {
        known_settings.is_at_root = at_root == Py_True;
        known_settings.most_events = most_events;
        Py_XSETREF(known_settings.ignore, Py_NewRef(ignore));
        Py_XSETREF(known_settings.mount, Py_NewRef(stem));
        Py_XSETREF(known_settings.settings, Py_NewRef(settings));
    }
    Py_XDECREF(ignore); Py_XDECREF(mount); Py_XDECREF(at_root); Py_XDECREF(most); Py_XDECREF(stem);
    Py_DECREF(settings);
    return failed ? -1 : 0;
}

/* Whether requests for a path are recorded; -1 without an error where Python has to say, as of the program's own pages. */
static int
is_recorded_path(PyObject *path)
{
    if (path == NULL || !PyUnicode_Check(path) || know_settings() < 0) {
        PyErr_Clear();
        return -1;
    }
    if (front != NULL && front != Py_None) {
        int is_root = PyUnicode_GET_LENGTH(path) == 1;
        if ((is_root && known_settings.is_at_root) || PyUnicode_Tailmatch(path, known_settings.mount, 0, PY_SSIZE_T_MAX, -1) != 0)
            return -1;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(known_settings.ignore); i++) {
        int ignored = PyUnicode_Tailmatch(path, PyTuple_GET_ITEM(known_settings.ignore, i), 0, PY_SSIZE_T_MAX, -1);
        if (ignored != 0)
            return ignored < 0 ? (PyErr_Clear(), -1) : 0;
    }
    return 1;
}

/* Let Python tell of an error, and let that go; two objects at most go with it. */
static void
tell_error(PyObject *function, PyObject *a, PyObject *b)
{
    PyObject *type, *error, *traceback;
    PyErr_Fetch(&type, &error, &traceback);
    PyErr_NormalizeException(&type, &error, &traceback);
    if (traceback != NULL)
        PyException_SetTraceback(error, traceback);
    PyObject *told = PyObject_CallFunctionObjArgs(function, error, a, b, NULL);
    if (told == NULL)
        PyErr_Clear();
    Py_XDECREF(told);
    Py_XDECREF(type); Py_XDECREF(error); Py_XDECREF(traceback);
}

/* As `recorder.begin` does. */
static void
tell_sinks(Records *trace)
{
    static Py_ssize_t modules_seen;
    long long t = now();
    PyObject *stirred = PyObject_CallNoArgs(stir);
    Py_ssize_t modules = PyDict_GET_SIZE(PyImport_GetModuleDict());
    if (stirred != NULL && imports_grew != NULL && imports_grew != Py_None && modules != modules_seen) {
        /* False where something is being imported: it is asked again. */
        PyObject *looked = PyObject_CallNoArgs(imports_grew);
        if (looked == Py_True)
            modules_seen = modules;
        else if (looked == NULL)
            tell_fault((PyObject *)trace, "outbound");
        Py_XDECREF(looked);
    }
    Py_XDECREF(stirred);
    PyErr_Clear();
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(sinks); i++) {
        PyObject *sink = Py_NewRef(PyList_GET_ITEM(sinks, i)), *given[] = {sink, (PyObject *)trace};
        PyObject *told = PyObject_VectorcallMethod(s_on_begin, given, 2, NULL);
        if (told == NULL)
            tell_error(sink_failed, (PyObject *)trace, sink);
        Py_XDECREF(told);
        Py_DECREF(sink);
    }
    trace->own_ns += now() - t;
}

static PyObject *
native_tell_sinks(PyObject *Py_UNUSED(module), PyObject *trace)
{
    if (!PyObject_TypeCheck(trace, &RecordsType))
        return PyErr_Format(PyExc_TypeError, "expected a trace, got %R", Py_TYPE(trace));
    tell_sinks((Records *)trace);
    Py_RETURN_NONE;
}

/* What is known of a request before the handler is called. */
typedef struct {
    PyObject *interface;
    PyObject *kept;     /* a copy of the environ or the scope; the application may change its own */
    PyObject *read;     /* what makes facts of it: the request's, */
    PyObject *describe; /* and the server's */
    PyObject *title, *program, *peer;
    int is_proxied;
} Arriving;

static void
let_go_of_arriving(Arriving *arriving)
{
    Py_XDECREF(arriving->kept); Py_XDECREF(arriving->title); Py_XDECREF(arriving->program); Py_XDECREF(arriving->peer);
}

static PyObject *
layers_of(PyObject *handler)
{
    PyObject *reference = PyWeakref_NewRef(handler, NULL);
    PyObject *found = reference ? PyDict_GetItemWithError(layers, reference) : NULL;
    Py_XDECREF(reference);
    return PyErr_Occurred() ? NULL : Py_NewRef(found ? found : Py_None);
}

/* Begin a trace and its server's span, and let what runs from now on belong to it; as `lifecycle.open_trace`. */
static int
begin_trace(Records *trace, PyObject *handler, PyObject *name, Arriving *a)
{
    if (begin_records(trace, a->interface, name, a->program, a->read, a->kept, known_settings.most_events) < 0)
        return -1;
    tell_sinks(trace);
    if (point(trace, now(), 0, 0, stage_client, kind_client, a->title, client_facts, a->read, a->kept, Py_None) < 0)
        return -1;
    if (a->is_proxied) {
        PyObject *noted = PyObject_CallFunctionObjArgs(note_proxy, trace, a->peer, NULL);
        Py_XDECREF(noted);
        if (noted == NULL)
            return -1;
    }
    long long t = now();
    int is_asgi = a->describe == scope_facts;
    PyObject *about = (PyObject *)slip_of(is_asgi ? 3 : 4, is_asgi
        ? (PyObject *[]){Py_NewRef(a->describe), Py_NewRef(name), Py_NewRef(a->kept)}
        : (PyObject *[]){Py_NewRef(a->describe), Py_NewRef(name), Py_NewRef(a->interface), Py_NewRef(a->kept)}, 0);
    PyObject *kind = PyType_GetQualName(Py_TYPE(handler)), *loaded = layers_of(handler);
    long long span = about && kind && loaded
        ? open_span(trace, t, 0, stage_server_in, kind_server, kind, server_facts, about, loaded, Py_None) : -1;
    Py_XDECREF(about); Py_XDECREF(kind); Py_XDECREF(loaded);
    if (span < 0)
        return -1;
    trace->server_span = span;
    return stand_at(trace, span, stage_server_in);
}

static Records *
open_trace(PyObject *handler, Arriving *arriving)
{
    PyObject *name = PyObject_CallOneArg(name_of_kind, (PyObject *)Py_TYPE(handler));
    Records *trace = name ? (Records *)records_new((PyTypeObject *)trace_class, NULL, NULL) : NULL;
    if (trace != NULL && begin_trace(trace, handler, name, arriving) < 0)
        Py_CLEAR(trace);
    Py_XDECREF(name);
    return trace;
}

/* The server program by whose code a function is; None where it cannot be known. */
static PyObject *
program_of(PyObject *function, PyObject *ask, PyObject *environ)
{
    static PyObject *last_module, *last_program;
    PyObject *plain = PyMethod_Check(function) ? PyMethod_GET_FUNCTION(function) : function, *module = NULL;
    if (PyFunction_Check(plain)) {
        PyObject *own = ((PyFunctionObject *)plain)->func_dict;
        module = own == NULL || PyDict_GET_SIZE(own) == 0 ? PyFunction_GET_MODULE(plain) : NULL;
    }
    if (module != NULL && module == last_module)
        return Py_NewRef(last_program);
    PyObject *program = environ ? PyObject_CallFunctionObjArgs(ask, environ, function, NULL) : PyObject_CallOneArg(ask, function);
    if (program != NULL && module != NULL) {
        Py_XSETREF(last_module, Py_NewRef(module));
        Py_XSETREF(last_program, Py_NewRef(program));
    }
    return program;
}

static PyObject *
program_of_environ(PyObject *environ, PyObject *start)
{
    PyObject *software = PyDict_GetItemWithError(environ, s_server_software);
    if (PyDict_GetItemWithError(environ, s_uwsgi_version) != NULL || PyErr_Occurred())
        return PyErr_Occurred() ? NULL : PyObject_CallFunctionObjArgs(server_of_wsgi, environ, start, NULL);
    int is_told = software ? PyObject_IsTrue(software) : 0;
    return is_told < 0 ? NULL : is_told ? Py_NewRef(software) : program_of(start, server_of_wsgi, environ);
}

static int
is_ascii_text(PyObject *text)
{
    return text != NULL && PyUnicode_CheckExact(text) && PyUnicode_IS_ASCII(text);
}

/* Method and path of an environ, whose bytes travel as latin-1 characters. */
static PyObject *
title_of_environ(PyObject *environ)
{
    PyObject *method = PyDict_GetItemWithError(environ, s_request_method), *script = PyDict_GetItemWithError(environ, s_script_name);
    PyObject *path = PyDict_GetItemWithError(environ, s_path_info);
    if (!is_ascii_text(method) || !is_ascii_text(path) || (script != NULL && !is_ascii_text(script)) || PyErr_Occurred())
        return PyErr_Occurred() ? NULL : PyObject_CallOneArg(title_of_other_environ, environ);
    return PyUnicode_FromFormat("%U %U%U", method, script ? script : no_text, path);
}

static int
is_proxied_environ(PyObject *environ)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(proxy_keys); i++) {
        int has = PyDict_Contains(environ, PyTuple_GET_ITEM(proxy_keys, i));
        if (has != 0)
            return has;
    }
    return 0;
}

static Records *
open_wsgi(PyObject *handler, PyObject *environ, PyObject *start)
{
    Arriving a = {.interface = word_wsgi, .read = read_environ, .describe = environ_facts, .kept = PyDict_Copy(environ)};
    Records *trace = NULL;
    if (a.kept != NULL && (a.program = program_of_environ(environ, start)) != NULL && (a.title = title_of_environ(environ)) != NULL
        && (a.is_proxied = is_proxied_environ(environ)) >= 0) {
        PyObject *peer = PyDict_GetItemWithError(environ, s_remote_addr);
        a.peer = Py_NewRef(peer ? peer : Py_None);
        trace = PyErr_Occurred() ? NULL : open_trace(handler, &a);
    }
    let_go_of_arriving(&a);
    return trace;
}

/* ASGI allows any iterable of headers; an iterator would be empty for Django. */
static int
is_proxied_scope(PyObject *headers)
{
    if (!PyList_Check(headers) && !PyTuple_Check(headers))
        return 0;
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(headers); i++) {
        PyObject *name = PySequence_GetItem(PySequence_Fast_GET_ITEM(headers, i), 0);
        int has = name ? PySet_Contains(proxy_names, name) : -1;
        Py_XDECREF(name);
        if (has != 0)
            return has;
    }
    return 0;
}

static PyObject *
peer_of_scope(PyObject *scope)
{
    PyObject *client = PyDict_GetItemWithError(scope, s_client);
    int some = client ? PyObject_IsTrue(client) : 0;
    return some < 0 || PyErr_Occurred() ? NULL : some ? PySequence_GetItem(client, 0) : Py_NewRef(Py_None);
}

static Records *
open_asgi(PyObject *handler, PyObject *scope, PyObject *send)
{
    Arriving a = {.interface = word_asgi, .read = read_scope, .describe = scope_facts, .kept = PyDict_Copy(scope)};
    PyObject *method = PyDict_GetItemWithError(scope, s_method), *path = PyDict_GetItemWithError(scope, s_path);
    PyObject *headers = PyDict_GetItemWithError(scope, s_headers);
    Records *trace = NULL;
    if (headers == NULL || path == NULL || (method != NULL && !PyUnicode_Check(method)) || !PyUnicode_Check(path)) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_TypeError, "a scope of ASGI has a method, a path and headers");
    }
    else if (a.kept != NULL && (a.program = program_of(send, server_of_asgi, NULL)) != NULL
             && (a.title = PyUnicode_FromFormat("%U %U", method ? method : no_text, path)) != NULL
             && (a.is_proxied = is_proxied_scope(headers)) >= 0 && (a.peer = peer_of_scope(scope)) != NULL)
        trace = open_trace(handler, &a);
    let_go_of_arriving(&a);
    return trace;
}
