"""Any value as a short safe text, and what is hidden."""

import datetime
import decimal
import enum
import uuid
import zoneinfo

import pytest
from django.db.models import TextChoices
from django.test import override_settings
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from visualizer.event_log import EventLog
from visualizer.redaction import (
    HIDDEN,
    cut,
    header_value,
    is_hidden,
    safe_query_string,
    safe_text,
    safe_url,
    safe_value,
    scrub,
    secrets_in_query,
    secrets_of,
)


class Colour(TextChoices):
    """A text that is an enumeration's member."""

    GREEN = "green"


class Size(enum.IntEnum):
    """A number that is an enumeration's member."""

    LARGE = 3


class Plain:
    """An object of the application."""


class Own(str):
    """A text of the application's own class."""

    __slots__ = ()


MOMENT = datetime.datetime(2026, 1, 2, 3, 4, 5)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("text", "text"),
        (mark_safe("<b>"), "<b>"),
        (Own("own"), "own"),
        (Colour.GREEN, "green"),
        (Size.LARGE, "3"),
        (1, "1"),
        (1.5, "1.5"),
        (True, "True"),
        (None, "None"),
        (decimal.Decimal("1.50"), "1.50"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (datetime.date(2026, 1, 2), "2026-01-02"),
        (datetime.time(3, 4), "03:04:00"),
        (datetime.timedelta(seconds=90), "0:01:30"),
        (MOMENT, "2026-01-02T03:04:05"),
        (MOMENT.replace(tzinfo=datetime.UTC), "2026-01-02T03:04:05+00:00"),
        (MOMENT.replace(tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")), "2026-01-02T03:04:05+01:00"),
        (b"bytes", "<5 bytes>"),
        (memoryview(b"bytes"), "<5 bytes>"),
        ([1, 2], "<list of 2>"),
        ((), "<tuple of 0>"),
        ({"a": 1}, "<dict of 1>"),
        ({1}, "<set of 1>"),
        (Plain(), "<Plain>"),
        (Plain, "class Plain"),
        (gettext_lazy("lazy"), "lazy text"),
        (len, "<builtin_function_or_method>"),
    ],
    ids=str,
)
def test_the_text_of_a_value(value, text):
    assert safe_text(value) == text


def test_a_lazy_object_is_not_evaluated_and_said_to_be_so():
    lazy = SimpleLazyObject(lambda: pytest.fail("evaluated"))
    assert safe_text(lazy) == "SimpleLazyObject, not evaluated"
    evaluated = SimpleLazyObject(Plain)
    assert str(evaluated)
    assert safe_text(evaluated) == "SimpleLazyObject of Plain"


def test_texts_are_cut_and_say_so():
    with override_settings(VISUALIZER={"MAX_VALUE_BYTES": 10}):
        assert cut("1234567890") == "1234567890"
        assert cut("12345678901") == "123456789…"
        assert safe_text("x" * 100) == "x" * 9 + "…"


@pytest.mark.parametrize(
    "name", ["password", "API_KEY", "user_token", "SessionId", "csrfmiddlewaretoken", "Signature", "secret", "cookie"]
)
def test_names_of_secrets(name):
    assert is_hidden(name)


@pytest.mark.parametrize("name", ["name", "page", "slug", "username", "Content-Type", "id", ""])
def test_names_of_what_is_none(name):
    assert not is_hidden(name)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("token", "x", HIDDEN),
        ("token", mark_safe("x"), HIDDEN),
        ("pass_code", 1234, HIDDEN),
        ("pass_code", Size.LARGE, HIDDEN),
        ("pass_until", MOMENT, HIDDEN),
        ("secret", b"x", HIDDEN),
        ("token", None, "None"),
        ("token", ["x"], "<list of 1>"),
        ("token", Plain(), "<Plain>"),
        ("page", 1234, "1234"),
    ],
)
def test_the_text_of_a_value_with_a_name(name, value, text):
    assert safe_value(name, value) == text


def test_hide_names_more_secrets():
    with override_settings(VISUALIZER={"HIDE": ("iban", r"^pin$", "national_id")}):
        assert is_hidden("iban") and is_hidden("IBAN_of_user") and is_hidden("PIN") and is_hidden("X-National-Id")
        assert not is_hidden("pins") and not is_hidden("page")
        assert is_hidden("password")
    assert not is_hidden("iban")


@pytest.mark.parametrize(
    ("name", "value", "stored"),
    [
        ("Cookie", "a=1; b=two; c", f"a={HIDDEN}; b={HIDDEN}; c={HIDDEN}"),
        ("Set-Cookie", "sessionid=abc; Path=/; HttpOnly", f"sessionid={HIDDEN}; Path=/; HttpOnly"),
        ("Set-Cookie", "theme=dark", f"theme={HIDDEN}"),
        ("Authorization", "Bearer abc.def", f"Bearer {HIDDEN}"),
        ("authorization", "abcdef", HIDDEN),
        ("X-CSRFToken", "abc", HIDDEN),
        ("Accept", "text/html", "text/html"),
        ("Location", "/next/?page=1&key=abc", f"/next/?page=1&key={HIDDEN}"),
        ("Referer", "https://x.example/a?b=1", "https://x.example/a?b=1"),
    ],
)
def test_what_is_stored_of_a_header(name, value, stored):
    assert header_value(name, value) == stored


@pytest.mark.parametrize(
    ("query", "stored"),
    [
        ("", ""),
        ("page=2", "page=2"),
        ("token=abc&page=2&token=def", f"token={HIDDEN}&page=2&token={HIDDEN}"),
        ("token", "token"),
        ("token=", f"token={HIDDEN}"),
        ("a[password]=x&b=%20", f"a[password]={HIDDEN}&b=%20"),
        ("user%5Btoken%5D=x", f"user%5Btoken%5D={HIDDEN}"),
    ],
)
def test_what_is_stored_of_a_query_string(query, stored):
    assert safe_query_string(query) == stored


@pytest.mark.parametrize(
    ("url", "stored"),
    [
        ("/path/", "/path/"),
        ("https://user:pass@host/x?y=1", f"https://{HIDDEN}@host/x?y=1"),
        ("//host/x?secret=1", f"//host/x?secret={HIDDEN}"),
        ("/mail/a@b/?page=1", "/mail/a@b/?page=1"),
        ("http://host:8000/mail/a@b/", "http://host:8000/mail/a@b/"),
        ("https://user:pa/ss@host/", f"https://{HIDDEN}@host/"),
        ("//host/#token=x&page=1", f"//host/#token={HIDDEN}&page=1"),
        ("//a:b@host/ and //c@host/", f"//{HIDDEN}@host/ and //{HIDDEN}@host/"),
    ],
)
def test_what_is_stored_of_a_url(url, stored):
    assert safe_url(url) == stored


def test_secrets_are_collected_from_headers():
    headers = [
        ("Cookie", 'sessionid=0123456789abcdef; theme="quoted-value"; short=1'),
        ("Authorization", "Bearer token-of-bearer"),
        ("X-Api-Key", "key-0123456789"),
        ("Set-Cookie", "other=value-of-cookie; Path=/"),
        ("Accept", "text/html, and more"),
    ]
    assert secrets_of(headers) == {
        "0123456789abcdef",
        "quoted-value",
        "token-of-bearer",
        "key-0123456789",
        "value-of-cookie",
    }
    found = secrets_in_query("token=a%20long%20secret&page=123456789")
    assert {"a%20long%20secret", "a long secret", "a+long+secret"} <= found
    assert not any("page" in secret or "1234" in secret for secret in found)


def test_secrets_are_collected_as_others_write_them():
    found = secrets_in_query("token=%C3%A9%3C%26%22%2F+12345")
    assert {'é<&"/ 12345', "%C3%A9%3C%26%22%2F+12345", "%C3%A9%3C%26%22/%2012345"} <= found
    assert {"é&lt;&amp;&quot;/ 12345", r"\u00e9<&\"/ 12345"} <= found
    assert secrets_of([("Authorization", "Basic YW5uOmh1bnRlcjIy")]) >= {"YW5uOmh1bnRlcjIy", "ann:hunter22", "hunter22"}
    assert secrets_of([("Referer", "//ann:hunter22@host/?token=abcdefgh&page=123456789")]) == {"hunter22", "abcdefgh"}


def test_known_secrets_are_replaced_in_every_text():
    events = [
        {"name": "see secret-1!", "detail": {"list": ["secret-1", 1, ("x", "secret-1-long")], "none": None}},
        {"a": 1},
    ]
    assert scrub(events, frozenset({"secret-1", "secret-1-long"})) == [
        {"name": f"see {HIDDEN}!", "detail": {"list": [HIDDEN, 1, ["x", HIDDEN]], "none": None}},
        {"a": 1},
    ]


def test_what_holds_no_secret_is_handed_back_as_it_is():
    events = [{"name": "nothing"}]
    assert scrub(events, frozenset({"secret-1"})) is events
    assert scrub(events, frozenset()) is events


@pytest.mark.parametrize("secret", ['quote"and\\slash', "ünïcode-sécret", "line\nbreak-secret"])
def test_secrets_that_json_escapes_are_found(secret):
    assert scrub([{"name": f"a {secret} b"}], frozenset({secret})) == [{"name": f"a {HIDDEN} b"}]


def test_what_is_not_json_is_looked_through_as_well():
    odd = object()
    assert scrub([{"name": "secret-1", "odd": odd}], frozenset({"secret-1"})) == [{"name": HIDDEN, "odd": odd}]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("see secret-1234-ab…", f"see {HIDDEN}…"),
        ("see secret-1…", f"see {HIDDEN}…"),
        ("see secret-…", "see secret-…"),
        ("secret-1234-abcd and …", f"{HIDDEN} and …"),
        ("see secret-1234-xy…", "see secret-1234-xy…"),
    ],
)
def test_a_secret_that_was_cut_through_is_hidden(text, told):
    secrets = frozenset({"secret-1234-abcd"})
    assert scrub([{"name": text}], secrets) == [{"name": told}]
    log = EventLog()
    log.extend([{"name": text}], secrets)
    assert log.read() == [{"name": told}]
