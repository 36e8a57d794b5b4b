"""What ASGI's scope and WSGI's environ say of a request, as plain texts; no request object is made for it."""

import importlib.metadata
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from visualizer.redaction import cut, header_value, is_hidden, safe_query_string, safe_text, safe_url
from visualizer.secret_paths import learn_routes

Headers = list[tuple[str, str]]
RequestFacts = tuple[str, str, str, Headers]
"""Method, path, query string and headers, nothing hidden yet."""
Read = Callable[[Any], RequestFacts]
"""Makes them of what was kept of a request."""


def path_below_root(scope: dict[str, Any]) -> str:
    """The path that Django resolves: without the root path under which the server mounted the application."""
    path: str = scope.get("path", "")
    root = (scope.get("root_path") or "").rstrip("/")
    return path.removeprefix(root) or "/" if root and f"{path}/".startswith(f"{root}/") else path


def read_scope(scope: dict[str, Any]) -> RequestFacts:
    """The facts in an ASGI HTTP scope."""
    learn_routes()
    return scope.get("method", ""), scope["path"], text_of(scope.get("query_string", b"")), texts_of(scope["headers"])


def texts_of(headers: Any) -> Headers:
    """Pairs of header name and value, given as bytes or as texts, as texts."""
    return [(text_of(name), text_of(value)) for name, value in headers]


def text_of(value: Any) -> str:
    """Bytes of the wire as text. Django's async test client hands over texts where a server hands over bytes."""
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def path_of(environ: dict[str, Any]) -> str:
    """The whole path of a WSGI request. PEP 3333: its bytes travel as latin-1 characters."""
    path = f"{environ.get('SCRIPT_NAME', '')}{environ.get('PATH_INFO', '/')}"
    return path if path.isascii() else path.encode("latin-1", "replace").decode("utf-8", "replace")


def read_environ(environ: dict[str, Any]) -> RequestFacts:
    """The facts in a WSGI environ, a copy that nobody changes."""
    learn_routes()
    headers = [(_header_name(key), str(value)) for key, value in environ.items() if _is_header(key)]
    return str(environ.get("REQUEST_METHOD", "")), path_of(environ), str(environ.get("QUERY_STRING", "")), headers


def _is_header(key: str) -> bool:
    return key.startswith("HTTP_") or key in ("CONTENT_TYPE", "CONTENT_LENGTH")


def _header_name(key: str) -> str:
    return key.removeprefix("HTTP_").replace("_", "-").title()


def client_facts(read: Read, told: Any) -> dict[str, Any]:
    """The client's side of a request: method, path, how many headers, names of the cookies, size of the body."""
    method, path, query, headers = read(told)
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
    asgi = scope.get("asgi") or {}
    return {
        "interface": "asgi",
        "handler": handler,
        "http_version": scope.get("http_version"),
        "scheme": scope.get("scheme"),
        "client": _address(scope.get("client")),
        "server": _address(scope.get("server")),
        "raw_path": _raw_path(text_of(scope.get("raw_path") or b"")),
        "root_path": cut(scope.get("root_path") or "") or None,
        "asgi": _text_or_none(asgi.get("version")),
        "asgi_http": _text_or_none(asgi.get("spec_version")),
        "extensions": sorted(cut(str(name)) for name in scope.get("extensions") or ()),
    }


def environ_facts(handler: str, interface: str, environ: dict[str, Any]) -> dict[str, Any]:
    """The server's side of a WSGI request, and its environ as far as it is about the request.

    A server may put the variables of its whole process there as well: those are counted.
    """
    protocol = str(environ.get("SERVER_PROTOCOL", ""))
    view = [[name, read(value)] for name, value in environ.items() if (read := _cgi_reader(name)) is not None]
    return {
        "interface": interface,
        "handler": handler,
        "http_version": protocol.partition("/")[2] or None,
        "scheme": environ.get("wsgi.url_scheme"),
        "client": _address((environ.get("REMOTE_ADDR"), environ.get("REMOTE_PORT"))),
        "server": _address((environ.get("SERVER_NAME"), environ.get("SERVER_PORT"))),
        "raw_path": _raw_path(str(environ.get("RAW_URI") or environ.get("REQUEST_URI") or "")),
        "root_path": cut(str(environ.get("SCRIPT_NAME") or "")) or None,
        "multithread": bool(environ.get("wsgi.multithread")),
        "multiprocess": bool(environ.get("wsgi.multiprocess")),
        "environ": view,
        "environ_others": len(environ) - len(view),
    }


def _text_or_none(value: Any) -> str | None:
    return cut(value) if isinstance(value, str) else None


def _raw_path(target: str) -> str | None:
    """The path as the client wrote it, of a request target that may have a query; None where it was not handed over."""
    return cut(target.partition("?")[0]) or None


# RFC 3875, section 4.1, and what servers add to it about the request.
_CGI = re.compile(
    r"AUTH_TYPE|CONTENT_(LENGTH|TYPE)|DOCUMENT_ROOT|GATEWAY_INTERFACE|HTTPS|PATH_(INFO|TRANSLATED)|QUERY_STRING|RAW_URI|"
    r"REMOTE_(ADDR|HOST|IDENT|PORT|USER)|REQUEST_(METHOD|SCHEME|URI)|SCRIPT_NAME|SERVER_(ADDR|NAME|PORT|PROTOCOL|SOFTWARE)|"
    r"HTTP_\w+|wsgi\.\w+"
)


@lru_cache(maxsize=1024)
def _cgi_reader(name: str) -> Callable[[Any], str] | None:
    """What makes a safe text of a variable of this name; None for those that are not about the request."""
    if not _CGI.fullmatch(name):
        return None
    if _is_header(name):
        header = _header_name(name)
        return lambda value: header_value(header, safe_text(value))
    reader: Callable[[Any], str] = _CGI_READERS.get(name, safe_text)
    return reader


_CGI_READERS: dict[str, Callable[[Any], str]] = {
    "QUERY_STRING": lambda value: safe_query_string(safe_text(value)),
    "RAW_URI": lambda value: safe_url(safe_text(value)),
    "REQUEST_URI": lambda value: safe_url(safe_text(value)),
    "wsgi.version": lambda value: ".".join(map(safe_text, value)) if type(value) is tuple else safe_text(value),
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
    """The server program by its own word, or by whose code `start_response` is."""
    version = environ.get("uwsgi.version")
    if isinstance(version, bytes):
        return f"uWSGI/{text_of(version)}"
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
