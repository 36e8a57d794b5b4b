"""A trace's request as a test for Django's test runner."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.apps import apps
from django.conf import settings

from visualizer.export.again import BODY_FIELD, BODY_VALUE, Again, Code, again
from visualizer.export.fixtures import models_read
from visualizer.lessons.kinds.sql import LIMIT_OF_GET, table_of
from visualizer.lessons.reading import Event, Reading, detail
from visualizer.redaction import HIDDEN

_METHODS = ("get", "post", "put", "patch", "delete", "head", "options", "trace")
# They tell of the browser and its connection, not of what it wants.
_OF_THE_BROWSER = re.compile(
    r"sec-.*|user-agent|accept-encoding|upgrade-insecure-requests|cache-control|pragma|dnt|priority|te", re.IGNORECASE
)
_BY_CSRF = "django.middleware.csrf.CsrfViewMiddleware"
_FIXTURE = "recorded"
_INDENT = "    "


def django_test(reading: Reading) -> Code:
    """A module with one test, and what has to be known about it."""
    request, user, models = again(reading), _user(reading), models_read(reading)
    imports = ["from django.contrib.auth import get_user_model"] if user else []
    lines = [
        *imports,
        "from django.test import TestCase",
        "",
        "",
        "class RecordedRequestTest(TestCase):",
        *_indented(_fixture_lines(models), 1),
        f"{_INDENT}def test_{_slug(request)}(self):",
        *_indented([*_before(reading, request, user), *_call(reading, request), *_assertions(reading)], 2),
    ]
    return Code("\n".join(lines) + "\n", list(_notes(reading, request, user, models)))


def _fixture_lines(models: list[str]) -> list[str]:
    if not models:
        return []
    return [f"# Written by {dump_command(models)}", f'fixtures = ["{_FIXTURE}"]', ""]


def dump_command(models: list[str]) -> str:
    """The command that writes the fixture which the test asks for."""
    return f"python manage.py dumpdata --natural-foreign {' '.join(models)} --output {_FIXTURE}.json"


def _slug(request: Again) -> str:
    path = request.target.partition("?")[0]
    words = re.sub(r"[^a-z0-9]+", "_", f"{request.method}_{path}".lower()).strip("_")
    return words[:80].rstrip("_")


def _user(reading: Reading) -> str | None:
    """The primary key of the user for whom the session stood: that of the row that was read; None if none was."""
    if _was_anonymous(reading):
        return None
    queries = (event for event in reading.of_kind("database") if reading.leaving(event).get("rows") != 0)
    return next((str(detail(event)["params"][0]) for event in queries if _asks_for_user(detail(event))), None)


def _was_anonymous(reading: Reading) -> bool:
    changes = (change for event in reading.events for change in detail(event).get("changed") or [])
    told = {str(change.get("value")) for change in changes if change.get("what") == "request._cached_user"}
    return "<AnonymousUser>" in told or not _has_session(reading)


def _has_session(reading: Reading) -> bool:
    return settings.SESSION_COOKIE_NAME in (name for name, _ in again(reading).cookies)


def _asks_for_user(facts: Mapping[str, Any]) -> bool:
    """Whether it is what `ModelBackend.get_user` asks: one row by its primary key."""
    meta = apps.get_model(settings.AUTH_USER_MODEL)._meta
    sql, params = str(facts.get("sql") or ""), facts.get("params") or []
    asks = re.search(rf"\bWHERE \S+\b{re.escape(meta.pk.column)}\W* = %s LIMIT {LIMIT_OF_GET}\s*$", sql)
    return len(params) == 1 and table_of(sql) == meta.db_table and asks is not None


def _before(reading: Reading, request: Again, user: str | None) -> Iterator[str]:
    outcome = reading.trace.get("outcome") or {}
    if outcome.get("by") == _BY_CSRF:
        yield "self.client = self.client_class(enforce_csrf_checks=True)"
    if outcome.get("kind") == "failed" and _status(reading) == 500:
        yield "self.client.raise_request_exception = False"
    if user is not None:
        yield f"self.client.force_login(get_user_model().objects.get(pk={_literal(user)}))"
    for name, value in request.cookies:
        if name not in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME):
            yield f"self.client.cookies[{_literal(name)}] = {_literal(value)}"


def _literal(text: str) -> str:
    """A text as Python writes it, in double quotes where it can be; a number as a number."""
    if text.isdecimal() and str(int(text)) == text:
        return text
    return json.dumps(text) if text.isascii() else repr(text)


def _text(text: str) -> str:
    return json.dumps(text) if text.isascii() else repr(text)


def _call(reading: Reading, request: Again) -> Iterator[str]:
    method = request.method.lower()
    arguments = [_text(request.target)]
    if method in _METHODS:
        begin = f"response = self.client.{method}("
    else:
        begin, arguments = "response = self.client.generic(", [_text(request.method), *arguments]
    arguments += [*_body(request, is_form=method == "post"), *_headers(request)]
    arguments += ["secure=True"] if request.scheme == "https" else []
    if len(arguments) == 1:
        yield f"{begin}{arguments[0]})"
        return
    yield begin
    for argument in arguments:
        yield from _indented(f"{argument},".split("\n"), 1)
    yield ")"


def _body(request: Again, *, is_form: bool) -> Iterator[str]:
    if not request.body_bytes:
        return
    pair = f'{{"{BODY_FIELD}": "{BODY_VALUE}"}}'
    if request.media_type == "application/json":
        yield f"data={pair}"
        yield 'content_type="application/json"'
    # The client's own way to send a form is multipart, which Django reads into request.POST just the same.
    elif is_form and request.media_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        yield f"data={pair}"
    else:
        yield f'data="{BODY_FIELD}={BODY_VALUE}"'
        if request.content_type:
            yield f"content_type={_text(request.content_type)}"


def _headers(request: Again) -> Iterator[str]:
    kept = [header for header in request.headers if _is_kept(header.name)]
    if kept:
        lines = "\n".join(f"{_INDENT}{_text(_title(name))}: {_text(value)}," for name, value in kept)
        yield f"headers={{\n{lines}\n}}"


def _is_kept(name: str) -> bool:
    if name.lower() in ("content-type", _csrf_header()):
        return False
    return not _OF_THE_BROWSER.fullmatch(name)


def _csrf_header() -> str:
    return str(settings.CSRF_HEADER_NAME).removeprefix("HTTP_").replace("_", "-").lower()


def _title(name: str) -> str:
    return name.title() if name.islower() else name


def _status(reading: Reading) -> int | None:
    return (reading.trace.get("response") or {}).get("status")


def _assertions(reading: Reading) -> Iterator[str]:
    status = _status(reading)
    if status is not None:
        yield f"self.assertEqual(response.status_code, {status})"
    location = next((detail(e).get("location") for e in reading.of_kind("response") if detail(e).get("location")), None)
    # An address with its host names the one that was asked for here.
    if location and str(location).startswith("/") and HIDDEN not in location and status and 300 <= status < 400:
        yield f'self.assertEqual(response["Location"], {_text(str(location))})'
    template = next((e for e in reading.of_kind("template") if _is_first(e)), None)
    if template is not None and status == 200:
        yield f"self.assertTemplateUsed(response, {_text(str(template['name']))})"


def _is_first(event: Event) -> bool:
    """Whether a whole template of Django's engine begins here: only those tell the test client."""
    return detail(event).get("node") == "template" and detail(event).get("engine") == "django"


def _notes(reading: Reading, request: Again, user: str | None, models: list[str]) -> Iterator[str]:
    if models:
        yield (
            "A test begins with an empty database. The command in the test writes what this request reads into a "
            f"fixture: put {_FIXTURE}.json into a folder “fixtures” of one of your apps, and keep it to yourself: it "
            "holds your data."
        )
    if user is None and _has_session(reading):
        yield "The request came with a session, but no user was read for it: the test signs nobody in."
    yield "Left out: the cookies of session and CSRF, which a test has its own ways for, and headers about the browser."
    yield from (note for note in request.notes if "body" in note or _asks_for(request))


def _asks_for(request: Again) -> bool:
    """Whether a placeholder is left in what the test sends."""
    kept = [header.value for header in request.headers if _is_kept(header.name)]
    others = [v for n, v in request.cookies if n not in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME)]
    return any("YOUR-" in text for text in (request.target, *kept, *others))


def _indented(lines: list[str], depth: int) -> list[str]:
    return [f"{_INDENT * depth}{line}" if line else "" for line in lines]
