import pytest

from tests.lessons.sample import Sample
from visualizer.lessons.sentences import sentence_for


@pytest.mark.parametrize(
    ("name", "detail", "said"),
    [
        (
            "shop/list.html",
            {"node": "template", "engine": "django"},
            "Django's template engine renders shop/list.html.",
        ),
        ("shop/list.html", {"node": "template", "engine": "jinja2"}, "Jinja2 renders shop/list.html."),
        ("shop/list.html", {"node": "template", "engine": "mako"}, "The engine mako renders shop/list.html."),
        ("base.html", {"node": "extends", "template": "a.html", "line": 1}, "a.html line 1 extends base.html."),
        (
            "title",
            {"node": "block", "template": "base.html", "line": 7},
            "The block title of base.html line 7 is rendered.",
        ),
        ("title", {"node": "block"}, "The block title is rendered."),
        ("stars.html", {"node": "include", "template": "a.html", "line": 9}, "a.html line 9 includes stars.html."),
        ("stars.html", {"node": "include"}, "A template includes stars.html."),
        (
            "m.html",
            {"node": "import", "template": "a.html", "line": 2},
            "a.html line 2 imports names of m.html, whose text is rendered for that and thrown away.",
        ),
        (
            "field",
            {"node": "macro", "template": "a.html", "line": 3, "defined_in": "m.html"},
            "a.html line 3 calls the macro field of m.html.",
        ),
        (
            "field",
            {"node": "macro", "template": "a.html", "line": 3, "defined_in": "a.html"},
            "a.html line 3 calls the macro field.",
        ),
        (
            "stars",
            {"node": "tag", "template": "a.html", "line": 9, "function": "shop.tags.stars"},
            "a.html line 9 calls its tag stars: stars() runs, and a template shows what that gives.",
        ),
        (
            "stars",
            {"node": "tag", "function": "shop.tags.made.<locals>.<lambda>"},
            "A template calls its tag stars: its function runs, and a template shows what that gives.",
        ),
        ("card", {"node": "partial", "template": "a.html", "line": 4}, "a.html line 4 renders its partial card."),
        (
            "stars.html",
            {"node": "inclusion", "template": "a.html", "line": 9, "tag": "stars"},
            "a.html line 9 shows stars.html by its tag stars.",
        ),
        ("stars.html", {"node": "inclusion"}, "A template shows stars.html by a tag."),
        ("card", {"node": "of a later version"}, "card is rendered."),
    ],
)
def test_each_node_is_told_with_its_place(name, detail, said):
    sample = Sample()
    sample.enter("template", name, "template", **detail)
    assert sentence_for(sample.as_dict(), 0) == f"{said} It is still running."


def test_what_came_of_it():
    sample = Sample()
    sample.enter("template", "a.html", "template", node="template", engine="django")
    sample.enter("template", "stars.html", "template", node="include")
    sample.span("database", "default")
    sample.exit(bytes=90)
    sample.exit(bytes=9_140, after_ns=21_600_000)
    assert sentence_for(sample.as_dict(), 0).endswith(
        "It took 21.6 ms and made 9,140 characters of text; 1 query ran meanwhile."
    )


def test_a_template_that_fails():
    sample = Sample()
    error = {"type": "TemplateDoesNotExist", "module": "django.template.exceptions", "message": "b.html"}
    sample.span("template", "a.html", {"bytes": None, "error": error}, "template", node="template", engine="django")
    assert sentence_for(sample.as_dict(), 0).endswith("It ends after 1 µs with a TemplateDoesNotExist: b.html.")
