"""The URLs by which editors open a file at a line."""

import pytest

from visualizer.conf import get_settings
from visualizer.editors import EDITORS, editor_url, is_template
from visualizer.errors import SettingsError


@pytest.mark.parametrize(
    ("editor", "url"),
    [
        ("vscode", "vscode://file/srv/shop/my%20views.py:31"),
        ("pycharm", "pycharm://open?file=/srv/shop/my%20views.py&line=31"),
        ("sublime", "subl://open?url=file:///srv/shop/my%20views.py&line=31"),
        ("edit://{line}/{file}", "edit://31//srv/shop/my%20views.py"),
        ("x-mine:open?f={path}", "x-mine:open?f=srv/shop/my%20views.py"),
    ],
)
def test_a_file_and_its_line_stand_in_the_url(editor, url):
    assert editor_url(editor, "/srv/shop/my views.py", 31) == url


def test_a_path_of_windows_has_slashes():
    assert editor_url("vscode", "C:\\shop\\views.py", 3) == "vscode://file/C:/shop/views.py:3"


def test_what_a_file_s_name_holds_cannot_change_the_url():
    assert editor_url("pycharm", "/a&line=1#{line}\"'.py", 3) == (
        "pycharm://open?file=/a%26line%3D1%23%7Bline%7D%22%27.py&line=3"
    )


def test_every_editor_of_the_list_has_a_place_for_file_and_line():
    assert [name for name, url in EDITORS.items() if not is_template(url) or "{line}" not in url] == []


@pytest.mark.parametrize("wrong", ["vscod", "", "vscode://file", "javascript:alert('{file}')", "JavaScript:{file}", 3])
def test_a_setting_that_is_no_editor_is_refused_with_the_choices(settings, wrong):
    settings.VISUALIZER = {"EDITOR": wrong}
    with pytest.raises(SettingsError, match=r"must be (one of cursor, .*vscode.* URL with|str or None)"):
        get_settings()


@pytest.mark.parametrize("right", [None, "zed", "edit://{file}"])
def test_an_editor_by_name_or_url_is_taken(settings, right):
    settings.VISUALIZER = {"EDITOR": right}
    assert get_settings().editor == right
