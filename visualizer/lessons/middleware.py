"""What Django's own middleware does on the way in and on the way out, and why; the common packages' too.

A new lesson is one entry below: the dotted path as in MIDDLEWARE, way in, way out, page of the documentation.
"""

from visualizer.lessons.lesson import Lesson, MiddlewareLesson

_REFERENCE = "ref/middleware/#"

MIDDLEWARE_LESSONS: dict[str, MiddlewareLesson] = {
    "django.middleware.security.SecurityMiddleware": MiddlewareLesson(
        "With SECURE_SSL_REDIRECT on, it sends plain HTTP to HTTPS before anything else has run. That is why it "
        "stands first.",
        "It adds the headers that the SECURE_* settings ask for (nosniff, referrer policy, opener policy, HSTS over "
        "HTTPS), so that the browser is stricter with the page.",
        f"{_REFERENCE}django.middleware.security.SecurityMiddleware",
    ),
    "django.contrib.sessions.middleware.SessionMiddleware": MiddlewareLesson(
        "It makes request.session from the session cookie's key. Nothing is loaded until somebody reads the session.",
        "If the session was changed it is saved, except after a 5xx, and its cookie set again, or deleted once it is "
        "empty. Whenever it was read the response is marked Vary: Cookie, so that caches keep visitors apart.",
        f"{_REFERENCE}django.contrib.sessions.middleware.SessionMiddleware",
    ),
    "django.middleware.common.CommonMiddleware": MiddlewareLesson(
        "It refuses user agents in DISALLOWED_USER_AGENTS and, with PREPEND_WWW, redirects to the www. host.",
        "If the answer is a 404 and the path would match with a slash at its end, it redirects there (APPEND_SLASH). "
        "To other responses it adds Content-Length, if that is missing and they are not streamed.",
        f"{_REFERENCE}django.middleware.common.CommonMiddleware",
    ),
    "django.middleware.common.BrokenLinkEmailsMiddleware": MiddlewareLesson(
        "",
        "With DEBUG off it mails the MANAGERS about a 404 that a link led to, so that broken links get repaired.",
        f"{_REFERENCE}django.middleware.common.BrokenLinkEmailsMiddleware",
    ),
    "django.middleware.csrf.CsrfViewMiddleware": MiddlewareLesson(
        "It reads the CSRF secret; once the view is known, its process_view() checks where the request comes from and "
        "demands a token, unless the method is GET, HEAD, OPTIONS or TRACE or the view is exempt: no other site shall "
        "post in the user's name.",
        "If a token was used or renewed, it sets the CSRF cookie and marks the response Vary: Cookie.",
        f"{_REFERENCE}django.middleware.csrf.CsrfViewMiddleware",
    ),
    "django.contrib.auth.middleware.AuthenticationMiddleware": MiddlewareLesson(
        "It adds request.user, and request.auser for async code. Both are lazy: the session and the user's row are "
        "read when somebody first looks, so an anonymous page need not pay for it. It needs SessionMiddleware before "
        "it.",
        "",
        f"{_REFERENCE}django.contrib.auth.middleware.AuthenticationMiddleware",
    ),
    "django.contrib.auth.middleware.LoginRequiredMiddleware": MiddlewareLesson(
        "Once the view is known, its process_view() sends anonymous visitors to the login page, except for views "
        "marked with login_not_required: what nobody thought about is closed.",
        "",
        f"{_REFERENCE}django.contrib.auth.middleware.LoginRequiredMiddleware",
    ),
    "django.contrib.auth.middleware.RemoteUserMiddleware": MiddlewareLesson(
        "It trusts the server in front: the user named in REMOTE_USER is logged in, and without that name a user "
        "whom it had logged in is logged out.",
        "",
        f"{_REFERENCE}django.contrib.auth.middleware.RemoteUserMiddleware",
    ),
    "django.contrib.auth.middleware.PersistentRemoteUserMiddleware": MiddlewareLesson(
        "Like RemoteUserMiddleware it logs in the user whom the server in front names, but keeps them logged in on "
        "requests without that name.",
        "",
        f"{_REFERENCE}django.contrib.auth.middleware.PersistentRemoteUserMiddleware",
    ),
    "django.contrib.messages.middleware.MessageMiddleware": MiddlewareLesson(
        "It attaches a storage for one-time messages as request._messages; nothing is read yet.",
        "It stores the messages that were added but not shown, in a cookie or the session, so that the next page can "
        "show them.",
        f"{_REFERENCE}django.contrib.messages.middleware.MessageMiddleware",
    ),
    "django.middleware.locale.LocaleMiddleware": MiddlewareLesson(
        "It chooses the language from the URL's prefix (with i18n_patterns), the language cookie or Accept-Language, "
        "activates it and sets request.LANGUAGE_CODE, so that the view and templates are translated.",
        "It adds Content-Language and, unless the URL names the language, Vary: Accept-Language. A 404 it redirects "
        "to the path with a language prefix, if that exists.",
        f"{_REFERENCE}django.middleware.locale.LocaleMiddleware",
    ),
    "django.middleware.clickjacking.XFrameOptionsMiddleware": MiddlewareLesson(
        "",
        "It adds X-Frame-Options, unless it is there already or the view is exempt, so that no other site can show "
        "the page in a frame and catch clicks.",
        f"{_REFERENCE}django.middleware.clickjacking.XFrameOptionsMiddleware",
    ),
    "django.middleware.gzip.GZipMiddleware": MiddlewareLesson(
        "",
        "It compresses the body if the client accepts gzip and it pays: 200 bytes or more, and smaller afterwards; a "
        "streamed body always. A few random bytes blur the length against the BREACH attack.",
        f"{_REFERENCE}django.middleware.gzip.GZipMiddleware",
    ),
    "django.middleware.http.ConditionalGetMiddleware": MiddlewareLesson(
        "",
        "It adds an ETag to answers to GET. If the client already has this version, it answers 304 without a body: "
        "that saves the transfer, not the work, which is done by then.",
        f"{_REFERENCE}django.middleware.http.ConditionalGetMiddleware",
    ),
    "django.middleware.csp.ContentSecurityPolicyMiddleware": MiddlewareLesson(
        "It prepares a nonce for this request, made only if somebody uses it.",
        "It adds the Content-Security-Policy headers from SECURE_CSP and SECURE_CSP_REPORT_ONLY, unless they are "
        "there already, so that the browser runs only the scripts that the site meant.",
        f"{_REFERENCE}django.middleware.csp.ContentSecurityPolicyMiddleware",
    ),
    "django.middleware.cache.UpdateCacheMiddleware": MiddlewareLesson(
        "",
        "It stores the finished page in the cache if it may be cached. It stands first in MIDDLEWARE because then it "
        "comes last on the way out and stores what every other layer has added.",
        f"{_REFERENCE}django.middleware.cache.UpdateCacheMiddleware",
    ),
    "django.middleware.cache.FetchFromCacheMiddleware": MiddlewareLesson(
        "It answers GET and HEAD from the cache if the page is there. It stands last in MIDDLEWARE, so that what the "
        "cache key depends on, such as the language, is known by then.",
        "",
        f"{_REFERENCE}django.middleware.cache.FetchFromCacheMiddleware",
    ),
    "django.middleware.cache.CacheMiddleware": MiddlewareLesson(
        "It answers GET and HEAD from the cache if the page is there.",
        "It stores the page in the cache if it may be cached. It is the two cache middleware in one, for simple sites.",
        "topics/cache/#the-per-site-cache",
    ),
    "django.contrib.sites.middleware.CurrentSiteMiddleware": MiddlewareLesson(
        "It sets request.site to the Site that SITE_ID or the host name selects.",
        "",
        f"{_REFERENCE}django.contrib.sites.middleware.CurrentSiteMiddleware",
    ),
    "django.contrib.flatpages.middleware.FlatpageFallbackMiddleware": MiddlewareLesson(
        "",
        "Only if the answer is a 404, it looks for a flat page with this URL and answers with that instead.",
        "ref/contrib/flatpages/#using-the-middleware",
    ),
    "django.contrib.redirects.middleware.RedirectFallbackMiddleware": MiddlewareLesson(
        "",
        "Only if the answer is a 404, it looks in the database for a redirect from this path: to another path, or to "
        "410 Gone.",
        "ref/contrib/redirects/#django.contrib.redirects.middleware.RedirectFallbackMiddleware",
    ),
    "django.contrib.admindocs.middleware.XViewMiddleware": MiddlewareLesson(
        "Once the view is known, it answers HEAD requests of staff or INTERNAL_IPS itself, naming the view in X-View "
        "for the documentation bookmarklets.",
        "",
        "ref/contrib/admin/admindocs/#included-bookmarklets",
    ),
    "corsheaders.middleware.CorsMiddleware": MiddlewareLesson(
        "It answers a browser's preflight (OPTIONS with Access-Control-Request-Method) itself, so that no view needs "
        "to know of it.",
        "It adds the Access-Control-* headers if the Origin is one that the settings allow: other sites' scripts may "
        "then read the answer. It belongs above whatever can answer, such as CommonMiddleware.",
        "https://github.com/adamchainz/django-cors-headers",
    ),
    "whitenoise.middleware.WhiteNoiseMiddleware": MiddlewareLesson(
        "If the path is that of a static file it answers with the file; no URL is resolved and no view runs. "
        "It belongs right after SecurityMiddleware.",
        "",
        "https://whitenoise.readthedocs.io/en/stable/django.html",
    ),
}

OTHER_MIDDLEWARE = Lesson(
    "Any middleware",
    "What it does before it calls get_response() is its way in, what comes after that its way out. Built on "
    "MiddlewareMixin, these are two methods, process_request() and process_response(); if the first returns a "
    "response, nothing further in runs.",
    "topics/http/middleware/#writing-your-own-middleware",
)


def middleware_lesson(path: str, *, on_the_way_out: bool) -> Lesson | None:
    """The lesson of a middleware by its dotted path, for one direction; None for one that is not described here."""
    known = MIDDLEWARE_LESSONS.get(path)
    return known.lesson(path.rpartition(".")[2], on_the_way_out=on_the_way_out) if known else None
