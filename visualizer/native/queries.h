/* Queries. */

static int
are_plain(PyObject *params, PyObject *many)
{
    if (!PyTuple_CheckExact(params) || many != Py_False || PyTuple_GET_SIZE(params) > 100)
        return 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(params); i++) {
        PyTypeObject *kind = Py_TYPE(PyTuple_GET_ITEM(params, i));
        int plain = kind == &PyLong_Type || kind == &PyUnicode_Type ? 1 : PySet_Contains(immutable, (PyObject *)kind);
        if (plain <= 0)
            return plain;
    }
    return 1;
}

static PyObject *
find_origin(long depth, Statement *statement)
{
    PyObject *found = statement && statement->inside ? where_it_was_before(statement, depth) : NULL;
    return found != NULL || PyErr_Occurred() ? found : walk(depth, statement, 0);
}

static PyObject *
native_find_origin(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    /* `depth` counts the Python function's own frame, which is not here. */
    long depth = count ? PyLong_AsLong(args[0]) - 1 : -1;
    if (depth < 0 || PyErr_Occurred())
        return PyErr_Occurred() ? NULL : PyErr_Format(PyExc_ValueError, "depth must be at least 1");
    return find_origin(depth, count > 1 && PyUnicode_CheckExact(args[1]) ? statement_of(args[1]) : NULL);
}

/* Django's wrapper answers by a function in Python for what it has not itself, which these are not. `own` is what it has. */
static PyObject *
attribute_of_wrapper(PyObject *wrapper, PyObject *name, PyObject *own)
{
    if (own != NULL || !PyErr_ExceptionMatches(PyExc_AttributeError))
        return own;
    PyErr_Clear();
    return PyObject_GetAttr(wrapper, name);
}

/* args: the cursor's wrapper, statement, parameters, many, executor. Returns the span; 0 after a fault. */
static long long
begin_query(Here *here, PyObject *const *args)
{
    long long t = now(), span = -1;
    PyObject *db = attribute_of_wrapper(args[0], s_db, OWN_ATTRIBUTE(args[0], s_db)), *alias = db ? ATTRIBUTE(db, s_alias) : NULL;
    PyObject *vendor = alias ? ATTRIBUTE(db, s_vendor) : NULL;
    int plain = vendor ? are_plain(args[2], args[3]) : -1;
    PyObject *taken = plain < 0 ? NULL : plain ? Py_NewRef(args[2])
                    : PyObject_CallFunctionObjArgs(take_parameters, args[2], args[3], NULL);
    PyObject *text = taken == NULL ? NULL : PyUnicode_CheckExact(args[1]) ? Py_NewRef(args[1])
                   : PyObject_CallOneArg(safe_text, args[1]);
    Statement *statement = text && PyUnicode_CheckExact(text) ? statement_of(text) : NULL;
    if (statement != NULL)
        Py_SETREF(text, Py_NewRef(statement->text));
    PyObject *origin = text ? find_origin(0, statement) : NULL;
    PyObject *asked = (PyObject *)slip_of(5, (PyObject *[]){vendor, text, taken, Py_NewRef(args[3]), origin}, 0);
    if (asked != NULL)
        span = open_span(here->trace, t, here->span, here->stage, kind_database, alias, query_facts, asked, Py_None, Py_None);
    Py_XDECREF(db); Py_XDECREF(alias); Py_XDECREF(asked);
    if (span < 0) {
        tell_fault((PyObject *)here->trace, "database");
        return 0;
    }
    return span;
}

/* How many rows a cursor says there are; None where it does not know. */
static PyObject *
known_rows(PyObject *wrapper, PyObject *sql)
{
    PyObject *cursor = attribute_of_wrapper(wrapper, s_cursor, OWN_ATTRIBUTE(wrapper, s_cursor));
    PyObject *rows = cursor ? ATTRIBUTE(cursor, s_rowcount) : NULL;
    Py_XDECREF(cursor);
    if (rows != NULL && PyLong_CheckExact(rows)) {
        long count = PyLong_AsLong(rows);
        /* As `database._is_known`. */
        if (count > 0 || (count == 0 && !(PyUnicode_CheckExact(sql) && PyUnicode_Contains(sql, s_returning) == 1)))
            return rows;
    }
    PyErr_Clear();
    Py_XDECREF(rows);
    return Py_NewRef(Py_None);
}

static int
end_query(Here *here, long long span, PyObject *const *args)
{
    long long t = now();
    PyObject *rows = known_rows(args[0], args[1]), *fetched = (PyObject *)slip_of(1, &rows, 0);
    int failed = fetched == NULL || put_fetched(here->trace, fetched) < 0
        || close_span(here->trace, t, 0, span, here->stage, result_facts, fetched, Py_None, Py_None) < 0;
    Py_XDECREF(fetched);
    return failed ? -1 : 0;
}

static PyObject *
run_query(Watched *self, Here *here, PyObject *const *args, size_t flags, PyObject *keywords)
{
    long long span = begin_query(here, args);
    PyObject *result = call(self->original, args, flags, keywords);
    if (result == NULL)
        tell_raised(leave_failing, here, span, Py_None);
    else if (end_query(here, span, args) < 0)
        tell_fault((PyObject *)here->trace, "database");
    return result;
}

/* Rows that have been read: in chunks, or a single one. An iterator is the application's to read. */
static long
rows_of(PyObject *result)
{
    if (PyTuple_CheckExact(result))
        return 1;
    long rows = 0;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(result); i++)
        rows += PyObject_Size(PyList_GET_ITEM(result, i));
    return rows;
}

static PyObject *
compile_and_run(Watched *self, Here *here, PyObject *const *args, size_t flags, PyObject *keywords)
{
    /* A statement that was not sent by this call is none of its own. */
    Py_XDECREF(take_fetched(here->trace));
    PyObject *result = call(self->original, args, flags, keywords);
    if (result == NULL)
        return NULL;
    PyObject *fetched = take_fetched(here->trace);
    if (fetched != NULL && ((Slip *)fetched)->entries[0].object == Py_None
        && (PyList_CheckExact(result) || PyTuple_CheckExact(result)))
        put((Slip *)fetched, 0, PyLong_FromLong(rows_of(result)));
    Py_XDECREF(fetched);
    PyErr_Clear();
    return result;
}
