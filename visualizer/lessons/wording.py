"""Numbers, names and lists as a reader wants them: short, exact, with their unit."""

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

VENDORS = {
    "sqlite": "SQLite",
    "postgresql": "PostgreSQL",
    "mysql": "MySQL",
    "oracle": "Oracle",
    "microsoft": "SQL Server",
}
_TIME_UNITS = (("ns", 1), ("µs", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000))
_SIZE_UNITS = (("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000))
_LIBRARIES = ("site-packages", "dist-packages")
_SPOKEN_WITH_A_VOWEL = r"[AEIOaeio]|Http|HTTP|Un[a-hj-z]"
# Names go up to a few in a sentence; the inspector's table below it has them all.
_NAMES_IN_A_SENTENCE = 4


def duration(duration_ns: int) -> str:
    """Nanoseconds with three digits at most, in the unit that keeps them short: 850 ns, 14 µs, 2.32 ms, 1.2 s."""
    if abs(duration_ns) < 1_000:
        return f"{duration_ns} ns"
    return _scaled(duration_ns, _TIME_UNITS[1:])


def size(count: int) -> str:
    """Bytes as a reader wants them: 1 byte, 812 bytes, 24.1 kB (of 1,000 bytes)."""
    return counted(count, "byte") if abs(count) < 1_000 else _scaled(count, _SIZE_UNITS)


def _scaled(amount: int, units: Sequence[tuple[str, int]]) -> str:
    for name, factor in units:
        text = _three_digits(amount / factor)
        # 999.7 µs rounds to 1,000 µs, which is 1 ms.
        if len(text.lstrip("-").partition(".")[0]) <= 3 or name == units[-1][0]:
            return f"{text} {name}"
    raise AssertionError("units is empty")


def _three_digits(amount: float) -> str:
    places = 2 if abs(amount) < 9.995 else 1 if abs(amount) < 99.95 else 0
    text = f"{amount:.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def counted(count: int, one: str, many: str = "") -> str:
    """A count and its noun: 1 query, 2,300 queries."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def listed(names: Sequence[str], limit: int = _NAMES_IN_A_SENTENCE) -> str:
    """Names as a sentence joins them: a, b and c; what goes over the limit is counted."""
    shown = list(names[:limit]) if len(names) > limit + 1 else list(names)
    if len(shown) < len(names):
        shown.append(f"{len(names) - len(shown)} more")
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def short(dotted: str) -> str:
    """The last part of a dotted path."""
    return dotted.rpartition(".")[2]


def short_hook(dotted: str) -> str:
    """Class and method of a hook's dotted path: CsrfViewMiddleware.process_view."""
    return ".".join(dotted.split(".")[-2:])


def short_file(file: str) -> str:
    """A file's name with its folder; all of the path below an installed library's folder."""
    parts = _parts(file)
    libraries = [i for i, part in enumerate(parts) if part in _LIBRARIES]
    return "/".join(parts[libraries[-1] + 1 :] if libraries else parts[-2:]).lstrip("/")


def is_library(file: str) -> bool:
    """Whether a file is that of an installed library."""
    return any(part in _LIBRARIES for part in _parts(file))


def _parts(file: str) -> tuple[str, ...]:
    return PurePath(file.replace("\\", "/")).parts


def place(file: str | None, line: int | None) -> str:
    """Where something stands: products/views.py line 31. Empty if it is not known."""
    if not file:
        return ""
    return f"{short_file(file)} line {line}" if line else short_file(file)


def clip(text: str, length: int = 80) -> str:
    """One line of text of at most this length; an ellipsis stands for what was cut."""
    flat = re.sub(r"\s+", " ", text).strip()
    return flat if len(flat) <= length else flat[: length - 1].rstrip() + "…"


def vendor(name: str | None) -> str:
    """A database by its proper name."""
    return VENDORS.get(name or "", name or "the database")


def article(word: str) -> str:
    """The word with a or an before it, as it is spoken: an HttpResponse, a UnicodeError, an OSError."""
    return f"{'an' if re.match(_SPOKEN_WITH_A_VOWEL, word) else 'a'} {word}"


def error_said(error: Mapping[str, Any] | str, length: int = 80) -> str:
    """An error's class and message: a ZeroDivisionError: division by zero."""
    if isinstance(error, str):
        return clip(error, length)
    kind = article(short(str(error.get("type") or "exception")))
    return f"{kind}: {clip(str(error['message']), length)}" if error.get("message") else kind


def sentences(*parts: str) -> str:
    """Join the parts that say something into one text; each ends in a full stop."""
    said = [part.strip() for part in parts if part.strip()]
    return " ".join(part if part[-1] in ".!?" else f"{part}." for part in said)


def capital(text: str) -> str:
    """The text with its first letter a capital, the rest as it is."""
    return text[:1].upper() + text[1:]
