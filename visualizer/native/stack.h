/* The stack of Python's frames, innermost first. Before 3.12 it is read where it lies: the public functions would make an
 * object of each frame, for the garbage collector to count.
 */

#if PY_VERSION_HEX < 0x030C0000

typedef _PyInterpreterFrame *Level;

static Level
complete(Level level)
{
    while (level != NULL && _PyFrame_IsIncomplete(level))
        level = level->previous;
    return level;
}

static Level
innermost(void)
{
    return complete(running_state()->cframe->current_frame);
}

static Level
outer_of(Level level)
{
    return complete(level->previous);
}

static void
let_go_of_level(Level Py_UNUSED(level))
{
}

static PyCodeObject *
code_of(Level level)
{
    return level->f_code;
}

static int
instruction_of(Level level)
{
    return _PyInterpreterFrame_LASTI(level) * (int)sizeof(_Py_CODEUNIT);
}

/* The first argument of the method that runs there, a new reference. */
static PyObject *
self_of(Level level)
{
    PyObject *self = level->localsplus[0];
    if (self != NULL && PyCell_Check(self))
        self = PyCell_GET(self);
    if (self == NULL)
        PyErr_SetString(PyExc_UnboundLocalError, "self");
    return Py_XNewRef(self);
}

#else

typedef PyFrameObject *Level;

static Level
innermost(void)
{
    return (Level)Py_XNewRef((PyObject *)PyEval_GetFrame());
}

/* Takes over the level. */
static Level
outer_of(Level level)
{
    Level outer = PyFrame_GetBack(level);
    Py_DECREF(level);
    return outer;
}

static void
let_go_of_level(Level level)
{
    Py_XDECREF(level);
}

/* Borrowed. */
static PyCodeObject *
code_of(Level level)
{
    PyCodeObject *code = PyFrame_GetCode(level);
    Py_DECREF(code);
    return code;
}

static int
instruction_of(Level level)
{
    return PyFrame_GetLasti(level);
}

static PyObject *
self_of(Level level)
{
    return PyFrame_GetVar(level, s_self);
}

#endif

/* So many levels further out; NULL where the stack is not that deep. */
static Level
level_at(long depth)
{
    Level level = innermost();
    while (level != NULL && depth-- > 0)
        level = outer_of(level);
    return level;
}

/* The same as Python's own object, which is what functions in Python take; a new reference. */
static PyObject *
frame_at(long depth)
{
    PyObject *number = PyLong_FromLong(depth), *frame = number ? PyObject_CallOneArg(getframe, number) : NULL;
    Py_XDECREF(number);
    return frame;
}
