"""The inspector of one step: everything that its templates show, worked out from the trace alone."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from visualizer.findings.chains import Chains
from visualizer.findings.queries import query_findings
from visualizer.findings.requests import target_of
from visualizer.findings.source import NODES_OF_ANOTHER, template_file
from visualizer.findings.words import summary_of
from visualizer.lessons.chosen import lessons_of
from visualizer.lessons.outcomes import OUTCOME_LESSONS, fate_of
from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.sentences import sentence_of
from visualizer.lessons.wording import duration
from visualizer.page.chains import chain_context, loaded_targets
from visualizer.page.excerpt import excerpt, view_around
from visualizer.page.facts import facts_of
from visualizer.page.failure import failure_of
from visualizer.page.headline import chip_of, heading_of, subtitle_of
from visualizer.page.statement import statement_of
from visualizer.page.tried import tried_of
from visualizer.stages import STAGES

_SIGNS = {"add": ("+", "added"), "change": ("~", "changed"), "remove": ("−", "removed")}
_ENDS = ("client_request", "client_response")


def inspector_context(
    trace: Mapping[str, Any], seq: int, find_chains: Callable[[], Chains] = lambda: Chains(())
) -> dict[str, Any]:
    """What `visualizer/inspector/step.html` needs for this step of this trace; see `step_context`."""
    return step_context(Reading(trace), seq, find_chains)


def step_context(reading: Reading, seq: int, find_chains: Callable[[], Chains] = lambda: Chains(())) -> dict[str, Any]:
    """The same of a trace that was read before.

    `find_chains` gives the links among the requests that are kept; it is called where they are shown.
    Raises LookupError if the trace has no event of this number.
    """
    trace, event = reading.trace, reading.event(seq)
    chains = find_chains() if _is_an_end(event) else Chains(())
    return {
        "trace_id": trace.get("id"),
        "seq": seq,
        "kind": event["kind"],
        "chip": chip_of(event),
        "stage": next((stage for stage in STAGES if stage.name == event["stage"]), None),
        "heading": heading_of(reading, event),
        "subtitle": subtitle_of(reading, event),
        "sentence": sentence_of(reading, event),
        "outcome": _outcome(reading, event),
        "findings": _findings(reading, event),
        "facts": facts_of(reading, event),
        "changes": _changes(reading, event),
        "statement": statement_of(reading, event),
        "context_names": _context_names(event),
        "tried": tried_of(reading, event),
        "unused": detail(event).get("unused") or [] if event["kind"] == "server" else [],
        "headers": _headers(trace, event),
        "tells_chain": _is_an_end(event),
        "chain": chain_context(chains, str(trace.get("id"))),
        "subrequests": _subrequests(event, loaded_targets(chains, str(trace.get("id")))),
        "exception": failure_of(reading, event),
        "excerpt": _excerpt(reading, event),
        "lessons": _lessons(reading, event),
        "raw": _raw(reading, event),
    }


def _context_names(event: Event) -> list[dict[str, str]]:
    """The names that a template was given, each with the last part of its type's name and the whole."""
    facts = detail(event) if event["kind"] == "template" else {}
    types = facts.get("types") or {}
    names = ((name, str(types.get(name, ""))) for name in facts.get("context") or [])
    return [{"name": name, "type": kind.rpartition(".")[2], "path": kind} for name, kind in names]


def _outcome(reading: Reading, event: Event) -> dict[str, Any] | None:
    """The whole request's outcome, told at its two ends only."""
    if not _is_an_end(event):
        return None
    fate = fate_of(reading)
    kind = (reading.trace.get("outcome") or {}).get("kind") or "running"
    return {"kind": kind, "title": fate.lead, "sentence": fate.rest}


def _findings(reading: Reading, event: Event) -> list[str]:
    """What the request's queries have in common, told where its outcome is."""
    return summary_of(reading.once(query_findings)) if _is_an_end(event) else []


def _is_an_end(event: Event) -> bool:
    return event["stage"] in _ENDS or (event["kind"] == "server" and event["phase"] != "point")


def _changes(reading: Reading, event: Event) -> list[dict[str, Any]]:
    source = event
    if event["kind"] == "middleware" and event["phase"] == "enter":
        source = reading.moment(event, "passed_on") or event
    return [_change(change) for change in detail(source).get("changed") or []]


def _change(change: Mapping[str, Any]) -> dict[str, Any]:
    sign, word = _SIGNS.get(str(change.get("op")), ("~", "changed"))
    return {
        "op": change.get("op"),
        "sign": sign,
        "word": word,
        "what": change.get("what"),
        "value": change.get("value"),
        "was": change.get("was"),
    }


def _headers(trace: Mapping[str, Any], event: Event) -> dict[str, Any] | None:
    sent = event["kind"] == "server" and event["name"] in ("http.response.start", "start_response")
    if event["kind"] == "client" and event["stage"] == "client_request" and event["name"] != "browser":
        caption, holder = "Request headers", trace.get("request")
    elif event["kind"] == "proxy":
        caption, holder = "Headers that proxies add", detail(event)
    elif event["kind"] == "server" and event["phase"] == "enter":
        caption, holder = _handed_over(trace, event)
    elif sent or event["stage"] == "client_response":
        caption, holder = "Response headers, as sent", trace.get("response")
    elif event["kind"] == "response" and isinstance(detail(event).get("headers"), list):
        caption, holder = "Headers, before the way out", detail(event)
    else:
        return None
    rows = (holder or {}).get("headers") or []
    return {"caption": caption, "rows": rows} if rows else None


def _handed_over(trace: Mapping[str, Any], event: Event) -> tuple[str, Mapping[str, Any] | None]:
    environ = detail(event).get("environ")
    if environ is not None:
        return "The environ: the request as CGI names it", {"headers": environ}
    return "Headers, in the order in which they came", trace.get("request")


def _subrequests(event: Event, recorded: frozenset[str]) -> list[dict[str, Any]]:
    """What the browser reports that the page loaded, those left out that stand in the chain."""
    started = detail(event).get("subrequests") or [] if event["stage"] == "client_response" else []
    unseen = [item for item in started if target_of(item["path"]) not in recorded]
    return [{**item, "took": duration(item["duration_ns"]) if item.get("duration_ns") else ""} for item in unseen]


def _excerpt(reading: Reading, event: Event) -> dict[str, Any] | None:
    facts = detail(reading.enter(event) or event)
    origin = facts.get("origin") or {}
    if origin.get("where") == "template":
        return excerpt(reading, template_file(reading, origin.get("template")), origin.get("line") or 0)
    if origin.get("file"):
        file, line = str(origin["file"]), origin.get("line") or 0
        return excerpt(reading, file, line, function=view_around(reading, event, file, line))
    if facts.get("node") in NODES_OF_ANOTHER:
        # Its line is the one that asks for it, in the file of the template in which it stands.
        return excerpt(reading, template_file(reading, facts.get("template")), facts.get("line") or 0)
    if not facts.get("file"):
        return None
    whole = event["kind"] in ("middleware", "view") or facts.get("node") == "template"
    first, last = facts.get("line") or 1, facts.get("end_line")
    return excerpt(reading, str(facts["file"]), first, defined=whole, function=(first, last) if last else None)


def _lessons(reading: Reading, event: Event) -> list[dict[str, Any]]:
    version = str((reading.trace.get("process") or {}).get("django") or "")
    found = lessons_of(reading, event, is_an_end=_is_an_end(event))
    return [
        {
            "title": each.lesson.title,
            "text": each.lesson.text,
            "here": each.here,
            "link": each.lesson.link(version),
            "is_outcome": each.lesson in OUTCOME_LESSONS.values(),
        }
        for each in found
    ]


def _raw(reading: Reading, event: Event) -> list[dict[str, str]]:
    """The step's events as they stand in the trace: those that are merged into this one come after it."""
    events = [event, _merged_into(reading, event)]
    return [{"title": f"Event {e['seq']}", "json": json.dumps(e, indent=2, ensure_ascii=False)} for e in events if e]


def _merged_into(reading: Reading, event: Event) -> Event | None:
    opened = reading.enter(event)
    if event["kind"] == "middleware" and opened is not None:
        return reading.moment(opened, "passed_on" if event["phase"] == "enter" else "came_back")
    ends_apart = event["phase"] != "enter" or event["kind"] in ("view", "server")
    return None if ends_apart else reading.exit(event)
