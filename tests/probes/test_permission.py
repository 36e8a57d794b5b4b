"""Permission checks and their answers."""

import asyncio

import pytest
from django.contrib.auth.context_processors import PermWrapper
from django.contrib.auth.models import AnonymousUser
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpResponse
from django.template import Context, Engine, Template
from django.test import override_settings

from tests.driving import (
    INTERFACES,
    ancestors,
    asign_in,
    ask,
    ask_asgi,
    assert_well_formed,
    exit_of,
    handler_for,
    observe,
    of,
    one,
    sign_in,
)
from tests.site.settings import site

pytestmark = pytest.mark.usefixtures("shop")
AUTH = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
PERMISSION = "shop.view_member_price"


def answers(trace):
    return [(event["name"], exit_of(trace, event)["detail"]) for event in of(trace, "permission", "enter")]


@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.parametrize(("user", "allowed"), [("john", True), ("sarah", True), ("mallory", False), (None, False)])
def test_a_check_is_told_with_its_answer(user, allowed, interface, traces):
    headers = (sign_in(user),) if user else ()
    with site(*AUTH):
        observe(lambda: ask(interface, "/members/", headers=headers))
    assert answers(traces.only)[0] == (PERMISSION, {"allowed": allowed})
    assert traces.only["response"]["status"] == (200 if allowed else 403)
    assert_well_formed(traces.only)


@pytest.mark.parametrize("interface", INTERFACES)
def test_queries_of_a_check_are_inside_it_and_in_the_same_stage(interface, traces):
    with site(*AUTH):
        ask(interface, "/members/", headers=(sign_in("john"),))
    asking = [event for event in of(traces.only, "database", "enter") if "auth_permission" in event["detail"]["sql"]]
    assert {ancestors(traces.only, event)[0] for event in asking} == {f"permission {PERMISSION}"}
    assert {event["stage"] for event in asking} == {"view"}


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_check_tells_the_line_that_asked(interface, traces):
    def view(request):
        return HttpResponse(str(AnonymousUser().has_perm(PERMISSION)))

    with site():
        ask(interface, "/", handler=handler_for(view, interface))
    origin = one(traces.only, "permission", "enter")["detail"]["origin"]
    line = view.__code__.co_firstlineno + 1
    assert origin == {"where": "python", "file": __file__, "line": line, "function": "view"}


def test_a_check_may_name_its_arguments(traces):
    def view(request):
        request.user.has_perm(perm=PERMISSION, obj=None)
        request.user.has_module_perms(app_label="shop")
        with pytest.raises(TypeError, match=r"has_perm\(\) missing 1 required positional argument: 'perm'"):
            request.user.has_perm()
        return HttpResponse()

    with site(*AUTH):
        ask("wsgi", "/", handler=handler_for(view), headers=(sign_in("john"),))
    assert [name for name, _ in answers(traces.only)][:2] == [PERMISSION, "shop"]


def test_checks_for_a_whole_app_are_told_too(traces):
    def view(request):
        request.user.has_module_perms("shop")
        AnonymousUser().has_module_perms("shop")
        return HttpResponse()

    with site(*AUTH):
        ask("wsgi", "/", handler=handler_for(view), headers=(sign_in("john"),))
    assert answers(traces.only) == [("shop", {"allowed": True}), ("shop", {"allowed": False})]


class RaisingBackend:
    """A backend that cannot tell."""

    def has_perm(self, user, permission, obj=None):
        raise LookupError("the directory does not answer")


@override_settings(AUTHENTICATION_BACKENDS=["django.contrib.auth.backends.ModelBackend", f"{__name__}.RaisingBackend"])
def test_a_check_that_fails_is_told_with_its_error(traces, monkeypatch):
    monkeypatch.setattr("django.contrib.auth._get_backends", lambda **kwargs: [RaisingBackend()])

    def view(request):
        return HttpResponse(str(AnonymousUser().has_perm(PERMISSION)))

    with site():
        seen = observe(lambda: ask("wsgi", "/", handler=handler_for(view)))
    assert seen.reply.status == 500
    [(_, detail)] = answers(traces.only)
    assert detail["allowed"] is None
    assert detail["error"]["message"] == "the directory does not answer"


@pytest.mark.parametrize("interface", INTERFACES)
def test_async_checks_are_told_once(interface, traces):
    async def view(request):
        user = await request.auser()
        return HttpResponse(str(await user.ahas_perm(PERMISSION)))

    with site(*AUTH):
        reply = ask(interface, "/", handler=handler_for(view, interface), headers=(sign_in("john"),))
    assert reply.body == b"True"
    assert answers(traces.only) == [(PERMISSION, {"allowed": True})]


async def test_overlapping_checks_do_not_mix(traces):
    cookies = {name: await asign_in(name) for name in ("john", "mallory")}
    with site(*AUTH):
        handler = ASGIHandler()
        names = ["john", "mallory"] * 4
        replies = await asyncio.gather(
            *(ask_asgi("/members/", handler=handler, headers=(cookies[name],)) for name in names)
        )
    for name, reply, trace in zip(names, replies, (trace.as_dict() for trace in traces), strict=True):
        assert reply.status == (200 if name == "john" else 403)
        assert answers(trace)[0][1] == {"allowed": name == "john"}


def test_a_check_outside_of_requests_is_in_no_trace(traces):
    assert AnonymousUser().has_perm(PERMISSION) is False
    assert traces == []


def test_the_template_s_perms_are_checks_in_the_template_stage(traces):
    def view(request):
        template = Template("{% if perms.shop.view_member_price %}yes{% endif %}", engine=Engine())
        return HttpResponse(template.render(Context({"perms": PermWrapper(request.user)})))

    with site(*AUTH):
        assert ask("wsgi", "/", handler=handler_for(view), headers=(sign_in("john"),)).body == b"yes"
    assert {event["stage"] for event in of(traces.only, "permission", "enter")} == {"template"}
    assert one(traces.only, "permission", "enter", PERMISSION)
