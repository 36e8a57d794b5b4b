"""Where a step stands among the templates."""

from tests.lessons.sample import VIEW, Sample
from visualizer.lessons.reading import Reading
from visualizer.page.rendering import rendering_of


def page():
    """A page that extends a frame, whose block includes stars three times and sends a query."""
    sample = Sample()
    sample.enter("view", VIEW)
    given = {"context": ["product"], "types": {"product": "shop.models.Product"}}
    sample.enter("template", "page.html", "template", node="template", template="page.html", **given)
    sample.enter("template", "frame.html", "template", node="extends", template="page.html", line=1)
    sample.enter("template", "content", "template", node="block", template="frame.html", line=7)
    for _ in range(3):
        sample.span("template", "stars.html", stage="template", node="include", template="page.html", line=9)
    sample.enter("signal", "rated", "template")
    sample.span("template", "mail.txt", stage="template", node="template", template="mail.txt")
    sample.exit()
    return sample


def rendering(sample, seq):
    reading = Reading(sample.as_dict())
    return rendering_of(reading, reading.event(seq))


def names(rows):
    return [(row["node"], row["name"], row["count"], row["place"]) for row in rows]


def test_a_block_is_shown_with_what_is_around_and_inside_it():
    found = rendering(page(), 3)
    assert names(found["around"]) == [
        ("template", "page.html", 1, ""),
        ("extends", "frame.html", 1, "page.html line 1"),
        ("block", "content", 1, "frame.html line 7"),
    ]
    assert [row["is_this"] for row in found["around"]] == [False, False, True]
    assert names(found["inside"]) == [
        ("include", "stars.html", 3, "page.html line 9"),
        ("template", "mail.txt", 1, ""),
    ]
    assert found["inside"][0]["took"] == "3 µs"


def test_names_are_those_of_the_nearest_context_that_is_known():
    assert rendering(page(), 3)["of"] == "page.html"
    assert rendering(page(), 3)["names"] == [{"name": "product", "type": "Product", "path": "shop.models.Product"}]
    assert rendering(page(), 1)["of"] == ""


def test_a_query_shows_which_templates_it_ran_in():
    sample = page()
    seq = sample.span("database", "default", sql="SELECT 1")
    found = rendering(sample, seq)
    assert [row["name"] for row in found["around"]] == ["page.html", "frame.html", "content"]
    assert (found["inside"], [row["is_this"] for row in found["around"]]) == ([], [False] * 3)


def test_what_no_template_has_to_do_with_has_none():
    assert rendering(page(), 0) is None
