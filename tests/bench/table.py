"""Puts the figures of one run into a table, and into the ratios that are due."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import hypot

from tests.bench.rounds import Figure, Figures

GROUPS = ("to the response", "in all", "processor")
HEAD = f"{'':24}" + "".join(f"{group:>26}" for group in GROUPS) + "   it saw"
COLUMNS = f"{'':24}" + f"{'µs':>10}{'adds':>16}" * len(GROUPS)


@dataclass(frozen=True)
class Due:
    """One ratio of this run, its standard error, and the most that the ratio may be."""

    text: str
    ratio: float
    error: float
    at_most: float

    @property
    def is_met(self) -> bool:
        return self.ratio <= self.at_most


def table(figures: list[Figures]) -> str:
    """One line a variant: µs a request, and what that is more than with nothing installed."""
    return "\n".join([HEAD, COLUMNS, *map(_line, figures)])


def _line(each: Figures) -> str:
    cells = "".join(_cells(figure) for figure in (each.to_response, each.in_all, each.processor))
    return f"{each.variant.title:24}{cells}   {each.saw}".rstrip()


def _cells(figure: Figure) -> str:
    adds = f"{figure.adds_us:+,.0f} ±{figure.error_us:<4,.0f}".replace("nan", "?  ") if figure.adds_us else ""
    return f"{figure.us:>10,.0f}{adds:>16}"


def dues(figures: list[Figures]) -> list[Due]:
    """The ratios that the project owes, to the response and in all."""
    to_response = {each.variant.name: each.to_response for each in figures}
    in_all = {each.variant.name: each.in_all for each in figures}
    return [*_dues(to_response, "to the response"), *_dues(in_all, "in all")]


def _dues(by_name: dict[str, Figure], when: str) -> Iterator[Due]:
    off, nothing = by_name["off"], by_name["nothing"]
    yield Due(f"switched off / nothing, {when}", off.us / nothing.us, off.error_us / nothing.us, 1.02)
    for name, title, of_the_cycle, of_all_detail in (
        ("toolbar", "django-debug-toolbar", 1 / 40, 1 / 25),
        ("opentelemetry", "OpenTelemetry", 1 / 3, 1 / 2),
    ):
        ratio, error = _share(by_name["recording"], by_name[name])
        yield Due(f"recording adds / {title} adds, {when}, with all detail", ratio, error, of_all_detail)
        yield Due(f"recording adds / {title} adds, {when}", ratio, error, of_the_cycle)


def _share(part: Figure, whole: Figure) -> tuple[float, float]:
    ratio = part.adds_us / whole.adds_us
    return ratio, hypot(part.error_us, ratio * whole.error_us) / abs(whole.adds_us)


def due_of_many_queries(figures: list[Figures]) -> Due:
    """What recording may add to a page of 1,000 queries, as a share of the page's own time."""
    by_name = {each.variant.name: each.to_response for each in figures}
    recording, nothing = by_name["recording"], by_name["nothing"]
    text = "a page of 1,000 queries, recording / nothing, to the response"
    return Due(text, recording.us / nothing.us, recording.error_us / nothing.us, 1.08)


def due_line(due: Due) -> str:
    verdict = "met   " if due.is_met else "MISSED"
    return f"{verdict}  {due.text}: {due.ratio:.4f} ±{due.error:.4f} (at most {due.at_most:.4f})".replace("nan", "?")
