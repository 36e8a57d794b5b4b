"""The sample requests that the form offers: what to send, as whom, and what to look for.

`user` is a username, "" for nobody, None for whoever this browser is signed in as.
"""

from typing import Any

HEADPHONES = "/products/wireless-headphones/"
DEFAULTS: dict[str, Any] = {"method": "GET", "user": "", "headers": {}, "body": ""}


def _scenario(name: str, path: str, promise: str, **more: Any) -> dict[str, Any]:
    return DEFAULTS | {"name": name, "path": path, "promise": promise} | more


SCENARIOS = [
    _scenario(
        "John's product page",
        HEADPHONES,
        "The whole cycle: queries from a middleware, the view and the template; GZip shrinks the page on its way out.",
        user="john",
    ),
    _scenario(
        "The same page, anonymous",
        HEADPHONES,
        "Nobody is signed in: no ban to look up, has_perm says no without a query, and the price is the full one.",
    ),
    _scenario(
        "Unknown URL",
        "/no/such/page/",
        "The resolver tries every pattern and none matches: a 404 without any view.",
    ),
    _scenario(
        "Missing slash",
        "/products/wireless-headphones",
        "No pattern matches; only on the way out does CommonMiddleware turn the 404 into a 301 to the right address.",
    ),
    _scenario(
        "Banned user",
        "/products/",
        "BannedUserMiddleware answers 403 on the way in: no resolver, no view, and no layer inside it ever runs.",
        user="mallory",
    ),
    _scenario(
        "CSRF failure",
        "/cart/add/",
        "A form without its token: it resolves, then CsrfViewMiddleware answers 403 in process_view; no view runs.",
        method="POST",
        user="john",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        body="product=1&quantity=1",
    ),
    _scenario(
        "JSON API",
        "/api/products/1/",
        "One query for the product, no template; for a request from this same site CorsMiddleware only adds to Vary.",
    ),
    _scenario(
        "Error in a view",
        "/reports/average-order/",
        "The view divides by the number of orders paid today, which is zero: ZeroDivisionError becomes a 500.",
    ),
    _scenario(
        "Async view",
        "/api/products/1/stock/",
        "The view is a coroutine function: it awaits its one query and answers in JSON.",
    ),
    _scenario(
        "A query for every card",
        "/products/",
        "The list forgot to ask for the ratings: the template sends the same query again for each of its products.",
    ),
    _scenario(
        "Class-based view",
        "/categories/audio/",
        "CategoryView answers in its method get; products and ratings come in one query, so that no card has to ask.",
    ),
    _scenario(
        "In German",
        HEADPHONES,
        "LocaleMiddleware reads Accept-Language: buttons, dates and prices are German, and Content-Language says so.",
        headers={"Accept-Language": "de"},
    ),
    _scenario(
        "Sign-in needed",
        "/checkout/",
        "The checkout sends whoever is not signed in to the sign-in page with a 302, before it looks at any cart.",
    ),
    _scenario(
        "No such product",
        "/products/perpetual-motion-machine/",
        "The pattern matches, the view runs and raises Http404: not the same 404 as that of an unknown URL.",
    ),
]
