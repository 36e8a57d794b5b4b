"""Renders the program's own templates by an engine of its own; the project's TEMPLATES play no part."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from django.http import HttpRequest
from django.template import Context, Engine

from visualizer.findings.chains import Chains
from visualizer.page.assets import templates_dir
from visualizer.page.chains import kept_chains
from visualizer.page.rows import known_row
from visualizer.recorder import Trace
from visualizer.visitors import ANONYMOUS, visitor_of


@cache
def engine() -> Engine:
    """The engine, made once. With no `libraries`: the project's template tags may be broken."""
    return Engine(dirs=[str(templates_dir())], autoescape=True)


def render(template: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
    """The template's text. It sees `request`, and `htmx` of django-htmx."""
    extra = {"request": request, "htmx": getattr(request, "htmx", None)}
    # Without localization: USE_THOUSAND_SEPARATOR would put commas into the numbers that scripts read.
    return engine().get_template(template).render(Context({**extra, **context}, use_l10n=False))


_LATEST = 60


def render_row(trace: Trace) -> str:
    """The row of one request in the list, made twice a request: what led to it is looked for among the latest only."""
    return _row(trace, kept_chains(_LATEST))


def render_rows(traces: Iterable[Trace], latest: int | None = 200) -> str:
    """The rows of several, in the order given; what led to them is looked for among the `latest` (None: all)."""
    chains = kept_chains(latest)
    return "\n".join(_row(trace, chains) for trace in traces)


def _row(trace: Trace, chains: Chains) -> str:
    row = known_row(trace, chains.cause(trace.id))
    # While it runs the project's own filter is not asked whether the name is a secret.
    user = visitor_of(trace) if trace.finished else ""
    method, *rest = row["small"]
    asked = f"{method} as {user}" if user not in ("", ANONYMOUS) else method
    # What went wrong is said first: the row may have no room for all.
    loud = 0 if row["outcome"] in ("running", "completed") else 1
    small = [*rest[:loud], asked, *rest[loud:]]
    return render("visualizer/list/row.html", {"row": {**row, "small": small, "user": user}})
