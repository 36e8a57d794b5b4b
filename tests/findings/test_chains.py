"""Which request led to which: in hand-made heads for each rule, and in real requests of the shop."""

import pytest
from django.conf import settings

from tests.driving import INTERFACES, ask, observe, sign_in
from visualizer.findings.chains import Chains
from visualizer.findings.requests import HTMX, MARK_HEADER, NAVIGATION, NEXT, REDIRECT, STARTED, request_of

HOST, AGENT = "shop.example", "Firefox/140"
PRODUCT = "/products/wireless-headphones/"


class Visits(list):
    """Heads of traces in the making, a tenth of a second apart."""

    def add(self, target, status=200, *, after_s=0.1, method="GET", loaded=(), **headers):
        path, _, query = target.partition("?")
        self.at_us = getattr(self, "at_us", 0) + int(after_s * 1_000_000)
        asked = {"Host": HOST, "User-Agent": AGENT} | {name.replace("_", "-"): text for name, text in headers.items()}
        location = asked.pop("Location", None)
        report = {"kind": "client", "phase": "point", "name": "browser", "seq": 0}
        self.append(
            {
                "id": str(len(self)),
                "started_at": f"2026-11-23T10:{self.at_us // 60_000_000:02}:{self.at_us / 1e6 % 60:09.6f}+00:00",
                "request": {"method": method, "path": path, "query_string": query, "headers": [*asked.items()]},
                "response": {"status": status, "headers": [["Location", location]] if location else []},
                "duration_ns": 1_000_000,
                "events": [{**report, "detail": {"subrequests": [{"path": path} for path in loaded]}}],
            }
        )
        return self[-1]["id"]

    def chains(self):
        return Chains(map(request_of, self))

    def cause(self, trace_id):
        """What led to a request: whose number it has, how, and whether that is certain."""
        link = self.chains().cause(trace_id)
        return link and (link.cause.id, link.kind, link.is_certain)


@pytest.fixture
def visits():
    return Visits()


def page(target, **headers):
    return {"Referer": f"https://{HOST}{target}", "Sec_Fetch_Mode": "no-cors", "Sec_Fetch_Dest": "style"} | headers


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/cart/", "/cart/"),
        (f"https://{HOST}/cart/", "/cart/"),
        ("../cart/", "/cart/"),
        ("/caf%C3%A9/?q=a%20b#end", "/café/?q=a%20b"),
        ("?page=2", "/old/add/?page=2"),
    ],
)
def test_a_redirect_that_is_followed_is_probably_the_cause(location, target, visits):
    first = visits.add("/old/add/", 302, Location=location.replace("../", "../../"))
    assert visits.cause(visits.add(target)) == (first, REDIRECT, False)


def test_the_mark_of_one_sending_makes_it_certain(visits):
    first = visits.add("/cart/add/", 302, method="POST", Location="/cart/", X_Visualizer_Request="ab.1")
    other = visits.add("/cart/add/", 302, method="POST", Location="/cart/", X_Visualizer_Request="cd.1")
    assert visits.cause(visits.add("/cart/", X_Visualizer_Request="cd.1")) == (other, REDIRECT, True)
    assert visits.cause(visits.add("/cart/", X_Visualizer_Request="ab.1")) == (first, REDIRECT, True)


@pytest.mark.parametrize(
    "second",
    [
        {"target": "/elsewhere/"},
        {"target": "/cart/", "User_Agent": "curl/8"},
        {"target": "/cart/", "method": "POST"},
        {"target": "/cart/", "after_s": 6},
    ],
)
def test_what_does_not_follow_a_redirect_is_not_linked(second, visits):
    visits.add("/cart/add/", 302, method="PUT", Location="/cart/")
    assert visits.cause(visits.add(**second)) is None


def test_a_redirect_to_another_site_leads_to_nothing_here(visits):
    visits.add("/away/", 302, Location="https://other.example/cart/")
    assert visits.cause(visits.add("/cart/")) is None


@pytest.mark.parametrize("location", ["http://[broken/", "//[", "\udc80", "http://shop.example:port/", "\n"])
def test_an_address_that_cannot_be_read_leads_nowhere(location, visits):
    visits.add("/odd/\udc80", 302, Location=location)
    assert visits.cause(visits.add("/cart/", Referer=location, Sec_Fetch_Mode="cors")) is None


def test_a_redirect_is_followed_once(visits):
    visits.add("/cart/add/", 302, Location="/cart/")
    visits.add("/cart/")
    assert visits.cause(visits.add("/cart/")) is None


def test_only_307_and_308_keep_a_post(visits):
    kept = visits.add("/a/", 308, method="POST", Location="/b/")
    assert visits.cause(visits.add("/b/", method="POST")) == (kept, REDIRECT, False)
    visits.add("/a/", 302, method="POST", Location="/b/")
    assert visits.cause(visits.add("/b/", method="POST")) is None
    visits.add("/a/", 308, method="POST", Location="/c/")
    assert visits.cause(visits.add("/c/")) is None


def test_a_page_starts_what_names_it_and_its_report_makes_that_certain(visits):
    loaded = visits.add("/", loaded=["/shop.css"], Sec_Fetch_Mode="navigate")
    assert visits.cause(visits.add("/shop.css", **page("/"))) == (loaded, STARTED, True)
    assert visits.cause(visits.add("/shop.js", **page("/"))) == (loaded, STARTED, False)


def test_the_latest_load_of_the_page_is_taken_and_no_request_for_the_same_address_that_was_no_page(visits):
    visits.add("/", Sec_Fetch_Mode="navigate")
    latest = visits.add("/", Sec_Fetch_Mode="navigate")
    visits.add("/", **page("/", Sec_Fetch_Mode="cors", Sec_Fetch_Dest="empty"))
    assert visits.cause(visits.add("/shop.css", **page("/"))) == (latest, STARTED, False)


def test_what_a_style_sheet_loads_is_started_by_the_style_sheet(visits):
    visits.add("/", Sec_Fetch_Mode="navigate")
    sheet = visits.add("/shop.css", **page("/"))
    assert visits.cause(visits.add("/font.woff2", **page("/shop.css"))) == (sheet, STARTED, False)


@pytest.mark.parametrize("referer", ["https://other.example/", "https://[broken/", ""])
def test_a_page_of_another_site_is_no_cause(referer, visits):
    visits.add("/")
    assert visits.cause(visits.add("/shop.css", Referer=referer, Sec_Fetch_Mode="no-cors")) is None


def test_a_host_that_a_proxy_replaced_is_known_by_what_it_forwarded(visits):
    first = visits.add("/", Sec_Fetch_Mode="navigate")
    behind = page("/") | {"Host": "127.0.0.1:8000", "X_Forwarded_Host": HOST}
    assert visits.cause(visits.add("/shop.css", **behind)) == (first, STARTED, False)


def test_htmx_tells_the_page_whatever_the_referer_says(visits):
    first = visits.add("/products/?q=tea", Sec_Fetch_Mode="navigate")
    headers = {"HX_Request": "true", "HX_Current_URL": f"https://{HOST}/products/?q=tea", "Referer": f"https://{HOST}/"}
    asked = visits.add("/cart/", Sec_Fetch_Mode="cors", **headers)
    assert visits.cause(asked) == (first, HTMX, False)
    assert visits.chains().cause(asked).said == "probably started through htmx by GET /products/?q=tea"
    assert visits.cause(visits.add("/cart/", HX_Boosted="true", **headers))[1] == NAVIGATION


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ({"Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}, NAVIGATION),
        ({"Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "iframe"}, STARTED),
        ({"Accept": "text/html,*/*"}, NAVIGATION),
        ({"Accept": "text/html,*/*", "X_Requested_With": "XMLHttpRequest"}, STARTED),
        ({"Accept": "application/json"}, STARTED),
    ],
)
def test_whether_somebody_navigated_is_told_by_fetch_metadata_or_by_what_is_asked_for(headers, kind, visits):
    visits.add("/", Sec_Fetch_Mode="navigate")
    assert visits.cause(visits.add("/next/", Referer=f"https://{HOST}/", **headers))[1] == kind


def test_what_a_visitor_is_told_to_ask_next_comes_after_what_went_before(visits):
    visits.add("/a/", 302, Location="/b/", X_Visualizer_Request="ab.1")
    second = visits.add("/b/", X_Visualizer_Request="ab.1")
    visits.add("/c/", X_Visualizer_Request="cd.1")
    assert visits.cause(visits.add("/d/", X_Visualizer_Request="ab.2")) == (second, NEXT, True)


def test_a_chain_is_told_whole_whichever_of_its_requests_is_looked_at(visits):
    home = visits.add("/", Sec_Fetch_Mode="navigate")
    from_home = {"Sec_Fetch_Mode": "navigate", "Referer": f"https://{HOST}/"}
    post = visits.add("/cart/add/", 302, method="POST", Location="/cart/", **from_home)
    cart = visits.add("/cart/", **from_home)
    sheet = visits.add("/shop.css", **page("/cart/", Sec_Fetch_Dest="style"))
    font = visits.add("/font.woff2", **page("/shop.css", Sec_Fetch_Dest="font"))
    away = visits.add("/about/", Sec_Fetch_Mode="navigate", Referer=f"https://{HOST}/cart/")
    visits.add("/about.css", **page("/about/"))
    chains = visits.chains()
    told = [(entry.request.id, entry.depth, entry.link and entry.link.said_of_it) for entry in chains.around(cart)]
    assert told == [
        (home, 0, None),
        (post, 0, "probably reached"),
        (cart, 0, "probably redirected"),
        (sheet, 1, "probably started as style"),
        (font, 2, "probably started as font"),
        (away, 0, "probably reached"),
    ]
    for each in (post, sheet, font):
        assert chains.around(each) == chains.around(cart)


def test_a_request_alone_is_its_own_chain(visits):
    alone = visits.add("/")
    assert [entry.request.id for entry in visits.chains().around(alone)] == [alone]
    assert visits.chains().around("gone") == []


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_real_redirect_of_a_real_form(interface, shop, traces):
    agent = ("User-Agent", AGENT)
    token = "t" * 32
    cookie = (sign_in("john")[0], f"{sign_in('john')[1]}; {settings.CSRF_COOKIE_NAME}={token}")
    form = (agent, cookie, ("X-CSRFToken", token), ("Content-Type", "application/x-www-form-urlencoded"))
    ask(interface, PRODUCT, headers=(agent,))
    from_page = ("Referer", f"http://localhost{PRODUCT}")
    ask(interface, "/cart/add/", method="POST", headers=(*form, from_page), body=b"product=1&quantity=1")
    ask(interface, "/cart/", headers=(agent, cookie, from_page, ("Accept", "text/html")))
    product, post, cart = traces
    chains = Chains(request_of(trace.head()) for trace in traces)
    assert (chains.cause(cart.id).cause.id, chains.cause(cart.id).kind) == (post.id, REDIRECT)
    assert chains.cause(cart.id).said == "probably redirected from POST /cart/add/"
    assert chains.cause(post.id).cause.id == product.id
    assert chains.cause(product.id) is None


@pytest.mark.parametrize("interface", INTERFACES)
def test_real_requests_that_a_page_started(interface, shop, traces):
    agent = ("User-Agent", AGENT)
    headers = (
        agent,
        ("Referer", f"http://localhost{PRODUCT}"),
        ("Sec-Fetch-Mode", "cors"),
        ("Sec-Fetch-Dest", "empty"),
    )
    ask(interface, PRODUCT, headers=(agent, ("Accept", "text/html")))
    ask(interface, "/api/products/1/stock/", headers=headers)
    ask(interface, "/api/products/1/stock/", headers=(*headers, ("HX-Request", "true")))
    chains = Chains(request_of(trace.head()) for trace in traces)
    assert [link.kind for link in chains.effects(traces[0].id)] == [STARTED, HTMX]
    assert chains.effects(traces[0].id)[0].said_of_it == "probably started as fetch"


def test_the_recorder_adds_no_header_of_its_own(shop, traces):
    observe(lambda: ask("wsgi", "/about/"))
    assert MARK_HEADER.lower() not in {name.lower() for name, _ in traces.only["request"]["headers"]}
