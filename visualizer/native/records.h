/* Records: what probes write. */

enum { ENTER, EXIT, POINT };

/* One line of the processor's caches: stages, kinds and threads are few, and told by their numbers. */
typedef struct {
    long long t;
    uint32_t took; /* until it was written down, in ns, at most 4 s */
    int32_t span, parent;
    uint32_t phase : 2, stage : 6, kind : 8, thread : 16;
    PyObject *name, *detail, *a, *b, *c;
} Record;

enum { LINE = 64, FIRST_ROOM = 160 };

/* Stages and kinds by their numbers. */
typedef struct {
    PyObject **words;
    int count, most;
} Table;

static PyObject *stage_words[1 << 6], *kind_words[1 << 8];
static Table stages = {stage_words, 0, 1 << 6}, kinds = {kind_words, 0, 1 << 8};

typedef struct {
    PyObject_HEAD
    void *block; /* that `items` lies in, on a line's edge */
    Record *items;
    Py_ssize_t count, room, limit;
    long long spans, own_ns, server_span, signal_span;
    long long held_ns, body_bytes, chunks;
    char finished, body_seen, streaming, awaits_close, response_complete;
    uint64_t request_version;
    PyObject **threads; /* that wrote in it, by their numbers */
    int thread_count, last_thread;
    uint64_t last_id; /* of the thread that wrote last */
    PyObject *omitted, *passages, *fetching, *outcome, *request_seen, *response_seen, *leaving, *response;
} Records;

static PyTypeObject RecordsType;

/* The number of a word in its table, which it is put into where it is not there; -1 on an error. */
static int
number_of(Table *table, PyObject *word)
{
    for (int i = 0; i < table->count; i++)
        if (table->words[i] == word)
            return i;
    for (int i = 0; i < table->count; i++)
        if (PyUnicode_Check(word) && PyUnicode_Compare(table->words[i], word) == 0)
            return i;
    if (PyErr_Occurred())
        return -1;
    if (!PyUnicode_Check(word) || table->count == table->most) {
        PyErr_Format(PyExc_ValueError, "%R is no stage or kind, or one too many", word);
        return -1;
    }
    table->words[table->count] = Py_NewRef(word);
    return table->count++;
}

/* Threads that were looked up last, by the number that no other thread's state ever has. */
static struct {
    uint64_t id;
    PyObject *thread;
} known_threads[4];

/* The running thread, or its number where `threading` does not know it; a new reference. */
static PyObject *
running_thread(void)
{
    uint64_t id = PyThreadState_GetID(PyThreadState_Get());
    int place = id % Py_ARRAY_LENGTH(known_threads);
    if (known_threads[place].thread != NULL && known_threads[place].id == id)
        return Py_NewRef(known_threads[place].thread);
    PyObject *ident = PyLong_FromUnsignedLong(PyThread_get_thread_ident());
    PyObject *thread = ident ? PyDict_GetItemWithError(threads, ident) : NULL;
    if (thread == NULL)
        return PyErr_Occurred() ? (Py_XDECREF(ident), NULL) : ident;
    Py_DECREF(ident);
    known_threads[place].id = id;
    Py_INCREF(thread);
    Py_XSETREF(known_threads[place].thread, Py_NewRef(thread));
    return thread;
}

static int
is_same_thread(PyObject *one, PyObject *other)
{
    return one == other
        || (PyLong_CheckExact(one) && PyLong_CheckExact(other) && PyLong_AsUnsignedLong(one) == PyLong_AsUnsignedLong(other));
}

/* The running thread's number in this trace; -1 on an error. */
static int
number_of_thread(Records *self)
{
    uint64_t id = PyThreadState_GetID(PyThreadState_Get());
    if (self->thread_count && self->last_id == id)
        return self->last_thread;
    PyObject *thread = running_thread();
    if (thread == NULL)
        return -1;
    int number = 0;
    while (number < self->thread_count && !is_same_thread(self->threads[number], thread))
        number++;
    if (number < self->thread_count)
        Py_DECREF(thread);
    else {
        PyObject **more = number < 1 << 16 ? PyMem_Realloc(self->threads, (number + 1) * sizeof(PyObject *)) : NULL;
        if (more == NULL) {
            Py_DECREF(thread);
            PyErr_NoMemory();
            return -1;
        }
        self->threads = more;
        self->threads[self->thread_count++] = thread;
    }
    self->last_thread = number;
    self->last_id = id;
    return number;
}

/* Blocks of the first size that no trace needs now: to have one made costs more than all that is written into it. */
static void *spare_blocks[32];
static int spare_count;

static void
put_away(void *block, Py_ssize_t room)
{
    if (room == FIRST_ROOM && spare_count < (int)Py_ARRAY_LENGTH(spare_blocks))
        spare_blocks[spare_count++] = block;
    else
        PyMem_Free(block);
}

static int
make_room(Records *self)
{
    Py_ssize_t room = self->room ? self->room * 2 : FIRST_ROOM;
    char *block = room == FIRST_ROOM && spare_count ? spare_blocks[--spare_count] : PyMem_Malloc(room * sizeof(Record) + LINE);
    if (block == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    Record *items = (Record *)(((uintptr_t)block + LINE - 1) & ~(uintptr_t)(LINE - 1));
    if (self->count)
        memcpy(items, self->items, self->count * sizeof(Record));
    put_away(self->block, self->room);
    self->block = block;
    self->items = items;
    self->room = room;
    return 0;
}

static int
append(Records *self, char phase, long long t, long long done, long long span, long long parent, PyObject *stage,
       PyObject *kind, PyObject *name, PyObject *detail, PyObject *a, PyObject *b, PyObject *c)
{
    if (self->count == self->room && make_room(self) < 0)
        return -1;
    int thread = number_of_thread(self), stage_number = thread < 0 ? -1 : number_of(&stages, stage);
    int kind_number = stage_number < 0 ? -1 : number_of(&kinds, kind);
    if (kind_number < 0)
        return -1;
    long long took = (done ? done : now()) - t;
    Record *record = &self->items[self->count];
    *record = (Record){
        .t = t, .took = took < 0 ? 0 : took > UINT32_MAX ? UINT32_MAX : (uint32_t)took,
        .span = (int32_t)span, .parent = (int32_t)parent,
        .phase = phase, .stage = stage_number, .kind = kind_number, .thread = thread,
        .name = Py_NewRef(name), .detail = Py_NewRef(detail), .a = Py_NewRef(a), .b = Py_NewRef(b), .c = Py_NewRef(c),
    };
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
    PyObject *span = r->span < 0 ? Py_NewRef(Py_None) : PyLong_FromLong(r->span);
    return Py_BuildValue("(LONlOOOOOOOOL)", r->t, *words[r->phase], span, (long)r->parent, stage_words[r->stage],
                         kind_words[r->kind], r->name, self->threads[r->thread], r->detail, r->a, r->b, r->c,
                         r->t + r->took);
}

static PyObject *
records_spent(Records *self, PyObject *Py_UNUSED(ignored))
{
    long long sum = self->own_ns;
    for (Py_ssize_t i = 0; i < self->count; i++)
        sum += self->items[i].took;
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
    void *block = self->block;
    PyObject **threads_of_it = self->threads;
    int thread_count = self->thread_count;
    Py_ssize_t count = self->count, room = self->room;
    self->items = NULL;
    self->block = NULL;
    self->count = self->room = 0;
    self->threads = NULL;
    self->thread_count = 0;
    for (Py_ssize_t i = 0; i < count; i++) {
        Record *r = &items[i];
        Py_DECREF(r->name); Py_DECREF(r->detail); Py_DECREF(r->a); Py_DECREF(r->b); Py_DECREF(r->c);
    }
    for (int i = 0; i < thread_count; i++)
        Py_DECREF(threads_of_it[i]);
    PyMem_Free(threads_of_it);
    put_away(block, room);
}

static PyObject *
records_forget(Records *self, PyObject *Py_UNUSED(ignored))
{
    clear_records(self);
    Py_CLEAR(self->leaving);
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
    self->response = Py_NewRef(Py_None);
    self->body_seen = 1;
    return (PyObject *)self;
}

static void
records_dealloc(Records *self)
{
    clear_records(self);
    Py_XDECREF(self->omitted); Py_XDECREF(self->passages); Py_XDECREF(self->fetching);
    Py_XDECREF(self->leaving);
    Py_XDECREF(self->outcome);
    Py_XDECREF(self->response);
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
    {"server_span", T_LONGLONG, offsetof(Records, server_span)},
    {"signal_span", T_LONGLONG, offsetof(Records, signal_span)},
    {"limit", T_PYSSIZET, offsetof(Records, limit)},
    {"held_ns", T_LONGLONG, offsetof(Records, held_ns)},
    {"body_bytes", T_LONGLONG, offsetof(Records, body_bytes)},
    {"chunks", T_LONGLONG, offsetof(Records, chunks)},
    {"body_seen", T_BOOL, offsetof(Records, body_seen)},
    {"streaming", T_BOOL, offsetof(Records, streaming)},
    {"awaits_close", T_BOOL, offsetof(Records, awaits_close)},
    {"response_complete", T_BOOL, offsetof(Records, response_complete)},
    {"response", T_OBJECT_EX, offsetof(Records, response)},
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
