"""Chapter 1: one page on its way through the ten stages."""

from collections.abc import Sequence

from visualizer import stages
from visualizer.lessons.kinds.change import body_sizes
from visualizer.lessons.kinds.resolver import failed_patterns
from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.tour.chapter import Chapter, Part, Stop
from visualizer.lessons.tour.moments import (
    asking,
    browser_report,
    first,
    first_way_out,
    layer_count,
    layers,
    lazy_user_layer,
    outcome_is,
    parts_sent,
    queries_of_template,
    queries_of_view,
    queries_on_the_way_in,
    querying_layer,
    sending_start,
    shrinking_exit,
)
from visualizer.lessons.tour.words import (
    asked_at,
    database_ns,
    not_reached,
    position,
    queries,
    request_line,
    took,
    way_through,
)
from visualizer.lessons.wording import article, counted, duration, listed, sentences, short, size


def _asked(reading: Reading, event: Event) -> str:
    headers = counted(len((reading.trace.get("request") or {}).get("headers") or []), "header")
    names = detail(event).get("cookies") or []
    cookies = f"The {'cookie' if len(names) == 1 else 'cookies'} {listed(names)} came along" if names else ""
    return sentences(
        f"{request_line(reading)} arrives with {headers}",
        cookies,
        "HTTP has no memory: what the site can know of its visitor, it reads from this",
    )


def _served(reading: Reading, event: Event) -> str:
    facts, server = detail(event), (reading.trace.get("process") or {}).get("server")
    handed = "an environ, as WSGI has it" if facts.get("interface") == "wsgi" else "a scope, as ASGI has it"
    return sentences(
        f"{event['name']} is called{f' by {server}' if server else ''}: all there is to know of the request comes as "
        f"{handed}",
        "Of it the handler makes an HttpRequest",
    )


def _enters(reading: Reading, event: Event) -> str:
    return sentences(
        f"{counted(layer_count(reading), 'layer')} of middleware lie around the view; {short(event['name'])} is the "
        "outermost",
        "Each may look at the request, add to it, or answer it alone",
    )


def _adds_user(reading: Reading, event: Event) -> str:
    return sentences(
        f"{short(event['name'])} adds request.user, but as a promise: a lazy object that looks nobody up",
        "The query runs when somebody first reads it, if ever",
    )


def _queries_early(reading: Reading, event: Event) -> str:
    count = len(queries_on_the_way_in(reading, event))
    return sentences(
        f"{short(event['name'])}, {position(reading, event)}, asks the database: {queries(count)} before the view "
        f"is even known",
        "Whichever page was asked for, this comes first",
    )


def _resolves(reading: Reading, event: Event) -> str:
    found = reading.leaving(event)
    failed = failed_patterns(found) or 0
    if not found.get("matched"):
        return sentences(f"Django tries {counted(failed, 'pattern')} from the top, and none matches {event['name']}")
    before = f"after {counted(failed, 'pattern')} that did not" if failed else "at once"
    captured = [f"{item['name']} = {item.get('value')}" for item in found.get("captured") or []]
    given = f"It hands on {listed(captured)}" if captured else ""
    return sentences(f"{found.get('route') or 'The empty pattern'} matches {before}", given, "The first match wins")


def _calls(reading: Reading, event: Event) -> str:
    count = len(queries_of_view(reading))
    where = f" in thread {event['thread']}" if event.get("thread") else ""
    return sentences(
        f"{short(event['name'])} is called{where}: the code that this address is for",
        f"{queries(count).capitalize()} ran in it",
    )


def _renders(reading: Reading, event: Event) -> str:
    count = len(queries_of_template(reading))
    nodes = len(reading.of_kind("template"))
    line = asked_at(queries_of_template(reading)[0]) if count else ""
    asked = f"{queries(count).capitalize()} ran meanwhile{f', the first for {line}' if line else ''}"
    parts = counted(nodes, "template, block or include", "templates, blocks and includes")
    return sentences(f"{event['name']} becomes text, out of {parts}", asked, "A queryset waits until somebody reads it")


def _responds(reading: Reading, event: Event) -> str:
    facts = detail(event)
    length = f" and {size(facts['body_bytes'])} of body" if facts.get("body_bytes") is not None else ""
    return sentences(
        f"There is {article(str(event['name']))} with the status {facts.get('status')}{length}",
        "Nothing has been sent yet: the layers can still change all of it",
    )


def _turns(reading: Reading, event: Event) -> str:
    return sentences(
        f"The way out runs in reverse: {short(event['name'])}, {position(reading, event)}, sees the response first",
        f"{short(layers(reading)[0]['name'])} will have the last word",
    )


def _shrinks(reading: Reading, event: Event) -> str:
    change = next(change for change in detail(event)["changed"] if change.get("what") == "body")
    sizes = body_sizes(change)
    told = f"takes {size(sizes[0])} and makes {size(sizes[1])} of it" if sizes else "changes the body"
    return sentences(
        f"{short(event['name'])} {told}",
        f"It is {position(reading, event)}: whoever is further in saw the body as it was",
    )


def _sends(reading: Reading, event: Event) -> str:
    parts, total = parts_sent(reading), (reading.trace.get("response") or {}).get("body_bytes")
    body = f"then {size(total)} of body" if total else "and no body"
    in_parts = f" in {counted(len(parts), 'part')}" if total and parts else ""
    return sentences(
        f"Now status and headers go out, {body}{in_parts}",
        "What Django does after the last of it keeps the client waiting no longer",
    )


def _shown(reading: Reading, event: Event) -> str:
    facts = detail(event)
    count = len(facts.get("subrequests") or [])
    first_byte = duration(facts["first_byte_ns"]) if facts.get("first_byte_ns") else ""
    more = f"The page then asked for {counted(count, 'thing')} more; each is a request of its own" if count else ""
    return sentences(
        f"After {first_byte} the first byte was there" if first_byte else "",
        f"By the browser's clock it took {duration(facts['total_ns'])} in all" if facts.get("total_ns") else "",
        more,
    )


def _closing(readings: Sequence[Reading]) -> str:
    reading = readings[0]
    asked = database_ns(reading)
    share = f", {duration(asked)} of it in the database" if asked else ""
    return sentences(
        f"In by the left side, {way_through(reading)}, and out by the right, in reverse: every request has this shape",
        f"This one took {took(reading)}{share}",
    )


CHAPTER = Chapter(
    slug="cycle",
    title="One page, ten stages",
    promise="Follow one request from the browser to the view and back.",
    opening="You press Enter, and a page appears. In between lie ten stages. Send one real request "
    "and walk through them.",
    parts=[
        Part(
            sample="cycle",
            fits=outcome_is("completed"),
            stops=[
                Stop(title="The client asks", find=asking, say=_asked),
                Stop(title="The server calls Django", find=first("server", phase="enter"), say=_served),
                Stop(title="The way in", find=first("middleware"), say=_enters),
                Stop(title="A promise, not a user", find=lazy_user_layer, say=_adds_user),
                Stop(title="Queries before the view", find=querying_layer, say=_queries_early),
                Stop(
                    title="Which view answers",
                    find=first("resolver"),
                    say=_resolves,
                    ask="which-pattern",
                    missing=not_reached,
                ),
                Stop(
                    title="The view",
                    find=first("view", phase="enter"),
                    say=_calls,
                    missing=not_reached,
                ),
                Stop(
                    title="The template",
                    find=first("template", stage=stages.TEMPLATE, node="template"),
                    say=_renders,
                    ask="evaluated-here",
                    missing=lambda reading: "No template was rendered in this request.",
                ),
                Stop(title="A response exists", find=first("response"), say=_responds),
                Stop(title="The way out", find=first_way_out, say=_turns, ask="first-out"),
                Stop(title="Made smaller", find=shrinking_exit, say=_shrinks),
                Stop(title="The server sends", find=sending_start, say=_sends),
                Stop(
                    title="The browser has it",
                    find=browser_report,
                    say=_shown,
                    missing=lambda reading: (
                        "What the browser measured is not in this trace: the page's own form sends it along."
                    ),
                ),
            ],
        )
    ],
    closing=_closing,
)
