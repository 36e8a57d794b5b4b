"""What the documents say is so: settings, commands, links."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
from django.core.management import get_commands

from visualizer.conf import Settings

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "frontend" / "vendor").glob("*.md")])


def settings_table() -> str:
    """The README's table of settings, as `visualizer/conf.py` has them."""
    rows = [f"| `{each.name.upper()}` | {_default(each)} | {each.metadata['help']} |" for each in fields(Settings)]
    return "\n".join(["| key | default | what it says |", "|---|---|---|", *rows])


def _default(each) -> str:
    unit = each.metadata["unit"]
    text = f"{each.default:,}" if isinstance(each.default, int) and unit else repr(each.default)
    return f"{text} {unit}" if unit else f"`{text}`"


def test_the_readme_lists_every_setting_as_it_is():
    assert settings_table() in (ROOT / "README.md").read_text(), f"The README's table should be:\n\n{settings_table()}"


def test_the_readme_names_every_command_of_ours():
    readme = (ROOT / "README.md").read_text()
    ours = [name for name, app in get_commands().items() if app == "visualizer"]
    assert ours
    assert [name for name in ours if f"manage.py {name}" not in readme] == []


def test_contributing_names_every_make_target():
    targets = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    contributing = (ROOT / "CONTRIBUTING.md").read_text()
    assert [target for target in targets if f"make {target}" not in contributing] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document):
    targets = re.findall(r"""(?:\]\(|\b(?:src|srcset|href)=")(?!https?:)([^)"#]+)""", document.read_text())
    assert [target for target in targets if not (document.parent / target).exists()] == []
