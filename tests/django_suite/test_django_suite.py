"""Law 1 by Django's own tests, in a short form: `make django-suite` runs more labels."""

import pytest

from tests.django_suite.comparison import Comparison, compare
from tests.django_suite.source import ROOT, SourceError, locked_requirement

SHORT = [
    *("handlers", "middleware", "middleware_exceptions", "asgi", "wsgi", "urlpatterns"),
    *("csrf_tests", "test_client", "async", "requests_tests", "view_tests"),
]


@pytest.mark.slow
@pytest.mark.timeout(900)  # the first time Django's source is downloaded
def test_django_s_own_tests_end_the_same_with_the_app():
    found = compare(SHORT)
    assert not found.differences, "\n\n".join(map(str, found.differences))
    assert found.faults == {}
    assert len(found.without) > 800
    assert found.traces > 400
    assert found.events > 10 * found.traces


def comparison(without, recording):
    return Comparison(without, recording, traces=1, events=9, faults={})


def test_what_ended_differently_is_told_with_both_outcomes():
    found = comparison(
        {"a": [["passed", ""]], "b": [["skipped", "no database"]], "c": [["failed", "at 0x1"]]},
        {"a": [["error", "Traceback of a"]], "b": [["skipped", "none"]], "c": [["failed", "at 0x2"]]},
    )
    told = [str(each).splitlines() for each in found.differences]
    assert told == [["a", "  without the app: passed", "  with the app: error", "Traceback of a"]]


@pytest.mark.parametrize(("without", "recording"), [({}, {"a": [["passed", ""]]}), ({"a": [["passed", ""]]}, {})])
def test_a_test_that_ran_one_way_only_is_a_difference(without, recording):
    assert [each.test for each in comparison(without, recording).differences] == ["a"]


def test_a_second_outcome_of_one_test_counts():
    passed, failed = ["passed", ""], ["failed in a subtest", "why"]
    assert comparison({"a": [passed]}, {"a": [passed, failed]}).differences


def test_the_source_is_the_one_that_a_lock_names_with_its_hashes():
    version = (ROOT / "requirements" / "test.txt").read_text().split("\ndjango==")[1].split(" ")[0]
    lines = locked_requirement(version).splitlines()
    assert lines[0].startswith(f"django=={version} ")
    assert len(lines) == 3
    assert all(line.lstrip().startswith("--hash=sha256:") for line in lines[1:])


def test_a_version_that_no_lock_names_is_refused():
    with pytest.raises(SourceError, match=r"Django 1\.0 is installed, but none of bench.txt, .* locks it"):
        locked_requirement("1.0")
