/* The part of recording that runs many times a request, compiled: what `visualizer/records.py`, `recorder.PlainCurrent`,
 * `snapshots.py`, `origin.py` and the probes do in Python, step by step the same. The tests run both ways.
 *
 * Why: a request finds the processor's caches full of the application. The same work in Python is 15,000 bytecodes, each
 * with its own data to fetch; and what is written down in Python objects the garbage collector looks through while the
 * request runs. Of Python only its public C API is used, but for the clock before 3.13; before 3.12 the version of a dict, the
 * frames, the attributes of an instance and the variables of a context where they lie; the look-up of a name in a type, and
 * the names of the types that a context consists of: so one source serves every supported version.
 */

#include "names.h"
#include "attributes.h"
#include "state.h"
#include "clock.h"
#include "slips.h"
#include "records.h"
#include "here.h"
#include "pictures.h"
#include "middleware.h"
#include "stack.h"
#include "frames.h"
#include "templates.h"
#include "queries.h"
#include "hops.h"
#include "receivers.h"
#include "opening.h"
#include "responses.h"
#include "closing.h"
#include "server.h"
#include "spans.h"
#include "awaited.h"
#include "watched.h"

static const struct {
    const char *name;
    PyObject **place;
} handed_over[] = {
    {"threads", &threads}, {"getframe", &getframe},
    {"stage_in", &stage_in}, {"stage_out", &stage_out}, {"stage_resolver", &stage_resolver},
    {"stage_template", &stage_template}, {"kind_middleware", &kind_middleware}, {"kind_template", &kind_template},
    {"passed_facts", &passed_facts}, {"returned_facts", &returned_facts}, {"answered_facts", &answered_facts},
    {"came_back_facts", &came_back_facts}, {"give_up", &give_up}, 
    {"keep", &keep}, {"told_by_value", &told_by_value}, {"promise", &promise}, {"lazy_object", &lazy_object}, {"empty", &empty},
    {"template_facts", &template_facts}, {"include_facts", &include_facts}, {"inclusion_facts", &inclusion_facts}, {"text_facts", &text_facts},
    {"extends_facts", &extends_facts}, {"block_facts", &block_facts}, {"code_include", &code_include},
    {"code_inclusion", &code_inclusion}, {"look_at_unnamed", &look_at_unnamed}, {"names_of_other", &names_of_other}, {"leave_raising", &leave_raising},
    {"block_key", &block_key}, {"safe_string", &safe_string}, {"kinds_of_files", &kinds_of_files},
    {"code_render_annotated", &code_render_annotated},
    {"compiled_line", &compiled_line}, {"carried_by", &carried_by}, {"beyond", &beyond},
    {"kind_hop", &kind_hop}, {"hop_facts", &hop_facts}, {"line_of_awaiter", &line_of_awaiter},
    {"dotted_name", &dotted_name}, {"sync_to_async", &sync_to_async}, {"partial", &partial},
    {"kind_database", &kind_database}, {"immutable", &immutable}, {"take_parameters", &take_parameters},
    {"safe_text", &safe_text}, {"query_facts", &query_facts}, {"result_facts", &result_facts},
    {"leave_failing", &leave_failing}, {"come_out_raising", &come_out_raising}, {"await_later", &await_later},
    {"error_facts", &error_facts}, {"wait_timed", &wait_timed},
    {"asking", &asking}, {"signal_names", &signal_names}, {"name_of_other_signal", &name_of_other_signal},
    {"kind_of_sender", &kind_of_sender}, {"kind_signal", &kind_signal}, {"signal_facts", &signal_facts},
    {"sent_facts", &sent_facts}, {"leave_signal_raising", &leave_signal_raising}, {"is_known_unheard", &is_known_unheard},
    {"stage_server_in", &stage_server_in}, {"stage_server_out", &stage_server_out}, {"kind_server", &kind_server},
    {"message_facts", &message_facts}, {"received_facts", &received_facts}, {"start_facts", &start_facts},
    {"send_raising", &send_raising},
    {"kind_hook", &kind_hook}, {"nothing_done", &nothing_done}, {"leave_hook_answering", &leave_hook_answering},
    {"leave_hook_raising", &leave_hook_raising}, {"stage_view", &stage_view}, {"kind_view", &kind_view},
    {"view_name", &view_name}, {"view_facts", &view_facts}, {"left_view_facts", &left_view_facts},
    {"leave_view_raising", &leave_view_raising}, {"kind_permission", &kind_permission}, {"permission_facts", &permission_facts},
    {"answer_facts", &answer_facts}, {"leave_permission_raising", &leave_permission_raising},
    {"get_settings", &get_settings}, {"front", &front}, {"stir", &stir}, {"imports_grew", &imports_grew},
    {"sinks", &sinks}, {"sink_failed", &sink_failed}, {"not_recorded", &not_recorded}, {"trace_class", &trace_class},
    {"name_of_kind", &name_of_kind}, {"layers", &layers}, {"stage_client", &stage_client}, {"kind_client", &kind_client},
    {"client_facts", &client_facts}, {"note_proxy", &note_proxy}, {"server_facts", &server_facts},
    {"read_environ", &read_environ}, {"environ_facts", &environ_facts}, {"read_scope", &read_scope},
    {"scope_facts", &scope_facts}, {"server_of_wsgi", &server_of_wsgi}, {"server_of_asgi", &server_of_asgi},
    {"title_of_other_environ", &title_of_other_environ}, {"proxy_keys", &proxy_keys}, {"proxy_names", &proxy_names},
    {"unclosed", &unclosed}, {"response_base", &response_base}, {"close_trace", &close_trace},
    {"end_raising", &end_raising}, {"receive_plainly", &receive_plainly}, {"send_plainly", &send_plainly},
    {"see_response", &see_response}, {"see_body", &see_body}, {"watch_parts", &watch_parts},
    {"take_cookies", &take_cookies}, {"django_reason", &django_reason}, {"stage_response", &stage_response},
    {"kind_response", &kind_response}, {"response_facts", &response_facts}, {"forget_unclosed", &forget_unclosed},
    {"kind_resolver", &kind_resolver}, {"get_language", &get_language}, {"match_facts", &match_facts},
    {"leave_resolver_raising", &leave_resolver_raising}, {"watch_view", &watch_view}, {"anonymous_user", &anonymous_user},
    {"anonymous", &anonymous}, {"kind_of_render_context", &kind_of_render_context}, {"kind_of_layer", &kind_of_layer}, {"kind_of_blocks", &kind_of_blocks},
    {"is_hidden", &is_hidden}, {"sink_failed_at_end", &sink_failed_at_end}, {"idle", &idle}, {"large", &large}, {"most_waiting", &most_waiting}, {"exit_facts", &exit_facts},
    {"closing_facts", &closing_facts}, {"closed_facts", &closed_facts}, {"close_raising", &close_raising},
    {"morsel_class", &morsel_class}, {"trans_real", &trans_real}, {"variable_of_language", &variable_of_language},
    {"urandom", &urandom}, {"new_outcome", &new_outcome}, {"new_holdings", &new_holdings}, {"new_lock", &new_lock},
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
    {"__class__", &s_class}, {"__dict__", &s_dict}, {"_wrapped", &s_wrapped}, {"_container", &s_container}, {"cookies", &s_cookies},
    {"status_code", &s_status_code}, {"headers", &s_headers}, {"_store", &s_store}, {"coded_value", &s_coded_value},
    {"path", &s_path}, {"facts", &s_facts}, {"name", &s_name}, {"origin", &s_origin}, {"dicts", &s_dicts},
    {"fault", &s_fault}, {"see_replaced", &s_see_replaced}, {"see_answered", &s_see_answered},
    {"parent_name", &s_parent_name}, {"var", &s_var}, {"token", &s_token}, {"render_context", &s_render_context},
    {"get_block", &s_get_block}, {"get", &s_get}, {"self", &s_self}, {"db", &s_db}, {"alias", &s_alias},
    {"vendor", &s_vendor}, {"cursor", &s_cursor}, {"rowcount", &s_rowcount}, {"RETURNING", &s_returning},
    {"receivers", &s_receivers}, {"many", &s_many}, {"executor", &s_executor},
    {"python", &word_python}, {"library", &word_library}, {"func", &s_func}, {"awaitable", &s_awaitable}, {"", &no_text},
    {"__wrapped__", &s_wrapped_function}, {"view_class", &s_view_class}, {"__module__", &s_module}, {"__qualname__", &s_qualname},
    {"type", &s_type}, {"body", &s_body}, {"more_body", &s_more_body}, {"status", &s_status}, {"disconnected", &s_disconnected},
    {"start_response", &word_start_response}, {"method", &s_method}, {"view", &s_view}, {"use_caching", &s_use_caching},
    {"on_begin", &s_on_begin}, {"SERVER_SOFTWARE", &s_server_software}, {"uwsgi.version", &s_uwsgi_version},
    {"REQUEST_METHOD", &s_request_method}, {"SCRIPT_NAME", &s_script_name}, {"PATH_INFO", &s_path_info},
    {"REMOTE_ADDR", &s_remote_addr}, {"client", &s_client}, {"root_path", &s_root_path}, {"wsgi", &word_wsgi}, {"asgi", &word_asgi},
    {"streaming", &s_streaming}, {"reason_phrase", &s_reason_phrase}, {"_reason_phrase", &s_given_reason},
    {"_charset", &s_charset}, {"is_async", &s_is_async}, {"path_info", &s_request_path}, {"kwargs", &s_kwargs},
    {"urlconf", &s_urlconf}, {"_is_coroutine", &s_is_coroutine}, {"_is_coroutine_mark", &s_is_coroutine_mark},
    {"USERNAME_FIELD", &s_username_field}, {"_start_transaction_under_autocommit", &s_start_transaction_under_autocommit},
    {"template_name", &s_template_name}, {"lineno", &s_lineno}, {"template", &word_template},
    {"blocks", &s_blocks},
    {"_post", &s_post}, {"_body", &s_request_body}, {"on_end", &s_on_end}, {"closed", &word_closed},
    {"put_off", &s_put_off}, {"wake", &s_wake}, {"_waiting", &s_waiting}, {"_thread", &s_thread}, {"_is_awake", &s_is_awake},
    {"append", &s_append}, {"django.core.mail", &s_mail}, {"outbox", &s_outbox},
    {"_coded_value", &s_own_coded_value}, {"_active", &s_active}, {"thread_id", &s_thread_id}, {"data", &s_data},
    {"frames", &s_frames}, {"captured", &s_captured}, {"request", &s_request},
    {"sender", &s_sender}, {"value", &s_value}, {"throw", &s_throw}, {"close", &s_close}, {"sync_to_async", &word_sync_to_async},
    {"add", &word_add}, {"lazy", &word_lazy}, {"change", &word_change}, {"remove", &word_remove},
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
    {"clock", native_clock, METH_NOARGS, NULL},
    {"forget_random", native_forget_random, METH_NOARGS, NULL},
    {"tell_sinks", native_tell_sinks, METH_O, NULL},
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
    if ((zero = PyLong_FromLong(0)) == NULL || PyType_Ready(&RecordsType) < 0 || PyType_Ready(&WatchedType) < 0
        || PyType_Ready(&AwaitedType) < 0 || PyType_Ready(&SlipType) < 0
        || PyType_Ready(&TimedType) < 0 || PyType_Ready(&FerryType) < 0 || PyType_Ready(&PlaceType) < 0
        || PyType_Ready(&CurrentType) < 0 || PyType_Ready(&PictureType) < 0
        || (current = PyContextVar_New("visualizer_current", NULL)) == NULL)
        return NULL;
    PyObject *made = PyModule_Create(&module);
    PyObject *standing = (PyObject *)PyObject_New(PyObject, &CurrentType);
    if (made == NULL || standing == NULL || PyModule_AddObjectRef(made, "current", standing) < 0
        || PyModule_AddObjectRef(made, "Records", (PyObject *)&RecordsType) < 0
        || PyModule_AddObjectRef(made, "Watched", (PyObject *)&WatchedType) < 0
        || PyModule_AddObjectRef(made, "Awaited", (PyObject *)&AwaitedType) < 0)
        Py_CLEAR(made);
    return made;
}
