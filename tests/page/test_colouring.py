"""Source in colours: by classes alone, every character in its place."""

from pathlib import Path

import pytest

from tests.serving import ROOT
from visualizer.page.colouring import MAX_CHARACTERS, as_html, coloured, suffix_of
from visualizer.page.markup import markup

FILES = [*(ROOT / "config" / "shop").glob("*.py"), *(ROOT / "templates" / "shop").glob("*.html")]


def text_of(lines):
    return "\n".join("".join(text for _, text in line) for line in lines)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_the_pieces_of_each_line_are_just_that_line(file):
    text = file.read_text()
    assert text_of(coloured(text, file.suffix)) == text


@pytest.mark.parametrize("text", ["", "\n\n  x = 1\n\n", "\t\tif x:\n", "'''open", "{% unknown"])
def test_white_space_and_broken_source_are_left_alone(text):
    for suffix in (".py", ".html", ".json", ".sh", ".unknown", ""):
        assert text_of(coloured(text, suffix)) == text


def test_what_is_long_or_of_no_known_kind_has_no_colours():
    assert coloured("def f(): pass", ".bin") == ((("", "def f(): pass"),),)
    long = "x = 1\n" * (MAX_CHARACTERS // 6 + 1)
    assert {css for line in coloured(long, ".py") for css, _ in line} == {""}


def test_every_class_has_its_colour():
    css = (ROOT / "frontend" / "css" / "source.css").read_text()
    source = Path(__file__).read_text() + "\n1.5\n@decorated\nclass A(Exception):\n    pass  # end\n"
    page = '<a href="{{ x|y:"z" }}">&amp;{% if 1 %}{# no #}{% endif %}</a>'
    lines = [*coloured(source, ".py"), *coloured(page, ".html")]
    used = {name for line in lines for name, _ in line if name}
    assert len(used) > 6
    assert [name for name in used if f".{name} {{" not in css] == []


def test_html_is_escaped_and_has_no_style():
    assert as_html("x = '<b>'", ".py") == 'x = <span class="src-string">&#x27;&lt;b&gt;&#x27;</span>'
    assert markup([("", "<i>"), ("a", "&")]) == '&lt;i&gt;<span class="a">&amp;</span>'


def test_the_kind_is_told_by_the_ending_in_any_case():
    assert suffix_of("/a/VIEWS.PY") == ".py"
    assert suffix_of("/a/Makefile") == ""
