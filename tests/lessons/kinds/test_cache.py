import pytest

from tests.lessons.sample import Sample
from visualizer.lessons.sentences import sentence_for

ORIGIN = {"where": "python", "file": "/srv/products/views.py", "line": 31, "function": "product_detail"}


def said(name, left=None, **facts):
    sample = Sample()
    sample.span("cache", name, left, **{"alias": "default", **facts})
    return sentence_for(sample.as_dict(), 0)


def test_a_hit_and_a_miss():
    assert said("get", {"hit": True}, key="product:7", origin=ORIGIN) == (
        "The cache default is asked for product:7; products/views.py line 31 asked for it. "
        "A hit: it was there; it took 1 µs."
    )
    assert said("aget", {"hit": False}, key="product:7").endswith(
        "asked for product:7. A miss: the default came back; it took 1 µs."
    )
    assert said("has_key", {"hit": False}, key="a").endswith("A miss: it is not there; it took 1 µs.")


def test_many_keys_are_counted():
    assert said("get_many", {"hits": 1}, keys=3) == (
        "The cache default is asked for 3 keys. 1 of them was there; it took 1 µs."
    )
    assert "forget several keys" in said("delete_many", keys=None)
    assert said("set_many", {"failed": 2}, keys=3).endswith("2 keys could not be stored; it took 1 µs.")


@pytest.mark.parametrize(
    ("timeout", "words"),
    [("default", "for its default time"), ("never", "without end"), ("300 s", "for 300 s")],
)
def test_how_long_a_value_is_kept(timeout, words):
    assert said("set", key="a", timeout=timeout) == f"The cache default is given a value for a, {words}. It took 1 µs."


def test_what_came_of_adding_and_deleting():
    assert said("add", {"done": False}, key="a").endswith("There was one already, which stays; it took 1 µs.")
    assert said("delete", {"done": True}, key="a").endswith("It was there; it took 1 µs.")
    assert said("clear", alias=None) == "A cache is told to forget everything. It took 1 µs."


def test_one_that_failed_and_one_that_runs():
    error = {"type": "ConnectionError", "module": "builtins", "message": "refused"}
    assert said("get", {"error": error}, key="a").endswith("It fails after 1 µs: a ConnectionError: refused.")
    sample = Sample()
    sample.enter("cache", "get", alias="default", key="a")
    assert sentence_for(sample.as_dict(), 0) == "The cache default is asked for a. It is still running."
