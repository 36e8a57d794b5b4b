"""Requests of Django's test clients, which call a handler without any server."""

import asyncio

import pytest
from django.test import AsyncClient, Client, override_settings

from tests.driving import assert_well_formed, of, one
from tests.site.settings import site

pytestmark = pytest.mark.usefixtures("shop")


def test_a_request_of_the_client_is_a_trace(traces):
    with site("AllHooks"):
        response = Client().get("/queries/?page=2", headers={"x-colour": "green"})
    trace = traces.only
    assert trace["process"]["interface"] == "test"
    assert trace["process"]["server"] is None
    assert trace["request"]["query_string"] == "page=2"
    assert trace["response"]["status"] == response.status_code == 200
    assert ["X-All-Hooks", "yes"] in trace["response"]["headers"]
    assert one(trace, "server", "enter")["name"] == "ClientHandler"
    assert_well_formed(trace)


async def test_a_request_of_the_async_client_is_a_trace(traces):
    with site("AllHooks"):
        response = await AsyncClient().get("/async-plain/")
    trace = traces.only
    assert trace["process"]["interface"] == "test"
    assert trace["response"]["body_bytes"] == len(response.content) == 11
    assert one(trace, "server", "enter")["name"] == "AsyncClientHandler"
    assert_well_formed(trace)


def test_the_body_is_counted_as_the_client_gets_it(traces):
    with site():
        assert Client().get("/plain/").content == b"plain GET"
        assert Client().head("/plain/").content == b""
    assert [trace.head()["response"]["body_bytes"] for trace in traces] == [9, 0]


def test_an_exception_that_the_client_raises_is_a_failure_of_the_view(traces):
    with site(), pytest.raises(ValueError, match="the view went wrong"):
        Client().get("/raises/")
    assert traces.only["outcome"] == {"kind": "failed", "by": "tests.site.views.raises", "view_ran": True}


async def test_an_exception_that_the_async_client_raises_is_a_failure_of_the_view(traces):
    with site(), pytest.raises(ValueError, match="the async view went wrong"):
        await AsyncClient().get("/async-raises/")
    assert traces.only["outcome"]["by"] == "tests.site.views.async_raises"


def test_a_chain_that_cannot_be_built_ends_the_trace(traces):
    with site("RaisesWhenMade"), pytest.raises(ValueError, match="wrong settings"):
        Client().get("/plain/")
    assert traces.only["outcome"]["kind"] == "failed"
    assert traces.only["response"] is None


def test_redirects_that_the_client_follows_are_traces_of_their_own(traces):
    with site("django.middleware.common.CommonMiddleware"):
        Client().get("/plain", follow=True)
    assert [trace.head()["outcome"]["kind"] for trace in traces] == ["stopped", "completed"]


async def test_overlapping_requests_of_async_clients_do_not_mix(traces):
    with site("AllHooks"):
        paths = [f"/async-naps/{number}/" for number in range(8)]
        await asyncio.gather(*(AsyncClient().get(path) for path in paths))
    for trace in (trace.as_dict() for trace in traces):
        number = trace["request"]["path"].split("/")[-2]
        params = [event["detail"]["params"][0] for event in of(trace, "database", "enter")]
        assert params == [f"before {number}", *[f"after {number}"] * 2]


@override_settings(VISUALIZER={"IGNORE": ("/plain/",)})
def test_ignored_paths_are_not_recorded(traces):
    with site():
        assert Client().get("/plain/").status_code == 200
    assert traces == []


def test_cookies_of_the_response_are_hidden(traces):
    with site("Changes"):
        assert Client().get("/plain/").cookies["session_hint"].value == "secret-cookie-value"
    header = dict(traces.only["response"]["headers"])["Set-Cookie"]
    assert header.startswith("session_hint=*****")
