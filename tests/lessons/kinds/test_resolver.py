from tests.lessons.sample import Sample
from visualizer.lessons.kinds.resolver import failed_patterns
from visualizer.lessons.sentences import sentence_for


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
