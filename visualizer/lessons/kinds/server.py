"""The server's call of the handler, and the messages between the two."""

from collections.abc import Callable, Mapping
from typing import Any

from visualizer.lessons.cookies import cookies_in_head
from visualizer.lessons.kinds.response import cookies_said
from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.wording import counted, duration, error_said, listed, sentences, short, size

Facts = Mapping[str, Any]


def sentence(reading: Reading, event: Event) -> str:
    """What went from the server to the handler, or back."""
    if event["phase"] == "enter":
        return sentences(_called(reading, event), _left_out(detail(event).get("unused") or []))
    if event["phase"] == "exit":
        return sentences(*_done(reading, event))
    facts = detail(event)
    if event["name"] == "http.request":
        return sentences(_request_body(reading, event), _came_after(facts), _failed(facts))
    told = _MESSAGES.get(event["name"])
    said = told(facts) if told else f"The handler and the server exchange {event['name']}"
    sets = cookies_said(cookies_in_head(reading, event))
    return sentences(said, sets, _busy(event["name"], facts), _failed(facts))


# Handing over a message takes some microseconds; from here on somebody was waited for.
_WORTH_TELLING_NS = 1_000_000


def _came_after(facts: Facts) -> str:
    wait_ns = facts.get("wait_ns") or 0
    return f"It was waited for {duration(wait_ns)}" if wait_ns >= _WORTH_TELLING_NS else ""


def _busy(name: str, facts: Facts) -> str:
    """Who kept whom waiting: the client that takes its time to read, or the application to make a part."""
    wait_ns, made_ns = facts.get("wait_ns") or 0, facts.get("made_ns") or 0
    said = []
    if made_ns >= _WORTH_TELLING_NS:
        said.append(f"The application took {duration(made_ns)} to make it")
    if wait_ns >= _WORTH_TELLING_NS:
        said.append(_WAITS.get(name, "It took the server {}").format(duration(wait_ns)))
    return sentences(*said)


_WAITS = {
    "body": "Before it asked for this part, the server was busy with the one before for {}",
    "close": "It was busy with what it had got for {}",
    "wsgi.input": "It was waited for {}",
}


def _failed(facts: Facts) -> str:
    return f"That failed with {error_said(facts['error'])}" if facts.get("error") else ""


def _called(reading: Reading, event: Event) -> str:
    facts = detail(event)
    server = (reading.trace.get("process") or {}).get("server") or "The server"
    over = f" (HTTP/{facts['http_version']})" if facts.get("http_version") else ""
    interface = {"asgi": "an ASGI scope", "wsgi": "a WSGI environ"}.get(facts.get("interface") or "", "a request")
    return f"{server} calls {event['name']} with {interface}{over}"


def _left_out(unused: list[Facts]) -> str:
    """The layers that raised MiddlewareNotUsed when the chain was built, with what they said."""
    if not unused:
        return ""
    names = listed([short(each["path"]) + (f" ({each['reason']})" if each.get("reason") else "") for each in unused])
    return f"{names} asked to be left out of the chain when it was built"


def _done(reading: Reading, event: Event) -> list[str]:
    facts, took = detail(event), reading.duration_ns(event)
    after = f" after {duration(took)}" if took is not None else ""
    if facts.get("error"):
        return [f"{event['name']} ends{after} with {error_said(facts['error'])}"]
    if facts.get("body_bytes") is None:
        return [f"{event['name']} is done{after}"]
    chunks = f" in {counted(facts['chunks'], 'chunk')}" if facts.get("chunks") else ""
    return [
        f"{event['name']} is done{after}: it sent {size(facts['body_bytes'])} of body{chunks}",
        _without_body(reading, facts["body_bytes"]),
        _overtime(reading, event),
    ]


def _without_body(reading: Reading, body_bytes: int) -> str:
    # RFC 9110, section 9.3.2.
    asked_for_head = (reading.trace.get("request") or {}).get("method") == "HEAD"
    return "HEAD is answered without a body: the server keeps it" if asked_for_head and body_bytes else ""


def _overtime(reading: Reading, event: Event) -> str:
    # What a server still sends after its client has gone makes no response complete.
    if (reading.trace.get("outcome") or {}).get("kind") == "disconnected":
        return ""
    since_ns = reading.since_sent_ns(event) or 0
    return f"The last {duration(since_ns)} of that came after the response had been sent" if since_ns else ""


def _request_body(reading: Reading, event: Event) -> str:
    facts = detail(event)
    if facts.get("bytes"):
        more = "more follows" if facts.get("more") else "that completes it"
        return f"The server hands over {size(facts['bytes'])} of the request's body; {more}"
    if facts.get("more"):
        return "The server hands over an empty piece of the request's body; more follows"
    earlier = any(e["name"] == event["name"] and e["seq"] < event["seq"] for e in reading.of_kind("server"))
    return "The request's body is complete" if earlier else "The request has no body"


# RFC 9110, section 6.4.1.
_WITHOUT_BODY = (204, 304)


def _head(facts: Facts) -> str:
    status = " ".join(str(part) for part in (facts.get("status"), facts.get("reason")) if part)
    headers = f" and {counted(facts['headers'], 'header')}" if facts.get("headers") is not None else ""
    follows = "" if facts.get("status") in _WITHOUT_BODY else "; the body comes next"
    return f"The handler sends status {status}{headers}{follows}" if status else "The handler sends the headers"


def _body(facts: Facts) -> str:
    sent = size(facts["bytes"]) if facts.get("bytes") is not None else "a piece"
    if facts.get("more") is None:
        return f"The handler sends {sent} of body"
    return (
        f"The handler sends {sent} of body{'; more follows' if facts['more'] else ', and that completes the response'}"
    )


def _read(facts: Facts) -> str:
    left = f"; still to be read: {size(facts['left'])}" if facts.get("left") else ", and that completes it"
    if not facts.get("bytes"):
        return "The application reads the request's body and gets nothing: the client has stopped sending it"
    return f"The application reads {size(facts['bytes'])} of the request's body{left}"


def _close(facts: Facts) -> str:
    if facts.get("early"):
        return "The server closes the response before its end, as servers do when the client has gone"
    return "The server closes the response"


def _closed(facts: Facts) -> str:
    took = f": that took {duration(facts['took_ns'])}" if facts.get("took_ns") is not None else ""
    return f"The response is closed, and request_finished has been sent{took}"


_MESSAGES: dict[str, Callable[[Facts], str]] = {
    "http.disconnect": lambda facts: "The server reports that the client has disconnected",
    "http.response.start": _head,
    "http.response.body": _body,
    "start_response": _head,
    "body": _body,
    "close": _close,
    "closed": _closed,
    "wsgi.input": _read,
}
