"""The clock of what is compiled says what `time.perf_counter_ns` says, and never goes back."""

import threading
import time

import pytest

from visualizer.native import compiled

pytestmark = pytest.mark.skipif(compiled is None, reason="nothing is compiled")

# Two readings of one counter by two ways, either of which may be interrupted.
TOLERATED_NS = 1_000


def deviations(seconds, clock):
    """How far each of many readings lies outside the two of Python around it, in nanoseconds; 0: between them."""
    found, ends = [], time.perf_counter() + seconds
    while time.perf_counter() < ends:
        before = time.perf_counter_ns()
        told = clock()
        after = time.perf_counter_ns()
        found.append(max(before - told, told - after, 0))
    return found


def test_it_tells_what_python_s_clock_tells():
    found = deviations(1.0, compiled.clock)
    assert max(found) < TOLERATED_NS
    assert sum(deviation > 100 for deviation in found) < len(found) / 1_000


def test_it_tells_so_after_a_pause_too():
    for _ in range(20):
        time.sleep(0.005)
        assert max(deviations(0.001, compiled.clock)) < TOLERATED_NS


def test_it_never_goes_back():
    told = [compiled.clock() for _ in range(300_000)]
    assert told == sorted(told)


def test_threads_read_the_same():
    errors = []

    def look():
        errors.extend(each for each in deviations(0.3, compiled.clock) if each >= TOLERATED_NS)

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
