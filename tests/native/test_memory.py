"""Requests leave nothing behind but their traces, of which a store keeps so many: a reference too many in C would."""

import gc
import logging
import sys

import pytest
from django.db import connection

from tests.driving import INTERFACES, ask
from tests.site.settings import site

PATHS = ("/plain/", "/template/", "/queries/", "/nothing/")
ROUNDS = 30


def blocks_after(interface):
    for _ in range(ROUNDS):
        for path in PATHS:
            ask(interface, path)
    # With DEBUG Django keeps every statement.
    connection.queries_log.clear()
    gc.collect()
    return sys.getallocatedblocks()


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("interface", INTERFACES)
def test_memory_does_not_grow_with_requests(interface, monkeypatch):
    # What is logged pytest keeps.
    monkeypatch.setattr(logging.root.manager, "disable", logging.CRITICAL)
    with site("AllHooks", "Slots"):
        blocks_after(interface)
        before = blocks_after(interface)
        after = blocks_after(interface)
    # What the test itself keeps of a request is less than two blocks of memory; a reference too many in what runs at
    # each crossing, query or template leaves four and more.
    assert after - before < 2 * ROUNDS * len(PATHS)
