"""What the methods of a middleware are for that Django calls beside the middleware itself.

A new lesson is one entry below: the method's name, a title, the text, the page of the documentation.
"""

from visualizer.lessons.lesson import Lesson

HOOK_LESSONS: dict[str, Lesson] = {
    "process_view": Lesson(
        "The hook process_view",
        "Once the URL is resolved, Django shows each middleware that has this method the view and its arguments, from "
        "the outermost layer inwards. A response that it returns is the answer: the view is not called then.",
        "topics/http/middleware/#process-view",
    ),
    "process_template_response": Lesson(
        "The hook process_template_response",
        "A view may return a TemplateResponse, which is rendered later. Before that, each middleware with this method "
        "gets it, from the innermost layer outwards, and may change its template or its context.",
        "topics/http/middleware/#process-template-response",
    ),
    "process_exception": Lesson(
        "The hook process_exception",
        "When the view raises, each middleware with this method is asked, from the innermost layer outwards. The first "
        "that returns a response has rescued the request; if nobody does, Django makes the error response.",
        "topics/http/middleware/#process-exception",
    ),
}


def hook_lesson(name: str) -> Lesson | None:
    """The lesson of a hook by its dotted path or its name; None for what is none."""
    return HOOK_LESSONS.get(name.rpartition(".")[2])
