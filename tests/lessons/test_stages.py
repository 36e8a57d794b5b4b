import re

import pytest

from visualizer.lessons.outcomes import OUTCOME_LESSONS
from visualizer.lessons.stages import STAGE_LESSONS, stage_lesson
from visualizer.stages import STAGES


def test_every_stage_has_its_lesson_and_no_other_has():
    assert list(STAGE_LESSONS) == [stage.name for stage in STAGES]


def test_a_name_that_is_no_stage_has_none():
    assert stage_lesson("teapot") is None


@pytest.mark.parametrize(
    "lesson", [*STAGE_LESSONS.values(), *OUTCOME_LESSONS.values()], ids=lambda lesson: lesson.title
)
def test_a_lesson_is_short(lesson):
    assert 1 <= len(re.findall(r"[.!?](?=\s|$)", lesson.text)) <= 3
    assert len(lesson.text) < 420
    assert lesson.text.endswith(".")
    assert lesson.page.partition("#")[0].endswith("/")
