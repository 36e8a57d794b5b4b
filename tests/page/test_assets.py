"""What the browser loads is found in the repository and in the installed package."""

import pytest

from visualizer.page import assets


def test_the_directories_are_found():
    assert (assets.frontend_dir() / "vendor" / "htmx.min.js").is_file()
    assert (assets.templates_dir() / "visualizer" / "page.html").is_file()


def test_the_package_comes_before_the_repository(tmp_path, monkeypatch):
    package = tmp_path / "site-packages" / "visualizer"
    for folder in (package / "frontend", package.parent / "frontend"):
        folder.mkdir(parents=True)
    monkeypatch.setattr(assets, "_PACKAGE", package)
    assert assets._find("frontend", "frontend") == package / "frontend"
    (package / "frontend").rmdir()
    assert assets._find("frontend", "frontend") == package.parent / "frontend"


def test_what_is_nowhere_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(assets, "_PACKAGE", tmp_path / "visualizer")
    with pytest.raises(FileNotFoundError, match="templates/visualizer"):
        assets._find("templates", "templates/visualizer")


def test_every_file_of_the_front_end_has_its_media_type():
    files = [file for file in assets.frontend_dir().rglob("*.*") if file.is_file()]
    unknown = [file.name for file in files if assets.media_type(file) == "application/octet-stream"]
    assert not unknown
