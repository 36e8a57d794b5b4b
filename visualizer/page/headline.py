"""The head of the inspector: a step's colour, its name and the small print under it."""

from visualizer.lessons.kinds.sql import table_of, verb_of
from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.wording import duration, short, short_hook


def chip_of(event: Event) -> str:
    """The colour token of a step: --server, --middleware, --resolver, --view, --template, --database or --error."""
    colours = {
        "client": "server",
        "proxy": "server",
        "hook": "middleware",
        "permission": "view",
        "transaction": "database",
        "form": "view",
        "message": "view",
        "outbound": "server",
        "signal": "view",
        "cache": "database",
        "hop": "server",
        "response": "server",
        "exception": "error",
        "recorder": "error",
    }
    kind = str(event["kind"])
    known = ("server", "middleware", "resolver", "view", "template", "database")
    return colours.get(kind, kind if kind in known else "server")


def heading_of(reading: Reading, event: Event) -> str:
    """What the step is about, in a word or two."""
    kind, name, facts = event["kind"], str(event["name"]), detail(reading.enter(event) or event)
    if kind == "proxy":
        return ", ".join(facts.get("hops") or []) or "Proxy"
    if kind == "client":
        return "Browser" if name == "browser" else f"{facts.get('method', '')} {facts.get('path', name)}".strip()
    if kind == "database":
        sql = str(facts.get("sql") or "")
        return f"{verb_of(sql)} {table_of(sql)}".strip() or name
    if kind in ("middleware", "view", "form", "exception", "response"):
        return short(name)
    if kind == "hop":
        return short_hook(str(facts.get("function") or name))
    if kind == "template" and facts.get("node") in ("block", "macro", "tag"):
        return f"{facts['node']} {name}"
    return short_hook(name) if kind == "hook" else name


def subtitle_of(reading: Reading, event: Event) -> list[str]:
    """The small print under the heading: where it is from, its place in the order, its times."""
    return [
        part for part in (_module(event), _position(reading, event), _direction(event), _times(reading, event)) if part
    ]


def _module(event: Event) -> str:
    name = str(event["name"])
    if event["kind"] == "hook":
        return name.rsplit(".", 2)[0]
    if event["kind"] in ("middleware", "view", "form"):
        return name.rpartition(".")[0]
    return f"alias {name}" if event["kind"] == "database" else ""


def _position(reading: Reading, event: Event) -> str:
    facts = detail(reading.enter(event) or event)
    return f"{facts['position']} of {facts['of']}" if facts.get("position") and facts.get("of") else ""


def _direction(event: Event) -> str:
    if event["kind"] not in ("middleware", "view", "server"):
        return ""
    if event["kind"] == "view" and event["phase"] == "exit" and detail(event).get("error"):
        return "raised"
    words = {"middleware": ("way in", "way out"), "view": ("called", "returned"), "server": ("in", "out")}[
        event["kind"]
    ]
    return {"enter": words[0], "exit": words[1]}.get(event["phase"], "")


def _times(reading: Reading, event: Event) -> str:
    if event["kind"] != "middleware":
        took = reading.duration_ns(event)
        return duration(took) if took is not None else ""
    opened = reading.enter(event) or event
    passed_on, took = reading.moment(opened, "passed_on"), reading.duration_ns(opened)
    if passed_on is None:
        return duration(took) if took is not None else ""
    times = [(detail(passed_on).get("in_ns"), "in"), (reading.leaving(opened).get("out_ns"), "out")]
    return ", ".join(f"{duration(ns)} {way}" for ns, way in times if ns is not None)
