"""Each page, and what it says when something is missing."""

import logging
import re

import pytest
from django.db import OperationalError, connection

from visualizer.live.hub import hub
from visualizer.page import views

REPORT = """{"start_epoch_ns": 1, "queued_ns": 1, "connect_ns": 1, "first_byte_ns": 1, "download_ns": 1, "total_ns": 1,
"protocol": "h2", "transfer_bytes": 1, "body_bytes": 1, "decoded_bytes": 1, "status": 200, "rendered": "x",
"subrequests": []}"""


SAMPLES = [
    {"name": "Plain", "path": "/"},
    {
        "name": "Odd",
        "group": "Odd & rare",
        "path": "/",
        "token": True,
        "then": ["GET /a/", "GET /b/"],
        "abort_after_ms": 500,
    },
    {"name": "Rare", "group": "Odd & rare", "path": "/"},
]


@pytest.fixture
def unmigrated():
    def fail(execute, sql, *rest):
        raise OperationalError("no such table")

    with connection.execute_wrapper(fail):
        yield


@pytest.mark.django_db(transaction=True)
def test_the_page_knows_the_projects_paths_and_users(visitor, django_user_model):
    django_user_model.objects.create_user("zoe")
    django_user_model.objects.create_user("gone", is_active=False)
    text = visitor.get().text
    assert "/products/&lt;slug:slug&gt;/" in text
    assert ">zoe<" in text
    assert ">gone<" not in text


@pytest.mark.django_db(transaction=True)
def test_samples_are_in_the_menu_under_their_groups(visitor, settings):
    settings.VISUALIZER = {"SCENARIOS": "tests.page.test_views.SAMPLES"}
    menu = re.search(r"<select name=\"scenario\">.*?</select>", visitor.get().text, re.DOTALL)[0]
    told = re.findall(r"<optgroup label=\"([^\"]*)\"|</(optgroup)>|>([^<>]+)</option>", menu)
    assert ["".join(each) for each in told] == ["Samples", "Plain", "Odd &amp; rare", "Odd", "Rare", "optgroup"]
    assert 'data-token="on" data-then="GET /a/&#10;GET /b/" data-abort="500"' in menu
    assert menu.count("data-token") == 1


@pytest.mark.django_db(transaction=True)
def test_the_page_comes_without_users_where_the_database_is_not_migrated(visitor, unmigrated, caplog):
    with caplog.at_level(logging.ERROR, logger="visualizer.page"):
        visitor.jar["sessionid"] = "x" * 32
        assert visitor.get().status == 200
        answer = visitor.post("sign-in/", "user=john")
    assert answer.status == 409
    assert "migrated" in answer.text


def test_rows_are_listed_newest_first(visitor, kept_trace):
    traces = [kept_trace(f"/{name}/") for name in "abc"]
    text = visitor.get("traces/").text
    places = [text.index(f'id="trace-{trace.id}"') for trace in reversed(traces)]
    assert places == sorted(places)


def test_only_newer_rows_are_listed_after_one(visitor, kept_trace):
    old, known, new = kept_trace(), kept_trace(), kept_trace()
    text = visitor.get(f"traces/?after={known.id}").text
    assert new.id in text
    assert known.id not in text
    assert old.id not in text


def test_all_rows_are_listed_after_one_that_is_gone(visitor, kept_trace):
    trace = kept_trace()
    assert trace.id in visitor.get("traces/?after=0123456789abcdef").text


def test_older_rows_are_listed_before_one_and_none_before_the_last(visitor, kept_trace):
    older, last, known = (kept_trace(f"/{name}/") for name in "abc")
    text = visitor.get(f"traces/?before={known.id}").text
    assert text.index(last.id) < text.index(older.id)
    assert known.id not in text
    assert visitor.get(f"traces/?before={older.id}").text.strip() == ""
    assert visitor.get("traces/?before=0123456789abcdef").text.strip() == ""


def test_older_rows_come_in_portions_until_all_that_are_kept_have_come(visitor, kept_trace, settings):
    settings.VISUALIZER = {"MAX_TRACES": 500}
    traces = [kept_trace(f"/{number}/") for number in range(450)]
    seen, before = [], None
    while rows := re.findall(
        'id="trace-([0-9a-f]+)"', visitor.get(f"traces/?before={before}" if before else "traces/").text
    ):
        assert len(rows) <= 200
        seen, before = seen + rows, rows[-1]
    assert seen == [trace.id for trace in reversed(traces)]


def test_no_requests_make_no_rows(visitor, kept_trace):
    assert visitor.get("traces/").text.strip() == ""


def test_a_path_cannot_smuggle_markup_into_a_row(visitor, kept_trace):
    kept_trace("/<script>alert(1)</script>/")
    assert "<script>" not in visitor.get("traces/").text


def test_a_trace_is_the_documented_json(visitor, kept_trace):
    trace = kept_trace()
    answer = visitor.get(f"traces/{trace.id}.json")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json["id"] == trace.id
    assert answer.json["request"]["path"] == "/products/"
    assert [event["seq"] for event in answer.json["events"]] == [0]


def test_a_running_trace_can_be_had_as_far_as_it_is(visitor, kept_trace):
    trace = kept_trace(finished=False)
    assert visitor.get(f"traces/{trace.id}.json").json["duration_ns"] is None


def test_a_trace_that_is_gone_is_a_404_that_says_so(visitor, kept_trace):
    answer = visitor.get("traces/0123456789abcdef.json")
    assert answer.status == 404
    assert "0123456789abcdef" in answer.json["error"]
    assert visitor.get("traces/0123456789abcdef/steps/0/").status == 404
    assert visitor.post("traces/0123456789abcdef/client/", REPORT).status == 404


def test_a_step_is_inspected(visitor, kept_trace):
    answer = visitor.get(f"traces/{kept_trace().id}/steps/0/")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")


def test_a_step_that_is_not_there_is_a_404(visitor, kept_trace):
    answer = visitor.get(f"traces/{kept_trace().id}/steps/1/")
    assert answer.status == 404
    assert "1 events" in answer.text


@pytest.fixture
def announced(monkeypatch):
    found = []
    monkeypatch.setattr(hub, "announce", found.append)
    return found


def test_the_browsers_report_becomes_events_and_is_announced(visitor, kept_trace, announced):
    trace = kept_trace()
    answer = visitor.post(f"traces/{trace.id}/client/", REPORT, "application/json")
    assert (answer.status, answer.body) == (204, b"")
    assert [event["stage"] for event in trace.events(1)] == ["client_request", "client_response"]
    assert announced == [trace]


@pytest.mark.parametrize("body", ["", "{", "[]", "{}", "7", REPORT.replace('"status": 200', '"status": "200"')])
def test_a_report_that_is_wrong_is_refused_with_the_reason(visitor, kept_trace, announced, body):
    trace = kept_trace()
    answer = visitor.post(f"traces/{trace.id}/client/", body, "application/json")
    assert answer.status == 422
    assert len(answer.text) > 10
    assert len(trace.events()) == 1
    assert announced == []


def test_a_report_that_is_too_long_is_refused(visitor, kept_trace, announced):
    answer = visitor.post(f"traces/{kept_trace().id}/client/", "x" * (views.MAX_REPORT_BYTES + 1), "application/json")
    assert answer.status == 413


def test_a_report_waits_for_the_end_of_the_request(visitor, kept_trace, announced, monkeypatch):
    monkeypatch.setattr(views, "_FINISH_PATIENCE_S", 0.05)
    trace = kept_trace(finished=False)
    assert visitor.post(f"traces/{trace.id}/client/", REPORT, "application/json").status == 409
    monkeypatch.setattr(views.time, "sleep", lambda seconds: trace.finish(1))
    assert visitor.post(f"traces/{trace.id}/client/", REPORT, "application/json").status == 204


def test_the_frame_is_an_empty_document_without_the_pages_policy(visitor):
    answer = visitor.get("frame/")
    assert answer.headers["Content-Security-Policy"] == "frame-ancestors 'self'"
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert answer.text.startswith("<!doctype html>")
    assert "<body></body>" in answer.text


def test_a_script_has_the_type_that_modules_need(visitor):
    answer = visitor.get("static/vendor/htmx.min.js")
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert len(answer.body) > 1000


def test_a_file_that_did_not_change_is_not_sent_again(visitor):
    first = visitor.get("static/vendor/htmx.min.js")
    again = visitor.get("static/vendor/htmx.min.js", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")
    other = visitor.get("static/vendor/htmx.min.js", headers={"If-None-Match": '"other"'})
    assert other.status == 200


@pytest.mark.parametrize(
    "path",
    [
        "../manage.py",
        "../../manage.py",
        "vendor/../../manage.py",
        "/etc/passwd",
        "//etc/passwd",
        "vendor",
        "vendor/",
        "no.js",
        ".hidden",
        "vendor/.hidden",
        "%2e%2e/manage.py",
        "..\\manage.py",
        "x\0.js",
    ],
)
def test_nothing_but_the_files_of_the_front_end_is_served(visitor, path):
    assert visitor.get(f"static/{path}").status == 404
