"""Requests leave nothing behind but their traces: a reference too many in C would keep what it refers to for good."""

import gc
import sys
import threading

import pytest
from django.http import HttpResponse
from django.http.request import HttpRequest
from django.template import Context

from tests.driving import INTERFACES, ask
from tests.site.settings import site
from visualizer import events, lifecycle, stages, wire
from visualizer.probes import database, hop, permission, resolver, response, server, signal, template, view
from visualizer.probes.middleware import chain, hooks

PATHS = (
    "/plain/",
    "/template/",
    "/queries/",
    "/raises/",
    "/nothing/",
    "/in-transaction/",
    "/members/",
    "/class/",
    "/async-plain/",
)
ROUNDS = 5
# What every record, detail and hop refers to.
HELD = {
    "name of a stage": stages.REQUEST_MIDDLEWARE,
    "kind": events.MIDDLEWARE,
    "facts of passing on": chain._passed_facts,
    "facts of a return": chain._returned_facts,
    "facts of an answer": chain._answered_facts,
    "facts of a template": template._template_facts,
    "facts of a text": template._text_facts,
    "facts of a query": database._query_facts,
    "facts of its rows": database._result_facts,
    "facts of a hop": hop._hop_facts,
    "facts of a signal": signal._asked_facts,
    "facts of its receivers": signal._sent_facts,
    "facts of a message": server._message_facts,
    "facts of a message that came": server._received_facts,
    "facts of a start": server._start_facts,
    "facts of a hook that did nothing": hooks._NOTHING_DONE,
    "facts of a view": view._view_facts,
    "facts of what a view returned": view._left_facts,
    "facts of a permission": permission._asked_facts,
    "facts of its answer": permission._answer_facts,
    "facts of a client": wire.client_facts,
    "facts of a server": lifecycle._server_facts,
    "facts of an environ": wire.environ_facts,
    "facts of a scope": wire.scope_facts,
    "facts of the end": lifecycle._exit_facts,
    "facts of a close": server._whole_facts,
    "facts of what was closed": server._closed_facts,
    "facts of a match": resolver._match_facts,
    "facts of a response": response._response_facts,
    "what reads an environ": wire.read_environ,
    "what reads a scope": wire.read_scope,
}


def references():
    gc.collect()
    held = {name: sys.getrefcount(each) for name, each in HELD.items()}
    return held | {"thread": sys.getrefcount(threading.current_thread())}


def alive():
    gc.collect()
    return sum(isinstance(each, HttpRequest | HttpResponse | Context) for each in gc.get_objects())


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("interface", INTERFACES)
def test_what_records_referred_to_is_let_go(interface, caplog):
    def send_all():
        for path in PATHS:
            ask(interface, path)
        # A record of the log holds the request that it tells of.
        caplog.clear()

    with site("AllHooks", "Slots"):
        send_all()
        before, living = references(), alive()
        for _ in range(ROUNDS):
            send_all()
        grown = {name: count - before[name] for name, count in references().items()}
        # A kept trace knows the stage at which something was raised; a leak would be one a record.
        assert max(grown.values()) < ROUNDS * len(PATHS)
        # An exception that was logged keeps its request for a while.
        assert alive() - living < ROUNDS * len(PATHS)
