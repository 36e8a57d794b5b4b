"""The sample requests that the form offers: what to send, as whom, and what to look for.

`user` is a username, "" for nobody, None for whoever this browser is signed in as. `token` adds a CSRF token, `then` is
what the same visitor asks for next (a redirect is followed anyhow), `abort_after_ms` is when the client hangs up,
`tour` is the part of the guided tour that walks through this request.
`compare_with` names the sample that shows the most beside this one.
"""

from typing import Any

from django.utils.http import http_date

from config.twins import twin_of

HEADPHONES = "/products/wireless-headphones/"
PARTNER = "https://partner.example"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
COUNT = "\r\n".join(
    [
        "--larkspur",
        'Content-Disposition: form-data; name="counts"; filename="count.csv"',
        "Content-Type: text/csv",
        "",
        "wireless-headphones,42\ncompass,23\nenamel-flask,48",
        "--larkspur--",
        "",
    ]
)
PLAIN = {"method": "GET", "user": "", "headers": {}, "body": "", "token": False, "then": [], "abort_after_ms": None}


def _scenario(name: str, path: str, promise: str, **more: Any) -> dict[str, Any]:
    return PLAIN | {"name": name, "path": path, "promise": promise} | more


PAGES = [
    _scenario(
        "John's product page",
        HEADPHONES,
        "The whole cycle: queries from a middleware, the view and the template; GZip shrinks the page on its way out.",
        user="john",
        tour="cycle",
    ),
    _scenario(
        "The same page, anonymous",
        HEADPHONES,
        "Nobody is signed in: no ban to look up, has_perm says no without a query, and the price is the full one.",
    ),
    _scenario(
        "In German",
        HEADPHONES,
        "LocaleMiddleware reads Accept-Language: buttons, dates and prices are German, and Content-Language says so.",
        headers={"Accept-Language": "de"},
    ),
    _scenario(
        "A query for every card",
        "/products/",
        "The list forgot to ask for the ratings: the template sends the same query again for each of its products.",
        tour="n-plus-one",
    ),
    _scenario(
        "The same cards, one query",
        "/best-rated/",
        "The same template, but the view asks for products and ratings at once: no card sends a query of its own.",
        tour="cure",
    ),
    _scenario(
        "A query for every line",
        "/reviews/",
        "The template asks each review for its product: 35 queries more, and select_related would spare them all.",
    ),
    _scenario(
        "The same lines, one query",
        "/reviews/by-product/",
        "The same template, but the view joins each review's product to it with select_related: one query brings both.",
    ),
    _scenario(
        "Class-based view",
        "/categories/audio/",
        "CategoryView answers in its method get; products and ratings come in one query, so that no card has to ask.",
    ),
    _scenario(
        "Class-based detail",
        "/orders/1/",
        "A DetailView: login check, then get; the order comes in one query, its items and their products in two more.",
        user="john",
    ),
    _scenario(
        "Changed after the view",
        "/categories/kitchen/",
        "The view returns before its template runs: CartMiddleware puts the way to free delivery into the context.",
    ),
    _scenario(
        "Jinja2 page",
        "/catalogue/",
        "Another template engine: one template extends a sheet, and includes shelves that include their entries.",
    ),
    _scenario(
        "The admin",
        "/admin/shop/product/",
        "Code of Django itself answers for staff: the list of products, with its counts, filters and many templates.",
        user="sarah",
    ),
]

REFUSED = [
    _scenario(
        "Unknown URL",
        "/no/such/page/",
        "The resolver tries every pattern and none matches: a 404 without any view.",
    ),
    _scenario(
        "No such product",
        "/products/perpetual-motion-machine/",
        "The pattern matches, then get_object_or_404 raises Http404 in the view: not the 404 of an unknown URL.",
    ),
    _scenario(
        "Missing slash",
        "/products/wireless-headphones",
        "No pattern matches; only on the way out does CommonMiddleware turn the 404 into a 301 to the right address.",
    ),
    _scenario(
        "Sign-in needed",
        "/checkout/",
        "The checkout sends whoever is not signed in to the sign-in page with a 302, before it looks at any cart.",
    ),
    _scenario(
        "Permission denied",
        "/reports/stock.csv",
        "permission_required asks for John's permissions, then raises PermissionDenied: Django makes it a 403.",
        user="john",
    ),
    _scenario(
        "Banned user",
        "/products/",
        "BannedUserMiddleware answers 403 on the way in: no resolver, no view, and no layer inside it ever runs.",
        user="mallory",
        tour="stopped",
    ),
    _scenario(
        "CSRF failure",
        "/cart/add/",
        "A form without its token: it resolves, then CsrfViewMiddleware answers 403 in process_view; no view runs.",
        method="POST",
        user="john",
        headers=FORM,
        body="product=1&quantity=1",
    ),
    _scenario(
        "Wrong method: 405",
        "/cart/add/",
        "The pattern matches whatever the method; the decorator require_POST answers 405 in front of the view's code.",
    ),
]

FORMS = [
    _scenario(
        "Into the cart: POST, redirect, page",
        "/cart/add/",
        "The form's token is right: the view fills the cart and sends the browser on, which then asks for the page.",
        method="POST",
        user="john",
        headers=FORM,
        body="product=1&quantity=1",
        token=True,
    ),
    _scenario(
        "File upload",
        "/reports/stock/count/",
        "A multipart body: the token comes in a header; the view parses file and form, and writes in one UPDATE.",
        method="POST",
        user="sarah",
        headers={"Content-Type": "multipart/form-data; boundary=larkspur"},
        body=COUNT,
        token=True,
    ),
]

ERRORS = [
    _scenario(
        "Error in a view",
        "/reports/average-order/",
        "The view divides by the number of orders paid today, which is zero: ZeroDivisionError becomes a 500.",
        tour="error",
    ),
    _scenario(
        "Rescued by a middleware",
        "/cart/add/",
        "The tent is sold out: the view raises OutOfStockError, and CartMiddleware makes a redirect of it.",
        method="POST",
        user="john",
        headers=FORM,
        body="product=17&quantity=1",
        token=True,
    ),
]

API = [
    _scenario(
        "JSON API",
        "/api/products/1/",
        "One query for the product, no template; for a request from this same site CorsMiddleware only adds to Vary.",
    ),
    _scenario(
        "JSON API for another site",
        "/api/products/1/",
        "With a partner's Origin, CorsMiddleware adds Access-Control-Allow-Origin on the way out.",
        headers={"Origin": PARTNER},
    ),
    _scenario(
        "CORS preflight",
        "/api/products/1/",
        "A browser asks first whether it may: CorsMiddleware answers by itself, and no layer inside it ever runs.",
        method="OPTIONS",
        headers={"Origin": PARTNER, "Access-Control-Request-Method": "GET"},
    ),
    _scenario(
        "Async view",
        "/api/products/1/stock/",
        "The view is a coroutine function: it awaits its one query and answers in JSON.",
    ),
    _scenario(
        "Three awaits gathered",
        "/api/products/1/summary/",
        "The view gathers three queries; they begin together, yet run one by one, in the request's one thread.",
        tour="async",
    ),
    _scenario(
        "Async view under a sync-only middleware",
        "/api/prices/",
        "Under ASGI price_middleware takes a thread, from which the async view is called back on the event loop.",
        user="john",
        tour="async-under-sync",
    ),
]

STREAMS = [
    _scenario(
        "Streaming CSV",
        "/reports/stock.csv",
        "The view is done at once; its generator asks shelf by shelf. Under ASGI Django reads all before it sends.",
        user="sarah",
    ),
    _scenario(
        "Streaming CSV, async",
        "/reports/reviews.csv",
        "An async generator asks product by product while it is sent; under WSGI Django reads all before it sends.",
        user="sarah",
        tour="streaming",
    ),
    _scenario(
        "The client hangs up",
        "/api/stock/live/",
        "A stream for five seconds, and a reader who leaves after one: under ASGI the generator is cancelled.",
        abort_after_ms=1000,
    ),
]

METHODS = [
    _scenario(
        "Whole-page cache: miss, then hit",
        "/about/",
        "The view's own code runs at most once a minute: cache_page around it answers again without query or template.",
        then=["GET /about/"],
        tour="cache",
    ),
    _scenario(
        "Conditional GET: 304",
        "/api/reviews/",
        "The client has read the reviews before: one query for the newest, then a 304 without a body.",
        headers={"If-Modified-Since": http_date()},
    ),
    _scenario(
        "HEAD",
        "/categories/audio/",
        "CategoryView runs its method get, since it has no head; the answer has all headers, and no body is sent.",
        method="HEAD",
    ),
    _scenario(
        "OPTIONS",
        "/categories/audio/",
        "Each class-based view has a method options: Allow names what it answers. No query, no template.",
        method="OPTIONS",
    ),
]

SLOW = [
    _scenario(
        "Slow middleware",
        "/api/prices/",
        "Whoever is not signed in waits 0.3 s in price_middleware: the time is the middleware's own, not the view's.",
    ),
    _scenario(
        "Slow query",
        "/gifts/?budget=200",
        "One SELECT joins the products to themselves, every five of them: nearly all of the time is the database's.",
    ),
    _scenario(
        "1,000 queries",
        "/reports/sales/",
        "The calendar asks once for each product and day: 1,008 like queries, from one line of the models.",
    ),
]

GROUPS = {
    "Pages": PAGES,
    "Not found, not allowed": REFUSED,
    "Forms": FORMS,
    "Errors": ERRORS,
    "API and async": API,
    "Streams": STREAMS,
    "Caches and methods": METHODS,
    "Slow": SLOW,
}

SCENARIOS = [
    scenario | {"group": group, "compare_with": twin_of(scenario["name"])}
    for group, scenarios in GROUPS.items()
    for scenario in scenarios
]
