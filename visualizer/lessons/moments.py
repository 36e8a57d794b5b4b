"""What a kind of moment is about, wherever in the cycle it happens: a query, a cache, a permission, an exception.

A new lesson is one entry below: the kind of event, a title, the text, the page of the documentation.
"""

from visualizer.lessons.lesson import Lesson

MOMENT_LESSONS: dict[str, Lesson] = {
    "database": Lesson(
        "A query runs when its rows are wanted",
        "A queryset is a description. SQL is sent when somebody iterates over it, takes its length, asks whether it is "
        "true or reads one row; each object's relation that was not fetched along is a query of its own.",
        "ref/models/querysets/#when-querysets-are-evaluated",
    ),
    "transaction": Lesson(
        "Transactions",
        "Django commits each statement by itself, unless atomic() or ATOMIC_REQUESTS puts several into one "
        "transaction: then all of them count, or none.",
        "topics/db/transactions/",
    ),
    "cache": Lesson(
        "The cache",
        "A hit saves the work behind it. A miss costs the question as well as the work, and mostly a set afterwards, "
        "so that the next one hits.",
        "topics/cache/#the-low-level-cache-api",
    ),
    "permission": Lesson(
        "Permissions",
        "has_perm() asks each authentication backend in turn. The database's answers are kept on the user's object, so "
        "the first check costs queries and the next ones of this request none.",
        "topics/auth/default/#permission-caching",
    ),
    "message": Lesson(
        "A message for the next page",
        "It is kept until a template shows it, through a redirect too, in a cookie or the session.",
        "ref/contrib/messages/",
    ),
    "form": Lesson(
        "A form decides",
        "Validating turns texts of the request into Python values, field by field, then the form as a whole. Whether "
        "it is valid decides: work and redirect, or the page again with its errors.",
        "ref/forms/validation/",
    ),
    "hop": Lesson(
        "From loop to thread and back",
        "Sync code must not block the event loop: Django runs it in a thread and waits. Where sync and async layers "
        "take turns, each change costs a hop.",
        "topics/async/#async-adapter-functions",
    ),
    "exception": Lesson(
        "An exception on its way out",
        "It leaves one call after the other until somebody catches it. Between two layers of middleware Django turns "
        "what is left of it into a response, so the layers outside see a response, never the exception.",
        "topics/http/middleware/#exception-handling",
    ),
}


def moment_lesson(kind: str) -> Lesson | None:
    """The lesson of a kind of event; None where the stage's lesson says it."""
    return MOMENT_LESSONS.get(kind)
