"""A signal and those who received it."""

from collections.abc import Mapping
from typing import Any

from visualizer.lessons.reading import Event, Reading, detail
from visualizer.lessons.wording import counted, duration, error_said, listed, sentences, short


def sentence(reading: Reading, event: Event) -> str:
    """Which signal is sent, by whom, and who received it for how long."""
    opened = reading.enter(event) or event
    facts = detail(opened)
    sender = f", from {short(str(facts['sender']))}" if facts.get("sender") else ""
    name = str(opened["name"])
    signal = name if name.startswith("a signal of ") else f"the signal {name}"
    sent = f"{signal[0].upper()}{signal[1:]} is sent{sender}"
    if facts.get("count"):
        sent += f", to {counted(facts['count'], 'receiver')}"
    closed = reading.exit(opened)
    if closed is None:
        return sentences(sent, f"It {reading.unclosed_said}")
    return sentences(sent, *_received(detail(closed)))


def _received(facts: Mapping[str, Any]) -> list[str]:
    receivers = facts.get("receivers") or []
    django = [each for each in receivers if _is_djangos(each) and not each.get("error")]
    others = [each for each in receivers if each not in django]
    said = [_said(each) for each in others[:3]]
    if len(others) > 3:
        said.append(f"{counted(len(others) - 3, 'other')} received it too")
    if django:
        said.append(f"Django's own {listed([_timed(each) for each in django])} received it")
    return said


def _is_djangos(receiver: Mapping[str, Any]) -> bool:
    return str(receiver.get("name")).startswith("django.")


def _timed(receiver: Mapping[str, Any]) -> str:
    name, took = short(str(receiver["name"])), receiver.get("duration_ns")
    return f"{name} ({duration(took)})" if took is not None else name


def _said(receiver: Mapping[str, Any]) -> str:
    name, took = short(str(receiver["name"])), receiver.get("duration_ns")
    if receiver.get("error"):
        after = f" after {duration(took)}" if took is not None else ""
        return f"{name} fails{after}: {error_said(receiver['error'])}"
    return f"{name} took {duration(took)}" if took is not None else f"{name} was not called"
