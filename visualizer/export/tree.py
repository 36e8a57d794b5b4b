"""A trace as a tree of text: what called what, when it began and how long it took."""

from collections.abc import Callable, Iterator
from typing import Any

from visualizer.findings.chains import Chains
from visualizer.findings.queries import query_findings
from visualizer.findings.requests import request_of
from visualizer.findings.words import summary_of
from visualizer.lessons.cookies import cookies_in_head
from visualizer.lessons.kinds.resolver import failed_patterns
from visualizer.lessons.kinds.response import cookie_said
from visualizer.lessons.outcomes import outcome_said
from visualizer.lessons.reading import Reading
from visualizer.lessons.wording import capital, sentences

_MOST_SQL = 100
# Moments that the lines of their spans tell already.
_TOLD = {"middleware"}

Event = dict[str, Any]


def render_trees(traces: list[dict[str, Any]], style: Any = None) -> str:
    """Several traces as text, each with what led to it and what it led to among them."""
    chains = Chains(map(request_of, traces))
    return "\n\n".join(render_tree(trace, style, chains).rstrip("\n") for trace in traces)


def render_tree(trace: dict[str, Any], style: Any = None, chains: Chains | None = None) -> str:
    """The whole trace as text; `style` is a Django command's."""
    bold: Callable[[str], str] = getattr(style, "MIGRATE_HEADING", str)
    reading = Reading(trace)
    said = [outcome_said(reading), *summary_of(query_findings(reading))]
    said += _chain(chains, trace["id"]) if chains else []
    lines = [bold(_title(trace)), *said, "", f"{'at':>10}  {'took':>10}"]
    way_in = _ways_in(trace["events"])
    walked = _walk(trace["events"])
    lines += [_line(reading, event, end, depth, way_in.get(event["span"], [])) for event, end, depth in walked]
    return "\n".join([*lines, "", *_footer(trace)])


def _title(trace: dict[str, Any]) -> str:
    request, response, process = trace["request"], trace["response"], trace["process"]
    query = f"?{request['query_string']}" if request["query_string"] else ""
    status = f"{response['status']}" if response else "no response"
    where = f"{process['interface']}, Django {process['django']}, Python {process['python']}"
    return f"{request['method']} {request['path']}{query}: {status} in {_time(trace['duration_ns'])} ({where})"


def _chain(chains: Chains, trace_id: str) -> Iterator[str]:
    """What led here, and what this led to."""
    link = chains.cause(trace_id)
    if link:
        yield sentences(capital(link.said))
    for effect in chains.effects(trace_id):
        yield sentences(f"{'F' if effect.is_certain else 'Probably f'}ollowed by {effect.effect.said}")


def _footer(trace: dict[str, Any]) -> Iterator[str]:
    queries = sum(1 for event in trace["events"] if event["kind"] == "database" and event["phase"] == "enter")
    yield f"{len(trace['events'])} events, {queries} queries; the recorder itself took {_time(trace['overhead_ns'])}."
    for kind, count in trace["omitted"].items():
        yield f"{count:,} more {kind} events were not kept."


def _walk(events: list[Event]) -> Iterator[tuple[Event, Event | None, int]]:
    exits = {event["span"]: event for event in events if event["phase"] == "exit"}
    depths: dict[int | None, int] = {None: 0}
    for event in events:
        depth = depths.get(event["parent"], 0)
        if event["phase"] == "enter":
            depths[event["span"]] = depth + 1
            yield event, exits.get(event["span"]), depth
        elif event["phase"] == "point" and event["kind"] not in _TOLD:
            yield event, None, depth


def _ways_in(events: list[Event]) -> dict[int | None, list[Event]]:
    """The moments at which each middleware passed the request on, by its span."""
    found: dict[int | None, list[Event]] = {}
    for event in events:
        if event["kind"] == "middleware" and event["detail"].get("moment") == "passed_on":
            found.setdefault(event["parent"], []).append(event)
    return found


def _line(reading: Reading, event: Event, exit_event: Event | None, depth: int, way_in: list[Event]) -> str:
    took = _time(exit_event["t_ns"] - event["t_ns"]) if exit_event else ""
    facts = {**event["detail"], **(exit_event["detail"] if exit_event else {})}
    facts["changed_in"] = [change for moment in way_in for change in moment["detail"].get("changed", [])]
    if event["kind"] == "server":
        facts["cookies"] = cookies_in_head(reading, event)
    said = "  ".join(part for part in (_name(event), _note(event, facts)) if part)
    return f"{_time(event['t_ns']):>10}  {took:>10}  {'│ ' * depth}{said}"


def _name(event: Event) -> str:
    name = event["name"]
    if event["kind"] in ("middleware", "hook", "view", "form"):
        name = ".".join(name.split(".")[-2 if event["kind"] == "hook" else -1 :])
    return f"{event['kind']} {name}"


def _note(event: Event, facts: dict[str, Any]) -> str:
    error = facts.get("error")
    if isinstance(error, dict):
        return f"raised {error['type']}: {error['message']}" if error["message"] else f"raised {error['type']}"
    note = _NOTES.get(event["kind"])
    return note(facts) if note else ""


def _middleware(facts: dict[str, Any]) -> str:
    if facts.get("result") == "answered":
        return f"answered {facts['status']} itself"
    ways = (("in", facts["changed_in"]), ("out", facts.get("changed", [])))
    return "  ".join(f"{way}: {_changes(changed)}" for way, changed in ways if changed)


def _changes(changed: list[dict[str, Any]]) -> str:
    return ", ".join(f"{_SIGNS[change['op']]}{change['what']}" for change in changed)


_SIGNS = {"add": "+ ", "change": "~ ", "remove": "- "}


def _resolver(facts: dict[str, Any]) -> str:
    failed = failed_patterns(facts)
    if not facts.get("matched"):
        return f"no match, {failed} patterns tried"
    captured = ", ".join(f"{item['name']}={item['value']!r}" for item in facts["captured"])
    return f"matched {facts['route']!r} after {failed} others" + (f"; {captured}" if captured else "")


def _database(facts: dict[str, Any]) -> str:
    sql = " ".join(facts.get("sql", "").split())
    return f"{sql if len(sql) <= _MOST_SQL else sql[: _MOST_SQL - 1] + '…'}{_origin(facts.get('origin'))}"


def _origin(origin: dict[str, Any] | None) -> str:
    if not origin or origin["where"] == "unseen":
        return ""
    name = origin.get("template") or str(origin.get("file", "")).replace("\\", "/").rsplit("/", 1)[-1]
    return f"  [{name}:{origin['line']}]"


def _template(facts: dict[str, Any]) -> str:
    size = f", {facts['bytes']:,} characters" if facts.get("bytes") is not None else ""
    return f"({facts.get('node')}{size})"


def _server(facts: dict[str, Any]) -> str:
    if "handler" in facts:
        unused = ", ".join(_unused(each) for each in facts.get("unused") or [])
        left_out = f", left out: {unused}" if unused else ""
        return f"{facts['interface']}, {facts.get('body_bytes', 0):,} bytes sent{left_out}"
    parts = [str(facts[key]) for key in ("status", "reason") if facts.get(key)]
    sized = [f"{facts['bytes']:,} bytes"] if "bytes" in facts else []
    return ", ".join(filter(None, [" ".join(parts + sized), *_cookies(facts)]))


def _cookies(facts: dict[str, Any]) -> list[str]:
    return [f"sets {cookie_said(each)}" for each in facts.get("cookies") or []]


def _unused(layer: dict[str, Any]) -> str:
    name = layer["path"].rpartition(".")[2]
    return f"{name} ({layer['reason']})" if layer.get("reason") else name


def _proxy(facts: dict[str, Any]) -> str:
    queued = f"queued {_time(facts['queued_ns'])}" if facts.get("queued_ns") is not None else "queue time not known"
    client = f"for {facts['for'][0]}" if facts.get("for") else ""
    return ", ".join(part for part in (*facts.get("hops", []), client, queued) if part)


def _status(facts: dict[str, Any]) -> str:
    return str(facts["status"]) if facts.get("status") else ""


def _response(facts: dict[str, Any]) -> str:
    told = {"redirect": f"to {facts.get('location')}", "file": f"file {facts.get('filename') or ''}".strip()}
    told |= {"json": "JSON", "stream": "stream", "not_modified": "not modified"}
    return ", ".join(part for part in (_status(facts), told.get(str(facts.get("form"))), *_cookies(facts)) if part)


def _exception(facts: dict[str, Any]) -> str:
    said = f"{facts['message'] or ''} raised in {facts['raised_in']}".strip()
    causes = "".join(f", {_BEFORE[cause['how']]} {cause['type']}" for cause in facts.get("causes", []))
    return f"{said}{causes}{_origin({'where': 'python', **facts} if facts.get('file') else None)}"


_BEFORE = {"cause": "raised from", "context": "raised while handling"}


def _hop(facts: dict[str, Any]) -> str:
    if facts.get("to") is None:
        return f"{facts.get('function')}, no beginning seen"
    ways = f"there {_time(facts['to_ns'])}, back {_time(facts['back_ns'])}"
    return f"{facts['function']} in {facts['to']}, {ways}{_origin(facts.get('origin'))}"


def _permission(facts: dict[str, Any]) -> str:
    return {True: "allowed", False: "refused"}.get(facts.get("allowed"), "")  # type: ignore[arg-type]


def _cache(facts: dict[str, Any]) -> str:
    answer = {True: "hit", False: "miss"}.get(facts.get("hit"), "")  # type: ignore[arg-type]
    keys = f"{facts['keys']:,} keys" if facts.get("keys") is not None else ""
    found = f"{facts['hits']:,} found" if facts.get("hits") is not None else ""
    told = (facts.get("key"), keys, answer, found)
    return "  ".join(part for part in told if part) + _origin(facts.get("origin"))


def _signal(facts: dict[str, Any]) -> str:
    receivers = facts.get("receivers", [])
    return ", ".join(each["name"].rpartition(".")[2] for each in receivers[:5]) + (", …" if len(receivers) > 5 else "")


def _outbound(facts: dict[str, Any]) -> str:
    return f"{facts.get('url', '')}  {_status(facts)}".strip() + _origin(facts.get("origin"))


def _message(facts: dict[str, Any]) -> str:
    return str(facts.get("text") or f"({facts.get('type')})") + ("" if facts.get("kept") is not False else "  not kept")


def _form(facts: dict[str, Any]) -> str:
    if facts.get("valid"):
        return "valid"
    refused = (
        f"{each['field']}: {', '.join(code or '?' for code in each['codes'])}" for each in facts.get("errors", [])
    )
    return f"not valid  {'; '.join(refused)}".strip() if facts.get("valid") is False else ""


_NOTES: dict[str, Callable[[dict[str, Any]], str]] = {
    "middleware": _middleware,
    "resolver": _resolver,
    "cache": _cache,
    "signal": _signal,
    "outbound": _outbound,
    "message": _message,
    "form": _form,
    "database": _database,
    "template": _template,
    "proxy": _proxy,
    "server": _server,
    "view": _status,
    "response": _response,
    "exception": _exception,
    "permission": _permission,
    "hop": _hop,
}


def _time(ns: int | None) -> str:
    if ns is None:
        return ""
    if abs(ns) < 1_000_000:
        return f"{ns / 1_000:.0f} µs"
    return f"{ns / 1_000_000:,.2f} ms" if abs(ns) < 1_000_000_000 else f"{ns / 1_000_000_000:,.2f} s"
