"""Probes put Django's own functions back, never nest, and can be installed again."""

import django
import pytest
from django.contrib.auth.models import AnonymousUser, PermissionsMixin
from django.core.handlers import base, exception
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.db.backends.utils import CursorWrapper
from django.http.response import HttpResponseBase
from django.template.base import Template
from django.test import AsyncClient, Client

from tests.driving import ALL_PROBES, INTERFACES, ask, of, probes_off
from tests.site.settings import site
from visualizer.patching import Patch, Probe
from visualizer.probes import cache

# Attributes of instances that a descriptor of Jinja2's probe watches are no functions: see test_jinja.py.
PATCHES = [patch for probe in ALL_PROBES for patch in probe.patches if type(patch) is Patch]


def named(patch):
    return f"{getattr(patch.owner, '__name__', patch.owner)}.{patch.name}"


@pytest.mark.usefixtures("traces")
def test_uninstalling_puts_django_s_very_own_functions_back():
    with probes_off():
        originals = {named(patch): vars(patch.owner)[patch.name] for patch in PATCHES}
    assert {function.__module__.split(".")[0] for function in originals.values()} == {
        "asgiref",
        "django",
        "jinja2",
        "urllib",
    }
    assert not [name for name, function in originals.items() if hasattr(function, "__wrapped__")]
    for patch in PATCHES:
        assert vars(patch.owner)[patch.name].__wrapped__ is originals[named(patch)]


@pytest.mark.usefixtures("traces")
def test_every_function_that_is_replaced_keeps_its_name():
    for patch in PATCHES:
        replaced = vars(patch.owner)[patch.name]
        assert replaced.__qualname__ == replaced.__wrapped__.__qualname__
        assert replaced.__module__ == replaced.__wrapped__.__module__


@pytest.mark.usefixtures("traces")
def test_installing_twice_never_nests():
    for probe in ALL_PROBES:
        probe.install()
        probe.install()
    for patch in PATCHES:
        assert not hasattr(vars(patch.owner)[patch.name].__wrapped__, "__wrapped__"), named(patch)


@pytest.mark.usefixtures("traces")
def test_uninstalling_twice_does_nothing_more():
    with probes_off():
        for probe in ALL_PROBES:
            probe.uninstall()
        assert not any(hasattr(vars(patch.owner)[patch.name], "__wrapped__") for patch in PATCHES)


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("interface", INTERFACES)
def test_nothing_is_recorded_without_probes_and_all_again_with_them(interface, traces):
    with site("AllHooks"):
        with probes_off():
            ask(interface, "/queries/")
        assert traces == []
        ask(interface, "/queries/")
    assert of(traces.only, "database", "enter")


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("make", [WSGIHandler, ASGIHandler])
def test_a_handler_made_while_recording_works_on_without_probes(make, traces):
    interface = "wsgi" if make is WSGIHandler else "asgi"
    with site("AllHooks", "Slots", "function", "both"):
        handler = make()
        with probes_off():
            assert ask(interface, "/plain/", handler=handler).body == b"plain GET"
            assert ask(interface, "/template/", handler=handler).status == 200
    assert traces == []


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("make", [WSGIHandler, ASGIHandler])
def test_of_a_handler_made_before_the_probes_all_but_the_layers_is_seen(make, traces):
    interface = "wsgi" if make is WSGIHandler else "asgi"
    with site("AllHooks"):
        with probes_off():
            handler = make()
        ask(interface, "/queries/", handler=handler)
    assert not of(traces.only, "middleware")
    assert of(traces.only, "view") and of(traces.only, "database")


@pytest.mark.usefixtures("shop")
def test_the_test_clients_are_recorded_only_while_installed(traces):
    with site(), probes_off():
        Client().get("/plain/")
    assert traces == []


async def test_the_async_test_client_is_recorded_only_while_installed(traces):
    with site(), probes_off():
        await AsyncClient().get("/async-plain/")
    assert traces == []


def test_what_somebody_else_replaced_since_is_left_alone():
    class Owner:
        def method(self):
            return "original"

    probe = Probe("sample", [Patch(Owner, "method", lambda original: lambda self: f"watched {original(self)}")])
    probe.install()
    assert Owner().method() == "watched original"
    ours = Owner.method
    Owner.method = lambda self: f"theirs, around {ours(self)}"
    probe.uninstall()
    assert Owner().method() == "theirs, around watched original"


def test_a_class_attribute_that_is_inherited_is_not_copied_to_the_subclass():
    class Base:
        def method(self):
            return 1

    class Derived(Base):
        pass

    with pytest.raises(KeyError):
        Patch(Derived, "method", lambda original: original).install()


def test_the_functions_that_are_replaced():
    """A list to be looked at whenever Django changes: what is not here is seen nowhere."""
    assert sorted(named(patch) for patch in PATCHES) == sorted(
        [
            "ASGIHandler.__call__",
            "WSGIHandler.__call__",
            "HttpResponseBase.close",
            "InclusionNode.render",
            "LimitedStream.read",
            "ClientHandler.__call__",
            "AsyncClientHandler.__call__",
            "BaseHandler.get_response",
            "BaseHandler.get_response_async",
            "StaticFilesHandlerMixin.get_response",
            "StaticFilesHandlerMixin.get_response_async",
            "BaseHandler.load_middleware",
            "BaseHandler.resolve_request",
            "BaseHandler.make_view_atomic",
            "BaseHandler._get_response",
            "BaseHandler._get_response_async",
            "django.core.handlers.exception.response_for_exception",
            "CursorWrapper._execute_with_wrappers",
            "SQLCompiler.execute_sql",
            "BaseDatabaseWrapper.set_autocommit",
            "BaseDatabaseWrapper._commit",
            "CacheHandler.create_connection",
            *(f"BaseCache.{twin}{name}" for name in cache.OPERATIONS for twin in ("", "a")),
            "BaseDatabaseWrapper._rollback",
            "Signal.send",
            "Signal.send_robust",
            "Signal.asend",
            "Signal.asend_robust",
            "Signal._live_receivers",
            "OpenerDirector.open",
            "BaseForm.full_clean",
            "BaseFormSet.full_clean",
            "Template.render",
            "ExtendsNode.render",
            "BlockNode.render",
            "BaseStorage.add",
            *(["PartialTemplate.render", "PartialDefNode.render"] if django.VERSION >= (6, 0) else []),
            "PermissionsMixin.has_perm",
            "PermissionsMixin.has_module_perms",
            "AnonymousUser.has_perm",
            "AnonymousUser.has_module_perms",
            "PermissionsMixin.ahas_perm",
            "PermissionsMixin.ahas_module_perms",
            "AnonymousUser.ahas_perm",
            "AnonymousUser.ahas_module_perms",
            "SyncToAsync.__call__",
            "SyncToAsync.thread_handler",
            "AsyncToSync.__call__",
            "AsyncToSync.main_wrap",
            "BlockReference.__call__",
            "BlockReference._async_call",
            "Macro._invoke",
            "Macro._async_invoke",
        ]
    )
    owners = {base.BaseHandler, exception, CursorWrapper, HttpResponseBase, Template, PermissionsMixin, AnonymousUser}
    assert owners <= {patch.owner for patch in PATCHES}
