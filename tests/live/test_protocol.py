"""Frames are JSON, bounded, and made whatever is in a trace."""

import json

from visualizer.live import protocol


def items_of(*items):
    """The items as they arrive, frame by frame."""
    parts = [part for item in items for part in protocol.encode_item(item)]
    return [json.loads(protocol.frame(n, body))["items"] for n, body in enumerate(protocol.pack(parts), start=1)]


def event(seq, text="x"):
    return {"seq": seq, "detail": {"sql": text}}


def test_a_frame_carries_its_number_and_items():
    text = protocol.frame(41, b'{"begin":{}},{"end":{}}')
    assert json.loads(text) == {"type": "frame", "n": 41, "items": [{"begin": {}}, {"end": {}}]}


def test_small_items_share_a_frame():
    items = [{"begin": {"id": "a"}}, {"trace": "a", "events": [event(0)]}, {"end": {"id": "a"}}]
    assert items_of(*items) == [items]


def test_no_items_make_no_frame():
    assert list(protocol.pack([])) == []


def test_many_events_are_spread_over_frames_in_order_and_none_is_lost():
    events = [event(seq, "x" * 1000) for seq in range(3000)]
    parts = protocol.encode_item({"trace": "a", "events": events})
    texts = [protocol.frame(n, body) for n, body in enumerate(protocol.pack(parts), start=1)]
    assert len(texts) > 10
    assert max(len(text.encode()) for text in texts) < protocol.MAX_FRAME_BYTES
    arrived = [each for text in texts for item in json.loads(text)["items"] for each in item["events"]]
    assert arrived == events


def test_an_event_over_the_limit_says_its_size_instead():
    [[item]] = items_of({"trace": "a", "events": [event(0, "x" * 300_000)]})
    assert item["events"][0]["seq"] == 0
    assert item["events"][0]["detail"]["too_large_bytes"] > 300_000


def test_a_head_over_the_limit_says_its_size_instead():
    [[item]] = items_of({"begin": {"id": "a", "request": "x" * 300_000}})
    assert item["begin"]["id"] == "a"
    assert item["begin"]["too_large_bytes"] > 300_000


def test_what_orjson_refuses_is_sent_all_the_same():
    [[item]] = items_of({"trace": "a", "events": [event(0, "\ud800"), event(1, 2**70), event(2, {1, 2})]})
    assert [each["detail"]["sql"] for each in item["events"]] == ["\ud800", 2**70, "(set)"]


def test_rows_say_where_they_go():
    assert json.loads(protocol.row_added("<li>")) == {
        "type": "rows",
        "content": "<li>",
        "target": "#requests",
        "swap": "afterbegin",
    }
    replaced = json.loads(protocol.row_replaced("<li>", "abc"))
    assert (replaced["target"], replaced["swap"]) == ("#trace-abc", "outerHTML")
