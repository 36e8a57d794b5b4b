/* Objects of Python that all parts share. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>
#include <pythread.h>
#if PY_VERSION_HEX < 0x030C0000
#define Py_BUILD_CORE
#undef _PyGC_FINALIZED /* which one of these defines anew */
#include <internal/pycore_context.h>
#include <internal/pycore_dict.h>
#include <internal/pycore_frame.h>
#include <internal/pycore_hamt.h>
#include <internal/pycore_pystate.h>
#undef Py_BUILD_CORE
#endif

/* Objects that the Python side hands over by `connect`; see the table at the end. */
static PyObject *current, *threads, *getframe;
static PyObject *stage_in, *stage_out, *stage_resolver, *stage_template;
static PyObject *kind_middleware, *kind_template;
static PyObject *passed_facts, *returned_facts, *answered_facts, *came_back_facts, *give_up;
static PyObject *lazy_object, *empty, *promise, *told_by_value, *keep;
static PyObject *template_facts, *include_facts, *inclusion_facts, *text_facts, *extends_facts, *block_facts;
static PyObject *code_include, *code_inclusion, *look_at_unnamed, *names_of_other, *leave_raising, *block_key, *safe_string;
static PyObject *kinds_of_files, *code_render_annotated, *compiled_line;
static PyObject *carried_by, *beyond;
static PyObject *kind_database, *immutable, *take_parameters, *safe_text, *query_facts, *result_facts, *leave_failing;
static PyObject *asking, *signal_names, *name_of_other_signal, *kind_of_sender, *kind_signal, *signal_facts, *sent_facts;
static PyObject *leave_signal_raising, *is_known_unheard;
static PyObject *stage_server_in, *stage_server_out, *kind_server, *message_facts, *received_facts, *start_facts, *send_raising;
static PyObject *kind_hook, *nothing_done, *leave_hook_answering, *leave_hook_raising;
static PyObject *stage_view, *kind_view, *view_name, *view_facts, *left_view_facts, *leave_view_raising;
static PyObject *kind_permission, *permission_facts, *answer_facts, *leave_permission_raising;
static PyObject *see_response, *see_body, *watch_parts, *take_cookies, *django_reason, *stage_response, *kind_response;
static PyObject *response_facts, *forget_unclosed, *kind_resolver, *get_language, *match_facts, *leave_resolver_raising;
static PyObject *watch_view, *anonymous_user, *anonymous, *kind_of_render_context, *kind_of_layer, *kind_of_blocks;
static PyObject *get_settings, *front, *stir, *imports_grew, *sinks, *sink_failed, *not_recorded, *trace_class, *name_of_kind, *layers;
static PyObject *stage_client, *kind_client, *client_facts, *note_proxy, *server_facts, *read_environ, *environ_facts;
static PyObject *read_scope, *scope_facts, *server_of_wsgi, *server_of_asgi, *title_of_other_environ, *proxy_keys, *proxy_names;
static PyObject *unclosed, *response_base, *close_trace, *end_raising, *receive_plainly, *send_plainly;
static PyObject *is_hidden, *sink_failed_at_end, *idle, *large, *most_waiting, *exit_facts, *closing_facts, *closed_facts, *close_raising;
static PyObject *morsel_class, *trans_real, *variable_of_language;
static PyObject *urandom, *new_outcome, *new_holdings, *new_lock;
static PyObject *come_out_raising, *await_later, *error_facts, *wait_timed;
static PyObject *kind_hop, *hop_facts, *line_of_awaiter, *dotted_name, *sync_to_async, *partial;
static PyObject *word_enter, *word_exit, *word_point, *word_python, *word_library, *word_sync_to_async, *word_add, *word_lazy, *word_change, *word_remove, *no_text, *zero;

/* Names of attributes. */
static PyObject *s_class, *s_dict, *s_wrapped, *s_container, *s_cookies, *s_status_code, *s_headers, *s_store, *s_coded_value;
static PyObject *s_path, *s_facts, *s_name, *s_origin, *s_dicts, *s_fault, *s_see_replaced, *s_see_answered;
static PyObject *s_parent_name, *s_var, *s_token, *s_render_context, *s_get_block, *s_get, *s_self, *s_db, *s_alias;
static PyObject *s_vendor, *s_cursor, *s_rowcount, *s_returning, *s_receivers, *s_many, *s_executor, *s_func, *s_awaitable;
static PyObject *s_use_caching, *s_sender;
static PyObject *s_wrapped_function, *s_view_class, *s_module, *s_qualname;
static PyObject *s_type, *s_body, *s_more_body, *s_status, *s_disconnected, *word_start_response;
static PyObject *s_streaming, *s_reason_phrase, *s_given_reason, *s_charset, *s_is_async, *s_request_path, *s_kwargs;
static PyObject *s_urlconf, *s_is_coroutine, *s_is_coroutine_mark, *s_username_field;
static PyObject *s_start_transaction_under_autocommit, *s_template_name, *s_lineno, *word_template;
static PyObject *s_blocks;
static PyObject *s_post, *s_request_body, *s_on_end, *word_closed;
static PyObject *s_put_off, *s_wake, *s_waiting, *s_thread, *s_is_awake, *s_append, *s_mail, *s_outbox;
static PyObject *s_own_coded_value, *s_active, *s_thread_id, *s_data;
static PyObject *s_on_begin, *s_server_software, *s_uwsgi_version, *s_request_method, *s_script_name, *s_path_info, *s_remote_addr;
static PyObject *s_client, *s_root_path, *word_wsgi, *word_asgi;
static PyObject *s_method, *s_view, *s_frames, *s_captured, *s_request;
static PyObject *s_value, *s_throw, *s_close;
