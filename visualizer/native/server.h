/* A WSGI handler being called, and what goes between it and the server; of ASGI the messages. */

/* The items of what is noted of a message that is sent; the same in probes/server.py. */
enum { SENT_KIND, SENT_STATUS, SENT_AMOUNT, SENT_MORE, SENT_WAIT };

static Py_ssize_t
size_of_body(PyObject *message)
{
    PyObject *body = PyDict_GetItemWithError(message, s_body);
    return body ? PyObject_Size(body) : PyErr_Occurred() ? -1 : 0;
}

static int
has_more(PyObject *message)
{
    PyObject *more = PyDict_GetItemWithError(message, s_more_body);
    return more ? PyObject_IsTrue(more) : PyErr_Occurred() ? -1 : 0;
}

/* The kind of a message, borrowed; NULL with an error where it is no message. */
static PyObject *
kind_of_message(PyObject *message)
{
    PyObject *kind = PyDict_Check(message) ? PyDict_GetItemWithError(message, s_type) : NULL;
    if (kind == NULL && !PyErr_Occurred())
        PyErr_SetString(PyExc_TypeError, "a message of ASGI is a dict with a type");
    return kind;
}

static int
note_response(Records *trace, PyObject *status, PyObject *headers)
{
    PyObject *response = PyTuple_Pack(2, status, headers);
    if (response != NULL)
        Py_XSETREF(trace->response, response);
    return response == NULL ? -1 : 0;
}

static Slip *
note_start(Records *trace, PyObject *kind, PyObject *message)
{
    PyObject *status = PyDict_GetItemWithError(message, s_status), *given = PyDict_GetItemWithError(message, s_headers);
    PyObject *headers = PyErr_Occurred() ? NULL : given ? PySequence_List(given) : PyList_New(0);
    if (status == NULL && headers != NULL) {
        PyErr_SetString(PyExc_KeyError, "status");
        Py_CLEAR(headers);
    }
    Slip *told = headers && note_response(trace, status, headers) == 0
        ? slip_of(2, (PyObject *[]){Py_NewRef(kind), Py_NewRef(status)}, 3) : NULL;
    if (told != NULL)
        told->entries[SENT_AMOUNT].number = PyList_GET_SIZE(headers);
    Py_XDECREF(headers);
    return told;
}

/* What the handler is about to send; its event comes once that is done, which may wait for the client. */
static Slip *
note_message(Records *trace, PyObject *message)
{
    PyObject *kind = kind_of_message(message);
    if (kind == NULL)
        return NULL;
    if (PyUnicode_Check(kind) && PyUnicode_CompareWithASCIIString(kind, "http.response.start") == 0)
        return note_start(trace, kind, message);
    Py_ssize_t size = size_of_body(message);
    int more = size < 0 ? -1 : has_more(message);
    Slip *told = more < 0 ? NULL : slip_of(2, (PyObject *[]){Py_NewRef(kind), Py_NewRef(Py_None)}, 3);
    if (told != NULL) {
        told->entries[SENT_AMOUNT].number = size;
        told->entries[SENT_MORE].number = more;
        trace->body_bytes += size;
        trace->chunks++;
        trace->response_complete = !more;
    }
    return told;
}

static int
tell_sent(Records *trace, Slip *told, long long given)
{
    long long t = now();
    told->entries[SENT_WAIT].number = t - given;
    return point(trace, t, 0, trace->server_span, stage_server_out, kind_server, told->entries[SENT_KIND].object,
                 message_facts, (PyObject *)told, Py_None, Py_None);
}

static int
tell_received(Records *trace, PyObject *message, long long asked)
{
    long long t = now();
    PyObject *kind = kind_of_message(message);
    if (kind == NULL)
        return -1;
    if (PyUnicode_Check(kind) && PyUnicode_CompareWithASCIIString(kind, "http.disconnect") == 0) {
        if (!trace->response_complete && (outcome_of(trace) == NULL || PyObject_SetAttr(trace->outcome, s_disconnected, Py_True) < 0))
            return -1;
        /* Django waits for it during the whole request, which tells nothing. */
        return point(trace, t, 0, trace->server_span, stage_server_in, kind_server, kind, Py_None, Py_None, Py_None, Py_None);
    }
    Py_ssize_t size = size_of_body(message);
    int more = size < 0 ? -1 : has_more(message);
    return more < 0 ? -1 : point(trace, t, 0, trace->server_span, stage_server_in, kind_server, kind, received_facts, as_part(size),
                                 more ? Py_True : Py_False, as_part(t - asked));
}

/* The status's number, of a text such as "404 Not Found". */
static PyObject *
status_of(PyObject *text)
{
    if (!PyUnicode_Check(text))
        return PyErr_Format(PyExc_TypeError, "the status is a text, not %R", Py_TYPE(text));
    Py_ssize_t end = PyUnicode_FindChar(text, ' ', 0, PyUnicode_GET_LENGTH(text), 1);
    PyObject *number = end < -1 ? NULL : end < 0 ? Py_NewRef(text) : PyUnicode_Substring(text, 0, end);
    PyObject *status = number ? PyLong_FromUnicodeObject(number, 10) : NULL;
    Py_XDECREF(number);
    return status;
}

static int
tell_start(Records *trace, PyObject *text, PyObject *given)
{
    long long t = now();
    PyObject *status = status_of(text), *headers = status ? PySequence_List(given) : NULL;
    int failed = headers && note_response(trace, status, headers) == 0
        ? point(trace, t, 0, trace->server_span, stage_server_out, kind_server, word_start_response, start_facts, text,
                as_part(PyList_GET_SIZE(headers)), Py_None)
        : -1;
    Py_XDECREF(status); Py_XDECREF(headers);
    return failed;
}

/* start_response(status, headers, ...), whose trace is the subject. */
static PyObject *
start_response(PyObject *callable, PyObject *const *args, size_t flags, PyObject *keywords)
{
    Watched *self = (Watched *)callable;
    if (PyVectorcall_NARGS(flags) < 2)
        return PyObject_Vectorcall(self->plain, args, flags, keywords);
    if (tell_start((Records *)self->subject, args[0], args[1]) < 0)
        tell_fault(self->subject, "server");
    return call(self->original, args, flags, keywords);
}

/* The response is with the server now, unless nothing is closed by it: as `lifecycle.hand_over`. */
static int
hand_over(PyObject *response, PyObject *environ)
{
    PyObject *id = PyLong_FromVoidPtr(response), *found = id ? PyDict_GetItemWithError(unclosed, id) : NULL;
    Py_XDECREF(id);
    if (found == NULL)
        return PyErr_Occurred() ? -1 : 0;
    PyObject *method = PyDict_GetItemWithError(environ, s_request_method);
    Records *trace = (Records *)PyTuple_GET_ITEM(found, 1);
    trace->reads_body = !(method && PyUnicode_Check(method) && PyUnicode_CompareWithASCIIString(method, "HEAD") == 0);
    trace->left_ns = now();
    return PyErr_Occurred() ? -1 : 0;
}

static int
end_wsgi(Records *trace, PyObject *environ, PyObject *result)
{
    /* With `wsgi.file_wrapper` it is the server that reads the file. */
    trace->body_seen = PyType_IsSubtype(Py_TYPE(result), (PyTypeObject *)response_base);
    if (trace->awaits_close)
        return hand_over(result, environ);
    return end_trace(trace);
}

/* The exception that is on its way ends the trace. */
static void
end_raised(Here *outer, Records *trace)
{
    Here here = {trace, trace->server_span, stage_server_out};
    tell_raised(end_raising, &here, 0, Py_None);
    PyObject *type, *error, *traceback;
    PyErr_Fetch(&type, &error, &traceback);
    if (stand_again(outer) < 0)
        PyErr_Clear();
    PyErr_Restore(type, error, traceback);
}

static PyObject *
answer_wsgi(Watched *self, Here *outer, PyObject *const *args)
{
    PyObject *handler = args[0], *environ = args[1];
    Records *trace = open_wsgi(handler, environ, args[2]);
    PyObject *start = trace ? watch(A_START, args[2], args[2], (PyObject *)trace) : NULL;
    if (start == NULL) {
        tell_error(not_recorded, NULL, NULL);
        Py_XDECREF(trace);
        return call(self->original, args, 3, NULL);
    }
    PyObject *result = call(self->original, (PyObject *[]){handler, environ, start}, 3, NULL);
    if (result == NULL)
        end_raised(outer, trace);
    else if (stand_again(outer) < 0 || end_wsgi(trace, environ, result) < 0)
        tell_fault((PyObject *)trace, "server");
    Py_DECREF(trace);
    Py_DECREF(start);
    return result;
}

/* Whether a handler's call is recorded; -1 where the function in Python has to say. */
static int
is_recorded_environ(PyObject *const *args, size_t flags, PyObject *keywords)
{
    return PyVectorcall_NARGS(flags) == 3 && keywords == NULL && PyDict_CheckExact(args[1])
        ? is_recorded_path(PyDict_GetItemWithError(args[1], s_path_info)) : -1;
}

/* args: the handler, the environ and `start_response`. No frame of our own stands below the application's: CPython keeps
 * frames in chunks of 16 kB, and where one more moves the end of a chunk into a busy loop, each call across it maps memory
 * and unmaps it again (`_PyThreadState_PushFrame`): 180 page faults a request were measured.
 */
static PyObject *
call_wsgi(PyObject *callable, PyObject *const *args, size_t flags, PyObject *keywords)
{
    Watched *self = (Watched *)callable;
    int recorded = is_recorded_environ(args, flags, keywords);
    Here outer = {NULL, 0, NULL};
    if (recorded <= 0 || look_here(&outer) < 0)
        return PyObject_Vectorcall(recorded < 0 ? self->plain : self->original, args, flags, keywords);
    PyObject *result = answer_wsgi(self, &outer, args);
    Py_XDECREF(outer.trace);
    return result;
}

/* Whether a handler's call is recorded; -1 where the function in Python has to say. */
static int
is_recorded_scope(PyObject *const *args, size_t flags, PyObject *keywords)
{
    if (PyVectorcall_NARGS(flags) != 4 || keywords != NULL || !PyDict_CheckExact(args[1]))
        return -1;
    PyObject *kind = PyDict_GetItemWithError(args[1], s_type), *root = PyDict_GetItemWithError(args[1], s_root_path);
    if (kind == NULL || !PyUnicode_Check(kind) || PyUnicode_CompareWithASCIIString(kind, "http") != 0
        || (root != NULL && (!PyUnicode_Check(root) || PyUnicode_GET_LENGTH(root) > 0)))
        return -1;
    return is_recorded_path(PyDict_GetItemWithError(args[1], s_path));
}

static PyObject *watch_coroutine(int, PyObject *, PyObject *, PyObject *);

/* args: the handler, the scope, `receive` and `send`. The trace is opened when the coroutine begins: in its own context. */
static PyObject *
call_asgi(PyObject *callable, PyObject *const *args, size_t flags, PyObject *keywords)
{
    Watched *self = (Watched *)callable;
    int recorded = is_recorded_scope(args, flags, keywords);
    if (recorded <= 0) {
        PyErr_Clear();
        return PyObject_Vectorcall(recorded < 0 ? self->plain : self->original, args, flags, keywords);
    }
    PyObject *receive = watch(A_RECEIVE, args[2], receive_plainly, Py_None), *send = watch(A_SEND, args[3], send_plainly, Py_None);
    PyObject *asked = (PyObject *)slip_of(4, (PyObject *[]){Py_NewRef(args[1]), receive, send, Py_NewRef(args[3])}, 0);
    PyObject *coroutine = asked
        ? call(self->original, (PyObject *[]){args[0], args[1], receive, send}, 4, NULL) : NULL;
    PyObject *watched = watch_coroutine(AN_ASGI_HANDLER, coroutine, args[0], asked);
    Py_XDECREF(asked);
    return watched;
}

/* The items of what such a call was given. */
enum { ASGI_SCOPE, ASGI_RECEIVE, ASGI_SEND, ASGI_PLAIN_SEND };

/* Open the trace of a call that begins; NULL without an error where it cannot be recorded, and goes on all the same. */
static PyObject *
begin_asgi(PyObject *handler, Slip *asked)
{
    Records *trace = open_asgi(handler, asked->entries[ASGI_SCOPE].object, asked->entries[ASGI_PLAIN_SEND].object);
    if (trace == NULL) {
        tell_error(not_recorded, NULL, NULL);
        return NULL;
    }
    Py_SETREF(((Watched *)asked->entries[ASGI_RECEIVE].object)->subject, Py_NewRef(trace));
    Py_SETREF(((Watched *)asked->entries[ASGI_SEND].object)->subject, Py_NewRef(trace));
    return (PyObject *)trace;
}

static void
end_asgi(Here *outer, Records *trace)
{
    if (stand_again(outer) < 0 || end_trace(trace) < 0)
        tell_fault((PyObject *)trace, "server");
}
