"""What Django's own signals tell, and what any signal is.

A new lesson is one entry below: the signal's name as the trace has it, the text, the page of the documentation.
"""

from visualizer.lessons.lesson import Lesson

_REFERENCE = "ref/signals/#"
_AUTH = "ref/contrib/auth/#django.contrib.auth.signals."

SIGNAL_LESSON = Lesson(
    "A signal",
    "Whoever has connected a receiver is called right here, and the sender waits for all of them. Nothing is put off: "
    "a slow receiver makes this request slow.",
    "topics/signals/",
)

_TEXTS: dict[str, tuple[str, str]] = {
    "request_started": (
        "Sent when the handler begins with a request. Django itself uses it to forget the last request's queries and "
        "to close database connections that are too old.",
        f"{_REFERENCE}request-started",
    ),
    "request_finished": (
        "Sent when the response has been delivered and is closed. Django itself uses it to give back caches and "
        "database connections, so this is no longer the client's time.",
        f"{_REFERENCE}request-finished",
    ),
    "got_request_exception": (
        "Sent when Django makes an uncaught exception a 500; error trackers listen to it. What a middleware rescued "
        "and exceptions that mean 400, 403 or 404 are not told.",
        f"{_REFERENCE}got-request-exception",
    ),
    "pre_init": ("Sent when a model's object begins to be made, even from a row just read.", f"{_REFERENCE}pre-init"),
    "post_init": (
        "Sent when a model's object is made: once for each row of a query, so a slow receiver costs most here.",
        f"{_REFERENCE}post-init",
    ),
    "pre_save": (
        "Sent at the beginning of save(). Bulk operations and update() send no such signal.",
        f"{_REFERENCE}pre-save",
    ),
    "post_save": (
        "Sent at the end of save(), before the transaction is committed: what must wait for that belongs in "
        "transaction.on_commit().",
        f"{_REFERENCE}post-save",
    ),
    "pre_delete": (
        "Sent before an object is deleted, for each object of a queryset's delete() too.",
        f"{_REFERENCE}pre-delete",
    ),
    "post_delete": ("Sent when an object's row is gone from the database.", f"{_REFERENCE}post-delete"),
    "m2m_changed": (
        "Sent when a many-to-many relation changes: before and after rows are added, removed or cleared.",
        f"{_REFERENCE}m2m-changed",
    ),
    "connection_created": (
        "Sent when a database connection is opened for the first time: the place for settings of the connection.",
        f"{_REFERENCE}connection-created",
    ),
    "template_rendered": (
        "Sent only while Django's test runner is on, for each template that is rendered.",
        f"{_REFERENCE}template-rendered",
    ),
    "setting_changed": (
        "Sent only in tests, when override_settings() changes a setting or puts it back.",
        f"{_REFERENCE}setting-changed",
    ),
    "user_logged_in": ("Sent when login() has put a user into the session.", f"{_AUTH}user_logged_in"),
    "user_logged_out": ("Sent when logout() is called, even if nobody was logged in.", f"{_AUTH}user_logged_out"),
    "user_login_failed": (
        "Sent when authenticate() found no user for the credentials; passwords are taken out of what it tells.",
        f"{_AUTH}user_login_failed",
    ),
}

SIGNAL_LESSONS = {name: Lesson(f"The signal {name}", text, page) for name, (text, page) in _TEXTS.items()}


def signal_lesson(name: str) -> Lesson:
    """The lesson of a signal; of one that is not Django's what any signal is."""
    return SIGNAL_LESSONS.get(name, SIGNAL_LESSON)
