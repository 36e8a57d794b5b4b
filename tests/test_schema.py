"""The schema, the program and docs/trace-format.md say the same."""

import json
import re
from pathlib import Path

import jsonschema
import pytest

from tests.driving import INTERFACES, ask, observe, sign_in
from tests.site.settings import site
from visualizer import events, snapshots, stages
from visualizer.recorder import add_sink, remove_sink

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = json.loads((ROOT / "visualizer" / "trace.schema.json").read_text("utf-8"))
PAGE = (ROOT / "docs" / "trace-format.md").read_text("utf-8")
EVENT = SCHEMA["$defs"]["event"]["properties"]

REPORT = {
    "start_epoch_ns": 1,
    "queued_ns": 2,
    "connect_ns": 3,
    "first_byte_ns": 4,
    "download_ns": 5,
    "total_ns": 6,
    "protocol": "h2",
    "transfer_bytes": 7,
    "body_bytes": 8,
    "decoded_bytes": 9,
    "status": 200,
    "rendered": "a page",
    "subrequests": [{"path": "/shop.css", "initiator": "link", "duration_ns": 10, "status": 200}],
}


def validate(trace):
    """Raise unless this trace, as it travels, is what the schema says."""
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(json.dumps(trace)))


def section(title):
    """One section of the page."""
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def first_column(text):
    """What the first column of a table names."""
    return re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)


def test_the_schema_is_valid():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert SCHEMA["properties"]["schema"]["const"] == events.SCHEMA


def test_kinds_stages_and_phases_are_the_code_s():
    assert EVENT["kind"]["enum"] == list(events.KINDS)
    assert EVENT["stage"]["enum"] == [stage.name for stage in stages.STAGES]
    assert EVENT["phase"]["enum"] == [events.ENTER, events.EXIT, events.POINT]


def test_the_page_names_every_field_of_the_object_and_nothing_else():
    assert sorted(first_column(section("The object"))) == sorted(SCHEMA["properties"])


def test_the_page_names_every_field_of_an_event_and_nothing_else():
    assert first_column(section("An event")) == list(EVENT)


def test_the_page_names_every_kind_stage_and_phase():
    assert set(first_column(section("Kinds"))) == set(events.KINDS)
    row = next(line for line in section("An event").splitlines() if line.startswith("| `stage`"))
    assert [name for name in re.findall(r"`(\w+)`", row) if name != "stage"] == [stage.name for stage in stages.STAGES]
    assert all(f"`{phase}`" in section("An event") for phase in EVENT["phase"]["enum"])


def test_the_page_names_every_outcome():
    kinds = [kind for kind in SCHEMA["properties"]["outcome"]["properties"]["kind"]["enum"] if kind]
    assert first_column(section("Outcome")) == ["kind", *kinds]


def test_the_page_names_every_key_of_the_object_s_own_objects():
    for name in ("process", "request", "outcome"):
        row = next(line for line in section("The object").splitlines() if line.startswith(f"| `{name}`"))
        assert all(f"`{key}`" in row for key in SCHEMA["properties"][name]["properties"]), name
    row = next(line for line in section("The object").splitlines() if line.startswith("| `response`"))
    assert all(f"`{key}`" in row for key in SCHEMA["properties"]["response"]["anyOf"][0]["properties"])


def test_the_page_says_what_a_change_may_be():
    item = SCHEMA["$defs"]["changed"]["items"]
    assert list(item["properties"]) == list(snapshots._change("add", "what", None, None))
    assert all(f"`{word}`" in section("Kinds") for word in item["properties"]["op"]["enum"])


PATHS = [
    "/plain/",
    "/class/",
    "/raises/",
    "/broken-template/",
    "/template/",
    "/nothing/",
    "/bad-query/",
    "/rolled-back/",
    "/members/",
    "/queries/%E2%82%AC/?page=2",
]


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("interface", INTERFACES)
def test_every_trace_is_what_the_schema_says(interface, traces):
    with site("AllHooks", "Slots", "Changes", "both"):
        for path in PATHS:
            observe(lambda path=path: ask(interface, path))
    with site("AllHooks", "StopsIn"):
        ask(interface, "/plain/")
    with site("Rescues", "Replaces"):
        observe(lambda: ask(interface, "/raises/"))
    john = sign_in("john")
    ask(interface, "/products/wireless-headphones/", headers=(john,))
    assert len(traces) == len(PATHS) + 3
    for trace in traces:
        validate(trace.as_dict())
        trace.report_client(REPORT)
        validate(trace.as_dict())


@pytest.mark.usefixtures("shop")
def test_a_trace_is_what_the_schema_says_while_its_request_runs(traces):
    seen = []

    class Sink:
        def on_begin(self, trace):
            seen.append(trace.as_dict())

        on_end = on_begin

    sink = Sink()
    add_sink(sink)
    try:
        ask("wsgi", "/products/")
    finally:
        remove_sink(sink)
    assert [trace["duration_ns"] is None for trace in seen] == [True, False]
    for trace in seen:
        validate(trace)


@pytest.mark.parametrize(
    "change",
    [
        {"schema": 2},
        {"id": "not hexadecimal"},
        {"outcome": {"kind": "lucky", "by": None, "view_ran": True}},
        {"omitted": {"database": 0}},
        {"surplus": 1},
    ],
    ids=str,
)
@pytest.mark.usefixtures("shop")
def test_the_schema_refuses_what_is_no_trace(change, traces):
    with site():
        ask("wsgi", "/plain/")
    with pytest.raises(jsonschema.ValidationError):
        validate({**traces.only, **change})
