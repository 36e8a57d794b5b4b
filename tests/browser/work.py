"""How much processor time a page's main thread takes, task by task; other programs add less to it than to a frame."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import Page

_CATEGORIES = ["disabled-by-default-devtools.timeline", "devtools.timeline", "toplevel"]


@contextmanager
def measured(page: Page) -> Iterator[Callable[[], float]]:
    """Measure within; what it yields returns, afterwards, how long the longest task took, in milliseconds."""
    browser = page.context.browser
    assert browser is not None
    browser.start_tracing(page=page, categories=_CATEGORIES)
    tasks: list[float] = []
    try:
        yield lambda: max(tasks)
    finally:
        tasks += _tasks(json.loads(browser.stop_tracing())["traceEvents"])


def _tasks(events: list[dict]) -> list[float]:
    named = [event for event in events if event["name"] == "thread_name"]
    mains = {(event["pid"], event["tid"]) for event in named if event["args"]["name"] == "CrRendererMain"}
    runs = (event for event in events if event["name"] == "RunTask" and (event["pid"], event["tid"]) in mains)
    return [event.get("tdur", 0) / 1000 for event in runs]
