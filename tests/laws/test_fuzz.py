"""Laws 4 and 6 under random input: no secret of a request survives, and nothing that is sent brings an exception out.

`make fuzz` runs more rounds of it, from another seed each time, which a failure names.
"""

import base64
import io
import json
import re
from random import Random
from urllib.parse import quote, quote_plus

import pytest
from asgiref.testing import ApplicationCommunicator
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import connection
from django.http import HttpResponse
from django.test import override_settings

from tests.driving import INTERFACES, ask, handler_for, observe
from tests.laws.fuzzing import SEED, gives_away, odd_text, random_of, rounds, secret_text, written
from tests.site.settings import site
from visualizer.findings.requests import request_of
from visualizer.live.consumer import LiveConsumer
from visualizer.page.inspector import inspector_context
from visualizer.page.templates import render
from visualizer.recorder import Trace
from visualizer.stores.memory import store

NAMES = ("token", "X-Api-Key", "user[password]", "secret_id", "csrf")
MOUNT = "/__visualizer__/"


def told(number: int) -> str:
    return f"FUZZ_SEED={SEED}, round {number}"


# Secrets.


def query_of(random: Random) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    """A secret in the query string; what a request with it looks like: secret, path, headers."""
    secret = secret_text(random)
    way = random.choice([quote_plus, quote, lambda text: quote(text, safe="")])
    return secret, f"/?page=1&{quote_plus(random.choice(NAMES))}={way(secret)}&x=2", ()


def cookie_of(random: Random) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    secret = secret_text(random, without=" ;,\"'\\é漢")
    return secret, "/", (("Cookie", f"theme=x; {odd_name(random)}={secret}; a=b"),)


def header_of(random: Random) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    secret = secret_text(random, without="漢")
    return secret, "/", ((random.choice(["X-Api-Key", "Auth-Token", "Api-Secret"]), secret),)


def bearer_of(random: Random) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    secret = secret_text(random, without="漢 ")
    return secret, "/", (("Authorization", f"{random.choice(['Bearer', 'Token', 'Digest'])} {secret}"),)


def basic_of(random: Random) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    secret = secret_text(random)
    return secret, "/", (("Authorization", f"Basic {base64.b64encode(f'ann:{secret}'.encode()).decode()}"),)


def referer_of(random: Random) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    secret = secret_text(random)
    url = f"https://host/{{}}?token={quote(secret, safe='')}&a=1"
    return secret, "/", (("Referer", url.format(odd_name(random))),)


def userinfo_of(random: Random) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    secret = secret_text(random)
    return secret, "/", ((random.choice(["Referer", "X-Upstream"]), f"ftp://ann:{quote(secret, safe='')}@host/a"),)


def odd_name(random: Random) -> str:
    return re.sub(r"[^a-z]", "", odd_text(random)) or "name"


SOURCES = [query_of, cookie_of, header_of, bearer_of, basic_of, referer_of, userinfo_of]


@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.__name__)
@pytest.mark.django_db(transaction=True)
def test_no_secret_of_a_request_survives_wherever_the_application_writes_it(source, interface, traces):
    for number in range(rounds(few=10)):
        random = random_of(f"{source.__name__} {interface}", number)
        secret, path, headers = source(random)
        traces.clear()
        with site("AllHooks"):
            handler = handler_for(teller(secret, random), interface)
            observe(lambda h=handler, p=path, hs=headers: ask(interface, p, handler=h, headers=hs))
        assert_untold(traces.only, secret, f"{told(number)}: {secret!r} sent as {path!r} {headers!r}")


def teller(secret: str, random: Random):
    """A view that tells a secret in places that have nothing to do with secrets."""
    texts = [written(secret, random) for _ in range(4)]

    def view(request):
        request.note = texts[0]
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s", [texts[1]])
        if random.random() < 0.5:
            raise ValueError(texts[2])
        return HttpResponse(headers={"X-Note": re.sub(r"[^ -~]", "", texts[3])})

    return view


def assert_untold(trace: dict, secret: str, case: str) -> None:
    for text in texts_in(trace):
        assert not gives_away(text, secret), f"{case}\n{text!r}"
    for event in trace["events"]:
        html = render("visualizer/inspector/step.html", inspector_context(trace, event["seq"]))
        assert secret not in html, case
    assert not gives_away(request_of(trace).said, secret), case
    assert not [event for event in trace["events"] if event["kind"] == "recorder"], case


def texts_in(value):
    """Every text in a structure of dicts and lists."""
    if isinstance(value, dict):
        for item in value.values():
            yield from texts_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts_in(item)
    elif isinstance(value, str):
        yield value


# Bad input.


@pytest.mark.usefixtures("shop")
def test_the_command_takes_any_arguments_or_says_what_is_wrong_with_them():
    users = [user.username for user in get_user_model().objects.all()]
    endings = set()
    for number in range(rounds(few=150)):
        random = random_of("command", number)
        arguments = command_arguments(random, users)
        try:
            endings.add(run_command(arguments))
        except BaseException as error:
            error.add_note(f"{told(number)}: {arguments!r}")
            raise
    assert endings == {"printed", "refused"}


def run_command(arguments: list[str]) -> str:
    # A method or path may look like an option.
    (method, path, *options), out = arguments, io.StringIO()
    try:
        call_command("trace", *options, "--", method, path, stdout=out)
    except CommandError as refusal:
        return "refused" if str(refusal).strip() else "refused without a word"
    return "printed" if out.getvalue().strip() else "printed nothing"


def command_arguments(random: Random, users: list[str]) -> list[str]:
    method = random.choice(["GET", "get", "POST", "QUERY", odd_text(random)])
    path = random.choice(["/", "/products/", "/favicon.ico", MOUNT, ""]) + odd_text(random)
    found = [method, path]
    if random.random() < 0.5:
        found.append(f"--header={random.choice(['X-A: ', 'Content-Type:', ''])}{odd_text(random)}")
    if random.random() < 0.5:
        found.append(f"--body={random.choice(['', '@', '@/'])}{odd_text(random)}")
    if random.random() < 0.3:
        found.append(f"--user={random.choice([*users, odd_text(random)])}")
    return [*found, f"--format={random.choice(['tree', 'json'])}", random.choice(["--asgi", "--wsgi"])]


@pytest.fixture
def kept_id():
    """The id of a finished trace in the store."""
    store.clear()
    trace = Trace("asgi", "ASGIHandler", None, lambda _: ("GET", "/", "", []))
    trace.finish(1)
    store.on_begin(trace)
    yield trace.id
    store.clear()


@pytest.mark.parametrize("interface", INTERFACES)
@pytest.mark.usefixtures("shop")
def test_the_pages_answer_whatever_is_asked_of_them(interface, kept_id):
    statuses = set()
    for number in range(rounds(few=150)):
        random = random_of(f"pages {interface}", number)
        path, request = page_request(random, kept_id)
        with override_settings(DEBUG=True):
            reply = ask(interface, path, **request)
        statuses.add(reply.status)
        assert 200 <= reply.status < 500, f"{told(number)}: {path!r} {request!r}\n{reply.text[-3000:]}"
    assert {200, 404, 405} <= statuses


def page_request(random: Random, kept_id: str):
    known = ["", "traces/", f"traces/{kept_id}.json", f"traces/{kept_id}/steps/0/", f"traces/{kept_id}/client/"]
    path = random.choice([*known, "sign-in/", "frame/", "static/", "traces/", "live/"])
    path += random.choice(["", "", f"?after={quote(odd_text(random), errors='replace')}", as_sent(odd_text(random))])
    method = random.choice(["GET", "GET", "HEAD", "POST", "POST", "PUT", "OPTIONS", "X"])
    body = random.choice(
        [
            b"",
            odd_text(random).encode(errors="replace"),
            odd_json(random),
            b"user=" + as_sent(odd_text(random)).encode(),
        ]
    )
    kind = random.choice(["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
    headers = (("Content-Type", kind), ("Origin", "http://localhost"), ("Cookie", as_header(odd_text(random))))
    place, mark, query = path.partition("?")
    # PEP 3333: a query string is of latin-1 characters.
    return MOUNT + place + mark + as_header(query), {"method": method, "body": body, "headers": headers}


def as_sent(text: str) -> str:
    """What a server hands over can be encoded."""
    return text.encode(errors="replace").decode()


def as_header(text: str) -> str:
    return re.sub(r"[\r\n\0]", "", text).encode("latin-1", "replace").decode("latin-1")


REPORT = {
    **dict.fromkeys(("start_epoch_ns", "queued_ns", "connect_ns", "first_byte_ns", "download_ns", "total_ns"), 1),
    **dict.fromkeys(("transfer_bytes", "body_bytes", "decoded_bytes", "status"), 1),
    "protocol": "h2",
    "rendered": "",
    "subrequests": [{"path": "/", "initiator": "img", "duration_ns": 1, "status": 200}],
}


def odd_value(random: Random, depth: int = 3):
    kinds = [lambda: odd_text(random), lambda: random.choice([0, -1, 2**63, 1e308, True, None])]
    if depth:
        kinds.append(lambda: [odd_value(random, depth - 1) for _ in range(random.randrange(3))])
        kinds.append(lambda: {odd_text(random): odd_value(random, depth - 1) for _ in range(random.randrange(3))})
    return random.choice(kinds)()


def odd_json(random: Random) -> bytes:
    """A browser's report of which something is wrong, or any other document."""
    wrong = {**REPORT, random.choice(list(REPORT)): odd_value(random)}
    return json.dumps(random.choice([wrong, odd_value(random)])).encode(errors="replace")


async def test_the_socket_takes_whatever_is_sent():
    random = random_of("socket", 0)
    scope = {"type": "websocket", "path": f"{MOUNT}live/", "client": ("127.0.0.1", 5000), "server": ("127.0.0.1", 8000)}
    headers = [(b"host", b"localhost:8000"), (b"origin", b"http://localhost:8000")]
    with override_settings(DEBUG=True, VISUALIZER={}):
        socket = ApplicationCommunicator(LiveConsumer.as_asgi(), {**scope, "headers": headers})
        await socket.send_input({"type": "websocket.connect"})
        assert (await socket.receive_output(10))["type"] == "websocket.accept"
        await socket.receive_output(10)
        for _ in range(rounds(few=200)):
            await socket.send_input({"type": "websocket.receive", **socket_message(random)})
        while not await socket.receive_nothing(timeout=0.2):
            assert (await socket.receive_output(1))["type"] == "websocket.send", told(0)
        assert not socket.future.done(), told(0)
        await socket.send_input({"type": "websocket.disconnect", "code": 1001})
        await socket.wait(10)


def socket_message(random: Random):
    if random.random() < 0.1:
        return {"bytes": odd_text(random).encode(errors="replace")}
    key = random.choice(["ack", "again", odd_text(random)])
    value = random.choice([odd_value(random), [2**70, 2**70], [5, -5], -(2**70)])
    return {"text": random.choice([json.dumps({key: value}), json.dumps(odd_value(random)), odd_text(random)])}
