"""`manage.py trace GET /path/`: one real request through the project's own handler, printed as a tree or as JSON."""

import re
import sys
from pathlib import Path
from typing import Any, NoReturn

import orjson
from django.apps import apps
from django.core.management.base import BaseCommand, CommandError, CommandParser

from visualizer.control.in_process import NotRecorded, OutgoingRequest, run
from visualizer.control.session import UnknownUser, session_cookie
from visualizer.export.tree import render_tree
from visualizer.recorder import Trace

# RFC 9110, 5.1 and 5.5: a token, and characters that are neither control characters nor outside Latin-1.
_NAME = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)
# What Python makes of bytes on the command line that are no UTF-8 (PEP 383).
_AS_TYPED = "surrogateescape"
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


class Command(BaseCommand):
    """Runs one request and prints its cycle. The views really run, with all their effects."""

    help = "Send one real request through this project's own handler and print its cycle."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("method", help="GET, POST, HEAD ...")
        parser.add_argument("path", help="the path with its query string, for example /products/?page=2")
        parser.add_argument("--user", help="send the request as this user (by a session made for it and deleted after)")
        parser.add_argument("--header", action="append", default=[], metavar="'Name: value'", help="may be repeated")
        parser.add_argument("--body", default="", help="the request's body; @file reads it from a file, @- from stdin")
        parser.add_argument("--format", choices=("tree", "json"), default="tree", help="tree (default) or json")
        interface = parser.add_mutually_exclusive_group()
        interface.add_argument("--asgi", action="store_const", const="asgi", dest="interface", help="the default")
        interface.add_argument("--wsgi", action="store_const", const="wsgi", dest="interface")
        parser.set_defaults(interface="asgi")

    def handle(self, *args: Any, **options: Any) -> None:
        apps.get_app_config("visualizer").start_recording()  # type: ignore[attr-defined]
        method, path = _method(options["method"]), _path(options["path"])
        headers = [_header(text) for text in options["header"]]
        body = _body(options["body"])
        try:
            with session_cookie(options["user"]) as cookie:
                request = OutgoingRequest(method, path, headers + ([("Cookie", cookie)] if cookie else []), body)
                trace = run(request, options["interface"])
        except UnknownUser as error:
            _refuse(f"--user: {error}")
        except NotRecorded as error:
            _refuse(f"path: {error}")
        self._print(trace, options["format"])

    def _print(self, trace: Trace, form: str) -> None:
        if form == "json":
            self.stdout.write(orjson.dumps(trace.as_dict(), option=orjson.OPT_INDENT_2).decode())
        else:
            self.stdout.write(render_tree(trace.as_dict(), self.style))


def _refuse(message: str) -> NoReturn:
    raise CommandError(message, returncode=2)


def _method(text: str) -> str:
    if not text.isalpha():
        _refuse(f"method: {text!r} is not an HTTP method; expected a word such as GET or POST.")
    return text.upper()


def _path(text: str) -> str:
    if not text.startswith("/"):
        _refuse(f"path: {text!r} does not begin with a slash; expected a path such as /products/.")
    return text.encode("utf-8", _AS_TYPED).decode("utf-8", "replace")


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not _NAME.fullmatch(name.strip()) or not _VALUE.fullmatch(value.strip()):
        _refuse(f"--header: {text!r} is not a header; expected 'Name: value'.")
    return name.strip(), value.strip()


def _body(text: str) -> bytes:
    if not text.startswith("@"):
        return text.encode("utf-8", _AS_TYPED)
    try:
        if text == "@-":
            return sys.stdin.buffer.read()
        return Path(text[1:]).read_bytes()
    # A name with a null character is a ValueError.
    except (OSError, ValueError) as error:
        _refuse(f"--body: cannot read {text[1:]!r}: {error}")
