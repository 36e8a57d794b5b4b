"""What an exception event tells of the traceback, and that nothing of the request is kept alive by it."""

import gc
import logging
import sys
import traceback
import weakref
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from django.core.exceptions import DisallowedHost, PermissionDenied
from django.core.signals import got_request_exception
from django.http import Http404

import visualizer
from tests.driving import INTERFACES, ask, handler_for, observe, one
from tests.site.settings import site
from visualizer.frames import MOST_CAUSES, MOST_FRAMES, causes_of, django_class_of, take_frames
from visualizer.page.inspector import inspector_context
from visualizer.page.templates import render

pytestmark = pytest.mark.usefixtures("shop")
OURS = str(Path(visualizer.__file__).parent)


class Marked:
    """An object whose end can be seen."""


def failing(depth=0, secret="hunter2hunter2"):
    if depth:
        return failing(depth - 1, secret)
    local_secret = secret * 2
    raise ValueError(f"{len(local_secret)} characters")


def view(request, **kwargs):
    try:
        failing()
    except ValueError as error:
        raise LookupError("the view's own") from error


async def async_view(request):
    view(request)


VIEWS = {"wsgi": view, "asgi": async_view}


def exception_of(traces):
    return one(traces[-1].as_dict(), "exception")["detail"]


@contextmanager
def as_python_tells_it():
    """The frames of each exception that Django reports, read by `traceback` from Python's own, ours left out."""
    told = []

    def look(**kwargs):
        frames = traceback.extract_tb(sys.exc_info()[2])
        told.append([(each.filename, each.lineno, each.name) for each in frames if OURS not in each.filename])

    got_request_exception.connect(look)
    try:
        yield told
    finally:
        got_request_exception.disconnect(look)


@pytest.mark.parametrize("interface", INTERFACES)
def test_the_frames_are_python_s_own_without_ours(interface, traces):
    with site("AllHooks", "Slots"), as_python_tells_it() as told:
        observe(lambda: ask(interface, "/", handler=handler_for(VIEWS[interface], interface)))
    facts = exception_of(traces)
    frames = [(each["file"], each["line"], each["function"].rpartition(".")[2]) for each in facts["frames"]]
    assert frames == told[0]
    assert frames[-1] == (facts["file"], facts["line"], "view")
    assert (facts["frames_omitted"], facts["causes"]) == (
        0,
        [{"type": "ValueError", "module": "builtins", "how": "cause"}],
    )


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_rescued_exception_has_its_frames_too(interface, traces):
    with site("AllHooks", "Rescues"):
        observe(lambda: ask(interface, "/raises/"))
    assert exception_of(traces)["frames"][-1]["function"] == "raises"


def test_an_exception_of_a_stream_has_its_frames_too(traces):
    with site("AllHooks"):
        observe(lambda: ask("wsgi", "/broken-stream/"))
    assert exception_of(traces)["frames"][-1]["function"] == "broken_stream.<locals>.parts"


def test_of_a_deep_traceback_the_innermost_frames_are_kept_and_the_rest_counted():
    try:
        failing(100)
    except ValueError as error:
        count, kept = take_frames(error)
    assert (count, len(kept)) == (102, MOST_FRAMES)
    assert kept[-1] == (failing.__code__, failing.__code__.co_firstlineno + 4)


def test_nothing_of_the_request_is_kept_alive(traces):
    alive = []

    def view(request):
        marked = Marked()
        alive.append(weakref.ref(marked))
        raise ValueError("gone")

    # pytest keeps what is logged, with its traceback.
    logging.disable()
    try:
        with site("AllHooks"):
            ask("wsgi", "/", handler=handler_for(view))
    finally:
        logging.disable(logging.NOTSET)
    gc.collect()
    assert exception_of(traces)["frames"]
    assert alive[0]() is None


def test_no_local_variable_is_told(traces):
    with site("AllHooks"):
        observe(lambda: ask("wsgi", "/", handler=handler_for(view)))
    assert "hunter2" not in str(traces.only)


def test_exceptions_before_this_one_are_told_newest_first():
    def raise_three():
        try:
            try:
                raise KeyError("a")
            except KeyError:
                raise TypeError("b")  # noqa: B904
        except TypeError as error:
            raise Http404("c") from error

    with pytest.raises(Http404) as caught:
        raise_three()
    told = [(cause["type"], cause["how"]) for cause in causes_of(caught.value)]
    assert told == [("TypeError", "cause"), ("KeyError", "context")]


def test_a_suppressed_context_is_not_told():
    def raise_two():
        try:
            raise KeyError("a")
        except KeyError:
            raise TypeError("b") from None

    with pytest.raises(TypeError) as caught:
        raise_two()
    assert causes_of(caught.value) == []


def test_a_ring_and_a_long_chain_of_causes_come_to_an_end():
    one, other = ValueError(), TypeError()
    one.__cause__, other.__cause__ = other, one
    assert len(causes_of(one)) == 1
    chain = [ValueError() for _ in range(50)]
    for later, earlier in pairwise(chain):
        later.__cause__ = earlier
    assert len(causes_of(chain[0])) == MOST_CAUSES


def test_an_exception_s_own_properties_are_not_asked():
    class Loud(ValueError):
        @property
        def __cause__(self):
            raise AssertionError("asked")

        __context__ = __traceback__ = __suppress_context__ = __class__ = __cause__

    error = Loud()
    assert (causes_of(error), take_frames(error), django_class_of(error)) == ([], (0, ()), None)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (Http404(), "Http404"),
        (PermissionDenied(), "PermissionDenied"),
        (DisallowedHost(), "SuspiciousOperation"),
        (ValueError(), None),
    ],
)
def test_what_an_exception_means_to_django(error, kind):
    assert django_class_of(error) == kind


def page_of(trace):
    return render("visualizer/inspector/step.html", inspector_context(trace, one(trace, "exception")["seq"]))


def test_the_inspector_shows_the_frames_with_their_source_and_what_came_before(traces):
    with site("AllHooks", "Slots"):
        observe(lambda: ask("wsgi", "/", handler=handler_for(view)))
    shown = inspector_context(traces.only, one(traces.only, "exception")["seq"])["exception"]
    assert shown["passed"] == ["view view"]
    assert shown["causes"] == [{"how": "raised from", "type": "builtins.ValueError"}]
    innermost = shown["frames"][-1]
    assert innermost["function"] == "view"
    marked = [line["text"].strip() for line in innermost["excerpt"]["lines"] if line["marked"]]
    assert marked == ['raise LookupError("the view\'s own") from error']
    html = page_of(traces.only)
    assert "raised from <code>builtins.ValueError</code>" in html
    assert html.count("<details>") == len(shown["frames"])


def test_the_inspector_says_through_which_templates_an_exception_came(traces):
    with site("AllHooks"):
        observe(lambda: ask("wsgi", "/broken-template/"))
    shown = inspector_context(traces.only, one(traces.only, "exception")["seq"])["exception"]
    assert [layer.split()[0] for layer in shown["passed"]] == ["include", "template"]


def test_the_inspector_says_what_django_makes_of_it(traces):
    def denies(request):
        raise DisallowedHost("elsewhere")

    with site("AllHooks"):
        observe(lambda: ask("wsgi", "/denies/"))
        observe(lambda: ask("wsgi", "/", handler=handler_for(denies)))
    denied, suspicious = (page_of(trace.as_dict()) for trace in traces)
    assert "Django makes a 403 of a PermissionDenied if nobody catches it." in denied
    assert "It is a SuspiciousOperation. Django makes a 400 of it if nobody catches it." in suspicious


def test_a_frame_whose_file_cannot_be_read_is_named_only(traces):
    namespace = {}
    exec(compile("def made(request):\n    raise ValueError('made')", "<made>", "exec"), namespace)
    with site():
        observe(lambda: ask("wsgi", "/", handler=handler_for(namespace["made"])))
    shown = inspector_context(traces.only, one(traces.only, "exception")["seq"])["exception"]
    assert shown["frames"][-1] == {"place": "<made> line 2", "function": "made", "is_library": False, "excerpt": None}
