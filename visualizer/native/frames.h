/* Frames: which line of the application asked. */

/* What a frame is by the name of its file, as in origin.py. */
enum { PASSED_OVER, BOUNDARY, TEMPLATE_LINE, LIBRARY, PYTHON, COMPILED, OTHER_STACK };

static int
kind_of(PyCodeObject *code)
{
    /* Those found last by where they lie: no file's kind ever changes. */
    enum { FOUND_LAST_FILES = 64 };
    static struct {
        PyObject *file;
        int kind;
    } found[FOUND_LAST_FILES];
    PyObject *file = code->co_filename;
    int place = ((uintptr_t)file >> 4) % FOUND_LAST_FILES;
    if (found[place].file == file)
        return found[place].kind;
    PyObject *kind = PyObject_GetItem(kinds_of_files, file);
    if (kind == NULL)
        return -1;
    int number = (int)PyLong_AsLong(kind);
    Py_DECREF(kind);
    Py_INCREF(file);
    Py_XSETREF(found[place].file, file);
    found[place].kind = number;
    return number;
}

static PyObject *
place(PyObject *where, Level level)
{
    Slip *made = slip_of(2, (PyObject *[]){Py_NewRef(where), Py_NewRef(code_of(level))}, 1);
    if (made != NULL)
        made->entries[2].number = instruction_of(level);
    return (PyObject *)made;
}

/* As `origin._template_line`: the node that `Node.render_annotated` renders. */
static PyObject *
template_line(Level level)
{
    PyObject *node = self_of(level), *origin = node ? PyObject_GetAttr(node, s_origin) : NULL;
    PyObject *token = origin ? PyObject_GetAttr(node, s_token) : NULL, *name = token ? PyObject_GetAttr(origin, s_template_name) : NULL;
    int named = name ? PyObject_IsTrue(name) : -1, known = named < 0 ? -1 : PyObject_IsTrue(token);
    if (named == 0)
        Py_SETREF(name, PyObject_GetAttr(origin, s_name));
    PyObject *line = known < 0 ? NULL : known ? PyObject_GetAttr(token, s_lineno) : Py_NewRef(Py_None);
    PyObject *found = (PyObject *)slip_of(3, (PyObject *[]){Py_NewRef(word_template), known < 0 ? NULL : Py_XNewRef(name), line}, 0);
    Py_XDECREF(node); Py_XDECREF(origin); Py_XDECREF(token); Py_XDECREF(name);
    return found;
}

static PyObject *
line_of_compiled(long depth)
{
    PyObject *frame = frame_at(depth), *line = frame ? PyObject_CallOneArg(compiled_line, frame) : NULL;
    Py_XDECREF(frame);
    return line;
}

/* The origin that a level of this kind is, which lies that deep; NULL without an error where it is none. */
static PyObject *
origin_of(int kind, Level level, long depth)
{
    if (kind == PYTHON)
        return place(word_python, level);
    if (kind == TEMPLATE_LINE && (PyObject *)code_of(level) == code_render_annotated)
        return template_line(level);
    return kind == COMPILED ? line_of_compiled(depth) : NULL;
}

/* A statement, where it was asked for last: how deep the line stood, and the code of the frame just inside that line. Django makes
 * its text anew each time: the first of those that are the same stands for all. To hash one takes longer than to compare two.
 */
typedef struct {
    PyObject *text;
    PyCodeObject *inside; /* NULL: not known yet */
    long depth;
} Statement;

/* NULL for a text that is too short or too long for it. */
static Statement *
statement_of(PyObject *text)
{
    enum { SHORTEST = 16, LONGEST = 8192, STATEMENTS = 512 };
    static Statement known[STATEMENTS];
    const char *data = PyUnicode_DATA(text);
    Py_ssize_t length = PyUnicode_GET_LENGTH(text), size = length * PyUnicode_KIND(text);
    if (size < SHORTEST || size > LONGEST)
        return NULL;
    uint64_t middle, end;
    memcpy(&middle, data + size / 2 - sizeof middle, sizeof middle);
    memcpy(&end, data + size - sizeof end, sizeof end);
    Statement *statement = &known[(((middle * 31 + end + size) * 0x9E3779B97F4A7C15u) >> 32) % STATEMENTS];
    PyObject *first = statement->text;
    if (first == NULL || PyUnicode_GET_LENGTH(first) != length || PyUnicode_KIND(first) != PyUnicode_KIND(text)
        || memcmp(PyUnicode_DATA(first), data, size) != 0) {
        Py_XSETREF(statement->text, Py_NewRef(text));
        Py_CLEAR(statement->inside);
    }
    return statement;
}

static PyObject *
where_it_was_before(Statement *statement, long depth)
{
    long last = statement->depth + depth;
    Level level = level_at(last - 1);
    PyObject *found = NULL;
    if (level != NULL && code_of(level) == statement->inside && (level = outer_of(level)) != NULL) {
        int kind = kind_of(code_of(level));
        found = kind < 0 ? NULL : origin_of(kind, level, last);
    }
    let_go_of_level(level);
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

/* Step by step `origin._walk`, from so deep on; `asks` is `origin.find_asking_line` instead, which knows no library's line. The
 * place is noted of a statement, if there is one.
 */
static PyObject *
walk(long depth, Statement *statement, int asks)
{
    PyObject *text = statement ? statement->text : NULL;
    PyObject *found = NULL, *library = NULL;
    PyCodeObject *inside = NULL;
    long first = depth;
    Level level = level_at(depth);
    while (level != NULL) {
        PyCodeObject *code = code_of(level);
        int kind = kind_of(code), ends = kind < 0;
        if (kind > 0) {
            found = origin_of(kind, level, depth);
            ends = found != NULL || PyErr_Occurred();
            /* To look at a template's line runs Python, and may have put another statement there. */
            if (found != NULL && statement != NULL && statement->text == text && inside != NULL) {
                statement->depth = depth - first;
                Py_XSETREF(statement->inside, (PyCodeObject *)Py_NewRef((PyObject *)inside));
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
                library = place(word_library, level);
        }
        if (ends)
            break;
        /* What runs there lives as long as the stack does. */
        inside = code;
        level = outer_of(level);
        depth++;
    }
    let_go_of_level(level);
    if (found == NULL && !PyErr_Occurred())
        found = asks ? Py_NewRef(beyond) : library ? Py_NewRef(library) : Py_BuildValue("(s)", "unseen");
    Py_XDECREF(library);
    return found;
}

static PyObject *
native_find_asking_line(PyObject *Py_UNUSED(module), PyObject *given)
{
    long depth = PyLong_AsLong(given);
    return depth == -1 && PyErr_Occurred() ? NULL : walk(Py_MAX(depth - 1, 0), NULL, 1);
}
