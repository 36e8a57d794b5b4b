"""The response as it left the view, before any layer touched it on the way out."""

from collections.abc import Callable, Mapping
from typing import Any

from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.wording import article, clip, listed, sentences, short, size

Facts = Mapping[str, Any]


def sentence(reading: Reading, event: Event) -> str:
    """Class, status, type and size; what form it has; the cookies that it sets, with their flags."""
    facts = detail(event)
    status = " ".join(str(part) for part in (facts.get("status"), facts.get("reason")) if part)
    parts = [part for part in (status, facts.get("content_type"), _body(reading, facts)) if part]
    said = _FORMS.get(str(facts.get("form")))
    return sentences(
        f"The response is {article(short(event['name']))}" + (f": {', '.join(parts)}" if parts else ""),
        said(facts) if said else "",
        cookies_said(facts.get("cookies") or []),
    )


def cookies_said(cookies: list[Facts]) -> str:
    """That these cookies are set; empty for none."""
    said = listed([cookie_said(each) for each in cookies])
    return f"It sets the {'cookie' if len(cookies) == 1 else 'cookies'} {said}" if cookies else ""


def cookie_said(cookie: Facts) -> str:
    """A cookie's name and the flags that are set."""
    flags = [word for key, word in (("secure", "Secure"), ("httponly", "HttpOnly")) if cookie.get(key)]
    flags += [f"{word}={cookie[key]}" for key, word in _VALUED if cookie.get(key) is not None]
    return f"{cookie['name']} ({', '.join(flags)})" if flags else str(cookie["name"])


_VALUED = (
    ("samesite", "SameSite"),
    ("path", "Path"),
    ("domain", "Domain"),
    ("max_age", "Max-Age"),
    ("expires", "Expires"),
)


def _redirect(facts: Facts) -> str:
    return f"It sends the client on to {clip(str(facts.get('location')))}"


def _file(facts: Facts) -> str:
    name = f"the file {clip(str(facts['filename']))}" if facts.get("filename") else "a file without a name"
    return f"It is {name}, {'to be saved' if facts.get('is_attachment') else 'to be shown where the browser can'}"


def _not_modified(facts: Facts) -> str:
    return "What the client has is still good: no body is sent"


def _when_made(reading: Reading, facts: Facts) -> str:
    """An iterator of the kind that the interface cannot wait for is read to its end first."""
    interface, is_async = (reading.trace.get("process") or {}).get("interface"), facts.get("is_async")
    is_read_first = (interface, is_async) in (("asgi", False), ("wsgi", True))
    return "and read to its end before any is sent" if is_read_first else "while it is sent"


_FORMS: dict[str, Callable[[Facts], str]] = {"redirect": _redirect, "file": _file, "not_modified": _not_modified}


def _body(reading: Reading, facts: Facts) -> str:
    if facts.get("streaming"):
        by = "" if facts.get("is_async") is None else f" by {'an async' if facts['is_async'] else 'a sync'} iterator"
        return f"a body that is made{by} {_when_made(reading, facts)}"
    return f"{size(facts['body_bytes'])} of body" if facts.get("body_bytes") is not None else ""
