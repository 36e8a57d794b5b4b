/* Templates. */

typedef struct {
    PyObject *name, *detail, *a, *b, *c;
} Look;

/* The names in the layers of a context from number `first` on, each with the type of its value, which is not looked at
 * otherwise.
 */
static PyObject *
names_of(PyObject *layers, Py_ssize_t first)
{
    Py_ssize_t count = PyList_GET_SIZE(layers), size = 0;
    for (Py_ssize_t i = first; i < count; i++) {
        PyObject *layer = PyList_GET_ITEM(layers, i);
        if (!PyDict_Check(layer))
            return PyObject_CallFunction(names_of_other, "On", layers, first);
        size += PyDict_GET_SIZE(layer);
    }
    Slip *names = new_slip(size * 2, 0);
    Entry *next = names ? names->entries : NULL;
    for (Py_ssize_t i = first; names != NULL && i < count; i++) {
        Py_ssize_t place = 0;
        PyObject *key, *value;
        while (next_item(PyList_GET_ITEM(layers, i), &place, &key, &value)) {
            (next++)->object = Py_NewRef(key);
            (next++)->object = Py_NewRef(Py_TYPE(value));
        }
    }
    return (PyObject *)names;
}

/* A template, and who asked for it: the running frame. Returns 0 where it is not the project's, -1 on an error. */
static int
look_at_template(PyObject *template, PyObject *context, Look *look)
{
    Level caller = innermost();
    PyObject *dicts = NULL, *name = ATTRIBUTE(template, s_name);
    if (name == NULL || caller == NULL)
        goto failed;
    if (PyUnicode_Check(name))
        /* Of a subclass, such as a safe string, the plain text. */
        Py_SETREF(name, PyUnicode_FromObject(name));
    else {
        PyObject *frame = frame_at(0), *title = frame ? PyObject_CallFunctionObjArgs(look_at_unnamed, name, frame, NULL) : NULL;
        Py_XDECREF(frame);
        Py_SETREF(name, title);
        if (name == NULL || name == Py_None) {
            Py_XDECREF(name);
            let_go_of_level(caller);
            return name == NULL ? -1 : 0;
        }
    }
    if (name == NULL)
        goto failed;
    look->name = name;
    look->a = ATTRIBUTE(template, s_origin);
    dicts = look->a ? ATTRIBUTE(context, s_dicts) : NULL;
    if (dicts == NULL || !PyList_Check(dicts)) {
        if (dicts != NULL)
            PyErr_SetString(PyExc_TypeError, "a context's layers are a list");
        goto failed;
    }
    PyObject *code = (PyObject *)code_of(caller);
    if (code != code_include && code != code_inclusion) {
        look->detail = Py_NewRef(template_facts);
        look->b = names_of(dicts, 0);
        look->c = Py_NewRef(Py_None);
    }
    else {
        /* The names of the template around it are told there; these are what it was given besides. */
        look->detail = Py_NewRef(code == code_include ? include_facts : inclusion_facts);
        look->b = names_of(dicts, Py_MAX(0, PyList_GET_SIZE(dicts) - 1));
        look->c = self_of(caller);
    }
    let_go_of_level(caller);
    Py_DECREF(dicts);
    if (look->b != NULL && look->c != NULL)
        return 1;
    return -1;
failed:
    let_go_of_level(caller);
    Py_XDECREF(dicts);
    if (look->name == NULL)
        Py_XDECREF(name);
    return -1;
}

static int
look_at_extends(PyObject *node, Look *look)
{
    PyObject *parent = ATTRIBUTE(node, s_parent_name), *name = parent ? ATTRIBUTE(parent, s_var) : NULL;
    if (name != NULL && !PyUnicode_CheckExact(name))
        Py_SETREF(name, PyUnicode_Check(name) ? PyUnicode_FromObject(name) : ATTRIBUTE(parent, s_token));
    Py_XDECREF(parent);
    *look = (Look){name, Py_NewRef(extends_facts), Py_NewRef(node), Py_NewRef(Py_None), Py_NewRef(Py_None)};
    return name == NULL ? -1 : 1;
}

/* What fills the blocks of the template that is being rendered, None where it extends nothing: `RenderContext.get`. */
static PyObject *
blocks_of(PyObject *render_context)
{
    PyObject *layers = (PyObject *)Py_TYPE(render_context) == kind_of_render_context ? ATTRIBUTE(render_context, s_dicts) : NULL;
    Py_ssize_t count = layers && PyList_CheckExact(layers) ? PyList_GET_SIZE(layers) : 0;
    PyObject *last = count ? PyList_GET_ITEM(layers, count - 1) : NULL, *found = NULL;
    int plain = last != NULL && (PyDict_CheckExact(last) || (PyObject *)Py_TYPE(last) == kind_of_layer);
    if (plain) {
        found = PyDict_GetItemWithError(last, block_key);
        found = PyErr_Occurred() ? NULL : Py_NewRef(found ? found : Py_None);
    }
    Py_XDECREF(layers);
    return plain || PyErr_Occurred() ? found : PyObject_CallMethodOneArg(render_context, s_get, block_key);
}

/* The innermost node that fills a block: `BlockContext.get_block`. */
static PyObject *
filler_of(PyObject *blocks, PyObject *name)
{
    PyObject *queues = (PyObject *)Py_TYPE(blocks) == kind_of_blocks ? ATTRIBUTE(blocks, s_blocks) : NULL;
    PyObject *queue = queues && PyDict_Check(queues) ? PyDict_GetItemWithError(queues, name) : NULL;
    Py_ssize_t count = queue && PyList_CheckExact(queue) ? PyList_GET_SIZE(queue) : 0;
    PyObject *found = count ? Py_NewRef(PyList_GET_ITEM(queue, count - 1)) : NULL;
    Py_XDECREF(queues);
    return found || PyErr_Occurred() ? found : PyObject_CallMethodOneArg(blocks, s_get_block, name);
}

static int
look_at_block(PyObject *node, PyObject *context, Look *look)
{
    PyObject *render_context = ATTRIBUTE(context, s_render_context), *filler = NULL;
    PyObject *blocks = render_context ? blocks_of(render_context) : NULL;
    look->name = blocks ? ATTRIBUTE(node, s_name) : NULL;
    if (look->name != NULL)
        filler = blocks == Py_None ? Py_NewRef(Py_None) : filler_of(blocks, look->name);
    Py_XDECREF(render_context);
    Py_XDECREF(blocks);
    if (filler == Py_None)
        Py_SETREF(filler, Py_NewRef(node));
    look->detail = Py_NewRef(block_facts);
    look->a = Py_NewRef(node);
    look->b = filler;
    look->c = Py_NewRef(Py_None);
    return filler == NULL ? -1 : 1;
}

static void
let_go(Look *look)
{
    Py_XDECREF(look->name); Py_XDECREF(look->detail); Py_XDECREF(look->a); Py_XDECREF(look->b); Py_XDECREF(look->c);
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
                         look->b, look->c);
    if (span > 0 && stand_at(here->trace, span, stage_template) < 0)
        span = -1;
    if (told < 0 || span < 0) {
        tell_fault((PyObject *)here->trace, "template");
        return 0;
    }
    return span;
}

static int
end_rendering(Here *here, long long span, PyObject *text)
{
    long long t = now();
    if (stand_again(here) < 0)
        return -1;
    int is_text = PyUnicode_CheckExact(text) || (PyObject *)Py_TYPE(text) == safe_string;
    return close_span(here->trace, t, 0, span, stage_template, text_facts, is_text ? as_part(PyUnicode_GET_LENGTH(text)) : Py_None,
                      Py_None, Py_None);
}

static PyObject *
render(Watched *self, Here *here, PyObject *const *args, size_t flags, PyObject *keywords)
{
    Look look = {NULL, NULL, NULL, NULL, NULL};
    long long span = begin_rendering(self->what, here, args, &look);
    PyObject *text = call(self->original, args, flags, keywords);
    if (span && text == NULL)
        tell_raised(leave_raising, here, span, look.name);
    else if (span && end_rendering(here, span, text) < 0)
        Py_CLEAR(text);
    let_go(&look);
    return text;
}
