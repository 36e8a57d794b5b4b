"""The test made of a trace, run by Django's own test runner: it passes, and would fail of another answer."""

import ast
import os
import re
import subprocess
import sys

from django.db import connection

from config.scenarios import SCENARIOS
from tests.lessons.sample import VIEW, Sample
from tests.serving import ROOT
from visualizer.control.play import play
from visualizer.control.scenarios import Scenario
from visualizer.export.django_test import django_test
from visualizer.lessons.reading import Reading
from visualizer.redaction import HIDDEN

BY_NAME = {scenario["name"]: Scenario(**scenario) for scenario in SCENARIOS}
# What each sends in place of the body's placeholders.
PLAYED = {
    "John's product page": "",
    "The same page, anonymous": "",
    "In German": "",
    "Jinja2 page": "",
    "No such product": "",
    "Missing slash": "",
    "Permission denied": "",
    "Banned user": "",
    "CSRF failure": '"product": "1"',
    "Into the cart: POST, redirect, page": '"product": "1", "quantity": "1"',
    "Error in a view": "",
    "JSON API for another site": "",
    "Conditional GET: 304": "",
    "HEAD": "",
    "OPTIONS": "",
}
SETTINGS = """
from config.settings import *
FIXTURE_DIRS = [{folder!r}]
DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}}}
"""


def written(name, number, folder):
    """Write the test of a scenario's first request, after what its own words ask for: fixture and body."""
    code = django_test(Reading(play(BY_NAME[name], "wsgi")[0].as_dict())).text
    dump = re.search(r"# Written by python manage.py (.+)", code)
    if dump:
        _run(ROOT / "manage.py", *dump[1].replace("recorded.json", f"{folder}/recorded{number}.json").split())
    if PLAYED[name]:
        assert '"YOUR-FIELD": "YOUR-VALUE"' in code
    code = code.replace('"recorded"', f'"recorded{number}"').replace('"YOUR-FIELD": "YOUR-VALUE"', PLAYED[name])
    (folder / f"test_{number}.py").write_text(code)
    return code


def _run(*arguments, **environment):
    database = os.environ.get("DJANGO_DB", "")
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings", "DJANGO_DB": database} | environment
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120)


def test_what_is_produced_passes_and_fails_of_another_answer(shop, traces, tmp_path, monkeypatch):
    monkeypatch.setenv("DJANGO_DB", str(connection.settings_dict["NAME"]))
    codes = [written(name, number, tmp_path) for number, name in enumerate(PLAYED)]
    (tmp_path / "recorded_settings.py").write_text(SETTINGS.format(folder=str(tmp_path)))
    changed = re.sub(r"status_code, \d+", "status_code, 299", codes[0]).replace('"recorded"', '"recorded0"')
    (tmp_path / "test_changed.py").write_text(changed)
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    done = _run(
        "-m", "django", "test", str(tmp_path), DJANGO_SETTINGS_MODULE="recorded_settings", PYTHONPATH=path, DJANGO_DB=""
    )
    assert f"Ran {len(PLAYED) + 1} tests" in done.stderr, done.stderr
    assert re.findall(r"^(?:FAIL|ERROR): .*\((\w+)\.", done.stderr, re.MULTILINE) == ["test_changed"], done.stderr
    assert "AssertionError: 200 != 299" in done.stderr


# Without running it


def code_of(sample):
    code = django_test(Reading(sample.as_dict()))
    ast.parse(code.text)
    return code


def asked(method="GET", path="/", query="", headers=(), body_bytes=0, scheme="http"):
    sample = Sample()
    sample.head["request"] = {"method": method, "path": path, "query_string": query, "headers": list(headers)}
    sample.point("client", f"{method} {path}", "client_request", body_bytes=body_bytes)
    sample.enter("server", "ASGIHandler", "server_request", scheme=scheme)
    return sample


def test_a_plain_request_is_four_lines():
    sample = asked(path="/about/").ended("completed", VIEW)
    assert code_of(sample).text == (
        "from django.test import TestCase\n\n\n"
        "class RecordedRequestTest(TestCase):\n"
        "    def test_get_about(self):\n"
        '        response = self.client.get("/about/")\n'
        "        self.assertEqual(response.status_code, 200)\n"
    )


def test_json_and_other_bodies_keep_their_type():
    headers = [["content-type", "application/json"]]
    text = code_of(asked("PUT", headers=headers, body_bytes=9)).text
    assert 'self.client.put(\n            "/",\n            data={"YOUR-FIELD": "YOUR-VALUE"},' in text
    assert 'content_type="application/json",' in text
    text = code_of(asked("PATCH", headers=[["content-type", "text/plain"]], body_bytes=9)).text
    assert 'data="YOUR-FIELD=YOUR-VALUE",' in text and 'content_type="text/plain",' in text


def test_headers_about_the_browser_are_left_out_and_secrets_are_placeholders():
    headers = [
        ["user-agent", "Mozilla"],
        ["sec-fetch-mode", "navigate"],
        ["accept-language", "de"],
        ["x-csrftoken", HIDDEN],
        ["authorization", f"Bearer {HIDDEN}"],
        ["cookie", f"csrftoken={HIDDEN}; theme={HIDDEN}"],
    ]
    code = code_of(asked(headers=headers))
    assert '"Accept-Language": "de",' in code.text
    assert '"Authorization": "Bearer YOUR-AUTHORIZATION",' in code.text
    assert 'self.client.cookies["theme"] = "YOUR-THEME"' in code.text
    for left_out in ("Mozilla", "Sec-Fetch", "csrftoken", "CSRFToken", HIDDEN):
        assert left_out not in code.text
    assert any(note.startswith("Secrets are not in the trace") for note in code.notes)


def test_texts_cannot_break_out_of_their_quotes():
    sample = asked(path='/a"b\\c/', query='q="""', headers=[["x-note", 'say "ö" \\']])
    [call] = [node for node in ast.walk(ast.parse(code_of(sample).text)) if isinstance(node, ast.Call)][:1]
    assert ast.literal_eval(call.args[0]) == '/a%22b%5Cc/?q="""'
    assert ast.literal_eval(call.keywords[0].value) == {"X-Note": 'say "ö" \\'}


def test_https_and_methods_without_a_name_of_their_own():
    text = code_of(asked("PROPFIND", "/files/", scheme="https")).text
    assert 'self.client.generic(\n            "PROPFIND",\n            "/files/",\n            secure=True,' in text


def test_a_session_without_a_user_is_told():
    code = code_of(asked(headers=[["cookie", f"sessionid={HIDDEN}"]]))
    assert "force_login" not in code.text
    assert any("came with a session, but no user was read" in note for note in code.notes)


def test_a_user_is_signed_in_by_the_key_that_was_read():
    sql = 'SELECT "auth_user"."id" FROM "auth_user" WHERE "auth_user"."id" = %s LIMIT 21'
    sample = asked(headers=[["cookie", f"sessionid={HIDDEN}"]])
    sample.span("database", "default", {"rows": 1}, sql=sql, params=["12"])
    assert "self.client.force_login(get_user_model().objects.get(pk=12))" in code_of(sample).text
    stranger = asked()
    stranger.span("database", "default", {"rows": 1}, sql=sql, params=["12"])
    assert "force_login" not in code_of(stranger).text
    gone = asked(headers=[["cookie", f"sessionid={HIDDEN}"]])
    gone.span("database", "default", {"rows": 0}, sql=sql, params=["12"])
    assert "force_login" not in code_of(gone).text


def test_the_fixture_holds_what_was_read_and_what_that_points_at():
    sample = asked()
    sample.span("database", "default", sql='SELECT * FROM "shop_review" WHERE 1')
    sample.span("database", "default", sql='UPDATE "shop_order" SET x = 1')
    sample.span("database", "default", sql='SELECT * FROM "django_session"')
    text = code_of(sample).text
    assert "dumpdata --natural-foreign shop.category shop.product shop.review --output recorded.json" in text
