/* Objects of Python that all parts share, and the clock. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>
#include <pythread.h>

/* Objects that the Python side hands over by `connect`; see the table at the end. */
static PyObject *current, *threads, *getframe;
static PyObject *stage_in, *stage_out, *stage_resolver, *stage_template;
static PyObject *kind_middleware, *kind_template;
static PyObject *passed_facts, *returned_facts, *answered_facts, *came_back_facts, *give_up;
static PyObject *response_picture, *lazy_object, *empty;
static PyObject *template_facts, *include_facts, *inclusion_facts, *text_facts, *extends_facts, *block_facts;
static PyObject *code_include, *code_inclusion, *look_at_unnamed, *names_of_other, *leave_raising, *block_key, *safe_string;
static PyObject *kinds_of_files, *last_places, *remember, *code_render_annotated, *template_line, *compiled_line;
static PyObject *carried_by, *beyond;
static PyObject *kind_database, *immutable, *take_parameters, *safe_text, *query_facts, *result_facts, *leave_failing;
static PyObject *asking, *signal_names, *name_of_other_signal, *kind_of_sender, *kind_signal, *signal_facts, *sent_facts;
static PyObject *leave_signal_raising, *is_known_unheard;
static PyObject *stage_server_in, *stage_server_out, *kind_server, *message_facts, *received_facts, *start_facts, *send_raising;
static PyObject *kind_hook, *nothing_done, *leave_hook_answering, *leave_hook_raising;
static PyObject *stage_view, *kind_view, *view_name, *view_facts, *left_view_facts, *leave_view_raising;
static PyObject *kind_permission, *permission_facts, *answer_facts, *leave_permission_raising;
static PyObject *begin_wsgi, *end_wsgi, *end_wsgi_raising;
static PyObject *come_out_raising, *await_later, *error_facts, *wait_timed;
static PyObject *kind_hop, *hop_facts, *line_of_awaiter, *dotted_name, *sync_to_async, *partial;
static PyObject *word_enter, *word_exit, *word_point, *word_python, *word_library, *word_sync_to_async, *word_add, *word_lazy, *word_change, *word_remove, *no_text, *zero;

/* Names of attributes. */
static PyObject *s_dict, *s_wrapped, *s_container, *s_cookies, *s_status_code, *s_headers, *s_store, *s_coded_value;
static PyObject *s_path, *s_facts, *s_name, *s_origin, *s_dicts, *s_fault, *s_see_replaced, *s_see_answered;
static PyObject *s_parent_name, *s_var, *s_token, *s_render_context, *s_get_block, *s_get, *s_self, *s_db, *s_alias;
static PyObject *s_vendor, *s_cursor, *s_rowcount, *s_returning, *s_receivers, *s_many, *s_executor, *s_func, *s_awaitable;
static PyObject *s_use_caching, *s_sender;
static PyObject *s_wrapped_function, *s_view_class, *s_module, *s_qualname;
static PyObject *s_type, *s_body, *s_more_body, *s_status, *s_disconnected, *word_start_response;
static PyObject *s_method, *s_view;
static PyObject *s_value, *s_throw, *s_close;

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
