/* The running thread's state, and the variables of the context that runs there. Before 3.12 read where they lie: they are asked
 * for some 500 times a request, and each function of Python's that is called is two lines of code that no cache holds.
 */

#if PY_VERSION_HEX < 0x030C0000

static inline PyThreadState *
running_state(void)
{
    return _PyThreadState_GET();
}

/* A number that no other thread's state ever has. */
static inline uint64_t
id_of_running_state(void)
{
    return running_state()->id;
}

/* A new reference; NULL where the variable is not set, or on an error. */
static inline PyObject *
value_of(PyObject *variable)
{
    PyContextVar *self = (PyContextVar *)variable;
    PyThreadState *state = running_state();
    if (self->var_cached != NULL && self->var_cached_tsid == state->id && self->var_cached_tsver == state->context_ver)
        return Py_NewRef(self->var_cached);
    PyObject *found = NULL;
    return PyContextVar_Get(variable, NULL, &found) < 0 ? NULL : found;
}

#else

static inline PyThreadState *
running_state(void)
{
    return PyThreadState_Get();
}

static inline uint64_t
id_of_running_state(void)
{
    return PyThreadState_GetID(PyThreadState_Get());
}

static inline PyObject *
value_of(PyObject *variable)
{
    PyObject *found = NULL;
    return PyContextVar_Get(variable, NULL, &found) < 0 ? NULL : found;
}

#endif
