"""What the browser loads at first comes compressed where it can read that, and plain where it cannot."""

import gzip

import pytest

from visualizer.page.assets import frontend_dir

SCRIPT = "static/main.js"


def _packed(visitor, path, accepts="gzip, deflate, br"):
    return visitor.get(path, headers={"Accept-Encoding": accepts})


def test_a_file_comes_compressed_to_who_can_read_it(visitor):
    plain, packed = visitor.get(SCRIPT), _packed(visitor, SCRIPT)
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body == (frontend_dir() / "main.js").read_bytes()
    assert len(packed.body) < len(plain.body) / 2
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert packed.headers["ETag"] != plain.headers["ETag"]


def test_what_the_browser_has_is_not_sent_again(visitor):
    etag = _packed(visitor, SCRIPT).headers["ETag"]
    again = visitor.get(SCRIPT, headers={"Accept-Encoding": "gzip", "If-None-Match": etag})
    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize("accepts", ["", "br", "gzip;q=0", "gzip; q=0.0, br"])
def test_who_does_not_accept_it_gets_it_plain(visitor, accepts):
    assert "Content-Encoding" not in _packed(visitor, SCRIPT, accepts).headers


@pytest.mark.django_db(transaction=True)
def test_the_page_itself_is_compressed_too(visitor):
    page = _packed(visitor, "")
    assert "<main" in gzip.decompress(page.body).decode()


def test_a_file_that_is_changed_is_compressed_anew(visitor, tmp_path, monkeypatch):
    monkeypatch.setattr("visualizer.page.views.frontend_dir", lambda: tmp_path)
    for content in (b"let a = 1;", b"let a = 1234;"):
        (tmp_path / "main.js").write_bytes(content)
        assert gzip.decompress(_packed(visitor, SCRIPT).body) == content
