"""The templates are the program's own, whatever the project's TEMPLATES and formats are."""

from django.template import Context
from django.utils import translation

from visualizer.page.templates import engine, render, render_row


def test_the_projects_templates_play_no_part(broken_project):
    assert "<title>" in render("visualizer/page.html", {"mount": "/__visualizer__/"})


def test_markup_is_escaped():
    template = engine().from_string("{{ value }}")
    assert template.render(Context({"value": "<b>"})) == "&lt;b&gt;"


def test_numbers_are_as_scripts_read_them(settings, monkeypatch):
    settings.USE_THOUSAND_SEPARATOR = True
    monkeypatch.setattr(engine(), "get_template", lambda name: engine().from_string("{{ value }}"))
    with translation.override("de"):
        assert render("any.html", {"value": 1234567.5}) == "1234567.5"


def test_a_row_is_found_by_its_trace(kept_trace):
    trace = kept_trace("/products/")
    row = render_row(trace)
    assert row.lstrip().startswith(f'<li id="trace-{trace.id}"')
    assert f'data-trace="{trace.id}"' in row
