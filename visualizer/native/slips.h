/* Slips: what one moment notes for another, or for later, in one object of which the garbage collector knows nothing: a
 * request makes some hundred, and each tuple or list would bring its next run nearer. First the objects, then whole
 * numbers; to Python a sequence. Nothing on a slip may lead back to it.
 */

typedef union {
    PyObject *object;
    long long number;
} Entry;

typedef struct {
    PyObject_VAR_HEAD
    Py_ssize_t objects;
    Entry entries[];
} Slip;

static PyTypeObject SlipType;

/* Slips lie beside each other in slabs. What a trace keeps would otherwise lie among what the application lets go of, whose next
 * objects then come to lie further apart.
 */
enum { SLAB = 1 << 14, LONGEST_IN_SLAB = 1 << 11 };

typedef struct {
    int used, slips; /* bytes, and how many slips of those that were put there are still needed */
} Slab;

static Slab *open_slab, *spare_slabs[32];
static int spare_slab_count;

static Slab *
new_slab(void)
{
    void *made;
    return spare_slab_count ? spare_slabs[--spare_slab_count] : posix_memalign(&made, SLAB, SLAB) ? NULL : made;
}

static void
put_slab_away(Slab *slab)
{
    if (spare_slab_count < (int)Py_ARRAY_LENGTH(spare_slabs))
        spare_slabs[spare_slab_count++] = slab;
    else
        free(slab);
}

/* Room for a slip, or for what is kept like one; NULL where there is no memory. */
static void *
take_room(Py_ssize_t bytes)
{
    if (bytes > LONGEST_IN_SLAB)
        return PyObject_Malloc(bytes);
    if (open_slab == NULL || open_slab->used + bytes > SLAB) {
        Slab *next = new_slab();
        if (next == NULL)
            return NULL;
        next->used = sizeof(Slab);
        next->slips = 0;
        open_slab = next;
    }
    void *room = (char *)open_slab + open_slab->used;
    open_slab->used += bytes;
    open_slab->slips++;
    return room;
}

static void
give_room_back(void *room, Py_ssize_t bytes)
{
    if (bytes > LONGEST_IN_SLAB) {
        PyObject_Free(room);
        return;
    }
    Slab *slab = (Slab *)((uintptr_t)room & ~(uintptr_t)(SLAB - 1));
    if (--slab->slips > 0)
        return;
    if (slab == open_slab)
        slab->used = sizeof(Slab);
    else
        put_slab_away(slab);
}

/* Like PyObject_InitVar for a type that nobody counts. */
static inline void
begin_object(void *room, PyTypeObject *type, Py_ssize_t size)
{
#if defined(Py_REF_DEBUG) || defined(Py_TRACE_REFS)
    PyObject_InitVar(room, type, size);
#else
    Py_SET_TYPE((PyObject *)room, type);
    Py_SET_SIZE((PyVarObject *)room, size);
    Py_SET_REFCNT((PyObject *)room, 1);
#endif
}

static Py_ssize_t
bytes_of_slip(Py_ssize_t entries)
{
    return offsetof(Slip, entries) + entries * sizeof(Entry);
}

/* A slip that has room for `count` objects, none of which is there yet, and as many numbers, all 0. */
static Slip *
new_slip(Py_ssize_t objects, Py_ssize_t numbers)
{
    Slip *made = take_room(bytes_of_slip(objects + numbers));
    if (made == NULL)
        return (Slip *)PyErr_NoMemory();
    begin_object(made, &SlipType, objects + numbers);
    made->objects = objects;
    memset(made->entries, 0, (objects + numbers) * sizeof(Entry));
    return made;
}

/* A slip with these objects, which it takes over; NULL where one of them could not be made. */
static Slip *
slip_of(Py_ssize_t objects, PyObject *const *items, Py_ssize_t numbers)
{
    int whole = 1;
    for (Py_ssize_t i = 0; i < objects; i++)
        whole &= items[i] != NULL;
    Slip *made = whole ? new_slip(objects, numbers) : NULL;
    for (Py_ssize_t i = 0; i < objects; i++) {
        if (made != NULL)
            made->entries[i].object = items[i];
        else
            Py_XDECREF(items[i]);
    }
    return made;
}

/* Put an object in place of another; takes it over. */
static void
put(Slip *slip, Py_ssize_t i, PyObject *value)
{
    Py_XSETREF(slip->entries[i].object, value);
}

static Py_ssize_t
slip_length(PyObject *self)
{
    return Py_SIZE(self);
}

static PyObject *
slip_item(PyObject *self, Py_ssize_t i)
{
    Slip *slip = (Slip *)self;
    if (i < 0 || i >= Py_SIZE(self)) {
        PyErr_SetString(PyExc_IndexError, "no such entry");
        return NULL;
    }
    if (i >= slip->objects)
        return PyLong_FromLongLong(slip->entries[i].number);
    return Py_NewRef(slip->entries[i].object ? slip->entries[i].object : Py_None);
}

static int
slip_assign(PyObject *self, Py_ssize_t i, PyObject *value)
{
    Slip *slip = (Slip *)self;
    if (i < 0 || i >= Py_SIZE(self) || value == NULL) {
        PyErr_SetString(PyExc_IndexError, "no such entry, or nothing to put there");
        return -1;
    }
    if (i < slip->objects) {
        put(slip, i, Py_NewRef(value));
        return 0;
    }
    long long number = PyLong_AsLongLong(value);
    if (number == -1 && PyErr_Occurred())
        return -1;
    slip->entries[i].number = number;
    return 0;
}

static void
slip_dealloc(Slip *self)
{
    for (Py_ssize_t i = 0; i < self->objects; i++)
        Py_XDECREF(self->entries[i].object);
    give_room_back(self, bytes_of_slip(Py_SIZE(self)));
}

/* For who holds a slip: the garbage collector does not know it. */
static int
traverse_slip(PyObject *slip, visitproc visit, void *arg)
{
    for (Py_ssize_t i = 0; slip != NULL && Py_IS_TYPE(slip, &SlipType) && i < ((Slip *)slip)->objects; i++)
        Py_VISIT(((Slip *)slip)->entries[i].object);
    return 0;
}

static PySequenceMethods slip_sequence = {
    .sq_length = slip_length,
    .sq_item = slip_item,
    .sq_ass_item = slip_assign,
};

static PyTypeObject SlipType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "visualizer.native.Slip",
    .tp_basicsize = offsetof(Slip, entries),
    .tp_itemsize = sizeof(Entry),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_dealloc = (destructor)slip_dealloc,
    .tp_as_sequence = &slip_sequence,
};
