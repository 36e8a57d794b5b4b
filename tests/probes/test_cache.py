"""What a cache was asked, and whether it had it."""

import asyncio

import pytest
from asgiref.sync import iscoroutinefunction
from django.contrib.sessions.backends.cache import SessionStore
from django.core.cache import cache, caches
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpResponse
from django.template import Context, Engine, Template
from django.test import override_settings

from tests.driving import (
    INTERFACES,
    ancestors,
    ask,
    ask_asgi,
    assert_well_formed,
    both_ways,
    exit_of,
    handler_for,
    of,
    one,
    probes_off,
)
from tests.probes.recording import record
from tests.site.explosive import Explosive
from tests.site.settings import site
from visualizer.redaction import HIDDEN

LOCMEM = "django.core.cache.backends.locmem.LocMemCache"


class BrokenCache(LocMemCache):
    """A backend whose server is away."""

    def get(self, key, default=None, version=None):
        raise ConnectionError("the cache does not answer")


class TieredCache(BaseCache):
    """A backend of the application's own, in front of another one."""

    def __init__(self, location, params):
        super().__init__(params)

    def get(self, key, default=None, version=None):
        return caches["default"].get(key, default)


@pytest.fixture(autouse=True)
def _caches():
    backends = {
        "default": {"BACKEND": LOCMEM, "LOCATION": "probe-default"},
        "broken": {"BACKEND": f"{__name__}.BrokenCache", "LOCATION": "probe-broken"},
        "tiered": {"BACKEND": f"{__name__}.TieredCache"},
    }
    with override_settings(CACHES=backends):
        cache.clear()
        yield


def told(trace):
    """Each operation as `(name, key or number of keys, what came of it)`."""
    events = of(trace, "cache", "enter")
    return [(e["name"], e["detail"]["key"] or e["detail"]["keys"], exit_of(trace, e)["detail"]) for e in events]


OPERATIONS = {
    "get, a miss": (lambda: cache.get("a"), ("get", "a", {"hit": False})),
    "get, a hit": (lambda: cache.get("there"), ("get", "there", {"hit": True})),
    "get with a default": (lambda: cache.get("a", "b"), ("get", "a", {"hit": False})),
    "get with a named default": (lambda: cache.get("a", default=[]), ("get", "a", {"hit": False})),
    "get by name": (lambda: cache.get(key="there"), ("get", "there", {"hit": True})),
    "get_many": (lambda: cache.get_many(["there", "a", "b"]), ("get_many", 3, {"hits": 1})),
    "get_many of an iterator": (lambda: cache.get_many(iter(["there"])), ("get_many", None, {"hits": 1})),
    "set": (lambda: cache.set("a", 1), ("set", "a", {})),
    "set_many": (lambda: cache.set_many({"a": 1, "b": 2}), ("set_many", 2, {"failed": 0})),
    "add": (lambda: cache.add("a", 1), ("add", "a", {"done": True})),
    "add in vain": (lambda: cache.add("there", 1), ("add", "there", {"done": False})),
    "delete": (lambda: cache.delete("there"), ("delete", "there", {"done": True})),
    "delete_many": (lambda: cache.delete_many({"there"}), ("delete_many", 1, {})),
    "touch": (lambda: cache.touch("a", 9), ("touch", "a", {"done": False})),
    "incr": (lambda: cache.incr("there"), ("incr", "there", {})),
    "decr": (lambda: cache.decr("there"), ("decr", "there", {})),
    "has_key": (lambda: cache.has_key("there"), ("has_key", "there", {"hit": True})),
    "in": (lambda: "a" in cache, ("has_key", "a", {"hit": False})),
    "clear": (lambda: cache.clear(), ("clear", None, {})),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_each_operation_is_told_once_with_its_answer(name, traces):
    run, expected = OPERATIONS[name]
    cache.set("there", 7)
    assert record(run).reply.status == 200
    assert told(traces.only) == [expected]
    assert_well_formed(traces.only)


def test_alias_backend_timeout_and_the_line_are_told(traces):
    def run():
        cache.set("a", 1)
        cache.set("a", 1, 300)
        cache.set("a", 1, timeout=None)
        cache.touch("a", timeout=2.5)

    record(run)
    facts = [event["detail"] for event in of(traces.only, "cache", "enter")]
    assert [fact["timeout"] for fact in facts] == ["default", "300 s", "never", "2.5 s"]
    assert {(fact["alias"], fact["backend"]) for fact in facts} == {("default", LOCMEM)}
    assert {(fact["origin"]["file"], fact["origin"]["function"]) for fact in facts} == {(__file__, "run")}
    assert facts[1]["origin"]["line"] == facts[0]["origin"]["line"] + 1


def test_what_get_or_set_asks_is_told_step_by_step(traces):
    record(lambda: cache.get_or_set("a", lambda: 1))
    assert [(name, key) for name, key, _ in told(traces.only)][:2] == [("get", "a"), ("add", "a")]


def test_a_cache_that_asks_another_one_has_it_inside(traces):
    record(lambda: caches["tiered"].get("a"))
    outer, inner = of(traces.only, "cache", "enter")
    assert (outer["detail"]["alias"], inner["detail"]["alias"]) == ("tiered", "default")
    assert ancestors(traces.only, inner)[0] == "cache get"


@pytest.mark.django_db(transaction=True)
def test_queries_of_a_database_cache_are_inside_its_operation(traces):
    from django.core.management import call_command

    backends = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "probe_cache"}}
    with override_settings(CACHES=backends):
        call_command("createcachetable", verbosity=0)
        record(lambda: cache.set("a", 1))
    queries = of(traces.only, "database", "enter")
    assert queries
    assert {ancestors(traces.only, query)[0] for query in queries} == {"cache set"}


@pytest.mark.parametrize("interface", INTERFACES)
def test_an_operation_that_fails_is_told_with_its_error(interface, traces):
    seen = record(lambda: caches["broken"].get("a"), interface)
    assert seen.reply.status == 500
    [(_, _, left)] = told(traces.only)
    assert left["error"] == {"type": "ConnectionError", "module": "builtins", "message": "the cache does not answer"}
    assert_well_formed(traces.only)


def test_errors_are_the_same_with_and_without_probes():
    def run():
        caches["broken"].get("a")

    recorded, bare = both_ways(lambda: record(run).reply)
    assert recorded == bare


def test_a_wrong_call_is_refused_in_the_backend_s_own_words(traces):
    def run():
        with pytest.raises(TypeError, match=r"get\(\) missing 1 required positional argument: 'key'"):
            cache.get()
        return "refused"

    assert record(run).reply.body == b"refused"
    assert told(traces.only)[0][2]["error"]["type"] == "TypeError"


async def test_async_operations_are_told_once(traces):
    async def view(request):
        await cache.aset("a", 1, 5)
        await cache.aget("a")
        await cache.aget_many(["a", "b"])
        await cache.aincr("a")
        return HttpResponse(str(await cache.ahas_key("a")))

    with site():
        reply = await ask_asgi("/", handler=handler_for(view, "asgi"))
    assert reply.body == b"True"
    assert [name for name, _, _ in told(traces.only)] == ["aset", "aget", "aget_many", "aincr", "ahas_key"]
    assert told(traces.only)[1][2] == {"hit": True} and told(traces.only)[2][2] == {"hits": 1}
    assert_well_formed(traces.only)


async def test_an_async_operation_that_fails_is_told_with_its_error(traces):
    async def view(request):
        with pytest.raises(ConnectionError):
            await caches["broken"].aget("a")
        return HttpResponse()

    with site():
        await ask_asgi("/", handler=handler_for(view, "asgi"))
    assert told(traces.only)[0][2]["error"]["type"] == "ConnectionError"


async def test_overlapping_operations_do_not_mix(traces):
    async def view(request):
        name = request.path.strip("/")
        await cache.aset(name, 1)
        await asyncio.gather(*(cache.aget(f"{name}-{n}") for n in range(3)))
        return HttpResponse()

    with site():
        handler = ASGIHandler()
        handler.resolve_request = lambda request: (view, (), {})
        await asyncio.gather(*(ask_asgi(f"/r{number}/", handler=handler) for number in range(6)))
    found = sorted(sorted(str(key) for _, key, _ in told(trace.as_dict())) for trace in traces)
    assert found == [[f"r{n}", f"r{n}-0", f"r{n}-1", f"r{n}-2"] for n in range(6)]


def test_a_cached_part_of_a_template_is_told_in_the_template_stage(traces):
    def view(request):
        template = Template("{% load cache %}{% cache 5 part %}x{% endcache %}", engine=Engine(libraries=LIBRARIES))
        return HttpResponse(template.render(Context()))

    with site():
        ask("wsgi", "/", handler=handler_for(view))
    assert {event["stage"] for event in of(traces.only, "cache", "enter")} == {"template"}
    assert one(traces.only, "cache", "enter", "get")["detail"]["origin"]["where"] == "template"


LIBRARIES = {"cache": "django.templatetags.cache"}


def test_a_session_s_key_and_keys_that_speak_of_secrets_are_hidden(traces):
    session = SessionStore()
    session["user"] = 1
    session.save()

    def run():
        SessionStore(session.session_key).load()
        cache.get("password-reset:swordfish")
        cache.get("product:7")

    record(run)
    keys = [key for _, key, _ in told(traces.only)]
    assert keys == [f"django.contrib.sessions.cache{HIDDEN}", HIDDEN, "product:7"]
    assert session.session_key not in str(traces.only) and "swordfish" not in str(traces.only)


class Named:
    """A key that is no text: the backend may ask for its text, the probe may not."""

    asked = 0

    def __str__(self):
        Named.asked += 1
        return "key"


def test_keys_and_values_are_not_touched(traces):
    def run():
        cache.get(Named(), Explosive())
        return ""

    Named.asked = 0
    with probes_off():
        record(run)
    bare, Named.asked = Named.asked, 0
    record(run)
    assert Named.asked == bare
    assert told(traces.only) == [("get", "<Named>", {"hit": False})]


def test_a_cache_asked_outside_of_requests_is_in_no_trace(traces):
    assert cache.get("a") is None
    assert traces == []


def test_backends_have_their_own_functions_back_after_uninstalling(traces):
    assert hasattr(LocMemCache.get, "__wrapped__") and hasattr(BrokenCache.get, "__wrapped__")
    assert not hasattr(LocMemCache.get.__wrapped__, "__wrapped__")
    assert iscoroutinefunction(LocMemCache.aget)
    with probes_off():
        assert not hasattr(LocMemCache.get, "__wrapped__") and not hasattr(BrokenCache.get, "__wrapped__")
        record(lambda: cache.get("a"))
    assert traces == []
    record(lambda: cache.get("a"))
    assert told(traces.only) == [("get", "a", {"hit": False})]
