"""`manage.py trace`: what it runs and prints, its options and its errors."""

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection

from tests.driving import INTERFACES

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = json.loads((ROOT / "visualizer" / "trace.schema.json").read_text())
PRODUCT = "/products/wireless-headphones/"
CART = "Into the cart: POST, redirect, page"


def run(*arguments: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("trace", *arguments, "--format", "json", stdout=out)
    trace: dict[str, Any] = json.loads(out.getvalue())
    jsonschema.Draft202012Validator(SCHEMA).validate(trace)
    return trace


@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.usefixtures("shop")
def test_the_request_goes_through_the_handler_that_was_asked_for(interface: str) -> None:
    trace = run("GET", PRODUCT, f"--{interface}")
    assert trace["outcome"] == {"kind": "completed", "by": "config.shop.views.product_detail", "view_ran": True}
    assert trace["process"]["interface"] == interface
    assert trace["process"]["server"] == "manage.py trace"


@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.usefixtures("shop")
def test_a_scenario_prints_a_list_of_all_its_requests(interface: str) -> None:
    out = io.StringIO()
    call_command("trace", f"--{interface}", scenario=CART, format="json", stdout=out)
    traces = json.loads(out.getvalue())
    assert [(trace["request"]["method"], trace["response"]["status"]) for trace in traces] == [
        ("POST", 302),
        ("GET", 200),
    ]
    assert {trace["process"]["interface"] for trace in traces} == {interface}


@pytest.mark.usefixtures("shop")
def test_a_scenario_of_one_request_is_a_list_as_well_and_trees_follow_each_other() -> None:
    out = io.StringIO()
    call_command("trace", scenario="JSON API", format="json", stdout=out)
    assert len(json.loads(out.getvalue())) == 1
    out = io.StringIO()
    call_command("trace", scenario=CART, stdout=out)
    assert re.findall(r"^\w+ /\S+: \d+ in ", out.getvalue(), re.MULTILINE) == [
        "POST /cart/add/: 302 in ",
        "GET /cart/: 200 in ",
    ]


@pytest.mark.parametrize(
    ("scenario", "first", "second"),
    [
        (CART, "Followed by GET /cart/.", "Redirected from POST /cart/add/."),
        ("Whole-page cache: miss, then hit", "Followed by GET /about/.", "Sent after GET /about/."),
    ],
)
@pytest.mark.usefixtures("shop")
def test_the_trees_of_a_scenario_say_what_led_to_what(scenario: str, first: str, second: str) -> None:
    out = io.StringIO()
    call_command("trace", scenario=scenario, stdout=out)
    of_first, of_second = re.split(r"\n\n(?=GET )", out.getvalue(), maxsplit=1)
    assert first in of_first.splitlines()
    assert second in of_second.splitlines()
    assert "Followed" not in of_second


@pytest.mark.usefixtures("shop")
def test_the_tree_shows_the_cycle_with_durations() -> None:
    out = io.StringIO()
    call_command("trace", "GET", PRODUCT, "--user", "john", stdout=out)
    text = out.getvalue()
    title, outcome, *_ = text.splitlines()
    assert title.startswith(f"GET {PRODUCT}: 200 in ")
    assert outcome == "Completed: product_detail answered 200."
    order = ["SecurityMiddleware", "BannedUserMiddleware", "resolver ", "view product_detail", "product_detail.html"]
    places = [text.index(word) for word in order]
    assert places == sorted(places)
    assert "in: + request.user, + request.auser" in text
    assert "[views.py:" in text
    assert "[shop/product_detail.html:" in text
    assert "the recorder itself took" in text


@pytest.mark.usefixtures("shop")
def test_the_tree_names_an_n_plus_one_below_the_fate() -> None:
    out = io.StringIO()
    call_command("trace", "GET", "/products/", stdout=out)
    fate, finding = out.getvalue().splitlines()[1:3]
    assert fate == "Completed: product_list answered 200."
    assert finding == (
        "N+1: a query for Product rows from shop/product_list.html line 23, then 24 queries followed Product.reviews, "
        'one at a time, from shop/models.py line 87. annotate(Avg("reviews__rating")) on that query would answer all '
        "of them in it."
    )


@pytest.mark.usefixtures("shop")
def test_headers_query_string_and_body_are_sent() -> None:
    trace = run("post", "/products/?q=lamp", "--header", "X-Colour: green", "--header", "Accept: a/b", "--body", "a=1")
    assert trace["request"]["method"] == "POST"
    assert trace["request"]["path"] == "/products/"
    assert trace["request"]["query_string"] == "q=lamp"
    assert ["x-colour", "green"] in trace["request"]["headers"]
    assert ["accept", "a/b"] in trace["request"]["headers"]
    assert ["content-length", "3"] in trace["request"]["headers"]


@pytest.mark.usefixtures("shop")
def test_a_body_is_read_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "body.txt").write_bytes(b"12345")
    trace = run("POST", "/cart/add/", "--body", f"@{tmp_path / 'body.txt'}", "--wsgi")
    assert ["Content-Length", "5"] in trace["request"]["headers"]


@pytest.mark.usefixtures("shop")
def test_the_session_made_for_a_user_is_deleted_and_nobody_signed_in() -> None:
    john = get_user_model().objects.get(username="john")
    trace = run("GET", PRODUCT, "--user", "john")
    assert any(event["kind"] == "database" and '"auth_user"' in str(event["detail"]) for event in trace["events"])
    connection.close()
    assert not Session.objects.exists()
    assert get_user_model().objects.get(username="john").last_login == john.last_login


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("G-E-T", "/"), "'G-E-T' is not an HTTP method; expected a word such as GET or POST"),
        (("GET", "products/"), "'products/' does not begin with a slash"),
        (("GET", "/", "--header", "nonsense"), "'nonsense' is not a header; expected 'Name: value'"),
        (("GET", "/", "--header", "X Y: 1"), "'X Y: 1' is not a header; expected 'Name: value'"),
        (("GET", "/", "--header", "X-Price: 1 €"), "'X-Price: 1 €' is not a header; expected 'Name: value'"),
        (("GET", "/", "--header", "X-A: 1\nX-B: 2"), "is not a header; expected 'Name: value'"),
        (("GET", "/", "--body", "@/no/such/file"), "cannot read '/no/such/file'"),
        ((), "the following arguments are required: method and path, or --scenario"),
        (("--scenario", "nonsense"), "there is no 'nonsense'; there are: John's product page, "),
        (("GET", "/", "--scenario", "JSON API"), "a scenario says itself what is sent"),
        (("--scenario", "JSON API", "--user", "john"), "a scenario says itself what is sent"),
        (("GET", "/", "--body", "@a\0b"), "cannot read 'a\\x00b'"),
        (("GET", "/favicon.ico"), "requests for '/favicon.ico' are not recorded: see VISUALIZER['IGNORE']"),
        (("GET", "/", "--user", "n\0b"), "there is no user 'n\\x00b'; there are: john, sarah, mallory"),
        (("GET", "/", "--user", "nobody"), "there is no user 'nobody'; there are: john, sarah, mallory"),
    ],
)
@pytest.mark.usefixtures("shop")
def test_a_bad_argument_is_named_with_what_was_expected(arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(CommandError) as caught:
        call_command("trace", *arguments)
    assert message in str(caught.value)
    assert caught.value.returncode == 2


@pytest.mark.parametrize("arguments", [("GET",), ("GET", "nowhere"), ("GET", "/", "--format", "xml")])
def test_the_exit_code_of_a_bad_call_is_2(arguments: tuple[str, ...], tmp_path: Path) -> None:
    environment = os.environ | {"DJANGO_DB": str(tmp_path / "none.sqlite3")}
    command = [sys.executable, "manage.py", "trace", *arguments]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert "Traceback" not in ended.stderr
    assert ended.stderr.strip()
