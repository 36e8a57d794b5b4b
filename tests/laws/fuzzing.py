"""Random material for the fuzz: texts of the kinds that break programs, and ways of writing a secret down."""

import base64
import html
import json
import os
from collections.abc import Callable
from random import Random
from urllib.parse import quote, quote_plus

ROUNDS = int(os.environ.get("FUZZ_ROUNDS", "0"))
"""How many rounds `make fuzz` wants; 0 where each test takes its own short number."""
SEED = int(os.environ.get("FUZZ_SEED", "1"))

_ODD = [
    *"\0\t\n\r \"'\\%&+,;:=?#/@<>()[]{}*…|^~`$",
    *(
        "%00",
        "%2F",
        "%zz",
        "%E4",
        "é",
        "ß",
        "漢",
        "😀",
        "\u202e",
        "\udc80",
        "../",
        "//",
        "http://",
        "a:b@",
        "&amp;",
        "\\u0041",
    ),
]
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."
_WAYS: list[Callable[[str], str]] = [str, quote, quote_plus, html.escape, lambda text: json.dumps(text)[1:-1]]


def rounds(few: int) -> int:
    return ROUNDS or few


def random_of(test: str, number: int) -> Random:
    """The same numbers whenever a round of a test is run with the same seed."""
    return Random(f"{SEED} {test} {number}")


def odd_text(random: Random, longest: int = 30) -> str:
    """Letters, with more odd characters than any decent text has."""
    return "".join(
        random.choice(_ODD) if random.random() < 0.3 else random.choice(_LETTERS)
        for _ in range(random.randrange(longest))
    )


def secret_text(random: Random, without: str = "") -> str:
    """At least 8 characters, most of them letters; none of `without`."""
    allowed = [c for c in f"""{_LETTERS}"'\\%&+,;:=?#/@<>()[]é漢 """ if c not in without]
    return "".join(
        random.choice(_LETTERS if random.random() < 0.7 else allowed) for _ in range(random.randint(12, 40))
    ).strip()


def written(secret: str, random: Random) -> str:
    """The secret as some text may have it, with a text around it."""
    return f"{random.choice('a< /=')}{random.choice(_WAYS)(secret)}{random.choice('z> /&')}"


def gives_away(text: str, secret: str) -> list[str]:
    """The ways in which a text has this secret."""
    forms = {way(secret) for way in _WAYS} | {base64.b64encode(secret.encode()).decode()}
    return [form for form in forms if form in text]
