"""One run of Django's tests in a process of its own, which stands in the folder of those tests."""

import os
import sys
import tempfile

import runtests  # Django's own


def main(way: str, labels: list[str]) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = f"tests.django_suite.settings_{way}"
    if way == "recording":
        runtests.ALWAYS_INSTALLED_APPS.insert(0, "visualizer")
    with tempfile.TemporaryDirectory(prefix="django_") as folder:
        tempfile.tempdir = os.environ["TMPDIR"] = folder
        _run(labels)


def _run(labels: list[str]) -> None:
    runtests.django_tests(
        verbosity=0,
        interactive=False,
        failfast=False,
        keepdb=False,
        reverse=False,
        test_labels=labels,
        debug_sql=False,
        parallel=1,
        tags=None,
        exclude_tags=None,
        test_name_patterns=None,
        start_at=None,
        start_after=None,
        pdb=False,
        buffer=True,
        timing=False,
        shuffle=False,
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
