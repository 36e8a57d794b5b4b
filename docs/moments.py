"""The moments that the pictures of the documentation show: each is a function that brings an open page there."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.driving import pause, send


def at_rest(page: Page) -> None:
    """Before the first request."""


def mid_play(page: Page) -> None:
    """John's product page, on its way through the view."""
    send(page, "John's product page")
    _go(page, "0.3")


def stopped(page: Page) -> None:
    """The banned user, on the way back from the middleware that answered."""
    send(page, "Banned user")
    _go(page, "0.8")


def error(page: Page) -> None:
    """An exception in a view, at the end."""
    send(page, "Error in a view")
    page.locator("[data-action=last]").dispatch_event("click")


def marked(page: Page) -> None:
    """Awaits under way at once, a breakpoint, a loop, and the waterfall in lanes."""
    send(page, "Three awaits gathered")
    for share, key in (("0.3", "i"), ("0.7", "o"), ("0.5", "b")):
        _go(page, share)
        page.keyboard.press(key)
    page.keyboard.press("n")


def enlarged(page: Page) -> None:
    """John's product page, enlarged, with the list of steps."""
    mid_play(page)
    for key in "+++v":
        page.keyboard.press(key)


def tour(page: Page) -> None:
    """The first chapter of the tour, at the template."""
    page.locator("#predict").dblclick()
    page.locator("#tour").click()
    page.locator("#tour-panel [data-slug=cycle]").click()
    page.locator("#tour-panel [data-tour=send]:visible").click()
    page.locator("#tour-panel .outline button", has_text="The template").dispatch_event("click")
    page.locator("#player [data-show=label]", has_text="Renders product_detail.html").wait_for()


def question(page: Page) -> None:
    """A question, before the layer that answers."""
    page.locator("#predict").click()
    send(page, "Banned user")
    page.locator("#question [data-learn=skip]").click()
    page.locator("#question", has_text="Which one?").wait_for()


def compared(page: Page) -> None:
    """A query for every card, beside its cure."""
    send(page, "A query for every card")
    page.locator("#compare-offer").click()
    expect(page.locator("#compare .say")).to_be_visible()


def found(page: Page) -> None:
    """What went wrong, found in the list, with the values that it offers."""
    send(page, "Error in a view")
    page.locator("[data-action=last]").dispatch_event("click")
    page.locator("#find").click()
    page.keyboard.type("status:")


def gone(page: Page) -> None:
    """A link to a request that is no longer kept."""
    page.goto(page.url.partition("#")[0] + "#trace=0123456789abcdef&step=4")
    expect(page.locator("#notice")).to_be_visible()


def _sent(scenario: str, share: str = "") -> Callable[[Page], None]:
    """A sample, at this share of its way; at its end if none is given."""

    def bring(page: Page) -> None:
        send(page, scenario)
        _go(page, share) if share else _end(page)

    return bring


def _end(page: Page) -> None:
    pause(page)
    page.locator("[data-action=last]").dispatch_event("click")


def _to_step(page: Page, label: str) -> None:
    pause(page)
    page.locator("#step-list li", has_text=label).first.dispatch_event("click")
    page.locator("#player [data-show=label]", has_text=label).wait_for()


def rising(page: Page) -> None:
    """An exception, on its way up."""
    send(page, "Error in a view")
    _to_step(page, "ZeroDivisionError")


def help_sheet(page: Page) -> None:
    """What the page shows, and its keys."""
    page.locator("#help").click()
    expect(page.locator("#help-sheet")).to_be_visible()


def chapters(page: Page) -> None:
    """The chapters of the tour."""
    page.locator("#tour").click()
    expect(page.locator("#tour-panel .chapter-list")).to_be_visible()


def opening(page: Page) -> None:
    """The first card of a chapter."""
    chapters(page)
    page.locator("#tour-panel [data-slug=cycle]").click()
    expect(page.locator("#tour-panel [data-tour=send]:visible")).to_be_visible()


def answered(page: Page) -> None:
    """A question, answered."""
    page.locator("#predict").click()
    send(page, "Banned user")
    expect(page.locator("#question")).to_be_visible()
    page.locator("#question .options button").first.click()
    expect(page.locator("#question [data-show=verdict]")).to_be_visible()


def not_found(page: Page) -> None:
    """A search that nothing matches."""
    mid_play(page)
    page.locator("#find").click()
    page.keyboard.type("status:418")
    page.keyboard.press("Enter")
    expect(page.locator("#find-none")).to_be_visible()


def _tab(name: str) -> Callable[[Page], None]:
    """A tab of the inspector, at a query of the view."""

    def bring(page: Page) -> None:
        send(page, "John's product page")
        _to_step(page, "SELECT shop_product")
        page.locator(f"#inspector [data-tab={name}]").click()
        page.locator(f"#inspector [data-panel={name}]").scroll_into_view_if_needed()

    return bring


def headers(page: Page) -> None:
    """The tab of headers, at the end."""
    send(page, "John's product page")
    _end(page)
    page.locator("#inspector [data-tab=headers]").click()


def plan(page: Page) -> None:
    """The database's plan of a query."""
    send(page, "John's product page")
    _to_step(page, "SELECT shop_product")
    page.locator("#inspector [data-panel=overview] [data-explain]").click()
    room = page.locator("#inspector [data-panel=overview] .plan-room")
    expect(room).to_contain_text("SEARCH")
    room.scroll_into_view_if_needed()


def reuse(page: Page) -> None:
    """The request as curl, to copy."""
    send(page, "JSON API")
    pause(page)
    page.locator(".inspector-head [data-reuse]").click()
    expect(page.locator("#reuse .panel").first).to_be_visible()


def more_fields(page: Page) -> None:
    """The request's headers and body, to fill in."""
    page.locator(".extras summary").click()


MOMENTS: dict[str, Callable[[Page], None]] = {
    "rest": at_rest,
    "mid-play": mid_play,
    "stopped": stopped,
    "error": error,
    "marked": marked,
    "enlarged": enlarged,
    "tour": tour,
    "question": question,
    "compared": compared,
    "found": found,
    "gone": gone,
    "help": help_sheet,
    "chapters": chapters,
    "opening": opening,
    "answered": answered,
    "not-found": not_found,
    "rising": rising,
    "unknown-url": _sent("Unknown URL", "0.5"),
    "csrf": _sent("CSRF failure", "0.6"),
    "rescued": _sent("Rescued by a middleware"),
    "redirect": _sent("Into the cart: POST, redirect, page"),
    "like-queries": _sent("A query for every card", "0.7"),
    "thousand": _sent("1,000 queries", "0.5"),
    "cache": _sent("Whole-page cache: miss, then hit"),
    "gathered": _sent("Three awaits gathered", "0.5"),
    "sync-only": _sent("Async view under a sync-only middleware", "0.5"),
    "streaming": _sent("Streaming CSV, async", "0.7"),
    "hung-up": _sent("The client hangs up"),
    "slow": _sent("Slow query"),
    "source": _tab("source"),
    "raw": _tab("raw"),
    "headers": headers,
    "plan": plan,
    "reuse": reuse,
    "more-fields": more_fields,
}


def _go(page: Page, share: str) -> None:
    pause(page)
    # Dispatched, because some sizes have no room for this button and leave it to its key.
    page.locator(f"[data-action=share][data-value='{share}']").dispatch_event("click")
