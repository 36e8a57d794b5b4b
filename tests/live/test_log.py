"""The log of frames numbers without gaps and forgets the oldest."""

import json

from visualizer.live.log import FrameLog


def filled(count, **limits):
    log = FrameLog(**limits)
    for n in range(1, count + 1):
        log.append(b'{"x":%d}' % n)
    return log


def test_frames_are_numbered_from_one():
    log = filled(3)
    assert log.last == 3
    assert [json.loads(frame.text)["n"] for frame in log.between(1, 3)] == [1, 2, 3]


def test_a_part_can_be_had():
    assert [frame.n for frame in filled(9).between(3, 5)] == [3, 4, 5]


def test_what_is_not_kept_cannot_be_had_in_part():
    log = filled(10, max_frames=4)
    assert [frame.n for frame in log.between(7, 10)] == [7, 8, 9, 10]
    assert log.between(6, 10) is None
    assert log.between(9, 11) is None
    assert log.between(9, 8) is None
    assert FrameLog().between(1, 1) is None


def test_bytes_are_bounded_with_the_rows():
    log = FrameLog(max_bytes=1000)
    for _ in range(20):
        log.append(b"0" * 100, ("r" * 200,))
    kept = log.between(19, 20)
    assert sum(frame.size for frame in kept) <= 1000
    assert log.between(17, 20) is None


def test_after_breaking_off_nothing_older_can_be_had():
    log = filled(3)
    log.break_off()
    log.append(b"{}")
    assert log.last == 5
    assert [frame.n for frame in log.between(5, 5)] == [5]
    assert log.between(3, 5) is None
    assert log.between(4, 5) is None


def test_a_single_frame_over_the_bytes_is_kept():
    log = FrameLog(max_bytes=10)
    log.append(b"0" * 100)
    assert len(log.between(1, 1)) == 1
