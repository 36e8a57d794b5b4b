"""The view: how Django called it, and what came of it."""

from collections.abc import Mapping
from typing import Any

from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.wording import article, counted, duration, error_said, listed, sentences, short


def sentence(reading: Reading, event: Event) -> str:
    """The call on the enter; the result, time and queries on the exit."""
    return sentences(*(_returned(reading, event) if event["phase"] == "exit" else _called(reading, event)))


def _called(reading: Reading, event: Event) -> list[str]:
    facts, name = detail(event), short(event["name"])
    what = f"the {'async ' if facts.get('is_async') else ''}{'class' if facts.get('is_class') else 'view'}"
    return [
        f"Django calls {what} {name}{_method(facts)}{_through(facts.get('wrappers') or [])}",
        _thread(reading, event),
        _atomic(facts.get("atomic") or []),
    ]


def _method(facts: Mapping[str, Any]) -> str:
    answers = short(str(facts.get("handler") or facts.get("method") or ""))
    if answers == "http_method_not_allowed":
        return f"; it has no method for {str(facts.get('method')).upper()}, so http_method_not_allowed() answers"
    return f"; its method for this request is {answers}()" if answers else ""


def _through(wrappers: list[Mapping[str, Any]]) -> str:
    """The decorators around it, those that `method_decorator` keeps by their own names."""
    names = [name for each in wrappers for name in each.get("applies") or [short(str(each["name"]))]]
    return f", through {listed(names)}" if names else ""


def _thread(reading: Reading, event: Event) -> str:
    """Where it runs, if that is another thread than the one in which the server called Django."""
    arrived = next((e["thread"] for e in reading.of_kind("server") if e["phase"] == "enter"), None)
    if not arrived or not event.get("thread") or arrived == event["thread"]:
        return ""
    return f"It runs in thread {event['thread']}; the server called Django in {arrived}"


def _atomic(aliases: list[str]) -> str:
    return f"A transaction on {listed(aliases)} is open around it" if aliases else ""


def _returned(reading: Reading, event: Event) -> list[str]:
    facts, name, took = detail(event), short(event["name"]), reading.duration_ns(event)
    after = f" after {duration(took)}" if took is not None else ""
    if facts.get("error"):
        return [f"{name} ends{after} with {error_said(facts['error'])}"]
    response = article(short(str(facts["response"]))) if facts.get("response") else "its response"
    status = f" with status {facts['status']}" if facts.get("status") else ""
    return [f"{name} returns {response}{status}{after}", _queries(reading, event)]


def _queries(reading: Reading, event: Event) -> str:
    opened = reading.enter(event)
    if opened is None:
        return ""
    queries, took_ns = reading.totals_inside(opened, "database")
    if not queries:
        return "" if reading.omitted("database") else "No query ran inside it"
    more = f" and {reading.omitted('database'):,} more that were not kept" if reading.omitted("database") else ""
    took = f"{', together' if queries > 1 else ' for'} {duration(took_ns)}"
    return f"{counted(queries, 'query', 'queries')}{more} ran inside it{took}"
