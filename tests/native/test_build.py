"""The hot path is compiled where that can be done, and its absence is said and does no harm."""

import os
import subprocess
import sys

from tests.serving import ROOT
from visualizer.native import build, compiled


def test_what_was_compiled_is_used():
    wanted = os.environ.get("VISUALIZER_NATIVE") != "0" and build.target().exists()
    assert (compiled is not None) is wanted


def test_it_is_compiled_anew_only_when_its_source_is_newer(tmp_path, monkeypatch):
    for file in (build.SOURCE, *build.SOURCE.parent.glob("*.h")):
        (tmp_path / file.name).write_text(file.read_text())
    source = tmp_path / build.SOURCE.name
    monkeypatch.setattr(build, "SOURCE", source)
    assert not build.is_built()
    build.build()
    assert build.is_built()
    assert [file.name for file in tmp_path.iterdir() if file.suffix not in (".c", ".h")] == [build.target().name]
    os.utime(tmp_path / "records.h", (2**31, 2**31))
    assert not build.is_built()


def test_a_source_that_does_not_compile_leaves_nothing_and_the_reason_is_said(tmp_path, monkeypatch, capsys):
    source = tmp_path / "hot_path.c"
    source.write_text("#error this source is broken\n")
    monkeypatch.setattr(build, "SOURCE", source)
    build.main()
    assert [file.name for file in tmp_path.iterdir()] == ["hot_path.c"]
    told = capsys.readouterr().err
    assert told.startswith("Recording goes without its compiled part. The compiler says: ")
    assert "this source is broken" in told


def test_a_machine_without_a_compiler_is_told_so(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(build, "SOURCE", tmp_path / "hot_path.c")
    monkeypatch.setattr(build, "_compiler", lambda: ["no-such-compiler"])
    build.main()
    assert "Recording goes without its compiled part" in capsys.readouterr().err


def test_it_can_be_left_out():
    code = "from visualizer.native import compiled; print(compiled)"
    printed = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "VISUALIZER_NATIVE": "0"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert printed.stdout == "None\n"
