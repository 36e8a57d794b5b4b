"""Samples that show the most beside each other: the page offers to compare them."""

TWINS = [
    ("John's product page", "The same page, anonymous"),
    ("In German", "The same page, anonymous"),
    ("A query for every card", "The same cards, one query"),
    ("Unknown URL", "No such product"),
    ("CSRF failure", "Into the cart: POST, redirect, page"),
    ("JSON API", "JSON API for another site"),
    ("Slow middleware", "Async view under a sync-only middleware"),
    ("Streaming CSV", "Streaming CSV, async"),
    ("Class-based view", "HEAD"),
]


def twin_of(name: str) -> str:
    """The sample to compare this one with, that of the first pair which has it; empty if it has none."""
    found = (pair[1 - pair.index(name)] for pair in TWINS if name in pair)
    return next(found, "")
