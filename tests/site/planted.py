"""A page with a secret in each of twelve places, and an error that tells what it can of them."""

import base64
import hashlib
import html
import json
import os
import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

# A server that a test starts makes up the same secrets.
_SEED = os.environ.setdefault("PLANTED_SEED", secrets.token_hex(8))

PLACES = (
    *("cookie", "header", "query string", "form field", "JSON body", "session", "SQL parameter", "context"),
    *("local variable", "URL userinfo", "sensitive_variables", "Set-Cookie"),
)
# What HTTP lets these carry are letters and digits.
_PLAIN = ("cookie", "header", "Set-Cookie")


def secret(place: str) -> str:
    """The secret of one place: two random words, with all that is written differently somewhere between them."""
    first, second = _words(place)
    return first + second if place in _PLAIN else f'{first}+/ é"<&%{second}'


def _words(place: str) -> tuple[str, str]:
    digest = hashlib.sha256(f"{_SEED} {place}".encode()).hexdigest()
    return digest[:12], digest[12:24]


def forms(place: str) -> set[str]:
    """What a text that gives the secret away may hold: the secret as it is, escaped, encoded, or half of it."""
    plain = secret(place)
    escaped = {quote(plain), quote(plain, safe=""), quote_plus(plain), html.escape(plain), json.dumps(plain)[1:-1]}
    return {plain, *escaped, *_words(place), *_in_base64(plain)}


def _in_base64(plain: str) -> set[str]:
    """Its base64 wherever it begins in a longer text: what comes before and after it changes the digits at the ends."""
    found = set()
    for offset in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            digits = encode(b"\0" * offset + plain.encode()).decode()
            found.add(digits.rstrip("=")[4 if offset else 0 : -2])
    return found


def found_in(text: str, places: tuple[str, ...] = PLACES) -> dict[str, str]:
    """The places whose secrets this text gives away, each with what stands around it."""
    found = {}
    for place in places:
        for form in forms(place):
            if (at := text.find(form)) >= 0:
                found[place] = f"…{text[max(0, at - 100) : at + 100]}…"
    return found


@csrf_exempt
@sensitive_post_parameters("word")
def form(request: HttpRequest) -> HttpResponse:
    """Every place but the JSON body, and an error."""
    if request.POST["word"] != secret("form field") or request.POST["password"] != secret("form field"):
        return HttpResponse(status=400)
    return _visit(request)


@csrf_exempt
def document(request: HttpRequest) -> HttpResponse:
    """Every place but the form field, and an error."""
    if json.loads(request.body)["password"] != secret("JSON body"):
        return HttpResponse(status=400)
    return _visit(request)


def quiet(request: HttpRequest) -> HttpResponse:
    """No error: what the page itself says is the client's own."""
    _use_session_and_database(request)
    return JsonResponse({"page": render_to_string("planted.html", {"api_token": secret("context")})})


def _visit(request: HttpRequest) -> HttpResponse:
    _use_session_and_database(request)
    render_to_string("planted.html", {"api_token": secret("context")})
    return _charge(request, secret("sensitive_variables"))


def _use_session_and_database(request: HttpRequest) -> None:
    request.session["card"] = secret("session")
    request.session.save()
    with connection.cursor() as cursor:
        cursor.execute("SELECT username FROM auth_user WHERE password = %s", [secret("SQL parameter")])
        cursor.execute("SELECT username FROM auth_user WHERE username = %s", [request.GET["token"]])


@sensitive_variables("word")
def _charge(request: HttpRequest, word: str) -> HttpResponse:
    password = secret("local variable")
    told = f"{request.COOKIES['remember']}, {request.headers['X-Api-Key']} and {request.GET['token']}"
    sent = request.POST.get("word") or json.loads(request.body)["password"]
    raise ValueError(f"refused: {told}; {sent}, {word} and {password}")


class PlantedMiddleware:
    """Puts a secret on the request, and others on the response."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        request.api_key = request.headers["X-Api-Key"]
        response = self.get_response(request)
        response.set_cookie("remember", secret("Set-Cookie"))
        response["Location"] = f"https://ann:{quote(secret('URL userinfo'))}@shop.example/"
        response["X-Auth-Token"] = secret("header")
        return response


urlpatterns = [path("form/", form), path("document/", document), path("quiet/", quiet)]
