"""Choosing a user really signs the browser in, as Django does it."""

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.models import Session
from django.test import Client

from visualizer.page import accounts

# In one transaction around the test the front would find a connection in disorder, and close it.
pytestmark = pytest.mark.django_db(transaction=True)

SESSION = django_settings.SESSION_COOKIE_NAME


@pytest.fixture
def john(django_user_model):
    return django_user_model.objects.create_user("john")


@pytest.fixture
def sarah(django_user_model):
    return django_user_model.objects.create_user("sarah", is_staff=True)


def signed_in_as(visitor):
    """Whom the page says this browser is signed in as."""
    return visitor.get().text.partition('data-user="')[2].partition('"')[0]


def test_a_user_is_signed_in(visitor, john):
    answer = visitor.post("sign-in/", "user=john")
    assert (answer.status, answer.body) == (204, b"")
    assert signed_in_as(visitor) == "john"


def test_the_project_itself_knows_the_user(visitor, sarah, client):
    visitor.post("sign-in/", "user=sarah")
    client.cookies[SESSION] = visitor.jar[SESSION]
    assert client.get("/admin/", SERVER_NAME="localhost").status_code == 200


def test_the_session_cookie_is_set_as_the_settings_say(visitor, john, settings):
    settings.SESSION_COOKIE_SAMESITE = "Strict"
    cookie = visitor.post("sign-in/", "user=john").cookies[SESSION]
    assert cookie["httponly"]
    assert (cookie["samesite"], cookie["path"]) == ("Strict", "/")


def test_signing_in_tells_the_projects_receivers_and_rotates_the_csrf_token(visitor, john):
    seen = []

    def receive(user, **kwargs):
        seen.append(user.get_username())

    user_logged_in.connect(receive)
    try:
        answer = visitor.post("sign-in/", "user=john")
    finally:
        user_logged_in.disconnect(receive)
    assert seen == ["john"]
    assert django_settings.CSRF_COOKIE_NAME in answer.cookies


def test_another_user_gets_another_session(visitor, john, sarah):
    visitor.post("sign-in/", "user=john")
    first = visitor.jar[SESSION]
    visitor.post("sign-in/", "user=sarah")
    assert visitor.jar[SESSION] != first
    assert not Session.objects.filter(pk=first).exists()
    assert signed_in_as(visitor) == "sarah"


def test_the_same_user_again_changes_nothing(visitor, john):
    visitor.post("sign-in/", "user=john")
    answer = visitor.post("sign-in/", "user=john")
    assert answer.status == 204
    assert not answer.cookies


@pytest.mark.parametrize("name", ["", "anonymous"])
def test_nobody_is_signed_out(visitor, john, name):
    visitor.post("sign-in/", "user=john")
    assert visitor.post("sign-in/", f"user={name}").status == 204
    assert signed_in_as(visitor) == ""


def test_an_anonymous_visitors_session_survives_being_anonymous_again(visitor):
    browser = Client()
    session = browser.session
    session["cart"] = {"1": 2}
    session.save()
    visitor.jar[SESSION] = session.session_key
    assert visitor.post("sign-in/", "user=").status == 204
    assert Session.objects.get(pk=session.session_key).get_decoded() == {"cart": {"1": 2}}


def test_an_unknown_user_is_refused_by_name(visitor):
    answer = visitor.post("sign-in/", "user=nobody")
    assert answer.status == 422
    assert "nobody" in answer.text


def test_without_accounts_there_is_nobody_to_become(visitor, monkeypatch):
    monkeypatch.setattr(accounts, "has_accounts", lambda: False)
    answer = visitor.post("sign-in/", "user=john")
    assert answer.status == 409
    assert "django.contrib.auth" in answer.text
    assert accounts.usernames() == []


def test_being_admitted_outside_debug_makes_nobody_somebody_else(visitor, john, settings, tmp_path, monkeypatch):
    (tmp_path / "tests_account_rules.py").write_text("def everybody(request): return True")
    monkeypatch.syspath_prepend(tmp_path)
    settings.DEBUG = False
    settings.ALLOWED_HOSTS = ["localhost"]
    settings.VISUALIZER = {"ACCESS": "tests_account_rules.everybody"}
    assert visitor.post("sign-in/", "user=john").status == 409
    assert ">john<" not in visitor.get().text


def test_a_session_of_signed_cookies_will_do(visitor, john, settings):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    visitor.post("sign-in/", "user=john")
    assert signed_in_as(visitor) == "john"


def test_with_several_backends_the_first_one_signs_in(visitor, john, settings):
    backend = "django.contrib.auth.backends.ModelBackend"
    settings.AUTHENTICATION_BACKENDS = [backend, "django.contrib.auth.backends.AllowAllUsersModelBackend"]
    assert visitor.post("sign-in/", "user=john").status == 204
    assert signed_in_as(visitor) == "john"
