"""Projects' own ideas of what is secret."""

import re
from typing import Any

from django.views.debug import SafeExceptionReporterFilter

from tests.site.calls import calls


class HidesColours(SafeExceptionReporterFilter):
    hidden_settings = re.compile("colour", re.IGNORECASE)


class HidesFlavours(SafeExceptionReporterFilter):
    """Decides in code, and writes down when it was asked."""

    def cleanse_setting(self, key: str, value: Any) -> Any:
        calls.append(f"cleansed {key}")
        return "(a flavour)" if "flavour" in key.lower() else super().cleanse_setting(key, value)


class Breaks(SafeExceptionReporterFilter):
    def cleanse_setting(self, key: str, value: Any) -> Any:
        raise LookupError(key)
