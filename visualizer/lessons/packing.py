"""Whether a stream was compressed part by part, each for itself: of such a body browsers unpack only the first part."""

import re

from visualizer.lessons.reading import Event, Reading, detail

GZIP = "django.middleware.gzip.GZipMiddleware"
# From Django 6.0 on an async stream is compressed as one, as a sync one always was.
_COMPRESSED_AS_ONE = (6, 0)
_PARTS = ("http.response.body", "body")


def is_packed_in_parts(reading: Reading) -> bool:
    """Whether Django's GZipMiddleware did so to a stream of more than one part."""
    return _is_async_stream(reading) and not _as_one(reading) and _was_packed(reading) and _has_parts(reading)


def packs_in_parts(reading: Reading, event: Event) -> bool:
    """Whether this is the layer that did."""
    return event["name"] == GZIP and is_packed_in_parts(reading)


def _as_one(reading: Reading) -> bool:
    version = re.findall(r"\d+", str((reading.trace.get("process") or {}).get("django")))
    return tuple(map(int, version[:2])) >= _COMPRESSED_AS_ONE


def _is_async_stream(reading: Reading) -> bool:
    return any(detail(event).get("is_async") for event in reading.of_kind("response"))


def _was_packed(reading: Reading) -> bool:
    layers = (event for event in reading.exits_of_kind("middleware") if event["name"] == GZIP)
    changes = (change for layer in layers for change in detail(layer).get("changed") or [])
    return any(change["what"] == "header Content-Encoding" and change["op"] == "add" for change in changes)


def _has_parts(reading: Reading) -> bool:
    parts = [e for e in reading.of_kind("server") if e["name"] in _PARTS and detail(e).get("bytes")]
    return len(parts) > 1
