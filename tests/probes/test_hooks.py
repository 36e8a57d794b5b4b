"""The three hooks of a middleware: process_view, process_template_response and process_exception."""

import pytest

from tests.driving import INTERFACES, ask, exit_of, observe, of, one
from tests.site.settings import own, site

pytestmark = pytest.mark.usefixtures("shop")


def hook_result(trace, name):
    return exit_of(trace, one(trace, "hook", "enter", own(name)))["detail"]


@pytest.mark.parametrize("interface", INTERFACES)
def test_hooks_are_spans_of_their_stages(interface, traces):
    with site("AllHooks"):
        ask(interface, "/template/")
        observe(lambda: ask(interface, "/raises/"))
    page, error = (trace.as_dict() for trace in traces)
    told = [(event["name"].rsplit(".")[-1], event["stage"]) for event in of(page, "hook", "enter")]
    assert told == [("process_view", "url_resolver"), ("process_template_response", "response_middleware")]
    assert hook_result(page, "AllHooks.process_view") == {"result": "none", "status": None}
    assert hook_result(page, "AllHooks.process_template_response") == {"result": "same", "status": 200}
    assert hook_result(error, "AllHooks.process_exception") == {"result": "none", "status": None}
    assert one(page, "hook", "enter", own("AllHooks.process_view"))["detail"] == {
        "middleware": own("AllHooks"),
        "hook": "process_view",
    }


@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.parametrize(
    ("layer", "hook", "path", "result"),
    [
        ("StopsInView", "process_view", "/plain/", {"result": "answered", "status": 403}),
        ("Rescues", "process_exception", "/raises/", {"result": "answered", "status": 418}),
        ("ReplacesTemplate", "process_template_response", "/template/", {"result": "replaced", "status": 200}),
        ("TemplateHookReturnsNone", "process_template_response", "/template/", {"result": "none", "status": None}),
    ],
)
def test_a_hook_s_exit_says_what_it_returned(layer, hook, path, result, interface, traces):
    with site(layer):
        observe(lambda: ask(interface, path))
    assert hook_result(traces.only, f"{layer}.{hook}") == result


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_hook_that_raises_is_told(interface, traces):
    with site("AllHooks", "RaisesInHook"):
        observe(lambda: ask(interface, "/plain/"))
    detail = hook_result(traces.only, "RaisesInHook.process_view")
    assert detail["result"] == "raised"
    assert detail["error"]["message"] == "in the hook"


def test_async_hooks_are_awaited_and_told(traces):
    with site("AsyncHooks"):
        ask("asgi", "/template/")
    assert hook_result(traces.only, "AsyncHooks.process_view")["result"] == "none"
    assert hook_result(traces.only, "AsyncHooks.process_template_response")["result"] == "same"
