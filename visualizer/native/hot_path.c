/* The part of recording that runs many times a request, compiled: what `visualizer/records.py`, `snapshots.py`, `origin.py`
 * and the probes of middleware and templates do in Python, step by step the same. The tests run both ways.
 *
 * Why: a request finds the processor's caches full of the application. The same work in Python is 15,000 bytecodes, each
 * with its own data to fetch; and what is written down in Python objects the garbage collector looks through while the
 * request runs. Only the public C API is used, so that one source serves every supported Python.
 */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>
#include <pythread.h>

/* Objects that the Python side hands over by `connect`; see the table at the end. */
static PyObject *current, *threads, *getframe;
static PyObject *stage_in, *stage_out, *stage_resolver, *stage_template;
static PyObject *kind_middleware, *kind_template;
static PyObject *passed_facts, *returned_facts, *answered_facts, *came_back_facts, *give_up;
static PyObject *request_picture, *response_picture, *lazy_object, *empty;
static PyObject *template_facts, *include_facts, *text_facts, *extends_facts, *block_facts;
static PyObject *code_include, *code_inclusion, *look_at_unnamed, *names_of_other, *leave_raising, *block_key, *safe_string;
static PyObject *kinds_of_files, *last_places, *remember, *code_render_annotated, *template_line, *compiled_line;
static PyObject *carried_by, *beyond;
static PyObject *kind_database, *immutable, *take_parameters, *safe_text, *query_facts, *result_facts, *leave_failing;
static PyObject *come_out_raising, *await_later;
static PyObject *kind_hop, *hop_facts, *line_of_awaiter, *dotted_name, *sync_to_async;
static PyObject *word_enter, *word_exit, *word_point, *no_text;

/* Names of attributes. */
static PyObject *s_dict, *s_wrapped, *s_container, *s_cookies, *s_status_code, *s_headers, *s_store, *s_coded_value;
static PyObject *s_path, *s_facts, *s_name, *s_origin, *s_dicts, *s_fault, *s_see_replaced, *s_see_answered;
static PyObject *s_parent_name, *s_var, *s_token, *s_render_context, *s_get_block, *s_get, *s_self, *s_db, *s_alias;
static PyObject *s_vendor, *s_cursor, *s_rowcount, *s_returning, *s_receivers, *s_many, *s_executor, *s_func, *s_awaitable;

static long long
now(void)
{
#if PY_VERSION_HEX >= 0x030D0000
    PyTime_t t;
    (void)PyTime_PerfCounterRaw(&t);
    return (long long)t;
#else
    return (long long)_PyTime_GetPerfCounter();
#endif
}

/* A function of Django's that is watched. It binds like a function, shows itself as the original, and adds no frame. */
typedef struct {
    PyObject_HEAD
    PyObject *original, *plain, *layer, *dict, *weakrefs;
    int what;
    vectorcallfunc vectorcall;
} Watched;

enum { A_TEMPLATE, AN_EXTENDS, A_BLOCK, A_QUERY, A_COMPILER, A_SIGNAL, A_PASSAGE };

/* ---- Records: what probes write ------------------------------------------------------------------------------ */

enum { ENTER, EXIT, POINT };

typedef struct {
    long long t, done, span, parent;
    PyObject *stage, *kind, *name, *thread, *detail, *a, *b, *c;
    char phase;
} Record;

typedef struct {
    PyObject_HEAD
    Record *items;
    Py_ssize_t count, room, limit;
    long long spans, own_ns;
    char finished;
    uint64_t thread_id;
    PyObject *thread;
    PyObject *omitted, *passages, *fetching, *outcome, *request_seen, *response_seen;
} Records;

static PyTypeObject RecordsType;

/* The running thread, or its number where `threading` does not know it; a new reference. */
static PyObject *
running_thread(Records *self)
{
    uint64_t id = PyThreadState_GetID(PyThreadState_Get());
    if (self->thread != NULL && self->thread_id == id)
        return Py_NewRef(self->thread);
    PyObject *ident = PyLong_FromUnsignedLong(PyThread_get_thread_ident());
    if (ident == NULL)
        return NULL;
    PyObject *thread = PyDict_GetItemWithError(threads, ident);
    if (thread == NULL)
        return PyErr_Occurred() ? (Py_DECREF(ident), NULL) : ident;
    Py_DECREF(ident);
    Py_INCREF(thread);
    Py_XSETREF(self->thread, Py_NewRef(thread));
    self->thread_id = id;
    return thread;
}

static int
append(Records *self, char phase, long long t, long long done, long long span, long long parent, PyObject *stage,
       PyObject *kind, PyObject *name, PyObject *detail, PyObject *a, PyObject *b, PyObject *c)
{
    if (self->count == self->room) {
        Py_ssize_t room = self->room ? self->room * 2 : 160;
        Record *items = PyMem_Realloc(self->items, room * sizeof(Record));
        if (items == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        self->items = items;
        self->room = room;
    }
    PyObject *thread = running_thread(self);
    if (thread == NULL)
        return -1;
    Record *record = &self->items[self->count];
    *record = (Record){t, done ? done : now(), span, parent, Py_NewRef(stage), Py_NewRef(kind), Py_NewRef(name), thread,
                       Py_NewRef(detail), Py_NewRef(a), Py_NewRef(b), Py_NewRef(c), phase};
    self->count++;
    return 0;
}

static int
omit(Records *self, PyObject *kind)
{
    PyObject *had = PyDict_GetItemWithError(self->omitted, kind);
    if (had == NULL && PyErr_Occurred())
        return -1;
    PyObject *has = PyLong_FromLong((had ? PyLong_AsLong(had) : 0) + 1);
    if (has == NULL)
        return -1;
    int failed = PyDict_SetItem(self->omitted, kind, has);
    Py_DECREF(has);
    return failed;
}

/* The span that was opened; 0 where the trace is full, -1 on an error. */
static long long
open_span(Records *self, long long t, long long parent, PyObject *stage, PyObject *kind, PyObject *name, PyObject *detail,
          PyObject *a, PyObject *b, PyObject *c)
{
    if (self->count >= self->limit)
        return omit(self, kind) < 0 ? -1 : 0;
    long long span = ++self->spans;
    return append(self, ENTER, t, 0, span, parent, stage, kind, name, detail, a, b, c) < 0 ? -1 : span;
}

static int
close_span(Records *self, long long t, long long done, long long span, PyObject *stage, PyObject *detail, PyObject *a,
           PyObject *b, PyObject *c)
{
    if (span <= 0 || self->finished)
        return 0;
    return append(self, EXIT, t, done, span, 0, stage, no_text, no_text, detail, a, b, c);
}

static int
point(Records *self, long long t, long long done, long long parent, PyObject *stage, PyObject *kind, PyObject *name,
      PyObject *detail, PyObject *a, PyObject *b, PyObject *c)
{
    if (self->count >= self->limit)
        return omit(self, kind);
    return append(self, POINT, t, done, -1, parent, stage, kind, name, detail, a, b, c);
}

static char *enter_names[] = {"t", "parent", "stage", "kind", "name", "detail", "a", "b", "c", NULL};
static char *exit_names[] = {"t", "span", "stage", "detail", "a", "b", "c", NULL};

typedef struct {
    long long t, span;
    PyObject *stage, *kind, *name, *detail, *a, *b, *c;
} Given;

/* Arguments by position, which is the rule, need no parsing of a format. */
static int
read_opening(Given *given, PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    PyObject *found[9] = {NULL, NULL, NULL, NULL, NULL, Py_None, Py_None, Py_None, Py_None};
    if (count > 9) {
        PyErr_Format(PyExc_TypeError, "expected at most 9 arguments, got %zd", count);
        return -1;
    }
    for (Py_ssize_t i = 0; i < count; i++)
        found[i] = args[i];
    for (Py_ssize_t i = 0; keywords != NULL && i < PyTuple_GET_SIZE(keywords); i++) {
        int place = 0;
        while (enter_names[place] && PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(keywords, i), enter_names[place]))
            place++;
        if (place == 9) {
            PyErr_Format(PyExc_TypeError, "unexpected keyword argument %R", PyTuple_GET_ITEM(keywords, i));
            return -1;
        }
        found[place] = args[count + i];
    }
    if (!found[4]) {
        PyErr_SetString(PyExc_TypeError, "t, parent, stage, kind and name are required");
        return -1;
    }
    *given = (Given){PyLong_AsLongLong(found[0]), PyLong_AsLongLong(found[1]), found[2], found[3], found[4],
                     found[5], found[6], found[7], found[8]};
    return PyErr_Occurred() ? -1 : 0;
}

static PyObject *
records_enter(Records *self, PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    Given g;
    if (read_opening(&g, args, count, keywords) < 0)
        return NULL;
    long long span = open_span(self, g.t, g.span, g.stage, g.kind, g.name, g.detail, g.a, g.b, g.c);
    return span < 0 ? NULL : PyLong_FromLongLong(span);
}

static PyObject *
records_point(Records *self, PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    Given g;
    if (read_opening(&g, args, count, keywords) < 0
        || point(self, g.t, 0, g.span, g.stage, g.kind, g.name, g.detail, g.a, g.b, g.c) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
records_exit(Records *self, PyObject *const *args, Py_ssize_t count)
{
    if (count < 3 || count > 7) {
        PyErr_Format(PyExc_TypeError, "exit() takes 3 to 7 arguments, got %zd", count);
        return NULL;
    }
    long long t = PyLong_AsLongLong(args[0]), span = PyLong_AsLongLong(args[1]);
    if (PyErr_Occurred())
        return NULL;
#define GIVEN(i) (count > (i) ? args[i] : Py_None)
    if (close_span(self, t, 0, span, args[2], GIVEN(3), GIVEN(4), GIVEN(5), GIVEN(6)) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
records_next_span(Records *self, PyObject *Py_UNUSED(ignored))
{
    return PyLong_FromLongLong(++self->spans);
}

static PyObject *
records_spend(Records *self, PyObject *ns)
{
    long long spent = PyLong_AsLongLong(ns);
    if (spent == -1 && PyErr_Occurred())
        return NULL;
    self->own_ns += spent;
    Py_RETURN_NONE;
}

static PyObject *
records_record(Records *self, PyObject *index)
{
    static PyObject **const words[] = {&word_enter, &word_exit, &word_point};
    Py_ssize_t i = PyLong_AsSsize_t(index);
    if (i == -1 && PyErr_Occurred())
        return NULL;
    if (i < 0 || i >= self->count) {
        PyErr_SetString(PyExc_IndexError, "no such record");
        return NULL;
    }
    Record *r = &self->items[i];
    PyObject *span = r->span < 0 ? Py_NewRef(Py_None) : PyLong_FromLongLong(r->span);
    return Py_BuildValue("(LONLOOOOOOOOL)", r->t, *words[(int)r->phase], span, r->parent, r->stage, r->kind, r->name,
                         r->thread, r->detail, r->a, r->b, r->c, r->done);
}

static PyObject *
records_spent(Records *self, PyObject *Py_UNUSED(ignored))
{
    long long sum = self->own_ns;
    for (Py_ssize_t i = 0; i < self->count; i++)
        sum += self->items[i].done - self->items[i].t;
    return PyLong_FromLongLong(sum);
}

static PyObject *
records_open_spans(Records *self, PyObject *Py_UNUSED(ignored))
{
    Py_ssize_t open = 0;
    for (Py_ssize_t i = 0; i < self->count; i++)
        open += self->items[i].phase == ENTER ? 1 : self->items[i].phase == EXIT ? -1 : 0;
    return PyLong_FromSsize_t(open);
}

static void
clear_records(Records *self)
{
    Record *items = self->items;
    Py_ssize_t count = self->count;
    self->items = NULL;
    self->count = self->room = 0;
    for (Py_ssize_t i = 0; i < count; i++) {
        Record *r = &items[i];
        Py_DECREF(r->stage); Py_DECREF(r->kind); Py_DECREF(r->name); Py_DECREF(r->thread);
        Py_DECREF(r->detail); Py_DECREF(r->a); Py_DECREF(r->b); Py_DECREF(r->c);
    }
    PyMem_Free(items);
}

static PyObject *
records_forget(Records *self, PyObject *Py_UNUSED(ignored))
{
    clear_records(self);
    Py_CLEAR(self->thread);
    Py_RETURN_NONE;
}

static PyObject *
records_new(PyTypeObject *type, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwargs))
{
    Records *self = (Records *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    self->omitted = PyDict_New();
    self->passages = PyDict_New();
    self->fetching = PyDict_New();
    self->request_seen = Py_NewRef(Py_None);
    self->response_seen = Py_NewRef(Py_None);
    self->outcome = Py_NewRef(Py_None);
    return (PyObject *)self;
}

static void
records_dealloc(Records *self)
{
    clear_records(self);
    Py_XDECREF(self->thread);
    Py_XDECREF(self->omitted); Py_XDECREF(self->passages); Py_XDECREF(self->fetching);
    Py_XDECREF(self->outcome);
    Py_XDECREF(self->request_seen); Py_XDECREF(self->response_seen);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyMethodDef records_methods[] = {
    {"enter", (PyCFunction)(void (*)(void))records_enter, METH_FASTCALL | METH_KEYWORDS, NULL},
    {"exit", (PyCFunction)(void (*)(void))records_exit, METH_FASTCALL, NULL},
    {"point", (PyCFunction)(void (*)(void))records_point, METH_FASTCALL | METH_KEYWORDS, NULL},
    {"next_span", (PyCFunction)records_next_span, METH_NOARGS, NULL},
    {"record", (PyCFunction)records_record, METH_O, NULL},
    {"spend", (PyCFunction)records_spend, METH_O, NULL},
    {"spent_ns", (PyCFunction)records_spent, METH_NOARGS, NULL},
    {"open_spans", (PyCFunction)records_open_spans, METH_NOARGS, NULL},
    {"forget", (PyCFunction)records_forget, METH_NOARGS, NULL},
    {NULL},
};

static PyMemberDef records_members[] = {
    {"count", T_PYSSIZET, offsetof(Records, count), READONLY},
    {"limit", T_PYSSIZET, offsetof(Records, limit)},
    {"finished", T_BOOL, offsetof(Records, finished)},
    {"omitted", T_OBJECT_EX, offsetof(Records, omitted)},
    {"passages", T_OBJECT_EX, offsetof(Records, passages)},
    {"fetching", T_OBJECT_EX, offsetof(Records, fetching)},
    {"outcome", T_OBJECT_EX, offsetof(Records, outcome)},
    {"request_seen", T_OBJECT_EX, offsetof(Records, request_seen)},
    {"response_seen", T_OBJECT_EX, offsetof(Records, response_seen)},
    {NULL},
};

static PyTypeObject RecordsType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "visualizer.native.Records",
    .tp_basicsize = sizeof(Records),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_new = records_new,
    .tp_dealloc = (destructor)records_dealloc,
    .tp_methods = records_methods,
    .tp_members = records_members,
};

/* ---- Where the running code stands ---------------------------------------------------------------------------- */

typedef struct {
    Records *trace;
    long long span;
    PyObject *span_object, *stage;
} Here;

static int
read_here(Here *here, PyObject *tuple)
{
    if (!PyTuple_CheckExact(tuple) || PyTuple_GET_SIZE(tuple) != 3
        || !PyObject_TypeCheck(PyTuple_GET_ITEM(tuple, 0), &RecordsType)) {
        PyErr_SetString(PyExc_TypeError, "expected (trace, span, stage)");
        return -1;
    }
    here->trace = (Records *)PyTuple_GET_ITEM(tuple, 0);
    here->span_object = PyTuple_GET_ITEM(tuple, 1);
    here->span = PyLong_AsLongLong(here->span_object);
    here->stage = PyTuple_GET_ITEM(tuple, 2);
    return here->span == -1 && PyErr_Occurred() ? -1 : 0;
}

static int
set_current(PyObject *tuple)
{
    PyObject *token = PyContextVar_Set(current, tuple);
    Py_XDECREF(token);
    return token == NULL ? -1 : 0;
}

static int
stand_at(Records *trace, PyObject *span, PyObject *stage)
{
    PyObject *tuple = PyTuple_Pack(3, (PyObject *)trace, span, stage);
    if (tuple == NULL)
        return -1;
    int failed = set_current(tuple);
    Py_DECREF(tuple);
    return failed;
}

/* A failing probe becomes an event, never an error of the application. */
static void
tell_fault(PyObject *trace, const char *probe)
{
    PyObject *type, *error, *traceback;
    PyErr_Fetch(&type, &error, &traceback);
    PyErr_NormalizeException(&type, &error, &traceback);
    PyObject *name = PyUnicode_FromString(probe);
    PyObject *told = name ? PyObject_CallMethodObjArgs(trace, s_fault, name, error, NULL) : NULL;
    if (told == NULL)
        PyErr_Clear();
    Py_XDECREF(told); Py_XDECREF(name);
    Py_XDECREF(type); Py_XDECREF(error); Py_XDECREF(traceback);
}

/* Let Python tell of the exception that is on its way, and let that go on. */
static void
tell_raised(PyObject *function, PyObject *here, long long span, PyObject *extra)
{
    PyObject *type, *error, *traceback;
    PyErr_Fetch(&type, &error, &traceback);
    PyErr_NormalizeException(&type, &error, &traceback);
    if (traceback != NULL)
        PyException_SetTraceback(error, traceback);
    PyObject *told = PyObject_CallFunction(function, "OLOO", here, span, extra, error);
    if (told == NULL)
        PyErr_Clear();
    Py_XDECREF(told);
    PyErr_Restore(type, error, traceback);
}

/* ---- Pictures of request and response ------------------------------------------------------------------------- */

/* Whether two dicts hold the same objects under the same keys in the same order. */
static int
holds_same(PyObject *one, PyObject *other)
{
    if (PyDict_GET_SIZE(one) != PyDict_GET_SIZE(other))
        return 0;
    Py_ssize_t i = 0, j = 0;
    PyObject *key, *value, *other_key, *other_value;
    while (PyDict_Next(one, &i, &key, &value)) {
        if (!PyDict_Next(other, &j, &other_key, &other_value) || key != other_key || value != other_value)
            return 0;
    }
    return 1;
}

static int
waits(PyObject *value)
{
    if (!PyType_IsSubtype(Py_TYPE(value), (PyTypeObject *)lazy_object))
        return 0;
    PyObject *wrapped = PyObject_GenericGetAttr(value, s_wrapped);
    if (wrapped == NULL)
        return -1;
    Py_DECREF(wrapped);
    return wrapped == empty;
}

/* The names of lazy attributes, among those from place `first` on, that nobody has evaluated. */
static PyObject *
unevaluated(PyObject *attributes, Py_ssize_t first)
{
    PyObject *found = PyList_New(0), *key, *value;
    Py_ssize_t place = 0, number = 0;
    while (found != NULL && PyDict_Next(attributes, &place, &key, &value)) {
        if (number++ < first)
            continue;
        int lazy = waits(value);
        if (lazy < 0 || (lazy && PyList_Append(found, key) < 0))
            Py_CLEAR(found);
    }
    if (found == NULL)
        return NULL;
    PyObject *names = PyList_AsTuple(found);
    Py_DECREF(found);
    return names;
}

/* A named tuple of `kind`; takes over the reference to `items`. */
static PyObject *
named(PyObject *kind, PyObject *items)
{
    if (items == NULL)
        return NULL;
    PyObject *args = PyTuple_Pack(1, items);
    Py_DECREF(items);
    if (args == NULL)
        return NULL;
    PyObject *made = PyTuple_Type.tp_new((PyTypeObject *)kind, args, NULL);
    Py_DECREF(args);
    return made;
}

static PyObject *
take_request(PyObject *request, PyObject *before)
{
    PyObject *live = PyObject_GetAttr(request, s_dict);
    if (live == NULL)
        return NULL;
    Py_ssize_t known = -1;
    if (before != Py_None) {
        PyObject *seen = PyTuple_GET_ITEM(before, 1);
        if (PyTuple_GET_ITEM(before, 0) == (PyObject *)Py_TYPE(request) && holds_same(seen, live)) {
            Py_DECREF(live);
            return Py_NewRef(before);
        }
        known = PyDict_GET_SIZE(seen);
    }
    PyObject *attributes = PyDict_Copy(live);
    Py_DECREF(live);
    if (attributes == NULL)
        return NULL;
    /* A dict keeps its order: what was added stands at its end. */
    PyObject *lazy = known < 0 || known == PyDict_GET_SIZE(attributes) ? PyTuple_New(0) : unevaluated(attributes, known);
    PyObject *items = lazy ? PyTuple_Pack(3, (PyObject *)Py_TYPE(request), attributes, lazy) : NULL;
    Py_DECREF(attributes);
    Py_XDECREF(lazy);
    return named(request_picture, items);
}

static PyObject *
body_size(PyObject *response)
{
    PyObject *parts = PyObject_GetAttr(response, s_container);
    if (parts == NULL) {
        if (!PyErr_ExceptionMatches(PyExc_AttributeError))
            return NULL;
        PyErr_Clear();
        return Py_NewRef(Py_None);
    }
    Py_ssize_t size = 0, count = PySequence_Size(parts);
    for (Py_ssize_t i = 0; i < count && size >= 0; i++) {
        PyObject *part = PySequence_GetItem(parts, i);
        Py_ssize_t length = part ? PyObject_Size(part) : -1;
        Py_XDECREF(part);
        size = length < 0 ? -1 : size + length;
    }
    Py_DECREF(parts);
    return count < 0 || size < 0 ? NULL : PyLong_FromSsize_t(size);
}

static PyObject *
coded_cookies(PyObject *response)
{
    PyObject *cookies = PyObject_GetAttr(response, s_cookies);
    if (cookies == NULL)
        return NULL;
    int some = PyObject_IsTrue(cookies);
    if (some <= 0) {
        Py_DECREF(cookies);
        return some < 0 ? NULL : Py_NewRef(Py_None);
    }
    PyObject *pairs = PyMapping_Items(cookies), *coded = pairs ? PyDict_New() : NULL;
    for (Py_ssize_t i = 0; coded != NULL && i < PyList_GET_SIZE(pairs); i++) {
        PyObject *pair = PyList_GET_ITEM(pairs, i);
        PyObject *value = PyObject_GetAttr(PyTuple_GET_ITEM(pair, 1), s_coded_value);
        if (value == NULL || PyDict_SetItem(coded, PyTuple_GET_ITEM(pair, 0), value) < 0)
            Py_CLEAR(coded);
        Py_XDECREF(value);
    }
    Py_XDECREF(pairs);
    Py_DECREF(cookies);
    return coded;
}

/* Whether a picture shows just this. */
static int
shows(PyObject *picture, PyObject *items, PyObject *headers)
{
    if (picture == Py_None)
        return 0;
    for (int i = 0; i < 6; i++) {
        PyObject *was = PyTuple_GET_ITEM(picture, i), *is = PyTuple_GET_ITEM(items, i);
        int same = was == is;
        if (!same && PyLong_CheckExact(was) && PyLong_CheckExact(is))
            same = PyLong_AsLongLong(was) == PyLong_AsLongLong(is);
        else if (!same && i == 3)
            same = holds_same(was, headers);
        if (!same)
            return 0;
    }
    return 1;
}

static PyObject *
take_response(PyObject *response, PyObject *before)
{
    PyObject *size = body_size(response), *cookies = size ? coded_cookies(response) : NULL;
    PyObject *status = cookies ? PyObject_GetAttr(response, s_status_code) : NULL;
    PyObject *carrier = status ? PyObject_GetAttr(response, s_headers) : NULL;
    PyObject *store = carrier ? PyObject_GetAttr(carrier, s_store) : NULL;
    PyObject *identity = store ? PyLong_FromVoidPtr(response) : NULL;
    PyObject *items = identity ? PyTuple_Pack(6, identity, Py_TYPE(response), status, store, cookies, size) : NULL;
    Py_XDECREF(size); Py_XDECREF(cookies); Py_XDECREF(status); Py_XDECREF(carrier); Py_XDECREF(identity);
    PyObject *picture = NULL;
    if (items != NULL && shows(before, items, store)) {
        picture = Py_NewRef(before);
        Py_DECREF(items);
    }
    else if (items != NULL) {
        PyObject *headers = PyDict_Copy(store);
        if (headers == NULL)
            Py_DECREF(items);
        else {
            PyTuple_SET_ITEM(items, 3, headers);
            Py_DECREF(store);
            picture = named(response_picture, items);
        }
    }
    Py_XDECREF(store);
    return picture;
}

static PyObject *
native_picture_request(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    if (count != 2) {
        PyErr_SetString(PyExc_TypeError, "picture_request() takes a request and its last picture or None");
        return NULL;
    }
    return take_request(args[0], args[1]);
}

static PyObject *
native_picture_response(PyObject *Py_UNUSED(module), PyObject *response)
{
    return take_response(response, Py_None);
}

/* ---- Between two layers of middleware ------------------------------------------------------------------------- */

/* The items of a passage, as in passages.py. */
enum { PATH, PARENT, SPAN, ENTERED, CAME_BACK, PASSED_ON, IS_OVER };

static int
is_middlewares(PyObject *stage)
{
    return stage == stage_in || stage == stage_out;
}

static PyObject *
outer_passage(Here *here)
{
    return is_middlewares(here->stage) ? PyDict_GetItemWithError(here->trace->passages, here->span_object) : NULL;
}

static long long
moment(PyObject *passage, int item)
{
    return PyLong_AsLongLong(PyList_GET_ITEM(passage, item));
}

static void
put(PyObject *passage, int item, PyObject *value)
{
    PyObject *was = PyList_GET_ITEM(passage, item);
    PyList_SET_ITEM(passage, item, value);
    Py_DECREF(was);
}

static PyObject *
begin_passage(long long t, Here *here, PyObject *path, long long span)
{
    /* In a full trace, which keeps no more events, the passage still has a number of its own. */
    PyObject *number = PyLong_FromLongLong(span ? span : -++here->trace->spans);
    PyObject *passage = number
        ? Py_BuildValue("[OOOLiOO]", path, here->span_object, number, t, 0, Py_False, Py_False) : NULL;
    if (passage != NULL && (PyDict_SetItem(here->trace->passages, number, passage) < 0
                            || stand_at(here->trace, number, stage_in) < 0))
        Py_CLEAR(passage);
    Py_XDECREF(number);
    return passage;
}

static PyObject *
go_in(Here *here, long long t, PyObject *layer, PyObject *request)
{
    Records *trace = here->trace;
    PyObject *after = take_request(request, trace->request_seen);
    if (after == NULL)
        return NULL;
    PyObject *before = trace->request_seen;
    trace->request_seen = Py_NewRef(after);
    PyObject *outer = outer_passage(here), *made = NULL;
    int failed = outer == NULL && PyErr_Occurred() != NULL;
    if (outer != NULL) {
        put(outer, PASSED_ON, Py_NewRef(Py_True));
        PyObject *in_ns = PyLong_FromLongLong(t - moment(outer, ENTERED));
        /* The recorder's own time is told once, by the second of two. */
        failed = in_ns == NULL || point(trace, t, layer == Py_None ? 0 : t, here->span, stage_in, kind_middleware,
                                        PyList_GET_ITEM(outer, PATH), passed_facts, in_ns, before, after) < 0;
        Py_XDECREF(in_ns);
    }
    if (!failed && layer != Py_None) {
        PyObject *path = PyObject_GetAttr(layer, s_path), *facts = path ? PyObject_GetAttr(layer, s_facts) : NULL;
        long long span = facts ? open_span(trace, t, here->span, stage_in, kind_middleware, path, facts, Py_None,
                                           Py_None, Py_None) : -1;
        made = span < 0 ? NULL : begin_passage(t, here, path, span);
        Py_XDECREF(path);
        Py_XDECREF(facts);
    }
    else if (!failed) {
        /* What follows is the resolver's, unless it is an adapter and another layer. */
        if (stand_at(trace, here->span_object, stage_resolver) == 0)
            made = Py_NewRef(Py_None);
    }
    Py_DECREF(before);
    Py_DECREF(after);
    return made;
}

static PyObject *
native_go_in(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    long long t = now();
    Here here;
    if (count != 3 || read_here(&here, args[0]) < 0)
        return NULL;
    PyObject *passage = go_in(&here, t, args[1], args[2]);
    if (passage == NULL) {
        tell_fault((PyObject *)here.trace, "middleware");
        return Py_NewRef(Py_None);
    }
    return passage;
}

static int
tell_outcome(Records *trace, PyObject *method, PyObject *path)
{
    PyObject *told = PyObject_CallMethodOneArg(trace->outcome, method, path);
    Py_XDECREF(told);
    return told == NULL ? -1 : 0;
}

/* How long ago a response came back to a passage that ends; -1 on an error. `before` becomes None where none did. */
static long long
end_passage(long long t, Records *trace, PyObject *inner, PyObject **before, PyObject *after)
{
    put(inner, IS_OVER, Py_NewRef(Py_True));
    long long came_back = moment(inner, CAME_BACK);
    if (*before == Py_None || came_back == 0) {
        *before = Py_None;
        return 0;
    }
    PyObject *was = PyTuple_GET_ITEM(*before, 0), *is = PyTuple_GET_ITEM(after, 0);
    if (was != is && PyLong_AsLongLong(was) != PyLong_AsLongLong(is)
        && tell_outcome(trace, s_see_replaced, PyList_GET_ITEM(inner, PATH)) < 0)
        return -1;
    return t - came_back;
}

static int
leave(long long t, long long done, Records *trace, PyObject *inner, PyObject *before, PyObject *after)
{
    int passed = PyList_GET_ITEM(inner, PASSED_ON) == Py_True;
    long long out_ns;
    if (passed)
        out_ns = end_passage(t, trace, inner, &before, after);
    else {
        put(inner, IS_OVER, Py_NewRef(Py_True));
        out_ns = tell_outcome(trace, s_see_answered, PyList_GET_ITEM(inner, PATH)) < 0 ? -1 : t - moment(inner, ENTERED);
    }
    PyObject *told = out_ns < 0 ? NULL : PyLong_FromLongLong(out_ns);
    if (told == NULL)
        return -1;
    long long span = moment(inner, SPAN);
    int failed = passed ? close_span(trace, t, done, span, stage_out, returned_facts, told, before, after)
                        : close_span(trace, t, done, span, stage_in, answered_facts, told, after, Py_None);
    Py_DECREF(told);
    return failed;
}

static int
come_out(Here *here, long long t, PyObject *inner, PyObject *outer, PyObject *response)
{
    Records *trace = here->trace;
    PyObject *before = Py_NewRef(trace->response_seen);
    int failed = 0, ends = inner != Py_None && PyList_GET_ITEM(inner, IS_OVER) != Py_True;
    if (ends || before == Py_None || PyLong_AsVoidPtr(PyTuple_GET_ITEM(before, 0)) != response) {
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
        PyObject *moment = PyLong_FromLongLong(t);
        failed = moment == NULL;
        if (!failed) {
            put(outer, CAME_BACK, moment);
            failed = point(trace, t, 0, here->span, stage_out, kind_middleware, PyList_GET_ITEM(outer, PATH),
                           came_back_facts, trace->response_seen, Py_None, Py_None) < 0;
        }
    }
    Py_DECREF(before);
    return failed ? -1 : 0;
}

static PyObject *
native_come_out(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    long long t = now();
    Here here;
    if (count != 3 || read_here(&here, args[0]) < 0)
        return NULL;
    PyObject *inner = args[1], *outer = outer_passage(&here);
    if (outer == NULL && PyErr_Occurred())
        return NULL;
    if ((outer == NULL ? set_current(args[0]) : stand_at(here.trace, here.span_object, stage_out)) < 0)
        return NULL;
    if (come_out(&here, t, inner, outer, args[2]) < 0) {
        tell_fault((PyObject *)here.trace, "middleware");
        PyObject *told = PyObject_CallFunction(give_up, "LOO", t, here.trace, inner);
        if (told == NULL)
            return NULL;
        Py_DECREF(told);
    }
    Py_RETURN_NONE;
}

/* ---- Frames: which line of the application asked -------------------------------------------------------------- */

/* What a frame is by the name of its file, as in origin.py. */
enum { PASSED_OVER, BOUNDARY, TEMPLATE_LINE, LIBRARY, PYTHON, COMPILED, OTHER_STACK };

static int
kind_of(PyCodeObject *code)
{
    PyObject *kind = PyObject_GetItem(kinds_of_files, code->co_filename);
    if (kind == NULL)
        return -1;
    int number = (int)PyLong_AsLong(kind);
    Py_DECREF(kind);
    return number;
}

static PyObject *
place(const char *where, PyFrameObject *frame, PyCodeObject *code)
{
    return Py_BuildValue("(sOi)", where, code, PyFrame_GetLasti(frame));
}

/* The origin that a frame of this kind is; NULL without an error where it is none. */
static PyObject *
origin_of(int kind, PyFrameObject *frame, PyCodeObject *code)
{
    if (kind == PYTHON)
        return place("python", frame, code);
    if (kind == TEMPLATE_LINE && (PyObject *)code == code_render_annotated)
        return PyObject_CallOneArg(template_line, (PyObject *)frame);
    return kind == COMPILED ? PyObject_CallOneArg(compiled_line, (PyObject *)frame) : NULL;
}

/* The running Python frame, `depth` further out; NULL without an error where the stack is not that deep. */
static PyFrameObject *
frame_at(long depth)
{
    PyObject *number = PyLong_FromLong(depth);
    PyObject *frame = number ? PyObject_CallOneArg(getframe, number) : NULL;
    Py_XDECREF(number);
    if (frame == NULL && PyErr_ExceptionMatches(PyExc_ValueError))
        PyErr_Clear();
    return (PyFrameObject *)frame;
}

static PyObject *
where_it_was_before(PyObject *known, long depth)
{
    long last = PyLong_AsLong(PyTuple_GET_ITEM(known, 0)) + depth;
    PyFrameObject *frame = frame_at(last), *inside = frame ? frame_at(last - 1) : NULL;
    PyObject *found = NULL;
    if (inside != NULL) {
        PyCodeObject *code = PyFrame_GetCode(inside);
        if ((PyObject *)code == PyTuple_GET_ITEM(known, 1)) {
            Py_SETREF(code, PyFrame_GetCode(frame));
            int kind = kind_of(code);
            found = kind < 0 ? NULL : origin_of(kind, frame, code);
        }
        Py_DECREF(code);
    }
    Py_XDECREF(frame);
    Py_XDECREF(inside);
    return found;
}

static PyObject *
what_carried(void)
{
    PyObject *carried = NULL;
    if (PyContextVar_Get(carried_by, NULL, &carried) < 0)
        return NULL;
    PyObject *origin = Py_NewRef(carried && carried != Py_None ? PyList_GET_ITEM(carried, 0) : Py_None);
    Py_XDECREF(carried);
    return origin;
}

/* Step by step `origin._walk`; `asks` is `origin.find_asking_line` instead, which knows no library's line. */
static PyObject *
walk(PyFrameObject *frame, PyObject *statement, int asks)
{
    PyObject *found = NULL, *library = NULL, *inside = NULL;
    long depth = 0;
    Py_XINCREF(frame);
    while (frame != NULL) {
        PyCodeObject *code = PyFrame_GetCode(frame);
        int kind = kind_of(code), ends = kind < 0;
        if (kind > 0) {
            found = origin_of(kind, frame, code);
            ends = found != NULL || PyErr_Occurred();
            if (found != NULL && statement != Py_None && inside != NULL) {
                PyObject *told = PyObject_CallFunction(remember, "OlO", statement, depth, inside);
                if (told == NULL)
                    Py_CLEAR(found);
                Py_XDECREF(told);
            }
            else if (!ends && kind == OTHER_STACK) {
                found = what_carried();
                ends = 1;
                if (found == Py_None)
                    Py_CLEAR(found);
            }
            else if (!ends && kind == BOUNDARY && (asks || library != NULL)) {
                ends = 1;
                found = asks ? Py_NewRef(Py_None) : NULL;
            }
            else if (!ends && kind != BOUNDARY && library == NULL && !asks)
                library = place("library", frame, code);
        }
        Py_XSETREF(inside, (PyObject *)code);
        PyFrameObject *outer = ends ? NULL : PyFrame_GetBack(frame);
        Py_SETREF(frame, outer);
        depth++;
    }
    Py_XDECREF(inside);
    if (found == NULL && !PyErr_Occurred())
        found = asks ? Py_NewRef(beyond) : library ? Py_NewRef(library) : Py_BuildValue("(s)", "unseen");
    Py_XDECREF(library);
    return found;
}

static PyObject *
native_find_asking_line(PyObject *Py_UNUSED(module), PyObject *depth)
{
    PyFrameObject *frame = frame_at(PyLong_AsLong(depth) - 1);
    PyObject *found = frame == NULL && PyErr_Occurred() ? NULL : walk(frame, Py_None, 1);
    Py_XDECREF(frame);
    return found;
}

/* ---- Templates ------------------------------------------------------------------------------------------------ */

typedef struct {
    PyObject *name, *detail, *a, *b;
} Look;

/* The names in one layer of a context, and the types of their values, which are not looked at otherwise. */
static PyObject *
names_of(PyObject *layer)
{
    if (!PyDict_Check(layer))
        return PyObject_CallOneArg(names_of_other, layer);
    Py_ssize_t size = PyDict_GET_SIZE(layer), place = 0, i = 0;
    PyObject *names = PyTuple_New(size), *types = names ? PyTuple_New(size) : NULL, *key, *value;
    if (types == NULL) {
        Py_XDECREF(names);
        return NULL;
    }
    while (PyDict_Next(layer, &place, &key, &value)) {
        PyTuple_SET_ITEM(names, i, Py_NewRef(key));
        PyTuple_SET_ITEM(types, i++, Py_NewRef(Py_TYPE(value)));
    }
    /* Nothing in them leads back here: the garbage collector need not look at them while the request runs. */
    PyObject_GC_UnTrack(types);
    PyObject *pair = PyTuple_Pack(2, names, types);
    Py_DECREF(names);
    Py_DECREF(types);
    return pair;
}

static PyObject *
names_of_all(PyObject *layers, Py_ssize_t first)
{
    Py_ssize_t count = PyList_GET_SIZE(layers);
    PyObject *given = PyList_New(0);
    for (Py_ssize_t i = first; given != NULL && i < count; i++) {
        PyObject *layer = PyList_GET_ITEM(layers, i);
        if (first && PyDict_Check(layer) && PyDict_GET_SIZE(layer) == 0)
            continue;
        PyObject *names = names_of(layer);
        if (names == NULL || PyList_Append(given, names) < 0)
            Py_CLEAR(given);
        Py_XDECREF(names);
    }
    return given;
}

static PyObject *
local_self(PyFrameObject *frame)
{
#if PY_VERSION_HEX >= 0x030C0000
    return PyFrame_GetVar(frame, s_self);
#else
    PyObject *locals = PyObject_GetAttrString((PyObject *)frame, "f_locals");
    PyObject *self = locals ? PyObject_GetItem(locals, s_self) : NULL;
    Py_XDECREF(locals);
    return self;
#endif
}

/* A template, and who asked for it: the running frame. Returns 0 where it is not the project's, -1 on an error. */
static int
look_at_template(PyObject *template, PyObject *context, Look *look)
{
    PyFrameObject *caller = PyEval_GetFrame();
    PyObject *dicts = NULL, *name = PyObject_GetAttr(template, s_name);
    if (name == NULL || caller == NULL)
        goto failed;
    if (PyUnicode_Check(name))
        /* Of a subclass, such as a safe string, the plain text. */
        Py_SETREF(name, PyUnicode_FromObject(name));
    else {
        PyObject *title = PyObject_CallFunctionObjArgs(look_at_unnamed, name, (PyObject *)caller, NULL);
        Py_SETREF(name, title);
        if (name == NULL || name == Py_None) {
            Py_XDECREF(name);
            return name == NULL ? -1 : 0;
        }
    }
    if (name == NULL)
        return -1;
    look->name = name;
    look->a = PyObject_GetAttr(template, s_origin);
    dicts = look->a ? PyObject_GetAttr(context, s_dicts) : NULL;
    if (dicts == NULL || !PyList_Check(dicts)) {
        if (dicts != NULL)
            PyErr_SetString(PyExc_TypeError, "a context's layers are a list");
        goto failed;
    }
    PyObject *code = (PyObject *)PyFrame_GetCode(caller);
    Py_DECREF(code);
    if (code != code_include && code != code_inclusion) {
        look->detail = Py_NewRef(template_facts);
        look->b = names_of_all(dicts, 0);
    }
    else {
        /* The names of the template around it are told there; these are what it was given besides. */
        PyObject *given = names_of_all(dicts, PyList_GET_SIZE(dicts) - 1), *node = given ? local_self(caller) : NULL;
        PyObject *is_include = code == code_include ? Py_True : Py_False;
        look->detail = node ? PyTuple_Pack(5, include_facts, is_include, node, look->a, given) : NULL;
        look->b = Py_NewRef(Py_None);
        Py_XDECREF(given);
        Py_XDECREF(node);
    }
    Py_DECREF(dicts);
    if (look->detail != NULL && look->b != NULL)
        return 1;
    return -1;
failed:
    Py_XDECREF(dicts);
    if (look->name == NULL)
        Py_XDECREF(name);
    return -1;
}

static int
look_at_extends(PyObject *node, Look *look)
{
    PyObject *parent = PyObject_GetAttr(node, s_parent_name), *name = parent ? PyObject_GetAttr(parent, s_var) : NULL;
    if (name != NULL && !PyUnicode_CheckExact(name))
        Py_SETREF(name, PyUnicode_Check(name) ? PyUnicode_FromObject(name) : PyObject_GetAttr(parent, s_token));
    Py_XDECREF(parent);
    *look = (Look){name, Py_NewRef(extends_facts), Py_NewRef(node), Py_NewRef(Py_None)};
    return name == NULL ? -1 : 1;
}

static int
look_at_block(PyObject *node, PyObject *context, Look *look)
{
    PyObject *render_context = PyObject_GetAttr(context, s_render_context), *filler = NULL;
    PyObject *blocks = render_context ? PyObject_CallMethodOneArg(render_context, s_get, block_key) : NULL;
    look->name = blocks ? PyObject_GetAttr(node, s_name) : NULL;
    if (look->name != NULL)
        filler = blocks == Py_None ? Py_NewRef(Py_None) : PyObject_CallMethodOneArg(blocks, s_get_block, look->name);
    Py_XDECREF(render_context);
    Py_XDECREF(blocks);
    if (filler == Py_None)
        Py_SETREF(filler, Py_NewRef(node));
    look->detail = Py_NewRef(block_facts);
    look->a = Py_NewRef(node);
    look->b = filler;
    return filler == NULL ? -1 : 1;
}

static void
let_go(Look *look)
{
    Py_XDECREF(look->name); Py_XDECREF(look->detail); Py_XDECREF(look->a); Py_XDECREF(look->b);
}

/* The span of what renders now; 0 where it is not told. */
static long long
begin_rendering(int what, Here *here, PyObject *const *args, Look *look)
{
    long long t = now(), span = 0;
    int told = what == A_TEMPLATE ? look_at_template(args[0], args[1], look)
             : what == AN_EXTENDS ? look_at_extends(args[0], look) : look_at_block(args[0], args[1], look);
    if (told > 0)
        span = open_span(here->trace, t, here->span, stage_template, kind_template, look->name, look->detail, look->a,
                         look->b, Py_None);
    if (span > 0) {
        PyObject *number = PyLong_FromLongLong(span);
        if (number == NULL || stand_at(here->trace, number, stage_template) < 0)
            span = -1;
        Py_XDECREF(number);
    }
    if (told < 0 || span < 0) {
        tell_fault((PyObject *)here->trace, "template");
        return 0;
    }
    return span;
}

static int
end_rendering(Here *here, PyObject *tuple, long long span, PyObject *text)
{
    long long t = now();
    if (set_current(tuple) < 0)
        return -1;
    int is_text = PyUnicode_CheckExact(text) || (PyObject *)Py_TYPE(text) == safe_string;
    PyObject *length = is_text ? PyLong_FromSsize_t(PyUnicode_GET_LENGTH(text)) : Py_NewRef(Py_None);
    int failed = length ? close_span(here->trace, t, 0, span, stage_template, text_facts, length, Py_None, Py_None) : -1;
    Py_XDECREF(length);
    return failed;
}

static PyObject *
render(Watched *self, PyObject *tuple, PyObject *const *args, size_t flags)
{
    Here here;
    if (read_here(&here, tuple) < 0)
        return NULL;
    Look look = {NULL, NULL, NULL, NULL};
    long long span = begin_rendering(self->what, &here, args, &look);
    PyObject *text = PyObject_Vectorcall(self->original, args, flags, NULL);
    if (span && text == NULL)
        tell_raised(leave_raising, tuple, span, look.name);
    else if (span && end_rendering(&here, tuple, span, text) < 0)
        Py_CLEAR(text);
    let_go(&look);
    return text;
}

/* ---- Queries -------------------------------------------------------------------------------------------------- */

static int
are_plain(PyObject *params, PyObject *many)
{
    if (!PyTuple_CheckExact(params) || many != Py_False || PyTuple_GET_SIZE(params) > 100)
        return 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(params); i++) {
        int plain = PySet_Contains(immutable, (PyObject *)Py_TYPE(PyTuple_GET_ITEM(params, i)));
        if (plain <= 0)
            return plain;
    }
    return 1;
}

static PyObject *
find_origin(long depth, PyObject *statement)
{
    PyObject *known = NULL, *found = NULL;
    if (statement != Py_None && (known = PyDict_GetItemWithError(last_places, statement)) != NULL)
        found = where_it_was_before(known, depth);
    if (found != NULL || PyErr_Occurred())
        return found;
    PyFrameObject *frame = frame_at(depth);
    if (frame == NULL && PyErr_Occurred())
        return NULL;
    found = walk(frame, statement, 0);
    Py_XDECREF(frame);
    return found;
}

static PyObject *
native_find_origin(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    /* `depth` counts the Python function's own frame, which is not here. */
    long depth = count ? PyLong_AsLong(args[0]) - 1 : -1;
    if (depth < 0 || PyErr_Occurred())
        return PyErr_Occurred() ? NULL : PyErr_Format(PyExc_ValueError, "depth must be at least 1");
    return find_origin(depth, count > 1 ? args[1] : Py_None);
}

/* args: the cursor's wrapper, statement, parameters, many, executor. Returns the span; 0 after a fault. */
static long long
begin_query(Here *here, PyObject *const *args)
{
    long long t = now(), span = -1;
    PyObject *db = PyObject_GetAttr(args[0], s_db), *alias = db ? PyObject_GetAttr(db, s_alias) : NULL;
    PyObject *vendor = alias ? PyObject_GetAttr(db, s_vendor) : NULL;
    int plain = vendor ? are_plain(args[2], args[3]) : -1;
    PyObject *taken = plain < 0 ? NULL : plain ? Py_NewRef(args[2])
                    : PyObject_CallFunctionObjArgs(take_parameters, args[2], args[3], NULL);
    PyObject *text = taken == NULL ? NULL : PyUnicode_CheckExact(args[1]) ? Py_NewRef(args[1])
                   : PyObject_CallOneArg(safe_text, args[1]);
    PyObject *origin = text ? find_origin(0, text) : NULL;
    PyObject *detail = origin ? PyTuple_Pack(6, query_facts, vendor, text, taken, args[3], origin) : NULL;
    if (detail != NULL)
        span = open_span(here->trace, t, here->span, here->stage, kind_database, alias, detail, Py_None, Py_None, Py_None);
    Py_XDECREF(db); Py_XDECREF(alias); Py_XDECREF(vendor); Py_XDECREF(taken); Py_XDECREF(text); Py_XDECREF(origin);
    Py_XDECREF(detail);
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
    PyObject *cursor = PyObject_GetAttr(wrapper, s_cursor), *rows = cursor ? PyObject_GetAttr(cursor, s_rowcount) : NULL;
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
    PyObject *rows = known_rows(args[0], args[1]), *fetched = PyList_New(1);
    PyObject *ident = PyLong_FromUnsignedLong(PyThread_get_thread_ident());
    if (fetched == NULL || ident == NULL)
        return -1;
    PyList_SET_ITEM(fetched, 0, rows);
    int failed = PyDict_SetItem(here->trace->fetching, ident, fetched) < 0
        || close_span(here->trace, t, 0, span, here->stage, result_facts, fetched, Py_None, Py_None) < 0;
    Py_DECREF(fetched);
    Py_DECREF(ident);
    return failed ? -1 : 0;
}

static PyObject *
run_query(Watched *self, PyObject *tuple, PyObject *const *args, size_t flags, PyObject *keywords)
{
    Here here;
    if (read_here(&here, tuple) < 0)
        return NULL;
    long long span = begin_query(&here, args);
    PyObject *result = PyObject_Vectorcall(self->original, args, flags, keywords);
    if (result == NULL)
        tell_raised(leave_failing, tuple, span, Py_None);
    else if (end_query(&here, span, args) < 0)
        tell_fault((PyObject *)here.trace, "database");
    return result;
}

static PyObject *
pop_fetching(Records *trace)
{
    PyObject *ident = PyLong_FromUnsignedLong(PyThread_get_thread_ident());
    PyObject *fetched = ident ? Py_XNewRef(PyDict_GetItemWithError(trace->fetching, ident)) : NULL;
    if (fetched != NULL && PyDict_DelItem(trace->fetching, ident) < 0)
        Py_CLEAR(fetched);
    Py_XDECREF(ident);
    return fetched;
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
compile_and_run(Watched *self, PyObject *tuple, PyObject *const *args, size_t flags, PyObject *keywords)
{
    Here here;
    if (read_here(&here, tuple) < 0)
        return NULL;
    /* A statement that was not sent by this call is none of its own. */
    Py_XDECREF(pop_fetching(here.trace));
    PyObject *result = PyObject_Vectorcall(self->original, args, flags, keywords);
    if (result == NULL)
        return NULL;
    PyObject *fetched = pop_fetching(here.trace);
    if (fetched != NULL && PyList_GET_ITEM(fetched, 0) == Py_None
        && (PyList_CheckExact(result) || PyTuple_CheckExact(result)))
        PyList_SetItem(fetched, 0, PyLong_FromLong(rows_of(result)));
    Py_XDECREF(fetched);
    PyErr_Clear();
    return result;
}

/* ---- Hops between threads and loops --------------------------------------------------------------------------- */

/* The items of a hop, as in probes/hop.py. */
enum { ORIGIN, CARRIER, FUNCTION, THREAD, BEGAN, ENDED, CALLED };

/* What the name of a function can be made of later: to keep a bound method would keep a queryset and all its rows. */
static PyObject *
nameable(PyObject *carrier)
{
    int is_sync = PyType_IsSubtype(Py_TYPE(carrier), (PyTypeObject *)sync_to_async);
    PyObject *function = PyObject_GetAttr(carrier, is_sync ? s_func : s_awaitable), *named;
    if (function == NULL)
        return NULL;
    if (PyMethod_Check(function) && PyFunction_Check(PyMethod_GET_FUNCTION(function))) {
        PyObject *self = PyMethod_GET_SELF(function);
        named = PyTuple_Pack(2, PyType_Check(self) ? self : (PyObject *)Py_TYPE(self), PyMethod_GET_FUNCTION(function));
    }
    else
        named = PyObject_CallOneArg(dotted_name, function);
    Py_DECREF(function);
    return named;
}

static PyObject *
asking_line(Here *here)
{
    PyFrameObject *frame = frame_at(0);
    PyObject *found = frame ? walk(frame, Py_None, 1) : NULL;
    Py_XDECREF(frame);
    /* A task of its own, as `asyncio.gather` makes them. */
    if (found == beyond)
        Py_SETREF(found, PyObject_CallOneArg(line_of_awaiter, (PyObject *)here->trace));
    return found;
}

static PyObject *
native_leave_hop(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    long long t = now();
    Here here;
    if (count != 2 || read_here(&here, args[0]) < 0)
        return NULL;
    PyObject *origin = asking_line(&here), *function = origin ? nameable(args[1]) : NULL;
    if (function == NULL) {
        tell_fault((PyObject *)here.trace, "hop");
        Py_XSETREF(origin, Py_NewRef(Py_None));
        function = Py_NewRef(no_text);
    }
    long long called = now();
    PyObject *hop = Py_BuildValue("[NONOiiL]", origin, args[1], function, Py_None, 0, 0, called);
    PyObject *token = hop ? PyContextVar_Set(carried_by, hop) : NULL;
    if (token == NULL)
        Py_CLEAR(hop);
    Py_XDECREF(token);
    here.trace->own_ns += called - t;
    return hop;
}

static PyObject *
native_come_back(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    long long t = now();
    Here here;
    if (count != 3 || read_here(&here, args[0]) < 0)
        return NULL;
    PyObject *hop = args[2];
    put(hop, CARRIER, Py_NewRef(Py_None));
    PyObject *moment = PyLong_FromLongLong(t), *detail = moment ? PyTuple_New(9) : NULL;
    if (detail == NULL) {
        Py_XDECREF(moment);
        return NULL;
    }
    PyTuple_SET_ITEM(detail, 0, Py_NewRef(hop_facts));
    PyTuple_SET_ITEM(detail, 1, moment);
    for (int i = 0; i < 7; i++)
        PyTuple_SET_ITEM(detail, i + 2, Py_NewRef(PyList_GET_ITEM(hop, i)));
    int failed = point(here.trace, t, 0, here.span, here.stage, kind_hop, args[1], detail, Py_None, Py_None, Py_None);
    Py_DECREF(detail);
    return failed ? NULL : Py_NewRef(Py_None);
}

/* ---- Watched functions ---------------------------------------------------------------------------------------- */

static PyObject *
send_signal(Watched *self, PyObject *const *args, size_t flags, PyObject *keywords)
{
    PyObject *receivers = PyVectorcall_NARGS(flags) ? PyObject_GetAttr(args[0], s_receivers) : NULL;
    int heard = receivers == NULL || !PyList_CheckExact(receivers) || PyList_GET_SIZE(receivers);
    Py_XDECREF(receivers);
    PyErr_Clear();
    return PyObject_Vectorcall(heard ? self->plain : self->original, args, flags, keywords);
}

static PyObject *
pass_on(Watched *self, PyObject *tuple, PyObject *const *args, size_t flags)
{
    PyObject *going[3] = {tuple, self->layer, args[0]};
    PyObject *inner = native_go_in(NULL, going, 3);
    if (inner == NULL)
        return NULL;
    PyObject *response = PyObject_Vectorcall(self->original, args, flags, NULL);
    if (response == NULL)
        tell_raised(come_out_raising, tuple, 0, inner);
    else if (PyCoro_CheckExact(response))
        /* A class whose `__call__` is async without being marked so: Django awaits further out. */
        Py_SETREF(response, PyObject_CallFunctionObjArgs(await_later, response, tuple, inner, NULL));
    else {
        PyObject *coming[3] = {tuple, inner, response};
        PyObject *told = native_come_out(NULL, coming, 3);
        if (told == NULL)
            Py_CLEAR(response);
        Py_XDECREF(told);
    }
    Py_DECREF(inner);
    return response;
}

/* Whether a call has the arguments that Django gives it; what is called otherwise is left to the function in Python. */
static int
is_usual(int what, Py_ssize_t positional, PyObject *keywords)
{
    static const int expected[] = {2, 2, 2, 3, -1, -1, 1};
    if (expected[what] < 0)
        return 1;
    if (positional != expected[what])
        return 0;
    if (what != A_QUERY)
        return keywords == NULL;
    return keywords != NULL && PyTuple_GET_SIZE(keywords) == 2 && PyTuple_GET_ITEM(keywords, 0) == s_many
        && PyTuple_GET_ITEM(keywords, 1) == s_executor;
}

static PyObject *
watched_call(PyObject *callable, PyObject *const *args, size_t flags, PyObject *keywords)
{
    Watched *self = (Watched *)callable;
    if (self->what == A_SIGNAL)
        return send_signal(self, args, flags, keywords);
    PyObject *here = NULL, *result;
    if (PyContextVar_Get(current, NULL, &here) < 0)
        return NULL;
    if (here == NULL || here == Py_None)
        result = PyObject_Vectorcall(self->original, args, flags, keywords);
    else if (!is_usual(self->what, PyVectorcall_NARGS(flags), keywords))
        result = PyObject_Vectorcall(self->plain, args, flags, keywords);
    else if (self->what == A_COMPILER)
        result = compile_and_run(self, here, args, flags, keywords);
    else
        result = self->what == A_QUERY     ? run_query(self, here, args, flags, keywords)
                 : self->what == A_PASSAGE ? pass_on(self, here, args, flags)
                                           : render(self, here, args, flags);
    Py_XDECREF(here);
    return result;
}

static PyObject *
watched_get(PyObject *self, PyObject *instance, PyObject *Py_UNUSED(owner))
{
    return instance == NULL || instance == Py_None ? Py_NewRef(self) : PyMethod_New(self, instance);
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
    Py_VISIT(self->layer);
    Py_VISIT(self->dict);
    return 0;
}

static int
watched_clear(Watched *self)
{
    Py_CLEAR(self->original);
    Py_CLEAR(self->plain);
    Py_CLEAR(self->layer);
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
    .tp_repr = (reprfunc)watched_repr,
    .tp_dictoffset = offsetof(Watched, dict),
    .tp_weaklistoffset = offsetof(Watched, weakrefs),
    .tp_getset = watched_getset,
};

static PyObject *
native_watched(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    static const char *const whats[] = {"template", "extends", "block", "query", "compiler", "signal", "passage"};
    if (count != 4) {
        PyErr_SetString(PyExc_TypeError, "watched() takes what it is, the original, what replaces it in Python and a layer");
        return NULL;
    }
    int what = 0, known = Py_ARRAY_LENGTH(whats);
    while (what < known && PyUnicode_CompareWithASCIIString(args[0], whats[what]))
        what++;
    if (what == known)
        return PyErr_Format(PyExc_ValueError, "nothing here is watched as %R", args[0]);
    Watched *made = PyObject_GC_New(Watched, &WatchedType);
    if (made == NULL)
        return NULL;
    made->original = Py_NewRef(args[1]);
    made->plain = Py_NewRef(args[2]);
    made->layer = Py_NewRef(args[3]);
    made->dict = made->weakrefs = NULL;
    made->what = what;
    made->vectorcall = watched_call;
    PyObject_GC_Track(made);
    return (PyObject *)made;
}

/* ---- The module ----------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    PyObject **place;
} handed_over[] = {
    {"current", &current}, {"threads", &threads}, {"getframe", &getframe},
    {"stage_in", &stage_in}, {"stage_out", &stage_out}, {"stage_resolver", &stage_resolver},
    {"stage_template", &stage_template}, {"kind_middleware", &kind_middleware}, {"kind_template", &kind_template},
    {"passed_facts", &passed_facts}, {"returned_facts", &returned_facts}, {"answered_facts", &answered_facts},
    {"came_back_facts", &came_back_facts}, {"give_up", &give_up}, {"request_picture", &request_picture},
    {"response_picture", &response_picture}, {"lazy_object", &lazy_object}, {"empty", &empty},
    {"template_facts", &template_facts}, {"include_facts", &include_facts}, {"text_facts", &text_facts},
    {"extends_facts", &extends_facts}, {"block_facts", &block_facts}, {"code_include", &code_include},
    {"code_inclusion", &code_inclusion}, {"look_at_unnamed", &look_at_unnamed}, {"names_of_other", &names_of_other}, {"leave_raising", &leave_raising},
    {"block_key", &block_key}, {"safe_string", &safe_string}, {"kinds_of_files", &kinds_of_files},
    {"last_places", &last_places}, {"remember", &remember}, {"code_render_annotated", &code_render_annotated},
    {"template_line", &template_line}, {"compiled_line", &compiled_line}, {"carried_by", &carried_by}, {"beyond", &beyond},
    {"kind_hop", &kind_hop}, {"hop_facts", &hop_facts}, {"line_of_awaiter", &line_of_awaiter},
    {"dotted_name", &dotted_name}, {"sync_to_async", &sync_to_async},
    {"kind_database", &kind_database}, {"immutable", &immutable}, {"take_parameters", &take_parameters},
    {"safe_text", &safe_text}, {"query_facts", &query_facts}, {"result_facts", &result_facts},
    {"leave_failing", &leave_failing}, {"come_out_raising", &come_out_raising}, {"await_later", &await_later},
    {"enter", &word_enter}, {"exit", &word_exit}, {"point", &word_point},
};

static PyObject *
native_connect(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(args), PyObject *given)
{
    PyObject *key, *value, *before = PyDict_New();
    Py_ssize_t place = 0;
    while (before != NULL && given != NULL && PyDict_Next(given, &place, &key, &value)) {
        size_t i = 0, count = Py_ARRAY_LENGTH(handed_over);
        while (i < count && PyUnicode_CompareWithASCIIString(key, handed_over[i].name))
            i++;
        if (i == count) {
            Py_DECREF(before);
            return PyErr_Format(PyExc_TypeError, "nothing here is called %R", key);
        }
        PyObject *was = *handed_over[i].place;
        if (was != NULL && PyDict_SetItem(before, key, was) < 0)
            Py_CLEAR(before);
        Py_XDECREF(was);
        *handed_over[i].place = Py_NewRef(value);
    }
    return before;
}

static const struct {
    const char *name;
    PyObject **place;
} interned[] = {
    {"__dict__", &s_dict}, {"_wrapped", &s_wrapped}, {"_container", &s_container}, {"cookies", &s_cookies},
    {"status_code", &s_status_code}, {"headers", &s_headers}, {"_store", &s_store}, {"coded_value", &s_coded_value},
    {"path", &s_path}, {"facts", &s_facts}, {"name", &s_name}, {"origin", &s_origin}, {"dicts", &s_dicts},
    {"fault", &s_fault}, {"see_replaced", &s_see_replaced}, {"see_answered", &s_see_answered},
    {"parent_name", &s_parent_name}, {"var", &s_var}, {"token", &s_token}, {"render_context", &s_render_context},
    {"get_block", &s_get_block}, {"get", &s_get}, {"self", &s_self}, {"db", &s_db}, {"alias", &s_alias},
    {"vendor", &s_vendor}, {"cursor", &s_cursor}, {"rowcount", &s_rowcount}, {"RETURNING", &s_returning},
    {"receivers", &s_receivers}, {"many", &s_many}, {"executor", &s_executor},
    {"func", &s_func}, {"awaitable", &s_awaitable}, {"", &no_text},
};

static PyMethodDef methods[] = {
    {"connect", (PyCFunction)(void (*)(void))native_connect, METH_VARARGS | METH_KEYWORDS, NULL},
    {"go_in", (PyCFunction)(void (*)(void))native_go_in, METH_FASTCALL, NULL},
    {"come_out", (PyCFunction)(void (*)(void))native_come_out, METH_FASTCALL, NULL},
    {"picture_request", (PyCFunction)(void (*)(void))native_picture_request, METH_FASTCALL, NULL},
    {"picture_response", native_picture_response, METH_O, NULL},
    {"find_origin", (PyCFunction)(void (*)(void))native_find_origin, METH_FASTCALL, NULL},
    {"find_asking_line", native_find_asking_line, METH_O, NULL},
    {"leave_hop", (PyCFunction)(void (*)(void))native_leave_hop, METH_FASTCALL, NULL},
    {"come_back", (PyCFunction)(void (*)(void))native_come_back, METH_FASTCALL, NULL},
    {"watched", (PyCFunction)(void (*)(void))native_watched, METH_FASTCALL, NULL},
    {NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, .m_name = "visualizer.native.hot_path", .m_size = -1, .m_methods = methods,
};

PyMODINIT_FUNC
PyInit_hot_path(void)
{
    for (size_t i = 0; i < Py_ARRAY_LENGTH(interned); i++)
        if ((*interned[i].place = PyUnicode_InternFromString(interned[i].name)) == NULL)
            return NULL;
    if (PyType_Ready(&RecordsType) < 0 || PyType_Ready(&WatchedType) < 0)
        return NULL;
    PyObject *made = PyModule_Create(&module);
    if (made != NULL && PyModule_AddObjectRef(made, "Records", (PyObject *)&RecordsType) < 0)
        Py_CLEAR(made);
    return made;
}
