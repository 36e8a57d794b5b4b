"""Imports run one way only: DESIGN's order of the layers, held by reading the source."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent

# A module imports from its own layer and from those above it, never from one below.
LAYERS = (
    {"stages", "errors", "editors", "conf", "patching", "native", "idle"},
    {"origin"},
    {"secret_names"},
    {"secret_paths"},
    {"events", "redaction", "access"},
    {
        "application_secrets",
        "wire",
        "proxy",
        "arrival",
        "snapshots",
        "context_names",
        "sql_placeholders",
        "sql_parameters",
        "frames",
        "outcome",
        "client_report",
        "event_log",
        "url_search",
        "view_source",
    },
    {"records"},
    {"recorder", "url_likeness", "response_form"},
    {"passages", "awaiters"},
    {"lifecycle", "visitors", "watching"},
    {"probes", "stores", "findings"},
    {"live", "export"},
    {"control"},
    {"page"},
    {"checks", "apps", "management"},
)
LEVELS = {name: level for level, names in enumerate(LAYERS) for name in names}
# Neighbours in one layer that know nothing of each other.
STRANGERS = [("probes", "stores")]

JAVASCRIPT_IMPORT = re.compile(
    r"""^\s*(?:import|export)\b[^'";]*?\bfrom\s*(['"])(.+?)\1"""  # import … from, export … from
    r"""|^\s*import\s*(['"])(.+?)\3"""  # import for its effect
    r"""|\bimport\(\s*(['"])(.+?)\5""",  # import()
    re.MULTILINE,
)


class Import(NamedTuple):
    """One import statement: who, whom, and the function in which it stands, if in one."""

    importer: str
    imported: str
    function: str | None
    line: int

    def __str__(self) -> str:
        return f"{self.importer}:{self.line} imports {self.imported}"


@cache
def modules(package: str) -> dict[str, Path]:
    """Every module of a package by its dotted name."""
    files = sorted((ROOT / package).rglob("*.py"))
    return {_dotted(file): file for file in files}


def _dotted(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def imports(package: str) -> list[Import]:
    """Every import in a package of a module of this repository."""
    found = (each for name, file in modules(package).items() for each in _read(name, file))
    return [each for each in found if each.imported.split(".")[0] in ("visualizer", "config", "tests")]


def all_imports(package: str) -> Iterator[Import]:
    """Every import in a package, of whatever."""
    return (each for name, file in modules(package).items() for each in _read(name, file))


def _read(name: str, file: Path) -> Iterator[Import]:
    yield from _walk(ast.parse(file.read_text("utf-8")), name, None)


def _walk(node: ast.AST, importer: str, function: str | None) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (Import(importer, alias.name, function, child.lineno) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield from (Import(importer, name, function, child.lineno) for name in _from(child, importer))
        inside = child.name if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else function
        yield from _walk(child, importer, inside)


def _from(node: ast.ImportFrom, importer: str) -> list[str]:
    """`from a import b` names module a.b where there is one, otherwise a."""
    base = node.module or ""
    if node.level:
        base = ".".join([*importer.split(".")[: -node.level], *([base] if base else [])])
    names = {f"{base}.{alias.name}" for alias in node.names}
    ours = modules(base.split(".")[0]) if (ROOT / base.split(".")[0]).is_dir() else {}
    return sorted({name if name in ours else base for name in names})


def part(module: str) -> str:
    """The part of visualizer that a module belongs to: `visualizer.live.hub` is of `live`."""
    return [*module.split("."), ""][1]


def ours() -> list[Import]:
    """Imports within visualizer, those of the package itself (its version) left out."""
    return [each for each in imports("visualizer") if part(each.imported) and part(each.importer)]


def assert_none(broken: list[Import], law: str) -> None:
    assert not broken, f"{law}:\n" + "\n".join(map(str, broken))


def test_every_part_of_visualizer_has_its_layer():
    known = {*LEVELS, "lessons", ""}
    unknown = sorted({part(module) for module in modules("visualizer")} - known)
    assert not unknown, f"no layer for {', '.join(unknown)}; add them to LAYERS, where DESIGN's order puts them"


def test_imports_run_leftwards_only():
    layered = [each for each in ours() if part(each.importer) in LEVELS and part(each.imported) in LEVELS]
    broken = [each for each in layered if LEVELS[part(each.imported)] > LEVELS[part(each.importer)]]
    assert_none(broken, "an import runs against the order of the layers")


def test_lessons_know_only_the_stages():
    broken = [
        each for each in ours() if part(each.importer) == "lessons" and part(each.imported) not in ("lessons", "stages")
    ]
    assert_none(broken, "lessons imports only stages")


def test_findings_know_only_the_lessons_and_one_of_them_django():
    broken = [
        each
        for each in ours()
        if part(each.importer) == "findings" and part(each.imported) not in ("findings", "lessons", "stages")
    ]
    assert_none(broken, "findings are worked out from the trace alone, by the lessons' way of reading it")
    django = [
        each
        for each in all_imports("visualizer")
        if part(each.importer) == "findings" and each.imported.split(".")[0] == "django"
    ]
    assert_none([each for each in django if each.importer != "visualizer.findings.relations"], "one module asks Django")


def test_no_probe_imports_another():
    broken = [
        each
        for each in ours()
        if part(each.importer) == part(each.imported) == "probes"
        and each.importer.split(".")[2:3] != each.imported.split(".")[2:3]
        and each.importer != "visualizer.probes"
    ]
    assert_none(broken, "a probe imports another")


@pytest.mark.parametrize("strangers", STRANGERS, ids=" and ".join)
def test_strangers_never_meet(strangers):
    broken = [each for each in ours() if {part(each.importer), part(each.imported)} == set(strangers)]
    assert_none(broken, "these two know nothing of each other")


def test_only_live_imports_channels():
    broken = [
        each
        for each in all_imports("visualizer")
        if each.imported.split(".")[0] == "channels" and part(each.importer) != "live"
    ]
    assert_none(broken, "only live imports channels")


def test_the_shop_knows_nothing_of_the_visualizer():
    broken = [
        each
        for each in imports("config")
        if each.importer.startswith("config.shop") and each.imported.startswith("visualizer")
    ]
    assert_none(broken, "config.shop never imports visualizer")


def test_the_visualizer_knows_nothing_of_the_demonstration_site_or_the_tests():
    broken = [each for each in imports("visualizer") if not each.imported.startswith("visualizer")]
    assert_none(broken, "visualizer never imports config or tests")


@pytest.mark.parametrize("package", ["visualizer", "config"])
def test_no_function_imports_our_own_modules(package):
    broken = [each for each in imports(package) if each.function and not each.importer.endswith(".apps")]
    assert_none(broken, "only an AppConfig, made before the models are, imports our own modules in a function")


def test_there_are_no_cycles():
    graph: dict[str, set[str]] = {}
    for each in ours():
        if each.function is None and each.importer != each.imported:
            graph.setdefault(each.importer, set()).add(each.imported)
    TopologicalSorter(graph).prepare()  # raises CycleError, which names them


def javascript() -> list[Path]:
    """The program's own modules, and their tests."""
    files = [*(ROOT / "frontend").rglob("*.js"), *(ROOT / "tests" / "frontend").rglob("*.*js")]
    return sorted(file for file in files if "vendor" not in file.parts)


def javascript_imports(file: Path) -> list[str]:
    """What a module imports, `node:` modules of the tests left out."""
    found = (match[2] or match[4] or match[6] for match in JAVASCRIPT_IMPORT.finditer(file.read_text("utf-8")))
    return [target for target in found if not ("tests" in file.parts and target.startswith("node:"))]


def test_every_javascript_import_is_a_relative_file():
    broken = [
        f"{file.relative_to(ROOT)} imports {target!r}"
        for file in javascript()
        for target in javascript_imports(file)
        if not (
            target.startswith(("./", "../")) and target.endswith((".js", ".mjs")) and (file.parent / target).is_file()
        )
    ]
    assert not broken, "the browser loads the source as it stands:\n" + "\n".join(broken)


def test_what_computes_touches_no_dom():
    computing = [*(ROOT / "frontend" / "model").glob("*.js"), *(ROOT / "frontend").glob("*/layout.js")]
    assert computing
    dom = re.compile(r"\b(?:document|window|localStorage|requestAnimationFrame|querySelector\w*|HTMLElement)\b")
    broken = [
        f"{file.relative_to(ROOT)} uses {match[0]}" for file in computing for match in [_first(dom, file)] if match
    ]
    assert not broken, "trace model, timeline and layout touch no DOM:\n" + "\n".join(broken)


def _first(pattern: re.Pattern[str], file: Path) -> re.Match[str] | None:
    code = re.sub(r"/\*.*?\*/|//[^\n]*", "", file.read_text("utf-8"), flags=re.DOTALL)
    return pattern.search(code)


def test_the_reader_of_javascript_sees_every_form(tmp_path):
    source = tmp_path / "module.js"
    source.write_text(
        'import a from "./a.js";\nimport {\n  b,\n  c,\n} from "./b.js";\nimport "./c.js";\n'
        "export { d } from './d.js';\nexport * from \"./e.js\";\nconst f = await import('./f.js');\n"
    )
    assert [target[2] for target in javascript_imports(source)] == ["a", "b", "c", "d", "e", "f"]
