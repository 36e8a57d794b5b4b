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
        if (!trace->response_complete && PyObject_SetAttr(trace->outcome, s_disconnected, Py_True) < 0)
            return -1;
        /* Django waits for it during the whole request, which tells nothing. */
        return point(trace, t, 0, trace->server_span, stage_server_in, kind_server, kind, Py_None, Py_None, Py_None, Py_None);
    }
    Py_ssize_t size = size_of_body(message);
    int more = size < 0 ? -1 : has_more(message);
    PyObject *bytes = more < 0 ? NULL : PyLong_FromSsize_t(size), *wait = bytes ? PyLong_FromLongLong(t - asked) : NULL;
    int failed = wait ? point(trace, t, 0, trace->server_span, stage_server_in, kind_server, kind, received_facts, bytes,
                              more ? Py_True : Py_False, wait) : -1;
    Py_XDECREF(bytes);
    Py_XDECREF(wait);
    return failed;
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
    PyObject *count = headers ? PyLong_FromSsize_t(PyList_GET_SIZE(headers)) : NULL;
    int failed = count && note_response(trace, status, headers) == 0
        ? point(trace, t, 0, trace->server_span, stage_server_out, kind_server, word_start_response, start_facts, text, count, Py_None)
        : -1;
    Py_XDECREF(status); Py_XDECREF(headers); Py_XDECREF(count);
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
    return PyObject_Vectorcall(self->original, args, flags, keywords);
}

/* args: the handler, the environ and `start_response`. Python opens the trace and closes it; no frame of it stands below the
 * application's: CPython keeps frames in chunks of 16 kB, and where one more moves the end of a chunk into a busy loop, each
 * call across it maps memory and unmaps it again (`_PyThreadState_PushFrame`): 180 page faults a request were measured.
 */
static PyObject *
call_wsgi(PyObject *callable, PyObject *const *args, size_t flags, PyObject *keywords)
{
    Watched *self = (Watched *)callable;
    if (PyVectorcall_NARGS(flags) != 3 || keywords != NULL)
        return PyObject_Vectorcall(self->plain, args, flags, keywords);
    PyObject *begun = PyObject_Vectorcall(begin_wsgi, args, 3, NULL);
    if (begun == NULL || !PyTuple_CheckExact(begun) || PyTuple_GET_SIZE(begun) != 3) {
        /* Nothing that is recorded, or the program's own page, which is the answer. */
        if (begun != Py_None)
            return begun;
        Py_DECREF(begun);
        return PyObject_Vectorcall(self->original, args, flags, NULL);
    }
    PyObject *trace = PyTuple_GET_ITEM(begun, 0), *outer = PyTuple_GET_ITEM(begun, 2);
    PyObject *given[3] = {args[0], args[1], PyTuple_GET_ITEM(begun, 1)};
    PyObject *result = PyObject_Vectorcall(self->original, given, 3, NULL);
    if (result == NULL) {
        Here here = {(Records *)trace, ((Records *)trace)->server_span, stage_server_out};
        tell_raised(end_wsgi_raising, &here, 0, outer);
    }
    else {
        PyObject *told = PyObject_CallFunctionObjArgs(end_wsgi, trace, outer, args[1], result, NULL);
        if (told == NULL)
            Py_CLEAR(result);
        Py_XDECREF(told);
    }
    Py_DECREF(begun);
    return result;
}
