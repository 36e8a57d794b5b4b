import pytest

from tests.lessons.sample import Sample
from visualizer.lessons.kinds.resolver import failed_patterns, why_failed
from visualizer.lessons.sentences import sentence_for

INT = {"converter": "int", "name": "pk", "value": "999"}


def tried(count, *, last=False):
    patterns = [{"pattern": f"p{n}/", "name": None, "matched": False} for n in range(count)]
    return [*patterns, {"pattern": "products/<slug:slug>/", "name": "detail", "matched": True}] if last else patterns


def said(path="/products/wireless-headphones/", **left):
    sample = Sample()
    sample.span("resolver", path, left, "url_resolver")
    return sentence_for(sample.as_dict(), 0)


def test_a_match_is_told_with_what_was_captured():
    captured = [
        {"name": "slug", "value": "wireless-headphones", "type": "str"},
        {"name": "page", "value": "2", "type": "int"},
    ]
    facts = {
        "matched": True,
        "route": "products/<slug:slug>/",
        "view": "shop.views.product_detail",
        "captured": captured,
    }
    assert said(**facts, tried=tried(4, last=True)) == (
        "products/<slug:slug>/ matches after 4 patterns that did not. "
        "It leads to the view product_detail, with slug = 'wireless-headphones' and page = 2."
    )


def test_the_first_pattern_and_the_empty_one():
    assert said(matched=True, route="", view="shop.views.home", tried=tried(0, last=True)) == (
        "The empty pattern matches as the first pattern tried. It leads to the view home."
    )


def test_nothing_matched():
    assert said("/product/1/", matched=False, tried=tried(9)) == (
        "None of the 9 patterns tried matches /product/1/. There is no view to call."
    )
    assert said("/product/1/", matched=False, tried=tried(1)).startswith("The one pattern tried does not match")


def test_a_converter_that_breaks_is_told_as_what_it_is():
    error = {"type": "TypeError", "module": "builtins", "message": "bad converter"}
    assert said("/x/", matched=False, error=error) == "Resolving /x/ ends with a TypeError: bad converter."


def test_a_resolver_at_work():
    sample = Sample()
    sample.enter("resolver", "/x/", "url_resolver")
    assert sentence_for(sample.as_dict(), 0) == "Django looks for a pattern that matches /x/."


def test_the_pattern_that_matched_is_not_counted_as_failed():
    assert failed_patterns({"matched": True, "tried": tried(3, last=True)}) == 3
    assert failed_patterns({"matched": False, "tried": tried(3)}) == 3


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"why": "no_match"}, "no match"),
        ({"why": "no_match", "stood_for": "de/"}, "the path does not begin with de/"),
        ({"why": "not_asked"}, "not known: a pattern of the project's own kind is not asked again"),
        ({"why": "converter"}, "its text matches, but a converter said no"),
        ({"why": "converter", "refusal": "asked_again", "refused_by": [INT]}, "its converter int ('999') said no"),
        ({"why": "converter", "refusal": "only_one", "refused_by": [INT]},
         "its converter int ('999') said no: nothing else could, it was not asked again"),
        ({"why": "converter", "refusal": "one_of", "refused_by": [INT, INT | {"converter": "year"}]},
         "one of its converters int ('999') and year ('999') said no; they were not asked again"),
    ],
)  # fmt: skip
def test_the_reason_of_a_failure(facts, said):
    assert why_failed(facts) == said


def test_what_came_closest_to_a_path_without_a_match():
    nearest = {"pattern": "products/", "name": None, "likeness": 0.9, "would_match": "/products/"}
    close = {"nearest": [nearest], "begins": [], "slash": None}
    assert said("/product/", matched=False, tried=tried(9), close=close) == (
        "None of the 9 patterns tried matches /product/. products/ came closest: it would match /products/. "
        "There is no view to call."
    )
    slash = {"path": "/products/", "pattern": "products/", "is_sure": False}
    assert "With a slash at its end products/ may match it." in said(
        "/products", matched=False, tried=tried(9), close={**close, "slash": slash}
    )


def test_another_urlconf_is_named_even_if_nobody_was_seen_to_set_it():
    facts = {"matched": True, "route": "", "view": "shop.views.home", "tried": tried(0, last=True)}
    assert said(**facts, is_root=False, urlconf="shop.german").endswith(
        "It looked in shop.german, not in ROOT_URLCONF: request.urlconf said so."
    )
