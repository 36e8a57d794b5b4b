"""A session for one request of the command: nobody signs in, and it is deleted afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

from django.apps import apps
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.auth.base_user import AbstractBaseUser

from visualizer.errors import VisualizerError

_MOST_NAMES = 10


class UnknownUser(VisualizerError):
    """There is no such user, or there are no users at all; `username` is what was asked for."""

    def __init__(self, username: str, message: str) -> None:
        super().__init__(message)
        self.username = username


@contextmanager
def session_cookie(username: str | None) -> Iterator[str | None]:
    """Give the Cookie header that makes a request this user's; None for an anonymous one. Raises UnknownUser.

    Django's `login()` is not called: it would send `user_logged_in` and change the user's `last_login`.
    """
    if username is None:
        yield None
        return
    user = _find(username)
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = user._meta.pk.value_to_string(user)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    try:
        yield f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
    finally:
        session.delete()


def _find(username: str) -> AbstractBaseUser:
    if not apps.is_installed("django.contrib.auth"):
        raise UnknownUser(username, f"{username!r} cannot be found: django.contrib.auth is not installed.")
    model = get_user_model()
    try:
        return model._default_manager.get_by_natural_key(username)
    # A database refuses some characters with a ValueError.
    except (model.DoesNotExist, ValueError):
        names = [user.get_username() for user in model._default_manager.order_by("pk")[:_MOST_NAMES]]
        raise UnknownUser(
            username, f"there is no user {username!r}; there are: {', '.join(names) or 'none'}."
        ) from None
