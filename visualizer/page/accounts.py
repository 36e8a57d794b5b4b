"""Who can be chosen as sender, and how this browser becomes that user."""

import logging
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.contrib import auth
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

from visualizer.access import attach_user, has_accounts
from visualizer.page.responses import no_content

if TYPE_CHECKING:
    from django.contrib.auth.models import User

logger = logging.getLogger("visualizer.page")

MAX_USERS = 50


def can_sign_in() -> bool:
    """Whether the page may sign its browser in. Being admitted outside DEBUG does not make anybody somebody else."""
    return settings.DEBUG and has_accounts()


def usernames() -> list[str]:
    """The active users that can be chosen, in the order in which they were made."""
    if not can_sign_in():
        return []
    model = auth.get_user_model()
    try:
        users = model._default_manager.order_by("pk")[: MAX_USERS * 2]
        return [user.get_username() for user in users if user.is_active][:MAX_USERS]
    except DatabaseError as error:
        logger.warning("The users cannot be listed: %s", error)
        return []


def current_username(request: HttpRequest) -> str:
    """The user whom this browser is signed in as; empty for an anonymous visitor."""
    if not can_sign_in():
        return ""
    attach_user(request)
    try:
        return request.user.get_username()
    except DatabaseError:
        return ""


def sign_in(request: HttpRequest, user: AbstractBaseUser | None) -> HttpResponse:
    """Make the browser's session that of `user` (None: of nobody) as Django's own login does; 204 with its cookies."""

    def change(request: HttpRequest) -> HttpResponse:
        _change_user(request, user)
        # login() asks for a new CSRF token; CsrfViewMiddleware is what puts it into a cookie.
        return cast("HttpResponse", CsrfViewMiddleware(_unused).process_response(request, no_content()))

    return cast("HttpResponse", SessionMiddleware(change)(request))


def _change_user(request: HttpRequest, user: AbstractBaseUser | None) -> None:
    attach_user(request)
    if user is None:
        # logout() empties the session. A visitor's cart is to survive that nothing changes.
        if request.user.is_authenticated:
            auth.logout(request)
    elif request.user.pk != user.pk:
        auth.login(request, cast("User", user), backend=settings.AUTHENTICATION_BACKENDS[0])


def _unused(request: HttpRequest) -> HttpResponse:
    raise NotImplementedError
