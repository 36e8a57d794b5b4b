"""A project's own idea of what is secret."""

import re

from django.views.debug import SafeExceptionReporterFilter


class HidesColours(SafeExceptionReporterFilter):
    hidden_settings = re.compile("colour", re.IGNORECASE)
