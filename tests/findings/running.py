"""One request whose queries are looked at: by the trace, and by Django's own account of them."""

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.db.models import Avg, Count, F, Prefetch, Q
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext

from config.shop.models import Category, OrderItem, Product, Review
from tests.driving import ask, handler_for
from tests.site.settings import site
from visualizer.findings.queries import query_findings
from visualizer.findings.words import summary_of
from visualizer.lessons.reading import Reading

_NAMES = {each.__name__: each for each in (Avg, Count, F, Prefetch, Q, Category, OrderItem, Product, Review)}


class Ran:
    """What one request's queries were, by the trace and by Django's own account."""

    def __init__(self, traces: Any, view: Callable[[], Any]) -> None:
        with CaptureQueriesContext(connection) as captured, site():
            self.reply = ask("wsgi", "/", handler=handler_for(lambda request: HttpResponse(str(view()))))
        self.captured = [query["sql"] for query in captured]
        self.reading = Reading(traces[-1].as_dict())
        self.findings = query_findings(self.reading)

    @property
    def found(self) -> Any:
        assert len(self.findings.n_plus_ones) == 1, self.findings.n_plus_ones
        return self.findings.n_plus_ones[0]

    @property
    def said(self) -> str:
        return " ".join(summary_of(self.findings))


def cured(queryset: Any, cure: str, **names: Any) -> Any:
    """The queryset with the cure done to it, just as its text says."""
    return eval(f"queryset.{cure}", {"queryset": queryset, **_NAMES, **names})
