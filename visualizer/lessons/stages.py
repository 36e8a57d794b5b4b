"""One lesson for each of the ten stages, true for every request to Django 5.2 to 6.1."""

from visualizer import stages
from visualizer.lessons.lesson import Lesson

STAGE_LESSONS: dict[str, Lesson] = {
    stages.CLIENT_REQUEST: Lesson(
        "The client asks",
        "A client, mostly a browser, sends a method, a path, headers and perhaps a body over a connection. "
        "HTTP keeps no memory between two requests: who is asking travels along each time, usually in a cookie.",
        "ref/request-response/",
    ),
    stages.SERVER_REQUEST: Lesson(
        "The server calls Django",
        "A server such as Daphne or gunicorn, often behind a proxy such as nginx, reads the bytes and calls one Python "
        "object: ASGIHandler with a scope, or WSGIHandler with an environ. The handler makes an HttpRequest of it and "
        "starts the middleware.",
        "howto/deployment/",
    ),
    stages.REQUEST_MIDDLEWARE: Lesson(
        "The way in",
        "Middleware wraps the view in layers, in the order of the MIDDLEWARE setting. Each layer may change the "
        "request, pass it on to the next, or answer itself; then nothing further in runs.",
        "topics/http/middleware/",
    ),
    stages.URL_RESOLVER: Lesson(
        "Which view answers",
        "Django goes through the URLconf's patterns from the top and takes the first that matches the path; neither "
        "the method nor the query string counts. Converters turn parts of the path into the view's arguments. "
        "Then each middleware's process_view() may look at the choice, or answer itself.",
        "topics/http/urls/",
    ),
    stages.VIEW: Lesson(
        "Your code",
        "The view is a callable that gets the request and returns a response, or raises. Querysets are lazy: "
        "SQL runs not where a queryset is written, but where something first needs its rows.",
        "topics/http/views/",
    ),
    stages.TEMPLATE: Lesson(
        "Text from a template",
        "The engine fills a template with the context's values. A child that extends a parent only fills the parent's "
        "blocks, and what a template reads of an object may run SQL right there.",
        "ref/templates/language/",
    ),
    stages.RESPONSE: Lesson(
        "A response exists",
        "A response is a status, headers and a body, as one Python object. Nothing has been sent yet, so each "
        "middleware on the way out can still change or replace it; a streaming response makes its body only while it "
        "is sent.",
        "ref/request-response/#httpresponse-objects",
    ),
    stages.RESPONSE_MIDDLEWARE: Lesson(
        "The way out",
        "The response goes back through the same layers in reverse order, so the first middleware has the last word. "
        "An exception is turned into a response between any two layers; no layer sees another's exception.",
        "topics/http/middleware/#middleware-order-and-layering",
    ),
    stages.SERVER_RESPONSE: Lesson(
        "The server sends",
        "The handler hands status, headers and body to the server: http.response.start and http.response.body messages "
        "in ASGI, start_response() and an iterable of bytes in WSGI. Then the response is closed "
        "and request_finished is sent.",
        "howto/deployment/",
    ),
    stages.CLIENT_RESPONSE: Lesson(
        "The browser shows it",
        "The browser waits for the first byte, downloads, unpacks and builds the page. Each style sheet, script, "
        "image and fetch() in it is a request of its own, and what of that reaches Django starts the cycle again.",
        "topics/performance/",
    ),
}


def stage_lesson(stage: str) -> Lesson | None:
    """The lesson of a stage, or None for a name that is none of the ten."""
    return STAGE_LESSONS.get(stage)
