from tests.lessons.sample import Sample
from visualizer.lessons.sentences import sentence_for


def said(name="success", **facts):
    sample = Sample()
    sample.point("message", name, **{"text": "Saved.", "type": "str", "kept": True, **facts})
    return sentence_for(sample.as_dict(), 0)


def test_what_the_user_will_read():
    assert said() == ("A success message is left for the user: “Saved.”. The next page that shows messages shows it.")
    assert said("info", text=None, type="__proxy__").startswith(
        "An info message is left for the user; its text, a __proxy__, is made when it is shown."
    )


def test_what_is_not_kept_and_what_fails():
    assert said("debug", kept=False) == (
        "A debug message for the user is not kept: it is empty, or below the level that is recorded."
    )
    error = {"type": "ValueError", "module": "builtins", "message": "no level"}
    assert said("high", error=error, kept=False) == "Adding a high message fails: a ValueError: no level."
