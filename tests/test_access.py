"""Closed by default: only a local client while DEBUG is on, or whom the project's own test admits."""

import logging

import pytest
from django.contrib.auth import get_user_model
from django.test import Client, RequestFactory

from visualizer import access
from visualizer.access import admits, is_loopback, refusal, request_of_socket, same_origin


@pytest.fixture(autouse=True)
def _debug(settings):
    settings.DEBUG = True
    settings.ALLOWED_HOSTS = []
    settings.VISUALIZER = {}


def request(**meta):
    return RequestFactory(SERVER_NAME="localhost").get("/__visualizer__/", **meta)


def socket(headers=(), client=("127.0.0.1", 5000), host=b"localhost:8000", scheme="ws"):
    scope = {
        "type": "websocket",
        "path": "/__visualizer__/live/",
        "scheme": scheme,
        "headers": [(b"host", host), *headers],
        "client": client,
        "server": ("127.0.0.1", 8000),
    }
    return request_of_socket(scope)


def test_a_local_client_is_admitted_while_debug_is_on():
    assert admits(request())
    assert admits(socket())


def test_nobody_is_admitted_without_debug(settings):
    settings.DEBUG = False
    settings.ALLOWED_HOSTS = ["localhost"]
    assert not admits(request())
    assert not admits(socket())
    assert not access.may_admit_anyone()


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"])
def test_a_local_address_is_admitted(address):
    assert admits(request(REMOTE_ADDR=address))


@pytest.mark.parametrize(
    "address", ["192.168.1.5", "172.17.0.1", "203.0.113.9", "::ffff:10.0.0.1", "2001:db8::1", "", "x"]
)
def test_another_address_is_not(address):
    assert not admits(request(REMOTE_ADDR=address))


def test_a_socket_without_an_address_is_not_admitted():
    assert not admits(socket(client=None))
    assert not admits(socket(client=("10.0.0.7", 1)))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Forwarded-For", "203.0.113.9"),
        ("X-Forwarded-For", "127.0.0.1, 203.0.113.9"),
        ("X-Forwarded-For", "203.0.113.9, 127.0.0.1"),
        ("X-Forwarded-For", ""),
        ("X-Forwarded-For", "unknown"),
        ("X-Forwarded-Host", "shop.example"),
        ("X-Real-IP", "203.0.113.9"),
        ("X-Client-IP", "203.0.113.9"),
        ("True-Client-IP", "203.0.113.9"),
        ("CF-Connecting-IP", "203.0.113.9"),
        ("Forwarded", "for=203.0.113.9"),
        ("Forwarded", 'for="[2001:db8::1]:4711";proto=https'),
        ("Forwarded", "for=127.0.0.1, for=203.0.113.9"),
        ("Forwarded", "For=_hidden"),
        ("Forwarded", "proto=https"),
        ("Forwarded", "for=127.0.0.1;host=shop.example"),
    ],
)
def test_a_header_that_names_somebody_else_shuts_the_door(name, value):
    assert not admits(request(headers={name: value}))
    assert name in refusal(request(headers={name: value}))
    assert not admits(socket(headers=[(name.lower().encode(), value.encode())]))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Forwarded-For", "127.0.0.1"),
        ("X-Forwarded-For", "127.0.0.1:5000, ::1"),
        ("X-Forwarded-Host", "localhost:8000"),
        ("Forwarded", 'for="[::1]:4711";host="localhost:8000";proto=http'),
        ("X-Forwarded-Proto", "https"),
    ],
)
def test_a_proxy_on_this_machine_that_names_this_machine_is_no_obstacle(name, value):
    assert admits(request(headers={name: value}))


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1:8000", "[::1]:8000", "shop.localhost", "192.168.1.5"])
def test_the_names_of_this_machine_are_admitted_under_any_allowed_hosts(settings, host):
    settings.ALLOWED_HOSTS = ["*"]
    assert admits(request(HTTP_HOST=host))


def test_a_foreign_name_that_points_here_is_not_admitted(settings):
    settings.ALLOWED_HOSTS = ["*"]
    assert not admits(request(HTTP_HOST="rebound.example"))
    assert not admits(socket(host=b"rebound.example"))
    settings.ALLOWED_HOSTS = ["*", "rebound.example"]
    assert admits(request(HTTP_HOST="rebound.example"))


def test_a_host_that_the_project_does_not_allow_is_not_admitted(settings):
    assert not admits(request(HTTP_HOST="shop.example"))
    settings.VISUALIZER = {"ACCESS": "tests_access_rules.everybody"}
    assert not admits(request(HTTP_HOST="shop.example"))


@pytest.fixture
def rules(tmp_path, monkeypatch):
    """A module of a project with tests of its own."""
    source = """
def everybody(request): return True
def nobody(request): return False
def staff(request): return request.user.is_staff
async def staff_later(request): return (await request.auser()).is_staff
async def nobody_later(request): return False
def broken(request): raise RuntimeError
"""
    (tmp_path / "tests_access_rules.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)


@pytest.fixture
def admitted_by(rules, settings):
    def verdict(rule, **meta):
        settings.VISUALIZER = {"ACCESS": f"tests_access_rules.{rule}"}
        return admits(request(**meta))

    return verdict


def test_the_projects_own_test_replaces_the_rule(admitted_by, settings):
    settings.DEBUG = False
    settings.ALLOWED_HOSTS = ["localhost"]
    assert admitted_by("everybody", REMOTE_ADDR="203.0.113.9")
    assert not admitted_by("nobody")
    assert access.may_admit_anyone()


def test_a_coroutine_is_not_taken_for_a_yes(admitted_by):
    assert not admitted_by("nobody_later")


@pytest.mark.parametrize("rule", ["broken", "missing"])
def test_a_test_that_fails_admits_nobody(admitted_by, caplog, rule):
    with caplog.at_level(logging.CRITICAL, logger="visualizer.access"):
        assert not admitted_by(rule)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("rule", ["staff", "staff_later"])
def test_the_test_sees_the_user_of_the_session_without_the_projects_middleware(admitted_by, settings, rule):
    settings.MIDDLEWARE = []
    model, client = get_user_model(), Client()
    assert not admitted_by(rule)
    client.force_login(model.objects.create_user("ann"))
    assert not admitted_by(rule, HTTP_COOKIE=client.cookies.output(header=""))
    client.force_login(model.objects.create_user("sam", is_staff=True))
    assert admitted_by(rule, HTTP_COOKIE=client.cookies.output(header=""))


def test_without_accounts_the_test_gets_a_request_without_user(admitted_by, monkeypatch, caplog):
    monkeypatch.setattr(access, "has_accounts", lambda: False)
    assert admitted_by("everybody")
    with caplog.at_level(logging.CRITICAL, logger="visualizer.access"):
        assert not admitted_by("staff")


def from_origin(origin, **meta):
    headers = {"Origin": origin} if origin is not None else {}
    return same_origin(request(HTTP_HOST="localhost:8000", headers=headers, **meta))


def test_the_page_itself_is_of_the_same_origin():
    assert from_origin("http://localhost:8000")
    assert from_origin("HTTP://LOCALHOST:8000")
    assert same_origin(socket(headers=[(b"origin", b"http://localhost:8000")]))
    assert same_origin(socket(headers=[(b"origin", b"https://localhost:8000")], scheme="wss"))


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "",
        "null",
        "http://localhost",
        "http://localhost:8001",
        "http://evil.example",
        "http://localhost:8000.evil.example",
        "http://localhost:8000@evil.example",
        "ftp://localhost:8000",
        "localhost:8000",
        "http://[::1",
    ],
)
def test_any_other_origin_is_not(origin):
    assert not from_origin(origin)
    if origin is not None:
        assert not same_origin(socket(headers=[(b"origin", origin.encode())]))


def test_a_secure_page_is_not_of_the_origin_of_an_insecure_one():
    assert from_origin("https://localhost:8000", **{"wsgi.url_scheme": "https"})
    assert not from_origin("http://localhost:8000", **{"wsgi.url_scheme": "https"})


@pytest.mark.parametrize("address", ["localhost", "LOCALHOST:80", '"[::1]:80"', " 127.0.0.1 ", "a.localhost"])
def test_loopback_addresses(address):
    assert is_loopback(address)


@pytest.mark.parametrize("address", ["localhost.example", "127.0.0.1.example", "0.0.0.0", "", "::", "unknown"])
def test_other_addresses(address):
    assert not is_loopback(address)
