"""Finds what the browser loads: in the repository's root while it is developed, inside the package once installed."""

from functools import cache
from pathlib import Path

import visualizer

_PACKAGE = Path(visualizer.__file__).resolve().parent

MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".md": "text/plain; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
"""By our own table: what Python guesses depends on the machine, and a browser runs no module of the wrong type."""


@cache
def frontend_dir() -> Path:
    """The directory of scripts, styles and images."""
    return _find("frontend", "frontend")


@cache
def templates_dir() -> Path:
    """The directory that holds `visualizer/page.html`."""
    return _find("templates", "templates/visualizer")


def media_type(path: Path) -> str:
    """The Content-Type of a file."""
    return MEDIA_TYPES.get(path.suffix, "application/octet-stream")


def _find(name: str, proof: str) -> Path:
    for base in (_PACKAGE, _PACKAGE.parent):
        if (base / proof).is_dir():
            return base / name
    raise FileNotFoundError(f"{proof} is neither in {_PACKAGE} nor in {_PACKAGE.parent}.")
