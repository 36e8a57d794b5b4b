"""Compresses what the browser loads at first, if it can read that: the page and the files of the front end."""

import gzip
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

_PACKS = re.compile(r"text/|application/json|image/svg")
_ACCEPTS = re.compile(r"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))")


def accepts_packed(request: HttpRequest) -> bool:
    """Whether a response to this request may be compressed."""
    return bool(_ACCEPTS.search(request.headers.get("Accept-Encoding", "")))


@lru_cache(maxsize=512)
def packed_file(file: Path, etag: str) -> bytes:
    """A file's content, compressed once for each version of it."""
    return gzip.compress(file.read_bytes(), mtime=0)


def pack(request: HttpRequest, response: HttpResponse, packed: Callable[[], bytes] | None = None) -> HttpResponse:
    """Compress a response's content (`packed` hands it over, where it is kept) if it pays and the client reads that."""
    if not _PACKS.match(response["Content-Type"]):
        return response
    patch_vary_headers(response, ["Accept-Encoding"])
    if accepts_packed(request):
        response.content = packed() if packed else gzip.compress(response.content, 6, mtime=0)
        response["Content-Encoding"] = "gzip"
    return response
