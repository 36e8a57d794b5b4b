"""The inspector of one step: everything that its templates show, worked out from the trace alone."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from visualizer.conf import get_settings
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
from visualizer.page.changes import changes_of, changes_said
from visualizer.page.colouring import as_html
from visualizer.page.excerpt import excerpt, view_around
from visualizer.page.facts import facts_of
from visualizer.page.failure import failure_of
from visualizer.page.headers import headers_of
from visualizer.page.headline import chip_of, heading_of, subtitle_of
from visualizer.page.queries import queries_of
from visualizer.page.rendering import rendering_of
from visualizer.page.statement import statement_of
from visualizer.page.tabs import tabs_of
from visualizer.page.tried import tried_of
from visualizer.stages import STAGES

_ENDS = ("client_request", "client_response")
_FIGURE = re.compile(r"(?<=\d) (?=(?:ns|µs|ms|s|B|kB|MB|GB)\b)")
_NO_BREAK = "\N{NO-BREAK SPACE}"


def _with_whole_figures(sentence: str) -> str:
    """No line ends between a number and its unit."""
    return _FIGURE.sub(_NO_BREAK, sentence)


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
    changes = changes_of(reading, event)
    context = {
        "trace_id": trace.get("id"),
        "seq": seq,
        "kind": event["kind"],
        "chip": chip_of(event),
        "stage": next((stage for stage in STAGES if stage.name == event["stage"]), None),
        "heading": heading_of(reading, event),
        "subtitle": subtitle_of(reading, event),
        "sentence": _with_whole_figures(sentence_of(reading, event)),
        "outcome": _outcome(reading, event),
        "findings": _findings(reading, event),
        "facts": facts_of(reading, event),
        "changes": changes,
        "changes_said": changes_said(changes),
        "statement": statement_of(reading, event),
        "queries": queries_of(reading, event, is_end=_is_an_end(event)),
        "rendering": rendering_of(reading, event),
        "tried": tried_of(reading, event),
        "unused": detail(event).get("unused") or [] if event["kind"] == "server" else [],
        "headers": headers_of(trace, event),
        "tells_chain": _is_an_end(event),
        "chain": chain_context(chains, str(trace.get("id"))),
        "subrequests": _subrequests(event, loaded_targets(chains, str(trace.get("id")))),
        "exception": failure_of(reading, event),
        "excerpt": _excerpt(reading, event),
        "lessons": _lessons(reading, event),
        "has_editor": bool(get_settings().editor),
        "raw": _raw(reading, event),
    }
    return {**context, "tabs": tabs_of(context)}


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


def _raw(reading: Reading, event: Event) -> list[dict[str, Any]]:
    """The step's events as they stand in the trace: those that are merged into this one come after it."""
    events = [event, _merged_into(reading, event)]
    return [_raw_event(each) for each in events if each]


def _raw_event(event: Event) -> dict[str, Any]:
    text = json.dumps(event, indent=2, ensure_ascii=False)
    return {"id": f"raw-{event['seq']}", "title": f"Event {event['seq']}", "json": text, "html": as_html(text, ".json")}


def _merged_into(reading: Reading, event: Event) -> Event | None:
    opened = reading.enter(event)
    if event["kind"] == "middleware" and opened is not None:
        return reading.moment(opened, "passed_on" if event["phase"] == "enter" else "came_back")
    ends_apart = event["phase"] != "enter" or event["kind"] in ("view", "server")
    return None if ends_apart else reading.exit(event)
