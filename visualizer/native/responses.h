/* A response that the handler has made, and its body once the middleware is done with it. */

static int
is_true_attribute(PyObject *object, PyObject *name)
{
    PyObject *value = PyObject_GetAttr(object, name);
    int is = value ? PyObject_IsTrue(value) : -1;
    Py_XDECREF(value);
    return is;
}

/* An attribute, or else what is given; a new reference. */
static PyObject *
attribute_or(PyObject *object, PyObject *name, PyObject *otherwise)
{
    PyObject *value = PyObject_GetAttr(object, name);
    if (value != NULL || !PyErr_ExceptionMatches(PyExc_AttributeError))
        return value;
    PyErr_Clear();
    return Py_NewRef(otherwise);
}

/* The reason as it was given; None where it is the status's own. Django's property need not be asked. */
static PyObject *
reason_of(PyObject *response)
{
    int is_django_s = Py_TYPE(response)->tp_getattro == PyObject_GenericGetAttr
        && _PyType_Lookup(Py_TYPE(response), s_reason_phrase) == django_reason;
    return is_django_s ? attribute_or(response, s_given_reason, Py_None) : attribute_or(response, s_reason_phrase, no_text);
}

static PyObject *
cookies_of(PyObject *response)
{
    PyObject *cookies = ATTRIBUTE(response, s_cookies);
    int some = cookies == NULL ? -1 : PyDict_Check(cookies) ? PyDict_GET_SIZE(cookies) > 0 : PyObject_IsTrue(cookies);
    Py_XDECREF(cookies);
    return some < 0 ? NULL : some ? PyObject_CallOneArg(take_cookies, response) : PyTuple_New(0);
}

/* What probes/response.py takes of a response besides its picture. */
static PyObject *
take_form(PyObject *response)
{
    PyObject *charset = attribute_or(response, s_charset, Py_None);
    int streaming = is_true_attribute(response, s_streaming);
    PyObject *is_async = streaming < 0 ? NULL : streaming ? attribute_or(response, s_is_async, Py_None) : Py_NewRef(Py_None);
    PyObject *form = (PyObject *)slip_of(5, (PyObject *[]){is_async ? reason_of(response) : NULL, charset,
                                                           Py_NewRef(streaming > 0 ? Py_True : Py_False), is_async,
                                                           is_async ? cookies_of(response) : NULL}, 0);
    return form;
}

static int
note_response_made(Here *here, PyObject *response)
{
    long long t = now();
    if (_PyType_Lookup(Py_TYPE(response), s_status_code) == NULL && !PyObject_HasAttr(response, s_headers))
        return 0;
    PyObject *picture = take_response(response, Py_None), *form = picture ? take_form(response) : NULL;
    PyObject *kind = form ? PyType_GetQualName(Py_TYPE(response)) : NULL;
    if (picture != NULL)
        Py_SETREF(here->trace->response_seen, Py_NewRef(picture));
    int failed = kind ? point(here->trace, t, 0, here->span, stage_response, kind_response, kind, response_facts, picture, form, Py_None)
                      : -1;
    Py_XDECREF(picture); Py_XDECREF(form); Py_XDECREF(kind);
    return failed;
}

/* Count the parts of a body that is there. */
static int
count_body(Records *trace, PyObject *response)
{
    PyObject *parts = PyObject_GetAttr(response, s_container);
    Py_ssize_t count = parts ? PySequence_Size(parts) : -1;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *part = PySequence_GetItem(parts, i);
        Py_ssize_t size = part ? PyObject_Size(part) : -1;
        Py_XDECREF(part);
        if (size < 0) {
            count = -1;
            break;
        }
        trace->body_bytes += size;
        trace->chunks++;
    }
    Py_XDECREF(parts);
    return count < 0 ? -1 : 0;
}

/* Let a trace go on until its response is closed: as `lifecycle.leave_open`. */
static int
leave_open(PyObject *response, Records *trace)
{
    PyObject *id = PyLong_FromVoidPtr(response), *reference = PyWeakref_NewRef(response, forget_unclosed);
    PyObject *entry = id && reference ? PyTuple_Pack(2, reference, trace) : NULL;
    int failed = entry ? PyDict_SetItem(unclosed, id, entry) : -1;
    Py_XDECREF(id); Py_XDECREF(reference); Py_XDECREF(entry);
    trace->awaits_close = failed == 0;
    return failed;
}

static int
is_interface(Records *trace, PyObject *word)
{
    return trace->interface == word || (trace->interface != NULL && PyUnicode_Compare(trace->interface, word) == 0);
}

/* A handler called from inside a view is no server, and its response's body none of the trace's. */
static int
note_body(Here *here, PyObject *response)
{
    Records *trace = here->trace;
    if (here->span != trace->server_span)
        return 0;
    if (stand_at(trace, here->span, stage_server_out) < 0)
        return -1;
    int streaming = is_true_attribute(response, s_streaming);
    if (streaming > 0) {
        PyObject *seen = PyObject_CallFunctionObjArgs(watch_parts, response, trace, NULL);
        Py_XDECREF(seen);
        return seen == NULL ? -1 : 0;
    }
    if (streaming < 0 || !is_interface(trace, word_wsgi))
        return streaming;
    return count_body(trace, response) < 0 || leave_open(response, trace) < 0 ? -1 : 0;
}

/* What came of a handler's method that is watched for its result. */
static int
see_result(PyObject *see, Here *here, PyObject *result)
{
    if (see != see_response && see != see_body)
        return show(see, here, result);
    if ((see == see_response ? note_response_made(here, result) : note_body(here, result)) < 0)
        tell_fault((PyObject *)here->trace, see == see_response ? "response" : "streaming");
    return 0;
}
