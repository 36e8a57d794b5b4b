"""How long a request was in each stage: the time between two recorded moments belongs to the stage in between."""

from collections import defaultdict

from visualizer.lessons.reading import Event, Reading
from visualizer.stages import SERVER_REQUEST

# What these have inside ends in their own stage again.
_RETURN_TO = ("view", "template", "resolver", "hook")


def times_of(reading: Reading) -> dict[str, int]:
    """Nanoseconds by stage, of the server's stages; together they are the request's duration."""
    took: dict[str, int] = defaultdict(int)
    stage, since = SERVER_REQUEST, 0
    for event in reading.events:
        # The browser has a clock of its own, and a hop is told when it is over.
        if event["kind"] in ("client", "hop", "proxy"):
            continue
        took[stage] += max(0, event["t_ns"] - since)
        stage, since = _stage_after(reading, event), max(since, event["t_ns"])
    took[stage] += max(0, (reading.trace["duration_ns"] or since) - since)
    return {name: ns for name, ns in took.items() if ns}


def _stage_after(reading: Reading, event: Event) -> str:
    around = reading.parent(event) if event["phase"] == "exit" else None
    return str(around["stage"] if around is not None and around["kind"] in _RETURN_TO else event["stage"])
