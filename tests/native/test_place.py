"""Where the running code stands is one object, changed in place: it must look like a variable of the context."""

import asyncio
import contextvars
import gc
import random
import threading

import pytest

from visualizer.native import compiled
from visualizer.recorder import PlainCurrent, Trace, current

pytestmark = pytest.mark.skipif(compiled is None, reason="of what is compiled")

STAGES = ("request_middleware", "view", "template")
ROUNDS = 300


@pytest.fixture
def traces():
    return [Trace("test", "tests.Handler", None, lambda _: ("GET", "/", "", [])) for _ in range(3)]


@pytest.fixture
def plain():
    return PlainCurrent()


@pytest.fixture(autouse=True)
def _nowhere():
    yield
    current.set(None)


class Wanderer:
    """Sets both variables alike, and looks whether they tell the same."""

    def __init__(self, plain, traces, seed):
        self.plain, self.traces, self.chance = plain, traces, random.Random(seed)
        self.others = [contextvars.ContextVar(f"other {number}") for number in range(40)]
        self.looks = 0

    def place(self):
        if self.chance.random() < 0.15:
            return None
        return self.chance.choice(self.traces), self.chance.randrange(5), self.chance.choice(STAGES)

    def look(self):
        self.looks += 1
        assert current.get() == self.plain.get()

    def step(self, kept, depth=0):
        do = self.chance.randrange(7)
        if do < 3:
            place = self.place()
            current.set(place)
            self.plain.set(place)
        elif do == 3:
            # Setting another variable copies a part of the tree, and more of them make it deeper.
            self.chance.choice(self.others).set(object())
        elif do == 4:
            kept.append(contextvars.copy_context())
        elif do == 5 and kept:
            context = kept[self.chance.randrange(len(kept))] if self.chance.random() < 0.7 else kept.pop()
            assert current.seen_in(context) == self.plain.seen_in(context)
            if depth < 3 and context not in self.entered:
                self.entered.append(context)
                context.run(self.walk, kept, depth + 1)
                self.entered.remove(context)
        self.look()

    def walk(self, kept, depth=0):
        if depth == 0:
            self.entered = []
        for _ in range(ROUNDS if depth == 0 else 4):
            self.step(kept, depth)


@pytest.mark.parametrize("seed", range(20))
def test_it_tells_what_a_variable_tells_in_every_context(plain, traces, seed):
    wanderer, kept = Wanderer(plain, traces, seed), []
    contextvars.copy_context().run(wanderer.walk, kept)
    for context in kept:
        context.run(wanderer.look)
    assert wanderer.looks >= ROUNDS


def test_what_is_set_after_a_copy_is_not_seen_in_it(traces):
    current.set((traces[0], 1, "view"))
    copied = contextvars.copy_context()
    current.set((traces[0], 2, "template"))
    assert copied.run(current.get) == (traces[0], 1, "view")
    # Not even once the copy has set another variable, and no longer shares the whole tree.
    copied.run(contextvars.ContextVar("another").set, 1)
    current.set((traces[0], 3, "view"))
    assert copied.run(current.get) == (traces[0], 1, "view")
    copied.run(current.set, (traces[1], 9, "view"))
    assert current.get() == (traces[0], 3, "view")


async def test_tasks_that_run_in_turns_stand_each_in_its_own_place(plain, traces):
    async def wander(number):
        chance = random.Random(number)
        for _ in range(50):
            place = traces[number % 3], chance.randrange(9), chance.choice(STAGES)
            current.set(place)
            plain.set(place)
            await asyncio.sleep(0)
            assert current.get() == plain.get() == place

    current.set((traces[0], 0, "view"))
    await asyncio.gather(*(wander(number) for number in range(20)))
    assert current.get() == (traces[0], 0, "view")


def test_threads_stand_each_in_its_own_place(traces):
    told = {}

    def stand(number):
        for span in range(200):
            current.set((traces[number % 3], span, "view"))
        told[number] = current.get()

    threads = [threading.Thread(target=stand, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == {number: (traces[number % 3], 199, "view") for number in range(8)}
    assert current.get() is None


def test_what_is_no_place_is_refused(traces):
    for wrong in ((traces[0], 1), (None, 1, "view"), "view", (traces[0], "1", "view")):
        with pytest.raises(TypeError):
            current.set(wrong)
    with pytest.raises(TypeError, match="expected a context"):
        current.seen_in({})


def test_a_context_that_leads_back_to_itself_is_collected(traces):
    trace = traces[0]
    current.set((trace, 1, "view"))
    trace.holdings.request = contextvars.copy_context()
    current.set(None)
    gone = []
    trace.holdings.captured.append(Gone(gone))
    traces.clear()
    del trace
    gc.collect()
    assert gone == [True]


class Gone:
    def __init__(self, told):
        self.told = told

    def __del__(self):
        self.told.append(True)
