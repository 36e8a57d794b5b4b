"""What the bench compares: each variant's settings, how it is started, and proof that it really recorded."""

# Only the process that runs a variant may import what that variant installs: those imports stand in its functions.

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache


def _nothing_to_start() -> None:
    pass


def _saw_nothing(body: bytes) -> str:
    return ""


def _saw_nothing_though_installed(body: bytes) -> str:
    from visualizer.stores.memory import store

    assert not store.recent(), "switched off, and yet it recorded"
    return "nothing, as it should"


def _traced(body: bytes) -> str:
    from visualizer.stores.memory import store

    newest = store.recent(1)[0]
    assert newest.finished
    assert not newest.omitted
    return f"{len(newest.events())} events"


def _showed_toolbar(body: bytes) -> str:
    from debug_toolbar.store import get_store

    assert b"djDebug" in gzip.decompress(body), "the toolbar is not on the page"
    request_id = next(reversed(list(get_store().request_ids())))
    return f"{len(list(get_store().panels(request_id)))} panels"


def _start_opentelemetry() -> None:
    from opentelemetry.instrumentation.django import DjangoInstrumentor
    from opentelemetry.instrumentation.sqlite3 import SQLite3Instrumentor
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor

    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(_exporter()))
    DjangoInstrumentor().instrument(tracer_provider=provider)
    SQLite3Instrumentor().instrument(tracer_provider=provider)


@cache
def _exporter():
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    return InMemorySpanExporter()


def _spanned(body: bytes) -> str:
    newest = _exporter().get_finished_spans()[-1].context.trace_id
    spans = [span for span in _exporter().get_finished_spans() if span.context.trace_id == newest]
    assert len(spans) > 1, "the queries of SQLite are not instrumented"
    return f"{len(spans)} spans"


def _forget_spans() -> None:
    _exporter().clear()


@dataclass(frozen=True)
class Variant:
    """One way to run the site: `saw` says from the last response's body what was recorded of that request."""

    name: str
    title: str
    start: Callable[[], None] = _nothing_to_start
    saw: Callable[[bytes], str] = _saw_nothing
    forget: Callable[[], None] = _nothing_to_start

    @property
    def settings(self) -> str:
        return f"tests.bench.settings_{self.name}"


VARIANTS = {
    variant.name: variant
    for variant in (
        Variant("nothing", "nothing installed"),
        Variant("off", "installed, switched off", saw=_saw_nothing_though_installed),
        Variant("recording", "recording", saw=_traced),
        Variant("toolbar", "django-debug-toolbar", saw=_showed_toolbar),
        Variant("opentelemetry", "OpenTelemetry", _start_opentelemetry, _spanned, _forget_spans),
    )
}
