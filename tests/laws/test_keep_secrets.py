"""Law 6: what is a secret is found nowhere in a trace, in whatever place it was seen."""

import base64
import json

import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.db import connection
from django.http import HttpResponse, HttpResponseRedirect
from django.test import override_settings

from tests.driving import INTERFACES, ask, handler_for, observe, of, one, sign_in
from tests.site.calls import calls
from tests.site.settings import site
from visualizer.redaction import HIDDEN

pytestmark = pytest.mark.usefixtures("shop")
FORM = ("Content-Type", "application/x-www-form-urlencoded")


def text_of(trace):
    return json.dumps(trace, ensure_ascii=False)


def assert_hidden(trace, *secrets):
    text = text_of(trace)
    for secret in secrets:
        assert len(secret) >= 4
        assert secret not in text, f"{secret!r} stands in …{text[max(0, text.find(secret) - 200) :][:300]}…"


def session_of(cookie):
    session = Session.objects.get(session_key=cookie[1].partition("=")[2])
    return session.session_key, session.session_data, session.get_decoded()["_auth_user_hash"]


@pytest.mark.parametrize("interface", INTERFACES)
def test_session_csrf_token_and_password_hash_of_a_page_for_john(interface, traces):
    john = sign_in("john")
    csrf = "c" * 32
    cookies = ("Cookie", f"{john[1]}; csrftoken={csrf}; theme=dark-and-secret")
    reply = ask(interface, "/products/wireless-headphones/", headers=(cookies,))
    masked = reply.text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    password = get_user_model().objects.get(username="john").password
    assert_hidden(traces.only, *session_of(john), csrf, masked, password, "dark-and-secret")
    assert HIDDEN in of(traces.only, "database", "enter")[0]["detail"]["params"]
    assert ["cookie", f"sessionid={HIDDEN}; csrftoken={HIDDEN}; theme={HIDDEN}"] in [
        [name.lower(), value] for name, value in traces.only["request"]["headers"]
    ]


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_sign_in_tells_neither_password_nor_new_session(interface, traces):
    csrf = "d" * 32
    body = f"username=sarah&password=sarah&csrfmiddlewaretoken={csrf}".encode()
    headers = (("Cookie", f"csrftoken={csrf}"), FORM)
    reply = ask(interface, "/accounts/login/", method="POST", headers=headers, body=body)
    assert reply.status == 302
    cookies = dict(value.split(";")[0].strip().split("=") for name, value in reply.headers if name == "Set-Cookie")
    session = Session.objects.get()
    assert cookies["sessionid"] == session.session_key
    password = get_user_model().objects.get(username="sarah").password
    assert_hidden(traces.only, *cookies.values(), session.session_data, password, csrf, "password=sarah")
    response = traces.only["response"]
    assert (
        [value for name, value in response["headers"] if name == "Set-Cookie"][0].split(";")[0].endswith(f"={HIDDEN}")
    )


@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("Authorization", "Bearer abcdefgh12345678", f"Bearer {HIDDEN}"),
        ("Authorization", "abcdefgh12345678", HIDDEN),
        ("Authorization", "Basic " + base64.b64encode(b"ann:hunter22").decode(), f"Basic {HIDDEN}"),
        ("Proxy-Authorization", "Basic YW5uOmh1bnRlcjIy", f"Basic {HIDDEN}"),
        ("X-Api-Key", "key-12345678", HIDDEN),
        ("X-Csrftoken", "token-12345678", HIDDEN),
        ("X-Auth-Token", "token-12345678", HIDDEN),
        ("Referer", "https://ann:hunter22@x.example/?token=abcdefgh", f"https://{HIDDEN}@x.example/?token={HIDDEN}"),
    ],
)
def test_a_secret_header_is_hidden(name, value, kept, interface, traces):
    with site("AllHooks"):
        ask(interface, "/plain/", headers=((name, value),))
    assert_hidden(traces.only, *(part for part in value.split(" ") if len(part) > 6), "hunter22", "abcdefgh")
    assert kept in [stored for _, stored in traces.only["request"]["headers"]]


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_secret_in_the_query_string_is_hidden_wherever_it_goes(interface, traces):
    with site("AllHooks"):
        ask(interface, "/queries/secret-value-1/?token=secret-value-1&page=2&password=pw-12345678&flag")
    trace = traces.only
    assert trace["request"]["query_string"] == f"token={HIDDEN}&page=2&password={HIDDEN}&flag"
    assert_hidden(trace, "secret-value-1", "pw-12345678")
    assert one(trace, "database", "enter")["detail"]["params"] == [HIDDEN]


@pytest.mark.parametrize("interface", INTERFACES)
def test_an_escaped_name_in_the_query_string_hides_its_value(interface, traces):
    with site():
        ask(interface, "/plain/?pass%77ord=pw-12345678&page=1")
    assert traces.only["request"]["query_string"] == f"pass%77ord={HIDDEN}&page=1"
    assert_hidden(traces.only, "pw-12345678")


@pytest.mark.parametrize("interface", INTERFACES)
def test_an_escaped_secret_in_the_query_string_is_hidden_in_its_plain_form_too(interface, traces):
    def view(request):
        raise ValueError(f"bad token {request.GET['token']}")

    with site():
        observe(lambda: ask(interface, "/?token=se%20cret%2Bvalue%21", handler=handler_for(view, interface)))
    assert_hidden(traces.only, "se%20cret%2Bvalue%21", "se cret+value!")


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_secret_that_was_sent_without_escaping_is_hidden_as_the_application_reads_it(interface, traces):
    def view(request):
        raise ValueError(f"not {request.GET['token']} nor {request.COOKIES['theme']} nor {request.COOKIES['note']}")

    secret = "gehé1meß漢"
    # Both standards hand the bytes over, WSGI as latin-1 characters.
    sent = secret.encode().decode("latin-1")
    headers = (("Cookie", f'theme={sent}; note="semi\\073colon12"'),)
    with site():
        handler = handler_for(view, interface)
        path = f"/?token={sent if interface == 'wsgi' else secret}"
        observe(lambda: ask(interface, path, handler=handler, headers=headers))
    assert one(traces.only, "exception")["detail"]["message"] == f"not {HIDDEN} nor {HIDDEN} nor {HIDDEN}"


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_secret_captured_from_the_path_is_hidden_where_it_is_named(interface, traces):
    with site():
        ask(interface, "/token/abcdefghijkl/")
    assert_hidden(traces.only["events"][-20:], "value: abcdefghijkl")
    captured = one(traces.only, "resolver", "exit")["detail"]["captured"]
    assert captured == [{"name": "token", "value": HIDDEN, "type": "str"}]


@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.parametrize("kind", ["application/json", "text/plain", FORM[1]])
def test_a_body_is_not_stored(kind, interface, traces):
    with site("AllHooks"):
        ask(interface, "/echo/", method="POST", headers=(("Content-Type", kind),), body=b'{"word": "in-the-body"}')
    assert_hidden(traces.only, "in-the-body")
    assert traces.only["response"]["body_bytes"] == 23


@pytest.mark.parametrize("interface", INTERFACES)
def test_what_a_middleware_changes_is_hidden_by_its_name(interface, traces):
    with site("Changes"):
        ask(interface, "/plain/")
    assert_hidden(traces.only, "a-secret-of-the-request", "secret-cookie-value")
    changed = [change for event in of(traces.only, "middleware") for change in event["detail"].get("changed", [])]
    assert {"op": "add", "what": "request.api_token", "value": HIDDEN, "was": None} in changed
    assert {"op": "add", "what": "cookie session_hint", "value": HIDDEN, "was": None} in changed


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_redirect_tells_no_secret_of_its_address(interface, traces):
    def view(request):
        response = HttpResponseRedirect("/next/?token=abcdefgh1234&page=1")
        response["X-Session-Key"] = "key-of-the-session"
        return response

    with site("AllHooks"):
        ask(interface, "/", handler=handler_for(view, interface))
    assert_hidden(traces.only, "abcdefgh1234", "key-of-the-session")
    assert ["Location", f"/next/?token={HIDDEN}&page=1"] in traces.only["response"]["headers"]


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_secret_of_the_request_is_hidden_in_messages_of_errors(interface, traces):
    def view(request):
        raise ValueError(f"bad session {request.COOKIES['sessionid']}")

    with site("AllHooks"):
        observe(
            lambda: ask(
                interface, "/", handler=handler_for(view, interface), headers=(("Cookie", "sessionid=" + "s" * 32),)
            )
        )
    assert_hidden(traces.only, "s" * 32)
    assert one(traces.only, "exception")["detail"]["message"] == f"bad session {HIDDEN}"


def test_a_secret_is_hidden_while_the_request_still_runs(traces):
    seen = []

    def view(request):
        seen.append([json.dumps(traces[0].events()), json.dumps(traces[0].head())])
        return HttpResponse()

    with site("AllHooks"):
        ask("wsgi", "/?token=abcdefgh1234", handler=handler_for(view), headers=(("Cookie", "sessionid=" + "s" * 32),))
    assert "abcdefgh1234" not in "".join(seen[0])
    assert "s" * 32 not in "".join(seen[0])


def with_filter(name):
    return override_settings(DEFAULT_EXCEPTION_REPORTER_FILTER=f"tests.site.reporting.{name}")


def test_a_project_s_own_filter_has_its_say(traces):
    with site(), with_filter("HidesColours"):
        ask("wsgi", "/plain/?colour=vermilion&token=shown-by-this-filter")
        assert traces.only["request"]["query_string"] == f"colour={HIDDEN}&token=shown-by-this-filter"


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_project_s_own_way_of_cleansing_has_its_say_once_the_response_has_gone(interface, traces):
    def view(request):
        calls.append("view")
        return HttpResponse()

    calls.clear()
    with site("AllHooks"), with_filter("HidesFlavours"):
        handler = handler_for(view, interface)
        ask(interface, "/?flavour=pistachio&token=abcdefgh1234&page=2", handler=handler, headers=(("X-Flavour", "x"),))
        assert traces.only["request"]["query_string"] == f"flavour={HIDDEN}&token={HIDDEN}&page=2"
    assert "cleansed flavour" in calls
    assert calls.index("AllHooks.process_response") < min(n for n, call in enumerate(calls) if "cleansed" in call)


@pytest.mark.parametrize("name", ["Breaks", "NoSuchFilter"])
def test_a_filter_that_breaks_hides_all_and_one_that_is_not_there_is_django_s_own(name, traces):
    with site("AllHooks"), with_filter(name):
        assert ask("wsgi", "/plain/?page=2&token=abcdefgh1234").status == 200
        page = HIDDEN if name == "Breaks" else "2"
        assert traces.only["request"]["query_string"] == f"page={page}&token={HIDDEN}"


# VISUALIZER["HIDE"].


@pytest.mark.parametrize("interface", INTERFACES)
def test_names_of_hide_are_secrets_wherever_they_stand(interface, traces):
    def view(request):
        request.national_id = request.GET["national-id"]
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 WHERE 'x' = %s", ["kept"])
            cursor.execute("SELECT 1 AS national_id WHERE national_id = %s", ["id-12345678"])
        response = HttpResponse()
        response["X-National-ID"] = "id-12345678"
        return response

    hide = {"HIDE": ["national_id", r"^iban\d?$"]}
    with site("AllHooks", "Changes"), override_settings(VISUALIZER=hide):
        headers = (("National-Id", "id-12345678"), ("Referer", "http://localhost/?iban2=DE1234567890&ibans=shown"))
        ask(
            interface,
            "/?national-id=id-12345678&IBAN=DE0987654321",
            handler=handler_for(view, interface),
            headers=headers,
        )
        trace = traces.only
    assert_hidden(trace, "id-12345678", "DE1234567890", "DE0987654321")
    assert "ibans=shown" in text_of(trace)
    assert [event["detail"]["params"] for event in of(trace, "database", "enter")] == [["kept"], [HIDDEN]]


def test_an_attribute_named_by_hide_is_hidden(traces):
    with site("Changes"), override_settings(VISUALIZER={"HIDE": ["^added$"]}):
        ask("wsgi", "/plain/")
        changed = [change for event in of(traces.only, "middleware") for change in event["detail"].get("changed", [])]
    assert {"op": "add", "what": "request.added", "value": HIDDEN, "was": None} in changed


@pytest.mark.parametrize(
    "url",
    [
        "https://app.example/done#access_token=abcdefgh1234&state=1",
        "https://ann:hunter22/2@app.example/",
        "/done?next=1;&token=abcdefgh1234",
        "0; url=/done?token=abcdefgh1234",
        "</done?token=abcdefgh1234>; rel=preload",
    ],
)
@pytest.mark.parametrize("name", ["Location", "Refresh", "Link", "X-Anything"])
def test_urls_in_headers_of_any_name_tell_no_secret(name, url, traces):
    def view(request):
        response = HttpResponse(status=302)
        response[name] = url
        return response

    with site("AllHooks"):
        ask("wsgi", "/", handler=handler_for(view))
    assert_hidden(traces.only, "abcdefgh1234", "hunter22")


def test_user_and_password_of_a_url_in_a_message_are_hidden(traces):
    def view(request):
        raise ConnectionError("cannot reach postgres://ann:hunter22@db.example:5432/shop, mail to ann@shop.example")

    with site():
        observe(lambda: ask("wsgi", "/", handler=handler_for(view)))
    assert one(traces.only, "exception")["detail"]["message"] == (
        f"cannot reach postgres://{HIDDEN}@db.example:5432/shop, mail to ann@shop.example"
    )


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_password_sent_as_basic_authorization_is_hidden_where_the_application_reads_it(interface, traces):
    def view(request):
        pair = base64.b64decode(request.headers["Authorization"].partition(" ")[2]).decode()
        raise ValueError(f"no such user: {pair}, password {pair.partition(':')[2]}")

    with site():
        headers = (("Authorization", "Basic " + base64.b64encode(b"ann:hunter22").decode()),)
        observe(lambda: ask(interface, "/", handler=handler_for(view, interface), headers=headers))
    assert one(traces.only, "exception")["detail"]["message"] == f"no such user: {HIDDEN}, password {HIDDEN}"


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_secret_that_is_written_into_the_statement_itself_is_hidden_there(interface, traces):
    def view(request):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM (SELECT 'x' AS word) WHERE word = 'kept' AND 'token' = 'abcdefgh1234'")
            cursor.execute("SELECT 1 FROM (SELECT 'x' AS token) WHERE token = 'abcdefgh1234' AND 'kept' = 'it''s kept'")
        return HttpResponse()

    with site():
        ask(interface, "/", handler=handler_for(view, interface))
    told = [event["detail"]["sql"] for event in of(traces.only, "database", "enter")]
    assert told[0].endswith("WHERE word = 'kept' AND 'token' = 'abcdefgh1234'")
    assert told[1] == (f"SELECT 1 FROM (SELECT 'x' AS token) WHERE token = '{HIDDEN}' AND 'kept' = 'it''s kept'")
