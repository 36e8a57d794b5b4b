from tests.lessons.sample import Sample
from visualizer.lessons.sentences import sentence_for


def said(**left):
    sample = Sample()
    sample.span("form", "shop.forms.CheckoutForm", left)
    return sentence_for(sample.as_dict(), 0)


def test_a_valid_form():
    assert said(valid=True, errors=[]) == "CheckoutForm validated what was sent in 1 µs; it is valid."


def test_refused_fields_with_the_codes_of_their_errors():
    errors = [{"field": "email", "codes": ["invalid", None]}, {"field": "__all__", "codes": ["unlucky"]}]
    assert said(valid=False, errors=errors, refused=2) == (
        "CheckoutForm validated what was sent in 1 µs; it is not valid. "
        "Refused: email (invalid, no code) and the whole (unlucky)."
    )


def test_a_formset_counts_its_forms():
    assert said(valid=False, errors=[], forms=3, refused=1).endswith("it is not valid. 1 of 3 forms has errors.")


def test_one_that_failed_and_one_that_runs():
    error = {"type": "LookupError", "module": "builtins", "message": "lost"}
    assert said(valid=None, errors=[], error=error) == "Validating CheckoutForm fails after 1 µs: a LookupError: lost."
    sample = Sample()
    sample.enter("form", "shop.forms.CheckoutForm")
    assert sentence_for(sample.as_dict(), 0) == "CheckoutForm validates what was sent. It is still running."
