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

/* A whole number may stand in a record's `a`, `b` or `c` as it is, marked by its lowest bit, which no object's address has: to
 * make an object of it and to fetch that again costs more than to write the record.
 */
static PyObject *
as_part(long long number)
{
    _Static_assert(sizeof(uintptr_t) == sizeof(long long), "a part holds a number of nanoseconds");
    return (PyObject *)((uintptr_t)number << 1 | 1);
}

static int
is_number(PyObject *part)
{
    return (uintptr_t)part & 1;
}

static PyObject *
hold_part(PyObject *part)
{
    return is_number(part) ? part : Py_NewRef(part);
}

static void
let_go_of_part(PyObject *part)
{
    if (!is_number(part))
        Py_DECREF(part);
}

/* The part as Python knows it, a new reference. */
static PyObject *
object_of_part(PyObject *part)
{
    return is_number(part) ? PyLong_FromLongLong((intptr_t)part >> 1) : Py_NewRef(part);
}

/* Stages and kinds by their numbers; those found last by where they lie, which saves the search. */
enum { FOUND_LAST = 32 };
typedef struct {
    PyObject **words;
    int count, most;
    struct {
        PyObject *word;
        int number;
    } found[FOUND_LAST];
} Table;

static PyObject *stage_words[1 << 6], *kind_words[1 << 8];
static Table stages = {stage_words, 0, 1 << 6, {{0}}}, kinds = {kind_words, 0, 1 << 8, {{0}}};

/* What a thread's last statement gave. */
typedef struct {
    unsigned long thread;
    PyObject *rows; /* a slip; NULL: taken */
} Fetched;

/* A layer of the middleware that the request is inside of, or was: by the span around it what is noted of it, a slip. */
typedef struct {
    long long span;
    PyObject *passage;
} Passing;

/* First what is used by each probe. */
typedef struct {
    PyObject_HEAD
    Record *items;
    Py_ssize_t count, room, limit;
    long long spans, server_span, own_ns;
    long long took_ns;     /* until its records were written down, all together, */
    Py_ssize_t open_spans; /* and how many spans they leave open: to read them all again would take longer than to write one */
    uint64_t last_id; /* of the thread that wrote last */
    int thread_count, last_thread;
    char finished, body_seen, streaming, awaits_close, response_complete, is_whole, reads_body;
    PyObject *request_seen, *response_seen, *leaving;
    uint64_t request_version;
    Fetched *fetched; /* by thread */
    int fetched_count;
    Passing *passing;
    int passing_count;
    PyObject *response;
    long long signal_span, body_bytes, chunks, left_ns, held_ns, began_ns, started_epoch_ns;
    PyObject *view, *request, *captured; /* for outcome and holdings, which are made when somebody asks for them */
    PyObject *id, *interface, *server, *read, *told, *handler, *visitor;
    PyObject *outcome, *holdings, *lock, *omitted, *public, *duration_ns, *spent_ns;
    void *block;        /* that `items` lies in, on a line's edge */
    PyObject **threads; /* that wrote in it, by their numbers */
    PyObject *weakrefs;
} Records;

static PyTypeObject RecordsType;

static int
search_number(Table *table, PyObject *word)
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

/* The number of a word in its table, which it is put into where it is not there; -1 on an error. */
static inline int
number_of(Table *table, PyObject *word)
{
    int place = ((uintptr_t)word >> 4) % FOUND_LAST;
    if (table->found[place].word == word)
        return table->found[place].number;
    int number = search_number(table, word);
    /* Only of the table's own words is it sure that they live for ever. */
    if (number >= 0 && table->words[number] == word) {
        table->found[place].word = word;
        table->found[place].number = number;
    }
    return number;
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
    uint64_t id = id_of_running_state();
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
    uint64_t id = id_of_running_state();
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
    long long since = (done ? done : now()) - t;
    uint32_t took = since < 0 ? 0 : since > UINT32_MAX ? UINT32_MAX : (uint32_t)since;
    Record *record = &self->items[self->count];
    *record = (Record){
        .t = t, .took = took,
        .span = (int32_t)span, .parent = (int32_t)parent,
        .phase = phase, .stage = stage_number, .kind = kind_number, .thread = thread,
        .name = Py_NewRef(name), .detail = Py_NewRef(detail), .a = hold_part(a), .b = hold_part(b), .c = hold_part(c),
    };
    self->count++;
    self->took_ns += took;
    self->open_spans += phase == ENTER ? 1 : phase == EXIT ? -1 : 0;
    return 0;
}

static int
omit(Records *self, PyObject *kind)
{
    PyObject *had = self->omitted || (self->omitted = PyDict_New()) ? PyDict_GetItemWithError(self->omitted, kind) : NULL;
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
    return Py_BuildValue("(LONlOOOOONNNL)", r->t, *words[r->phase], span, (long)r->parent, stage_words[r->stage],
                         kind_words[r->kind], r->name, self->threads[r->thread], r->detail, object_of_part(r->a),
                         object_of_part(r->b), object_of_part(r->c), r->t + r->took);
}

static PyObject *
records_spent(Records *self, PyObject *Py_UNUSED(ignored))
{
    return PyLong_FromLongLong(self->own_ns + self->took_ns);
}

static PyObject *
records_open_spans(Records *self, PyObject *Py_UNUSED(ignored))
{
    return PyLong_FromSsize_t(self->open_spans);
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
    self->count = self->room = self->open_spans = 0;
    self->took_ns = 0;
    self->threads = NULL;
    self->thread_count = 0;
    for (Py_ssize_t i = 0; i < count; i++) {
        Record *r = &items[i];
        Py_DECREF(r->name); Py_DECREF(r->detail);
        let_go_of_part(r->a); let_go_of_part(r->b); let_go_of_part(r->c);
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

/* Random bytes for the traces' ids, as many at once as are worth a call of the system. */
static unsigned char random_bytes[512];
static size_t random_left;

static PyObject *
new_id(void)
{
    enum { BYTES = 8 };
    static const char digits[] = "0123456789abcdef";
    if (random_left < BYTES) {
        PyObject *bytes = PyObject_CallFunction(urandom, "n", (Py_ssize_t)sizeof random_bytes);
        if (bytes == NULL)
            return NULL;
        memcpy(random_bytes, PyBytes_AS_STRING(bytes), sizeof random_bytes);
        Py_DECREF(bytes);
        random_left = sizeof random_bytes;
    }
    char text[2 * BYTES];
    for (int i = 0; i < BYTES; i++) {
        unsigned char byte = random_bytes[--random_left];
        text[2 * i] = digits[byte >> 4];
        text[2 * i + 1] = digits[byte & 15];
    }
    return PyUnicode_FromStringAndSize(text, sizeof text);
}

/* After a fork: what is left is the parent's too. */
static PyObject *
native_forget_random(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    random_left = 0;
    Py_RETURN_NONE;
}

static int
begin_records(Records *self, PyObject *interface, PyObject *handler, PyObject *server, PyObject *read, PyObject *told,
              Py_ssize_t limit)
{
    PyObject *id = new_id();
    if (id == NULL)
        return -1;
    Py_XSETREF(self->id, id);
    Py_XSETREF(self->interface, Py_NewRef(interface));
    Py_XSETREF(self->handler, Py_NewRef(handler));
    Py_XSETREF(self->server, Py_NewRef(server));
    Py_XSETREF(self->read, Py_NewRef(read));
    Py_XSETREF(self->told, Py_NewRef(told));
    self->limit = limit;
    self->started_epoch_ns = now_since_epoch();
    self->began_ns = now();
    return 0;
}

static PyObject *
records_begin(Records *self, PyObject *const *args, Py_ssize_t count)
{
    Py_ssize_t limit = count == 6 ? PyLong_AsSsize_t(args[5]) : 0;
    if (count != 6)
        PyErr_SetString(PyExc_TypeError, "begin() takes an interface, a handler, a server, what reads a request, what it reads, "
                                         "and a limit");
    if (PyErr_Occurred() || begin_records(self, args[0], args[1], args[2], args[3], args[4], limit) < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* The outcome, borrowed: made when somebody asks for it, which for most requests is once they have ended. */
static PyObject *
outcome_of(Records *self)
{
    if (self->outcome == NULL) {
        PyObject *made = PyObject_CallOneArg(new_outcome, self->handler ? self->handler : no_text);
        if (made == NULL || (self->view != NULL && PyObject_SetAttr(made, s_view, self->view) < 0))
            Py_CLEAR(made);
        /* Making one runs Python: meanwhile another thread may have asked. */
        if (self->outcome == NULL)
            self->outcome = made;
        else
            Py_XDECREF(made);
    }
    return self->outcome;
}

static int
note_view(Records *self, PyObject *name)
{
    Py_XSETREF(self->view, Py_NewRef(name));
    return self->outcome ? PyObject_SetAttr(self->outcome, s_view, name) : 0;
}

static PyObject *
holdings_of(Records *self)
{
    if (self->holdings == NULL) {
        PyObject *outcome = outcome_of(self), *frames = outcome ? PyObject_GetAttr(outcome, s_frames) : NULL;
        PyObject *made = frames ? PyObject_CallOneArg(new_holdings, frames) : NULL;
        if (self->captured == NULL)
            self->captured = PyList_New(0);
        if (made == NULL || self->captured == NULL || PyObject_SetAttr(made, s_captured, self->captured) < 0
            || (self->request != NULL && PyObject_SetAttr(made, s_request, self->request) < 0))
            Py_CLEAR(made);
        Py_XDECREF(frames);
        if (self->holdings == NULL) {
            self->holdings = made;
            Py_CLEAR(self->request);
        }
        else
            Py_XDECREF(made);
    }
    return self->holdings;
}

/* The request, in whose fields secrets are looked for. */
static int
hold_request(Records *self, PyObject *request)
{
    if (self->holdings != NULL)
        return PyObject_SetAttr(self->holdings, s_request, request);
    Py_XSETREF(self->request, Py_NewRef(request));
    return 0;
}

/* What the URL resolver took from the path. */
static int
hold_captured(Records *self, PyObject *values)
{
    PyObject *copied = PyDict_GET_SIZE(values) ? PyDict_Copy(values) : Py_NewRef(Py_None);
    if (copied != NULL && copied != Py_None && self->captured == NULL)
        self->captured = PyList_New(0);
    int failed = copied == NULL ? -1 : copied == Py_None ? 0 : self->captured ? PyList_Append(self->captured, copied) : -1;
    Py_XDECREF(copied);
    return failed;
}

static PyObject *
records_outcome(Records *self, void *Py_UNUSED(closure))
{
    return Py_XNewRef(outcome_of(self));
}

static PyObject *
records_holdings(Records *self, void *Py_UNUSED(closure))
{
    return Py_XNewRef(holdings_of(self));
}

static PyObject *
records_omitted(Records *self, void *Py_UNUSED(closure))
{
    if (self->omitted == NULL)
        self->omitted = PyDict_New();
    return Py_XNewRef(self->omitted);
}

static PyObject *
records_lock(Records *self, void *Py_UNUSED(closure))
{
    if (self->lock == NULL) {
        PyObject *made = PyObject_CallNoArgs(new_lock);
        if (self->lock == NULL)
            self->lock = made;
        else
            Py_XDECREF(made);
    }
    return Py_XNewRef(self->lock);
}

static void
forget_fetched(Records *self)
{
    Fetched *fetched = self->fetched;
    int count = self->fetched_count;
    self->fetched = NULL;
    self->fetched_count = 0;
    for (int i = 0; i < count; i++)
        Py_XDECREF(fetched[i].rows);
    PyMem_Free(fetched);
}

static void
forget_passing(Records *self)
{
    Passing *passing = self->passing;
    int count = self->passing_count;
    self->passing = NULL;
    self->passing_count = 0;
    for (int i = 0; i < count; i++)
        Py_DECREF(passing[i].passage);
    PyMem_Free(passing);
}

/* Borrowed; NULL where there is none. The last one is the rule on the way in. */
static PyObject *
passage_of(Records *self, long long span)
{
    for (int i = self->passing_count - 1; i >= 0; i--)
        if (self->passing[i].span == span)
            return self->passing[i].passage;
    return NULL;
}

static int
note_passage(Records *self, long long span, PyObject *passage)
{
    enum { AT_ONCE = 16 };
    if (self->passing_count % AT_ONCE == 0) {
        Passing *more = PyMem_Realloc(self->passing, (self->passing_count + AT_ONCE) * sizeof(Passing));
        if (more == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        self->passing = more;
    }
    self->passing[self->passing_count++] = (Passing){span, Py_NewRef(passage)};
    return 0;
}

static PyObject *
records_passage(Records *self, PyObject *span)
{
    long long number = PyLong_AsLongLong(span);
    PyObject *found = number == -1 && PyErr_Occurred() ? NULL : passage_of(self, number);
    return PyErr_Occurred() ? NULL : Py_NewRef(found ? found : Py_None);
}

/* Note what this thread's last statement gave. */
static int
put_fetched(Records *self, PyObject *rows)
{
    unsigned long thread = PyThread_get_thread_ident();
    int i = 0;
    while (i < self->fetched_count && self->fetched[i].thread != thread)
        i++;
    if (i == self->fetched_count) {
        Fetched *more = PyMem_Realloc(self->fetched, (i + 1) * sizeof(Fetched));
        if (more == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        self->fetched = more;
        self->fetched[self->fetched_count++] = (Fetched){thread, NULL};
    }
    Py_XSETREF(self->fetched[i].rows, Py_NewRef(rows));
    return 0;
}

/* The same, once; NULL where it is taken already, or there is nothing. */
static PyObject *
take_fetched(Records *self)
{
    unsigned long thread = PyThread_get_thread_ident();
    for (int i = 0; i < self->fetched_count; i++)
        if (self->fetched[i].thread == thread) {
            PyObject *rows = self->fetched[i].rows;
            self->fetched[i].rows = NULL;
            return rows;
        }
    return NULL;
}

static PyObject *
records_let_go(Records *self, PyObject *Py_UNUSED(ignored))
{
    forget_fetched(self);
    forget_passing(self);
    Py_SETREF(self->request_seen, Py_NewRef(Py_None));
    Py_SETREF(self->response_seen, Py_NewRef(Py_None));
    Py_CLEAR(self->request);
    Py_RETURN_NONE;
}

static PyObject *
records_new(PyTypeObject *type, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwargs))
{
    Records *self = (Records *)type->tp_alloc(type, 0);
    if (self != NULL) {
        self->body_seen = self->is_whole = self->reads_body = 1;
        self->left_ns = -1;
        self->request_seen = Py_NewRef(Py_None);
        self->response_seen = Py_NewRef(Py_None);
    }
    return (PyObject *)self;
}

/* What may lead back to a trace: what the application holds. */
static int
records_traverse(Records *self, visitproc visit, void *arg)
{
    Py_VISIT(self->request);
    Py_VISIT(self->captured);
    Py_VISIT(self->holdings);
    Py_VISIT(self->outcome);
    Py_VISIT(self->told);
    return traverse_slip(self->request_seen, visit, arg);
}

static int
records_clear(Records *self)
{
    Py_CLEAR(self->request);
    Py_CLEAR(self->captured);
    Py_CLEAR(self->holdings);
    Py_CLEAR(self->outcome);
    Py_CLEAR(self->request_seen);
    Py_CLEAR(self->told);
    return 0;
}

static void
records_dealloc(Records *self)
{
    PyObject_GC_UnTrack(self);
    if (self->weakrefs != NULL)
        PyObject_ClearWeakRefs((PyObject *)self);
    clear_records(self);
    forget_fetched(self);
    forget_passing(self);
    records_clear(self);
    Py_XDECREF(self->response_seen); Py_XDECREF(self->leaving); Py_XDECREF(self->response);
    Py_XDECREF(self->view); Py_XDECREF(self->id); Py_XDECREF(self->interface); Py_XDECREF(self->server);
    Py_XDECREF(self->read); Py_XDECREF(self->handler); Py_XDECREF(self->visitor); Py_XDECREF(self->lock);
    Py_XDECREF(self->omitted); Py_XDECREF(self->public); Py_XDECREF(self->duration_ns); Py_XDECREF(self->spent_ns);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyMethodDef records_methods[] = {
    {"begin", (PyCFunction)(void (*)(void))records_begin, METH_FASTCALL, NULL},
    {"let_go", (PyCFunction)records_let_go, METH_NOARGS, NULL},
    {"passage", (PyCFunction)records_passage, METH_O, NULL},
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
    {"is_whole", T_BOOL, offsetof(Records, is_whole)},
    {"reads_body", T_BOOL, offsetof(Records, reads_body)},
    {"left_ns", T_LONGLONG, offsetof(Records, left_ns)},
    {"began_ns", T_LONGLONG, offsetof(Records, began_ns)},
    {"started_epoch_ns", T_LONGLONG, offsetof(Records, started_epoch_ns)},
    {"finished", T_BOOL, offsetof(Records, finished)},
    /* None as long as there is nothing. */
    {"response", T_OBJECT, offsetof(Records, response)},
    {"request_seen", T_OBJECT, offsetof(Records, request_seen)},
    {"response_seen", T_OBJECT, offsetof(Records, response_seen)},
    {"id", T_OBJECT, offsetof(Records, id), READONLY},
    {"interface", T_OBJECT, offsetof(Records, interface), READONLY},
    {"server", T_OBJECT, offsetof(Records, server), READONLY},
    {"read", T_OBJECT, offsetof(Records, read)},
    {"told", T_OBJECT, offsetof(Records, told)},
    {"visitor", T_OBJECT, offsetof(Records, visitor)},
    {"public", T_OBJECT, offsetof(Records, public)},
    {"duration_ns", T_OBJECT, offsetof(Records, duration_ns)},
    {"own_ns", T_OBJECT, offsetof(Records, spent_ns)},
    {NULL},
};

static PyGetSetDef records_getset[] = {
    {"outcome", (getter)records_outcome, NULL},
    {"holdings", (getter)records_holdings, NULL},
    {"omitted", (getter)records_omitted, NULL},
    {"lock", (getter)records_lock, NULL},
    {NULL},
};

static PyTypeObject RecordsType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "visualizer.native.Records",
    .tp_basicsize = sizeof(Records),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .tp_new = records_new,
    .tp_dealloc = (destructor)records_dealloc,
    .tp_traverse = (traverseproc)records_traverse,
    .tp_clear = (inquiry)records_clear,
    .tp_weaklistoffset = offsetof(Records, weakrefs),
    .tp_getset = records_getset,
    .tp_methods = records_methods,
    .tp_members = records_members,
};
