"""Forms and formsets being validated."""

import asyncio

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpResponse
from django.utils.translation import gettext_lazy

from tests.driving import (
    INTERFACES,
    ancestors,
    ask_asgi,
    assert_well_formed,
    enters,
    exit_of,
    of,
    one,
    probes_off,
)
from tests.probes.recording import record, without
from tests.site.settings import site
from visualizer.probes.form import PROBE


class OrderForm(forms.Form):
    name = forms.CharField(max_length=5)
    amount = forms.IntegerField(min_value=1)
    password = forms.CharField(required=False)

    def clean_password(self):
        if self.cleaned_data["password"] == "swordfish":
            raise ValidationError(gettext_lazy("%(value)s is known"), params={"value": "swordfish"})
        return self.cleaned_data["password"]

    def clean(self):
        if self.cleaned_data.get("amount") == 13:
            raise ValidationError([ValidationError("no", code="unlucky"), ValidationError("no")])


class BrokenForm(forms.Form):
    def clean(self):
        raise LookupError("the rules are lost")


class OrdersBase(forms.BaseFormSet):
    def clean(self):
        if len(self.forms) == 2:
            raise ValidationError("no", code="a_pair")


Orders = forms.formset_factory(OrderForm, formset=OrdersBase)
ORDER = f"{__name__}.OrderForm"


def told(trace, name=ORDER):
    return exit_of(trace, one(trace, "form", "enter", name))["detail"]


def rows(*amounts):
    data = {"form-TOTAL_FORMS": len(amounts), "form-INITIAL_FORMS": len(amounts)}
    for number, amount in enumerate(amounts):
        data |= {f"form-{number}-name": "john", f"form-{number}-amount": amount}
    return data


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_valid_form_is_told_once(interface, traces):
    def run():
        form = OrderForm({"name": "john", "amount": "2"})
        return form.is_valid() and form.is_valid() and not form.errors

    assert record(run, interface).reply.body == b"True"
    assert told(traces.only) == {"valid": True, "errors": [], "refused": 0}
    assert one(traces.only, "form", "enter")["stage"] == "view"
    assert_well_formed(traces.only)


def test_refused_fields_are_told_with_the_codes_of_their_errors_and_no_value(traces):
    data = {"name": "somebody long", "amount": "none", "password": "swordfish"}
    assert record(lambda: OrderForm(data).is_valid()).reply.body == b"False"
    assert told(traces.only) == {
        "valid": False,
        "errors": [
            {"field": "name", "codes": ["max_length"]},
            {"field": "amount", "codes": ["invalid"]},
            {"field": "password", "codes": [None]},
        ],
        "refused": 3,
    }
    assert "swordfish" not in str(traces.only) and "somebody" not in str(traces.only)


def test_errors_of_the_whole_form_are_told(traces):
    record(lambda: OrderForm({"name": "john", "amount": 13}).is_valid())
    assert told(traces.only)["errors"] == [{"field": "__all__", "codes": ["unlucky", None]}]


def test_a_form_without_data_is_not_told(traces):
    assert record(lambda: OrderForm().is_valid()).reply.body == b"False"
    assert not of(traces.only, "form")


def test_the_forms_of_a_formset_are_inside_it(traces):
    assert record(lambda: Orders(rows(1, 0, 3)).is_valid()).reply.body == b"False"
    name = f"{Orders.__module__}.{Orders.__qualname__}"
    assert told(traces.only, name) == {"valid": False, "errors": [], "forms": 3, "refused": 1}
    inner = of(traces.only, "form", "enter", ORDER)
    assert [exit_of(traces.only, each)["detail"]["valid"] for each in inner] == [True, False, True]
    assert {ancestors(traces.only, each)[0] for each in inner} == {f"form {name}"}
    assert "django.forms.formsets.ManagementForm" in enters(traces.only, "form")
    assert_well_formed(traces.only)


def test_a_formset_s_own_errors_are_told(traces):
    record(lambda: Orders(rows(1, 2)).is_valid())
    name = f"{Orders.__module__}.{Orders.__qualname__}"
    assert told(traces.only, name)["errors"] == [{"field": "__all__", "codes": ["a_pair"]}]
    assert told(traces.only, name)["valid"] is False


@pytest.mark.parametrize("interface", INTERFACES)
def test_a_form_that_fails_is_told_with_its_error(interface, traces):
    assert record(lambda: BrokenForm({}).is_valid(), interface).reply.status == 500
    left = told(traces.only, f"{__name__}.BrokenForm")
    assert (left["valid"], left["error"]["message"]) == (None, "the rules are lost")
    assert_well_formed(traces.only)


def test_so_many_fields_and_codes_are_kept_and_all_are_counted(traces):
    fields = {f"field_{number}": forms.CharField() for number in range(60)}

    def clean(self):
        self.add_error(None, [ValidationError("no", code=f"code_{number}") for number in range(20)])

    large = type("LargeForm", (forms.Form,), {**fields, "clean": clean, "__module__": __name__})
    record(lambda: large({}).is_valid())
    left = told(traces.only, f"{__name__}.LargeForm")
    assert (len(left["errors"]), left["refused"]) == (50, 61)
    crowded = type("CrowdedForm", (forms.Form,), {"clean": clean, "__module__": __name__})
    record(lambda: crowded({}).is_valid())
    [whole] = told(traces[1].as_dict(), f"{__name__}.CrowdedForm")["errors"]
    assert len(whole["codes"]) == 10


def test_errors_that_are_added_later_are_not_in_what_was_told(traces):
    def run():
        form = OrderForm({"name": "john", "amount": "2"})
        form.is_valid()
        form.add_error("name", "taken")
        return form.is_valid()

    assert record(run).reply.body == b"False"
    assert told(traces.only)["valid"] is True


async def test_overlapping_forms_of_async_views_do_not_mix(traces):
    async def view(request):
        await asyncio.sleep(0)
        valid = OrderForm({"name": "john", "amount": request.GET["amount"]}).is_valid()
        await asyncio.sleep(0)
        return HttpResponse(str(valid))

    with site():
        handler = ASGIHandler()
        handler.resolve_request = lambda request: (view, (), {})
        await asyncio.gather(*(ask_asgi(f"/?amount={number % 2}", handler=handler) for number in range(6)))
    assert [told(trace.as_dict())["valid"] for trace in traces] == [False, True] * 3


def test_nothing_is_told_outside_of_requests_and_once_uninstalled(traces):
    data = {"name": "john", "amount": "2"}
    assert OrderForm(data).is_valid()
    with probes_off():
        assert record(lambda: OrderForm(data).is_valid()).reply.body == b"True"
    assert traces == []
    with without(PROBE):
        record(lambda: OrderForm(data).is_valid())
    assert not of(traces.only, "form")
