"""The forms of the page."""

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser

ANONYMOUS = ("", "anonymous")


class SignInForm(forms.Form):
    """Asks for a username; cleaned, it is the user, or None for an anonymous visitor."""

    user = forms.CharField(required=False, strip=True)

    def problem(self) -> str:
        """What is wrong with the form, as one text."""
        return " ".join(str(message) for messages in self.errors.values() for message in messages)

    def clean_user(self) -> AbstractBaseUser | None:
        """Find the user."""
        username = self.cleaned_data["user"]
        if username in ANONYMOUS:
            return None
        users = get_user_model()._default_manager
        try:
            return users.get_by_natural_key(username)
        except get_user_model().DoesNotExist:
            raise forms.ValidationError(f"There is no user {username!r}.") from None
