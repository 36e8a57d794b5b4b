"""`make django-suite`: Django's own tests with the app and without, and what ended differently."""

import sys

from tests.django_suite.comparison import WorkerError, compare
from tests.django_suite.source import SourceError

LABELS = [
    *("handlers", "middleware", "middleware_exceptions", "asgi", "wsgi", "urlpatterns", "view_tests", "requests_tests"),
    *("template_tests", "cache", "auth_tests", "csrf_tests", "test_client", "backends", "async"),
]


def main(labels: list[str]) -> int:
    found = compare(labels or LABELS)
    print(found)
    for difference in found.differences:
        print(f"\nDIFFERENT {difference}")
    for fault, count in found.faults.items():
        print(f"\nFAULT of the recorder, {count} times: {fault}")
    print(f"{len(found.differences)} tests ended differently with the app installed.")
    return 1 if found.differences or found.faults or not found.traces else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (SourceError, WorkerError) as error:
        sys.exit(str(error))
