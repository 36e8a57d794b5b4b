"""What ASGI's scope and WSGI's environ say of a request, as plain texts; no request object is made for it."""

import importlib.metadata
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

from visualizer.redaction import cut, is_hidden, safe_query_string
from visualizer.secret_paths import learn_routes

Headers = list[tuple[str, str]]
RequestFacts = tuple[str, str, str, Headers]
"""Method, path, query string and headers, nothing hidden yet."""
RequestSource = Callable[[], RequestFacts]


def path_below_root(scope: dict[str, Any]) -> str:
    """The path that Django resolves: without the root path under which the server mounted the application."""
    path: str = scope.get("path", "")
    root = (scope.get("root_path") or "").rstrip("/")
    return path.removeprefix(root) or "/" if root and f"{path}/".startswith(f"{root}/") else path


def from_scope(scope: dict[str, Any]) -> RequestSource:
    """A function that reads the facts out of an ASGI HTTP scope."""
    return partial(
        _read_scope, scope.get("method", ""), scope["path"], scope.get("query_string", b""), scope["headers"]
    )


def _read_scope(method: str, path: str, query: bytes | str, headers: Any) -> RequestFacts:
    learn_routes()
    return method, path, text_of(query), texts_of(headers)


def texts_of(headers: Any) -> Headers:
    """Pairs of header name and value, given as bytes or as texts, as texts."""
    return [(text_of(name), text_of(value)) for name, value in headers]


def text_of(value: Any) -> str:
    """Bytes of the wire as text. Django's async test client hands over texts where a server hands over bytes."""
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def from_environ(environ: dict[str, Any]) -> RequestSource:
    """A function that reads the facts out of a WSGI environ as it is now."""
    return partial(_read_environ, environ.copy())


def path_of(environ: dict[str, Any]) -> str:
    """The whole path of a WSGI request. PEP 3333: its bytes travel as latin-1 characters."""
    path = f"{environ.get('SCRIPT_NAME', '')}{environ.get('PATH_INFO', '/')}"
    return path.encode("latin-1", "replace").decode("utf-8", "replace")


def _read_environ(environ: dict[str, Any]) -> RequestFacts:
    learn_routes()
    headers = [(_header_name(key), str(value)) for key, value in environ.items() if _is_header(key)]
    return str(environ.get("REQUEST_METHOD", "")), path_of(environ), str(environ.get("QUERY_STRING", "")), headers


def _is_header(key: str) -> bool:
    return key.startswith("HTTP_") or key in ("CONTENT_TYPE", "CONTENT_LENGTH")


def _header_name(key: str) -> str:
    return key.removeprefix("HTTP_").replace("_", "-").title()


def client_facts(source: RequestSource) -> dict[str, Any]:
    """The client's side of a request: method, path, how many headers, names of the cookies, size of the body."""
    method, path, query, headers = source()
    values = {name.lower(): value for name, value in headers}
    length = values.get("content-length", "")
    cookies = [part.partition("=")[0].strip() for part in values.get("cookie", "").split(";") if part.strip()]
    return {
        "method": method,
        "path": cut(path),
        "query_string": safe_query_string(query),
        "headers": len(headers),
        "cookies": cookies,
        "body_bytes": int(length) if length.isdecimal() else 0,
        "user_agent": None
        if is_hidden("user-agent")
        else cut(values["user-agent"])
        if "user-agent" in values
        else None,
    }


def scope_facts(handler: str, scope: dict[str, Any]) -> dict[str, Any]:
    """The server's side of an ASGI request."""
    return {
        "interface": "asgi",
        "handler": handler,
        "http_version": scope.get("http_version"),
        "scheme": scope.get("scheme"),
        "client": _address(scope.get("client")),
        "server": _address(scope.get("server")),
    }


def environ_facts(handler: str, interface: str, environ: dict[str, Any]) -> dict[str, Any]:
    """The server's side of a WSGI request."""
    protocol = str(environ.get("SERVER_PROTOCOL", ""))
    return {
        "interface": interface,
        "handler": handler,
        "http_version": protocol.partition("/")[2] or None,
        "scheme": environ.get("wsgi.url_scheme"),
        "client": _address((environ.get("REMOTE_ADDR"), environ.get("REMOTE_PORT"))),
        "server": _address((environ.get("SERVER_NAME"), environ.get("SERVER_PORT"))),
    }


def _address(pair: Any) -> str | None:
    host, port = (*pair, None)[:2] if pair else (None, None)
    if not host:
        return None
    return f"{host}:{port}" if port else str(host)


def server_of_asgi(send: Any) -> str | None:
    """The server program, known by whose code the `send` that it handed over is; None where it cannot be known."""
    return getattr(send, "server_name", None) or _package_of(send)


def server_of_wsgi(environ: dict[str, Any], start_response: Any) -> str | None:
    """The server program by its own word, SERVER_SOFTWARE, or by whose code `start_response` is."""
    return environ.get("SERVER_SOFTWARE") or _package_of(start_response)


def _package_of(function: Any) -> str | None:
    function = getattr(function, "func", function)
    module = getattr(function, "__module__", None) or type(function).__module__
    return _server_name(module.partition(".")[0]) if isinstance(module, str) else None


@lru_cache(maxsize=16)
def _server_name(package: str) -> str | None:
    if package not in ("daphne", "uvicorn", "hypercorn", "granian", "gunicorn", "waitress", "uwsgi", "cheroot"):
        return None
    try:
        return f"{package}/{importlib.metadata.version(package)}"
    except importlib.metadata.PackageNotFoundError:
        return package
