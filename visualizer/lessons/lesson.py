"""What a lesson is, and where in Django's documentation it leads."""

import re
from dataclasses import dataclass

DOCUMENTATION = "https://docs.djangoproject.com/en/"


@dataclass(frozen=True, slots=True)
class Lesson:
    """Two or three sentences that hold for every request, and a page that says more.

    `page` is a path below Django's documentation, or a whole address for what is not Django's.
    """

    title: str
    text: str
    page: str

    def link(self, django_version: str) -> str:
        """The address of the page for this version of Django ("5.2.19"), or the newest if it is not a version."""
        if self.page.startswith("https://"):
            return self.page
        return f"{DOCUMENTATION}{_release(django_version)}/{self.page}"


@dataclass(frozen=True, slots=True)
class MiddlewareLesson:
    """What one middleware does on the way in and on the way out, and why. Either may be empty: it does nothing then."""

    way_in: str
    way_out: str
    page: str

    def lesson(self, title: str, *, on_the_way_out: bool) -> Lesson:
        """The half that belongs to this direction; the other half where this one is empty."""
        text = self.way_out if on_the_way_out else self.way_in
        if not text:
            way, other = ("in", self.way_in) if on_the_way_out else ("out", self.way_out)
            text = f"It has work only on the way {way}. {other}"
        return Lesson(title, text, self.page)


def _release(django_version: str) -> str:
    if "dev" in django_version:
        return "dev"
    release = re.match(r"\d+\.\d+", django_version)
    return release.group() if release else "stable"
