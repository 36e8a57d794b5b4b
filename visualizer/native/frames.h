/* Frames: which line of the application asked. */

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
place(PyObject *where, PyFrameObject *frame, PyCodeObject *code)
{
    Slip *made = slip_of(2, (PyObject *[]){Py_NewRef(where), Py_NewRef(code)}, 1);
    if (made != NULL)
        made->entries[2].number = PyFrame_GetLasti(frame);
    return (PyObject *)made;
}

/* The origin that a frame of this kind is; NULL without an error where it is none. */
static PyObject *
origin_of(int kind, PyFrameObject *frame, PyCodeObject *code)
{
    if (kind == PYTHON)
        return place(word_python, frame, code);
    if (kind == TEMPLATE_LINE && (PyObject *)code == code_render_annotated)
        return PyObject_CallOneArg(template_line, (PyObject *)frame);
    return kind == COMPILED ? PyObject_CallOneArg(compiled_line, (PyObject *)frame) : NULL;
}

/* The running Python frame, `depth` further out; NULL without an error where the stack is not that deep. */
static PyFrameObject *
frame_at(long depth)
{
    if (depth == 0)
        return (PyFrameObject *)Py_XNewRef((PyObject *)PyEval_GetFrame());
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

/* What brought a thread the code that runs there; the innermost first. Under the interpreter's lock. */
typedef struct Carried {
    struct Carried *outer;
    unsigned long thread;
    Slip *hop;
} Carried;

static Carried *all_carried;

static void
end_carried(Carried *ended)
{
    Carried **place = &all_carried;
    while (*place != ended)
        place = &(*place)->outer;
    *place = ended->outer;
}

/* The line that asked, where another thread or loop brought the code that runs; None where none did, or no line. */
static PyObject *
what_carried(void)
{
    unsigned long thread = PyThread_get_thread_ident();
    Carried *carried = all_carried;
    while (carried != NULL && carried->thread != thread)
        carried = carried->outer;
    PyObject *by_loop = NULL;
    if (carried == NULL && PyContextVar_Get(carried_by, NULL, &by_loop) < 0)
        return NULL;
    PyObject *hop = carried ? (PyObject *)carried->hop : by_loop;
    PyObject *origin = hop && hop != Py_None ? PySequence_GetItem(hop, 0) : Py_NewRef(Py_None);
    Py_XDECREF(by_loop);
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
                library = place(word_library, frame, code);
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
