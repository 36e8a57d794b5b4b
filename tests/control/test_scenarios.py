"""Scenarios come from the project, and an error in them names the entry and the key."""

import sys
from types import ModuleType

import pytest

from visualizer.control.scenarios import Scenario, generic_scenarios, load_scenarios
from visualizer.errors import SettingsError


@pytest.fixture
def load(settings, monkeypatch):
    """Return a function that loads these entries as a project's own list."""

    def loaded(entries):
        module = ModuleType("tests_scenarios")
        module.SAMPLES = entries
        monkeypatch.setitem(sys.modules, module.__name__, module)
        settings.VISUALIZER = {"SCENARIOS": "tests_scenarios.SAMPLES"}
        return load_scenarios()

    return loaded


@pytest.fixture
def error_of(load):
    """Return a function that gives the message about a wrong list."""

    def message(entries):
        with pytest.raises(SettingsError) as caught:
            load(entries)
        assert caught.value.key == "SCENARIOS"
        return str(caught.value)

    return message


def test_a_dict_is_a_scenario(load):
    [scenario] = load([{"name": "Buy", "path": "/cart/", "method": "POST", "user": "john", "headers": {"A": "b"}}])
    assert scenario == Scenario(name="Buy", path="/cart/", method="POST", user="john", headers={"A": "b"})


def test_what_is_not_said_is_a_plain_anonymous_get(load):
    [scenario] = load([{"name": "Front", "path": "/"}])
    assert (scenario.method, scenario.user, scenario.headers, scenario.body) == ("GET", "", {}, "")
    assert (scenario.group, scenario.token, scenario.then, scenario.abort_after_ms) == ("", False, (), None)


def test_a_scenario_is_one_already(load):
    scenario = Scenario(name="Front", path="/", user=None)
    assert load((scenario,)) == (scenario,)


def test_no_scenarios_are_fine(load):
    assert load([]) == ()


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"name": "x", "path": "/", "metod": "GET"}, ["[1]", "'metod'", "Did you mean 'method'?"]),
        ({"name": "x"}, ["[1]", "'path'"]),
        ({"path": "/"}, ["[1]", "'name'"]),
        ({"name": "x", "path": "products/"}, ["[1]", "'products/'", "slash"]),
        ({"name": "x", "path": "/", "method": "get"}, ["[1]", "'get'", "GET"]),
        ({"name": 7, "path": "/"}, ["[1]", "name", "7"]),
        ({"name": "x", "path": "/", "body": None}, ["[1]", "body", "None"]),
        ({"name": "x", "path": "/", "headers": [("a", "b")]}, ["[1]", "headers"]),
        ({"name": "x", "path": "/", "headers": {"a": 1}}, ["[1]", "headers"]),
        ({"name": "x", "path": "/", "group": None}, ["[1]", "group", "None"]),
        ({"name": "x", "path": "/", "token": 1}, ["[1]", "token", "True or False"]),
        ({"name": "x", "path": "/", "then": "GET /"}, ["[1]", "then", "list of texts"]),
        ({"name": "x", "path": "/", "then": ["/cart/"]}, ["[1]", "'/cart/'", "'GET /cart/'"]),
        ({"name": "x", "path": "/", "then": ["GET cart/"]}, ["[1]", "'GET cart/'"]),
        ({"name": "x", "path": "/", "tour": "cicle"}, ["[1]", "cicle", "tour", "cycle, error"]),
        ({"name": "x", "path": "/", "compare_with": "Frunt"}, ["[1]", "'Frunt'", "Did you mean 'Front'?"]),
        ({"name": "x", "path": "/", "compare_with": "x"}, ["[1]", "'x'", "no other sample"]),
        ({"name": "x", "path": "/", "abort_after_ms": 0}, ["[1]", "abort_after_ms", "milliseconds"]),
        ({"name": "x", "path": "/", "abort_after_ms": True}, ["[1]", "abort_after_ms", "milliseconds"]),
        (Scenario(name="x", path="x"), ["[1]", "slash"]),
        ("/products/", ["[1]", "str"]),
    ],
)
def test_an_error_names_the_entry_and_what_is_wrong_with_it(error_of, entry, said):
    message = error_of([{"name": "Front", "path": "/"}, entry])
    assert all(part in message for part in ["tests_scenarios.SAMPLES", *said]), message


@pytest.mark.parametrize("entries", ["/products/", {"name": "x"}, 7, None])
def test_the_list_must_be_a_list(error_of, entries):
    assert "must be a list" in error_of(entries)


def test_a_list_that_cannot_be_imported_is_named(settings):
    settings.VISUALIZER = {"SCENARIOS": "no.such.LIST"}
    with pytest.raises(SettingsError, match=r"no\.such\.LIST"):
        load_scenarios()


def test_without_a_list_there_are_samples_for_any_project(settings):
    settings.VISUALIZER = {}
    samples = load_scenarios()
    assert samples == generic_scenarios()
    assert len({sample.name for sample in samples}) == len(samples) >= 3
    assert all(sample.path.startswith("/") and "<" not in sample.path for sample in samples)


def test_the_missing_slash_is_a_sample_only_where_one_is_appended(settings):
    settings.APPEND_SLASH = False
    assert "Missing slash" not in {sample.name for sample in generic_scenarios()}


def test_a_project_whose_urlconf_is_broken_has_samples_all_the_same(settings):
    settings.ROOT_URLCONF = "no_such_urlconf"
    assert generic_scenarios()[0].path == "/"


def test_the_demonstrations_own_scenarios_are_in_order():
    assert len(load_scenarios()) >= 8
