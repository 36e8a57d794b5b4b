"""In which transaction a statement ran, of real requests; Django's own log of queries says the same order."""

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext

from config.shop.models import Category, Product
from tests.driving import ask, handler_for, observe
from tests.lessons.sample import Sample
from tests.site.settings import site
from visualizer.findings.transactions import transaction_of
from visualizer.lessons.reading import Reading, detail
from visualizer.page.statement import statement_of

pytestmark = pytest.mark.usefixtures("shop")


def said_of(traces, work):
    """For each statement of a request its first word and what is said of its transaction; and what Django logged."""

    def view(request):
        work()
        return HttpResponse()

    connection.ensure_connection()
    with CaptureQueriesContext(connection) as captured, site():
        observe(lambda: ask("wsgi", "/", handler=handler_for(view)))
    reading = Reading(traces[-1].as_dict())
    statements = reading.of_kind("database")
    told = [(detail(each)["sql"].split()[0], statement_of(reading, each)["transaction"]) for each in statements]
    return told, [query["sql"].split()[0] for query in captured]


def test_a_statement_knows_its_place_and_the_end(traces):
    def work():
        Product.objects.count()
        with transaction.atomic():
            Product.objects.count()
            with transaction.atomic():
                Category.objects.count()
            Product.objects.count()
        Product.objects.count()

    told, logged = said_of(traces, work)
    assert told == [
        ("SELECT", ""),
        ("BEGIN", "It opens a transaction of 5 statements, which was committed."),
        ("SELECT", "Statement 1 of 5 in a transaction, which was committed."),
        ("SAVEPOINT", "Statement 2 of 5 in a transaction, which was committed."),
        ("SELECT", "Statement 3 of 5 in a transaction, which was committed, inside 1 savepoint."),
        ("RELEASE", "Statement 4 of 5 in a transaction, which was committed."),
        ("SELECT", "Statement 5 of 5 in a transaction, which was committed."),
        ("SELECT", ""),
    ]
    # The commit is an event of its own, not a statement.
    assert [word for word, _ in told] == [word for word in logged if word != "COMMIT"]


def test_a_rollback_is_told_and_one_to_a_savepoint_ends_nothing(traces):
    def work():
        with transaction.atomic():
            with pytest.raises(KeyError), transaction.atomic():
                raise KeyError
            Product.objects.count()
            transaction.set_rollback(True)

    told, logged = said_of(traces, work)
    assert told[-1] == ("SELECT", "Statement 4 of 4 in a transaction, which was rolled back.")
    assert [word for word, _ in told] == ["BEGIN", "SAVEPOINT", "ROLLBACK", "RELEASE", "SELECT"]
    assert logged == [*(word for word, _ in told), "ROLLBACK"]


def test_an_exception_that_leaves_the_block_rolls_back(traces):
    def work():
        with transaction.atomic():
            Product.objects.count()
            raise ValueError("no")

    told, _ = said_of(traces, work)
    assert told[0] == ("BEGIN", "It opens a transaction of 1 statement, which was rolled back.")


def test_other_aliases_and_threads_have_their_own_and_an_open_one_is_said_to_be_open():
    sample = Sample()
    sample.span("database", "default", sql="BEGIN")
    other = sample.span("database", "other", sql="SELECT 1")
    sample.point("transaction", "commit", alias="other")
    mine = sample.span("database", "default", vendor="sqlite", sql="SELECT 1")
    elsewhere = sample.span("database", "default", sql="SELECT 1")
    sample.events[elsewhere]["thread"] = "Thread-2"
    reading = Reading(sample.as_dict())
    assert transaction_of(reading, reading.event(other)) is None
    assert transaction_of(reading, reading.event(elsewhere)) is None
    said = statement_of(reading, reading.event(mine))["transaction"]
    assert said == "Statement 1 of 1 in a transaction, which had not ended when the trace did."


@pytest.mark.parametrize("end", ["COMMIT", "ROLLBACK", "END"])
def test_an_end_that_was_sent_as_a_statement_is_one(end):
    sample = Sample()
    for sql in ("BEGIN", "SELECT 1", "ROLLBACK TO SAVEPOINT a", end, "SELECT 2"):
        sample.span("database", "default", vendor="sqlite", sql=sql)
    reading = Reading(sample.as_dict())
    said = [statement_of(reading, each)["transaction"] for each in reading.of_kind("database")]
    assert said[1] == "Statement 1 of 2 in a transaction, which ended."
    assert said[4] == ""
