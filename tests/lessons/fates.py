"""Traces of every kind of fate and their sentences; `python -m tests.lessons.fates` writes the front end's copy."""

import json
from pathlib import Path
from typing import Any

from tests.lessons.sample import LAYER, VIEW, Sample

FILE = Path(__file__).parent.parent / "frontend" / "fixtures" / "fates.json"
RESCUE = "shop.middleware.RescueMiddleware"
DJANGO = "django.core.handlers.exception.response_for_exception"


def _raised(kind: str = "ZeroDivisionError", **detail: Any) -> Sample:
    sample = Sample()
    sample.point("exception", kind, type=kind, **detail)
    return sample


def _tried(count: int, **close: Any) -> Sample:
    sample = Sample()
    found = {"matched": False, "tried": [{"pattern": "a/", "matched": False}] * count}
    found |= {"close": {"nearest": [], "begins": [], "slash": None, **close}} if close else {}
    sample.span("resolver", "/products/1/", found, "url_resolver")
    return sample


def _omitting(sample: Sample, count: int) -> Sample:
    sample.events[-1]["detail"]["tried_omitted"] = count
    return sample


def _in_template() -> Sample:
    sample = Sample()
    sample.span("template", "shop/broken.html", {"error": {"type": "KeyError"}}, "template", node="template")
    sample.point("exception", "KeyError", "template", type="KeyError", raised_in="shop/broken.html", handled_by=DJANGO)
    return sample


def _sent(sample: Sample, count: int) -> Sample:
    sample.head["response"]["body_bytes"] = count
    return sample


FATES: list[tuple[Sample, str]] = [
    (Sample(), "The request is still running."),
    (Sample().ended("completed", VIEW), "Completed: product_detail answered 200."),
    (Sample().ended("completed", VIEW, 304), "Completed: product_detail answered 304."),
    (Sample().ended("stopped", LAYER, 403, view_ran=False),
     "Stopped by BannedUserMiddleware: it answered 403, and the view never ran."),
    (Sample().ended("stopped", LAYER, 403), "Stopped by BannedUserMiddleware: it answered 403."),
    (Sample().ended("rescued", RESCUE, 418), "Rescued by RescueMiddleware: it turned an exception into a 418."),
    (_raised(raised_in=VIEW, handled_by=RESCUE).ended("rescued", RESCUE, 418),
     "Rescued by RescueMiddleware: it turned a ZeroDivisionError raised in product_detail into a 418."),
    (_raised("OSError", raised_in=LAYER, handled_by=RESCUE).ended("rescued", RESCUE, 418, view_ran=False),
     "Rescued by RescueMiddleware: it turned an OSError raised in BannedUserMiddleware into a 418, "
     "and the view never ran."),
    (Sample().ended("failed", VIEW, 500),
     "Failed in product_detail: an exception became Django's own 500 error response."),
    (_raised(handled_by=DJANGO).ended("failed", VIEW, 500),
     "Failed in product_detail: a ZeroDivisionError became Django's own 500 error response."),
    (_raised("UnicodeError", handled_by=DJANGO).ended("failed", LAYER, 500, view_ran=False),
     "Failed in BannedUserMiddleware: a UnicodeError became Django's own 500 error response, and the view never ran."),
    (_in_template().ended("failed", "shop/broken.html", 500),
     "Failed in shop/broken.html: a KeyError became Django's own 500 error response."),
    (_sent(_raised("ValueError", handled_by=None).ended("failed", VIEW), 1_234_567),
     "Failed in product_detail: a ValueError broke the 200 response off after 1,234,567 bytes."),
    (_raised("HttpProblem").ended("failed", VIEW, None), "Failed in product_detail: an HttpProblem left no response."),
    (Sample().ended("not_found", "url_resolver", 404, view_ran=False), "Not found: no pattern matches /products/1/."),
    (_tried(9).ended("not_found", "url_resolver", 404, view_ran=False),
     "Not found after 9 patterns: none matches /products/1/."),
    (_omitting(_tried(9), 2_000).ended("not_found", "url_resolver", 404, view_ran=False),
     "Not found after 2,009 patterns: none matches /products/1/."),
    (_tried(1).ended("not_found", "url_resolver", 404, view_ran=False),
     "Not found after 1 pattern: it does not match /products/1/."),
    (_tried(9, nearest=[{"pattern": "product/<int:pk>/", "name": None, "likeness": 0.9, "would_match": "/product/1/"}])
     .ended("not_found", "url_resolver", 404, view_ran=False),
     "Not found after 9 patterns: none matches /products/1/; "
     "product/<int:pk>/ came closest: it would match /product/1/."),
    (_tried(9, nearest=[{"pattern": "products/<slug>", "name": None, "likeness": 0.9, "would_match": None}])
     .ended("not_found", "url_resolver", 404, view_ran=False),
     "Not found after 9 patterns: none matches /products/1/; products/<slug> came closest."),
    (_tried(9, slash={"path": "/products/1", "pattern": "products/<int:pk>", "is_sure": True})
     .ended("not_found", "url_resolver", 404, view_ran=False),
     "Not found after 9 patterns: none matches /products/1/; "
     "without the slash at its end products/<int:pk> would match it."),
    (Sample().ended("not_found", VIEW, 404), "Not found: product_detail raised Http404."),
    (Sample().ended("not_found", VIEW, 500), "Not found: product_detail raised Http404, which became a 500."),
    (Sample().ended("disconnected", "client", None),
     "Disconnected: the client went away before the response was complete."),
    (_sent(Sample().ended("disconnected", "client", view_ran=False), 0),
     "Disconnected: the client went away before the response was complete, and the view never ran."),
    (_sent(Sample().ended("disconnected", "client"), 1),
     "Disconnected after 1 byte: the client went away before the response was complete."),
    (_sent(Sample().ended("disconnected", "client"), 24_130),
     "Disconnected after 24,130 bytes: the client went away before the response was complete."),
    (Sample().ended("teapot", "shop", 418), "The request ended: teapot."),
]  # fmt: skip


def as_text() -> str:
    """What the file has to hold: a list of `{trace, sentence}`."""
    rows = [{"trace": sample.as_dict(), "sentence": sentence} for sample, sentence in FATES]
    return "[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n]\n"


if __name__ == "__main__":
    FILE.write_text(as_text(), encoding="utf-8")
