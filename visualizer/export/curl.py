"""A trace's request as a curl command for a POSIX shell."""

import json
from collections.abc import Iterator

from visualizer.export.again import BODY_FIELD, BODY_VALUE, Again, Code, again
from visualizer.lessons.reading import Reading

# What curl sends of its own accord unless it is told not to.
_SENT_BY_CURL = ("User-Agent", "Accept")


def curl_command(reading: Reading) -> Code:
    """The command, and what has to be known about it."""
    request = again(reading)
    options = [_quoted(request.url), *_options(request)]
    return Code("curl " + " \\\n  ".join(options) + "\n", request.notes)


def _options(request: Again) -> Iterator[str]:
    yield from _method(request)
    # Without it, curl reads brackets and braces as patterns, and takes the dots out of a path.
    if any(mark in request.url for mark in "[]{}"):
        yield "--globoff"
    if "/." in request.target:
        yield "--path-as-is"
    names = {header.name.lower() for header in request.headers}
    for name, value in request.headers:
        if not (request.media_type == "multipart/form-data" and name.lower() == "content-type"):
            yield f"--header {_quoted(_header(name, value))}"
    yield from (f"--header {_quoted(f'{name}:')}" for name in _SENT_BY_CURL if name.lower() not in names)
    if "accept-encoding" in names:
        yield "--compressed"
    if request.cookies:
        yield f"--cookie {_quoted('; '.join(f'{name}={value}' for name, value in request.cookies))}"
    yield from _body(request, has_type="content-type" in names)


def _quoted(text: str) -> str:
    """A text in single quotes, also where it needs none: what is put in place of a placeholder may."""
    return "'" + text.replace("'", "'\\''") + "'"


def _header(name: str, value: str) -> str:
    # By a colon curl would take an empty header away.
    return f"{name}: {value}" if value else f"{name};"


def _method(request: Again) -> Iterator[str]:
    if request.method == "HEAD":
        yield "--head"
    # With a form curl says POST by itself.
    elif request.method != "GET" or request.body_bytes:
        yield f"--request {_quoted(request.method)}"


def _body(request: Again, *, has_type: bool) -> Iterator[str]:
    if not request.body_bytes:
        return
    pair = f"{BODY_FIELD}={BODY_VALUE}"
    if request.media_type == "multipart/form-data":
        yield f"--form {_quoted(pair)}"
    elif request.media_type == "application/json":
        yield f"--data-raw {_quoted(json.dumps({BODY_FIELD: BODY_VALUE}))}"
    else:
        yield f"--data-raw {_quoted(pair)}"
        if not has_type:
            yield "--header 'Content-Type:'"
