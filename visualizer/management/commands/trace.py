"""`manage.py trace GET /path/`: real requests through the project's own handler, printed as trees or as JSON."""

import sys
from pathlib import Path
from typing import Any, NoReturn

import orjson
from django.apps import apps
from django.core.management.base import BaseCommand, CommandError, CommandParser

from visualizer.control.in_process import NotRecorded, OutgoingRequest, is_header, run
from visualizer.control.play import play
from visualizer.control.scenarios import Scenario, load_scenarios
from visualizer.control.session import UnknownUser, session_cookie
from visualizer.errors import SettingsError
from visualizer.export.tree import render_trees
from visualizer.recorder import Trace

# What Python makes of bytes on the command line that are no UTF-8 (PEP 383).
_AS_TYPED = "surrogateescape"


class Command(BaseCommand):
    """Runs a request, or a scenario's requests, and prints the cycle. The views really run, with all their effects."""

    help = "Send one real request, or those of a scenario, through this project's own handler and print the cycle."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("method", nargs="?", help="GET, POST, HEAD ...")
        parser.add_argument("path", nargs="?", help="the path with its query string, for example /products/?page=2")
        parser.add_argument(
            "--scenario", metavar="NAME", help="instead of method and path: all requests of this sample of the page"
        )
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
        try:
            if options["scenario"] is None:
                self._print([_run_one(options)], options["format"])
            else:
                self._print(_play(options), options["format"], in_a_list=True)
        except UnknownUser as error:
            _refuse(f"--user: {error}")
        except NotRecorded as error:
            _refuse(f"path: {error}")

    def _print(self, traces: list[Trace], form: str, *, in_a_list: bool = False) -> None:
        told = [trace.as_dict() for trace in traces]
        if form == "json":
            text = orjson.dumps(told if in_a_list else told[0], option=orjson.OPT_INDENT_2).decode()
        else:
            text = render_trees(told, self.style)
        self.stdout.write(text)


def _run_one(options: dict[str, Any]) -> Trace:
    if not options["method"] or not options["path"]:
        _refuse("the following arguments are required: method and path, or --scenario")
    method, path = _method(options["method"]), _path(options["path"])
    headers = [_header(text) for text in options["header"]]
    body = _body(options["body"])
    with session_cookie(options["user"]) as cookie:
        cookies = [("Cookie", cookie)] if cookie else []
        return run(OutgoingRequest(method, path, headers + cookies, body), options["interface"])


def _play(options: dict[str, Any]) -> list[Trace]:
    if any(options[name] for name in ("method", "path", "user", "header", "body")):
        _refuse("--scenario: a scenario says itself what is sent; give no method, path, user, header or body with it.")
    return play(_scenario(options["scenario"]), options["interface"])


def _scenario(name: str) -> Scenario:
    try:
        scenarios = load_scenarios()
    except SettingsError as error:
        _refuse(f"--scenario: {error}")
    found = next((each for each in scenarios if each.name == name), None)
    if found is None:
        _refuse(f"--scenario: there is no {name!r}; there are: {', '.join(each.name for each in scenarios)}.")
    return found


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
    if not colon or not is_header(name.strip(), value.strip()):
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
