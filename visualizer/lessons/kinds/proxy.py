"""A proxy in front of the server, by the headers that it added."""

from collections.abc import Mapping
from typing import Any

from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.wording import clip, duration, listed, sentences


def sentence(reading: Reading, event: Event) -> str:
    """For whom the request came, and how long it waited to get here."""
    facts = detail(event)
    return sentences(_came(facts), _waited(facts), _believed(facts))


def _came(facts: Mapping[str, Any]) -> str:
    by = f"through {listed(facts['hops'])}" if facts.get("hops") else "through a proxy"
    client = f" for {clip(facts['for'][0])}" if facts.get("for") else ""
    asked = facts.get("host") or ""
    if asked and facts.get("scheme"):
        asked = f"{facts['scheme']}://{asked}"
    wanted = clip(asked or (f"{facts['scheme']}" if facts.get("scheme") else ""), 80)
    return f"By its headers, the request came {by}{client}" + (f", who asked for {wanted}" if wanted else "")


def _waited(facts: Mapping[str, Any]) -> str:
    queued, skew, exact, header = (facts.get(key) for key in ("queued_ns", "skew_ns", "exact_to_ns", "started_by"))
    if not header:
        return "No header says when the proxy got it, so how long it waited is not known"
    if queued is not None:
        condition = "" if facts.get("clock") == "shared" else ", if the proxy's clock and this server's agree"
        took = f"it took {duration(queued)} from there to the handler, exact to {duration(exact or 1)}"
        return f"By {header} {took}{condition}"
    if skew is None:
        return f"{header} holds no moment that can be read, so how long it waited is not known"
    way = "ahead of" if skew > 0 else "behind"
    return (
        f"{header} lies {duration(abs(skew))} {way} this server's clock: the two clocks differ, "
        "so how long it waited cannot be known"
    )


def _believed(facts: Mapping[str, Any]) -> str:
    sent = {str(name).lower() for name, _ in facts.get("headers") or []}
    believed = [name for name in facts.get("believed") or [] if name.lower() in sent]
    if believed:
        return f"This project's settings let Django act on {listed(believed)}"
    claims = any(facts.get(key) for key in ("scheme", "host", "port"))
    return "This project's settings let Django act on none of these headers" if claims else ""
