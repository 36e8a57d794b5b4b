"""Sees requests that the application itself sends by HTTP: with `urllib`, `requests` or `httpx`.

Replaces `OpenerDirector.open` of `urllib.request`, `requests.Session.send`, `httpx.Client.send` and `AsyncClient.send`.
A library is never imported for this: its functions are replaced at the begin of the first trace after the application
imported it. One that a request itself is the first to import is seen from the next request on.
"""

import sys
import threading
import urllib.request
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.parse import urlsplit

from asgiref.sync import iscoroutinefunction

from visualizer import events as ev
from visualizer.awaiters import line_of_awaiter
from visualizer.events import error_facts
from visualizer.native import compiled
from visualizer.origin import Origin, find_origin, origin_facts
from visualizer.patching import Patch, Probe
from visualizer.recorder import Trace, add_sink, clock, current, remove_sink
from visualizer.redaction import attributes_of, cut, safe_url

Here = tuple[Trace, int, str]
# Method and URL; None for what is no HTTP.
Target = tuple[str | None, str] | None


class Library(NamedTuple):
    """Where a library sends, and how its requests and responses are read without running the application's code."""

    name: str
    module: str
    owner: str
    method: str
    target: Callable[[tuple[Any, ...], dict[str, Any]], Target]
    status: str


def _of_urllib(args: tuple[Any, ...], named: dict[str, Any]) -> Target:
    asked = args[0] if args else named.get("fullurl")
    data = args[1] if len(args) > 1 else named.get("data")
    if type(asked) is str:
        return _if_http("GET" if data is None else "POST", asked)
    if not issubclass(type(asked), urllib.request.Request):
        return None
    url = attributes_of(asked).get("_full_url")
    return _if_http(_urllib_method(asked, data), url) if type(url) is str else None


def _urllib_method(request: Any, data: Any) -> str | None:
    """The request's method; None where only the application's own `get_method` could tell."""
    held = attributes_of(request)
    if "get_method" in held or type(request).get_method is not urllib.request.Request.get_method:
        return None
    given = held.get("method")
    if type(given) is str:
        return given
    return "GET" if data is None and held.get("_data") is None else "POST"


def _of_requests(args: tuple[Any, ...], named: dict[str, Any]) -> Target:
    facts = attributes_of(args[0] if args else named.get("request"))
    method, url = facts.get("method"), facts.get("url")
    return _if_http(method if type(method) is str else None, url) if type(url) is str else None


def _of_httpx(args: tuple[Any, ...], named: dict[str, Any]) -> Target:
    facts = attributes_of(args[0] if args else named.get("request"))
    method, url = facts.get("method"), facts.get("url")
    return (method if type(method) is str else None, str(url)) if type(url).__module__.startswith("httpx") else None


def _if_http(method: str | None, url: str) -> Target:
    return (method, url) if url[:8].lower().startswith(("http://", "https://")) else None


_URLLIB = Library("urllib", "urllib.request", "OpenerDirector", "open", _of_urllib, "code")
LIBRARIES = (
    Library("requests", "requests.sessions", "Session", "send", _of_requests, "status_code"),
    Library("httpx", "httpx", "Client", "send", _of_httpx, "status_code"),
    Library("httpx", "httpx", "AsyncClient", "send", _of_httpx, "status_code"),
)


def _watch(library: Library) -> Callable[[Any], Any]:
    def make(original: Any) -> Any:
        watch = _watch_async if iscoroutinefunction(original) else _watch_sync
        return watch(original, library)

    return make


def _watch_sync(original: Any, library: Library) -> Any:
    def send(self: Any, *args: Any, **named: Any) -> Any:
        here = current.get()
        target = _target(here, library, args, named)
        if here is None or target is None:
            return original(self, *args, **named)
        span = _enter(here, library, target)
        try:
            response = original(self, *args, **named)
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            _leave(here, span, library, None, error)
            raise
        _leave(here, span, library, response)
        return response

    return send


def _watch_async(original: Any, library: Library) -> Any:
    async def send(self: Any, *args: Any, **named: Any) -> Any:
        here = current.get()
        target = _target(here, library, args, named)
        if here is None or target is None:
            return await original(self, *args, **named)
        span = _enter(here, library, target)
        try:
            response = await original(self, *args, **named)
        except BaseException as error:
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            _leave(here, span, library, None, error)
            raise
        _leave(here, span, library, response)
        return response

    return send


def _target(here: Here | None, library: Library, args: tuple[Any, ...], named: dict[str, Any]) -> Target:
    if here is None:
        return None
    try:
        return library.target(args, named)
    except Exception as fault:
        here[0].fault("outbound", fault)
        return None


def _enter(here: Here, library: Library, target: tuple[str | None, str]) -> int:
    t = clock()
    trace, parent, stage = here
    method, url = target
    try:
        # A name and a password may stand in front.
        host = urlsplit(url).netloc.rpartition("@")[2]
        facts = (_facts, library.name, method, url, _origin(trace, find_origin(3)))
        span = trace.enter(t, parent, stage, ev.OUTBOUND, f"{method or '?'} {host}", facts)
    except Exception as fault:
        return trace.fault("outbound", fault)
    current.set((trace, span or parent, stage))
    return span


def _origin(trace: Trace, found: Origin) -> Origin:
    """Of a task of its own, as `asyncio.gather` makes them, the line that waits for it."""
    is_known = found[0] not in ("library", "unseen")
    return found if is_known else line_of_awaiter(trace) or found


def _facts(library: str, method: str | None, url: str, origin: Origin) -> dict[str, Any]:
    return {
        "library": library,
        "method": method,
        "url": cut(safe_url(url.partition("#")[0])),
        "origin": origin_facts(origin),
    }


def _leave(here: Here, span: int, library: Library, response: Any, error: BaseException | None = None) -> None:
    t = clock()
    current.set(here)
    trace, _, stage = here
    facts: dict[str, Any] = {"status": _status(library, response, error)}
    history = attributes_of(response).get("history")
    if type(history) is list and history:
        facts["redirects"] = len(history)
    trace.exit(t, span, stage, {**facts, "error": error_facts(error)} if error else facts)


def _status(library: Library, response: Any, error: BaseException | None) -> int | None:
    """The status as the response holds it; `urllib` raises a response that is an error."""
    told = error if type(error) is HTTPError else response
    status = attributes_of(told).get(library.status)
    return status if type(status) is int else None


class _Imports:
    """Looks at the begin of each trace whether the application has imported another library.

    What is compiled does the same by itself.
    """

    def __init__(self) -> None:
        self._modules = 0

    def on_begin(self, trace: Trace) -> None:
        modules = len(sys.modules)
        if modules != self._modules and PROBE.install_imported():
            self._modules = modules

    def on_end(self, trace: Trace) -> None:
        """Nothing: libraries are looked for when a request begins."""


class OutboundProbe(Probe):
    """Grows with the libraries that the application imports."""

    def __init__(self) -> None:
        super().__init__("outbound", [Patch(urllib.request.OpenerDirector, "open", _watch(_URLLIB))])
        self._imported: dict[Library, Patch] = {}
        self._imports = _Imports()
        self._lock = threading.Lock()

    def install(self) -> None:
        super().install()
        for patch in tuple(self._imported.values()):
            patch.install()
        self.install_imported()
        if compiled is not None:
            compiled.connect(imports_grew=self.install_imported)
        else:
            add_sink(self._imports)

    def uninstall(self) -> None:
        if compiled is not None:
            compiled.connect(imports_grew=None)
        remove_sink(self._imports)
        for patch in tuple(self._imported.values()):
            patch.uninstall()
        super().uninstall()

    def install_imported(self) -> bool:
        """Replace the functions of libraries that are there; False where one is being imported, for the next time."""
        are_whole = True
        for library in LIBRARIES:
            if library not in self._imported and (module := sys.modules.get(library.module)):
                owner = module.__dict__.get(library.owner)
                with self._lock:
                    if library not in self._imported and type(owner) is type:
                        patch = Patch(owner, library.method, _watch(library))
                        patch.install()
                        self._imported[library] = patch
                are_whole &= library in self._imported
        return are_whole


PROBE = OutboundProbe()
