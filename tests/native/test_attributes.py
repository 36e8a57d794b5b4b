"""Where an attribute was found is remembered: it must be found wherever it is now. Seen by a response's headers."""

import pytest
from django.http import HttpResponse

from visualizer.native import compiled

pytestmark = pytest.mark.skipif(compiled is None, reason="nothing is compiled")

ONE, OTHER = {"x-a": ("X-A", "1")}, {"x-b": ("X-B", "2")}


class InInstance:
    def __init__(self, store=ONE):
        self.before = None
        self._store = store


class InClass:
    _store = ONE


class InClassOfMany(InClass):
    def __init__(self):
        self.first = self.second = None


class InSlot:
    __slots__ = ("_store",)

    def __init__(self):
        self._store = ONE


class ByProperty:
    def __init__(self):
        self.__dict__["_store"] = OTHER

    @property
    def _store(self):
        return ONE


class Asked:
    def __getattr__(self, name):
        return {"_store": ONE}[name]


class AskedFirst(InInstance):
    def __getattribute__(self, name):
        return OTHER if name == "_store" else super().__getattribute__(name)


def store_of(headers):
    response = HttpResponse()
    response.headers = headers
    return compiled.picture_response(response).headers


@pytest.fixture(autouse=True, params=["first", "after another class"])
def _what_was_found_before(request):
    if request.param == "after another class":
        store_of(InInstance(OTHER))


@pytest.mark.parametrize("kind", [InInstance, InClass, InClassOfMany, InSlot, ByProperty, Asked])
def test_it_is_found_where_it_is(kind):
    assert store_of(kind()) == store_of(kind()) == ONE


def test_a_class_that_answers_itself_is_asked():
    assert store_of(AskedFirst()) == store_of(AskedFirst()) == OTHER


def test_an_instance_that_has_got_a_dict_of_its_own():
    headers = InInstance()
    store_of(headers)
    vars(headers)["_store"] = OTHER
    assert store_of(headers) == OTHER
    assert store_of(InInstance()) == ONE


def test_an_instance_that_hides_what_the_class_has():
    class Hiding(InClass):
        pass

    assert store_of(Hiding()) == ONE
    hiding = Hiding()
    hiding._store = OTHER
    assert store_of(hiding) == OTHER
    assert store_of(Hiding()) == ONE
    del hiding._store
    assert store_of(hiding) == ONE
    vars(hiding)["_store"] = OTHER
    assert store_of(hiding) == OTHER


def test_an_instance_of_more_attributes_than_are_kept_in_a_row():
    class Large:
        def __init__(self, store):
            for number in range(40):
                setattr(self, f"attribute_{number}", number)
            self._store = store

    assert [store_of(Large(store)) for store in (ONE, OTHER, ONE)] == [ONE, OTHER, ONE]


def test_a_class_that_changes():
    class Changing(InClass):
        pass

    assert store_of(Changing()) == ONE
    InClass._store = OTHER
    try:
        assert store_of(Changing()) == OTHER
    finally:
        InClass._store = ONE
    Changing._store = property(lambda self: OTHER)
    assert store_of(Changing()) == OTHER
    del Changing._store
    assert store_of(Changing()) == ONE


def test_what_is_not_there_is_missed_as_python_misses_it():
    headers = InInstance()
    store_of(headers)
    del headers._store
    slotted = InSlot()
    store_of(slotted)
    del slotted._store
    for each in (headers, slotted, object()):
        with pytest.raises(AttributeError, match="_store"):
            store_of(each)
