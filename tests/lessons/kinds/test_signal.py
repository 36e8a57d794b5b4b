from tests.lessons.sample import Sample
from visualizer.lessons.sentences import sentence_for


def receiver(name, duration_ns=2_000, error=None):
    return {"name": name, "file": None, "line": None, "duration_ns": duration_ns, "error": error}


def said(name, *receivers, **facts):
    sample = Sample()
    sample.span("signal", name, {"receivers": list(receivers)}, count=len(receivers), **facts)
    return sentence_for(sample.as_dict(), 0)


def test_a_signal_with_the_project_s_receivers():
    assert said("post_save", receiver("shop.mail.confirm"), sender="shop.models.Order") == (
        "The signal post_save is sent, from Order, to 1 receiver. confirm took 2 µs."
    )


def test_django_s_own_receivers_are_told_as_django_s():
    assert said("request_finished", receiver("django.db.close_old_connections"), receiver("shop.log.note")) == (
        "The signal request_finished is sent, to 2 receivers. note took 2 µs. "
        "Django's own close_old_connections (2 µs) received it."
    )


def test_one_that_failed_and_one_that_was_not_called():
    error = {"type": "LookupError", "module": "builtins", "message": "closed"}
    assert said("paid", receiver("a.first", error=error), receiver("a.second", None)).endswith(
        "first fails after 2 µs: a LookupError: closed. second was not called."
    )


def test_many_receivers_are_counted():
    assert said("paid", *(receiver(f"a.r{n}") for n in range(6))).endswith("r2 took 2 µs. 3 others received it too.")


def test_one_without_a_name_and_one_that_runs():
    assert said("a signal of shop.models").startswith("A signal of shop.models is sent.")
    sample = Sample()
    sample.enter("signal", "paid", count=1)
    assert sentence_for(sample.as_dict(), 0) == "The signal paid is sent, to 1 receiver. It is still running."
