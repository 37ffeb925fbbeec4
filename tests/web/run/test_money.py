"""Money on the run page: what is spent so far, the bill, a stop at a cap and how to go on."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.catalogue.models import Model
from apps.fusion.values import Usage
from apps.fusion.vocabulary import FailureCode, Role, Status
from apps.runs.models import Call, Run
from apps.runs.reading.snapshot import take_snapshot
from tests.calls import change_output
from tests.web.run.test_page import HTMX, page_of, words_of
from tests.web.run_factories import make_call, make_finished_run, make_live_run

pytestmark = pytest.mark.usefixtures("local", "valkey_url")

CAP = "Your daily cap is $1.00."


@pytest.fixture
def hosted(factories):
    return factories.make_hosted_models()


def make_capped(factories, alice, max_cost=None, **values) -> Run:
    """Create a run that a cap stopped after $0.03."""
    recipe = factories.make_recipe(max_cost=max_cost)
    ended = {"status": Status.CANCELLED, "failure_code": FailureCode.CAPPED, "failure_sentence": CAP}
    run = factories.make_run(alice, recipe=recipe, cap_reached=True, cost=Decimal("0.03"), **{**ended, **values})
    make_call(run, slot="A", cost=Decimal("0.03"), finish_reason=None, **ended)
    make_call(run, slot="B", text="It is 330 m.", cost=Decimal(0))
    return run


@pytest.mark.parametrize(
    "cost, complete, amounts, words",
    [
        (None, True, ["0.0012", "0.0020"], "≈ $0.0032 so far"),
        ("0.01", True, ["0.0020", None], "≈ $0.0120 so far"),
        ("0.01", False, ["0.0020", None], "≥ $0.0120 so far"),
        ("0.01", True, [None, None], "$0.0100"),
        (None, True, ["0", None], "no cost yet"),
    ],
)
def test_cost_of_a_live_run_is_what_it_has_cost_so_far(alice, cost, complete, amounts, words):
    run = make_live_run(alice, slots="AB", cost=cost, cost_is_complete=complete)
    for slot, amount in zip("AB", amounts, strict=True):
        run.calls.filter(slot=slot).update(cost_so_far=amount)
    run.refresh_from_db()

    assert page_of(run).cost == words


def test_call_that_ended_no_longer_has_a_cost_so_far(alice):
    run = make_finished_run(alice)
    run.calls.update(cost_so_far=Decimal(1))

    assert take_snapshot(run).cost_so_far == 0


@pytest.mark.parametrize(
    "values, words",
    [
        ({"cost": Decimal("0.014")}, "Estimated $0.01–0.02, was $0.0140."),
        ({"cost": Decimal("0.03")}, "Estimated $0.01–0.02, was $0.0300: $0.0100 more."),
        ({"cost": Decimal("0.004")}, "Estimated $0.01–0.02, was $0.0040: $0.0060 less."),
        ({"cost": Decimal(0), "cost_is_complete": False}, ""),
        ({"cost": Decimal("0.004"), "cost_is_complete": False}, "Estimated $0.01–0.02, was at least $0.0040."),
        ({"cost": None}, ""),
        ({"cost": Decimal("0.01"), "estimate_high": None}, ""),
        ({"cost": Decimal("0.01"), "status": Status.RUNNING}, ""),
    ],
)
def test_bill_says_how_the_estimate_fared(factories, alice, values, words):
    estimate = {"estimate_low": Decimal("0.01"), "estimate_high": Decimal("0.02")}

    assert page_of(factories.make_run(alice, **{**estimate, **values})).against_estimate == words


def test_bill_lists_cached_tokens_and_marks_estimates(alice, as_alice: Client):
    run = make_finished_run(alice)
    call = run.calls.filter(slot="A")
    call.update(usage=Usage(input_tokens=40, cached_tokens=32, output_tokens=96, estimated=True))

    words = words_of(as_alice.get(run.get_absolute_url()))

    assert "Panel A SmolLM2 135M done ≈ 40 32 ≈ 96 – 4.2 s $0.0021 computed from prices" in words


def test_bill_compares_with_the_dearest_model(alice, as_alice: Client, hosted):
    run = make_finished_run(alice, prompt="word" * 1000)

    words = words_of(as_alice.get(run.get_absolute_url()))

    assert "One call to Anvil 1 Cedar 1 Birch 1 would have cost about $0.0045–0.015 ." in words


def test_bill_compares_with_the_model_that_was_chosen_and_remembers_it(alice, as_alice: Client, hosted):
    run = make_finished_run(alice, prompt="word" * 1000)

    fragment = as_alice.post(reverse("web:run_compare", args=[run.public_id]), {"baseline": "router/birch-1"},
                             headers=HTMX)  # fmt: skip
    page = as_alice.get(run.get_absolute_url())

    for response in (fragment, page):
        assert "would have cost about $0.0015–0.005 ." in words_of(response)
    assert '<option value="router/birch-1" selected>' in page.content.decode()


def test_choice_without_a_script_comes_back_to_the_page(alice, as_alice: Client, hosted):
    run = make_finished_run(alice)

    response = as_alice.post(reverse("web:run_compare", args=[run.public_id]), {"baseline": "router/birch-1"})

    assert (response.status_code, response.url) == (302, run.get_absolute_url())
    assert response.cookies["baseline"].value == "router/birch-1"


@pytest.mark.parametrize("chosen", ["router/gone", "<script>", "local/smollm2-135m"])
def test_unknown_choice_compares_with_the_dearest(alice, as_alice: Client, hosted, chosen):
    run = make_finished_run(alice, prompt="word" * 1000)
    as_alice.cookies["baseline"] = chosen

    assert "about $0.0045–0.015 ." in words_of(as_alice.get(run.get_absolute_url()))


def test_bill_compares_with_nothing_where_no_model_has_a_price(alice, as_alice: Client):
    run = make_finished_run(alice)

    assert "would have cost" not in words_of(as_alice.get(run.get_absolute_url()))


@pytest.mark.parametrize(
    "max_cost, words",
    [
        (Decimal("0.05"), f"Cap reached: $0.0300 of $0.05 spent. {CAP} Continue with a cap of $ Continue"),
        (None, f"Cap reached: $0.0300 spent. {CAP} Continue"),
    ],
)
def test_run_that_was_stopped_says_so_above_the_answer(factories, alice, as_alice: Client, max_cost, words):
    run = make_capped(factories, alice, max_cost)

    response = as_alice.get(run.get_absolute_url())

    assert words in words_of(response)
    assert ('value="0.10"' in response.content.decode()) == (max_cost is not None)


@pytest.mark.parametrize("cost, offered", [("0.03", "0.10"), ("0.30", "0.60"), (None, "0.10")])
def test_cap_that_is_offered_is_more_than_was_spent(factories, alice, cost, offered):
    run = make_capped(factories, alice, Decimal("0.05"))
    run.cost = cost and Decimal(cost)

    assert page_of(run).next_cap == offered


def test_shared_run_shows_the_stop_and_no_form(factories, alice, as_alice: Client, client: Client):
    run = make_capped(factories, alice, Decimal("0.05"))
    as_alice.post(reverse("web:run_share", args=[run.public_id]))

    words = words_of(client.get(run.shares.get().get_absolute_url()))

    assert "Cap reached: $0.0300 spent." in words
    assert "Continue" not in words


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_run_goes_on_from_its_page(factories, alice, as_alice: Client, headers):
    run = make_capped(factories, alice, Decimal("0.05"))

    response = as_alice.post(reverse("web:run_continue", args=[run.public_id]), {"max_cost": "0.10"}, headers=headers)

    run.refresh_from_db()
    assert (run.status, run.recipe.max_cost) == (Status.RUNNING, Decimal("0.10"))
    assert list(Call.objects.filter(run=run, take=2).values_list("role", "slot")) == [(Role.PANEL, "A")]
    assert response.headers.get("HX-Trigger", "") == ('{"run-live": {}}' if headers else "")


@pytest.mark.parametrize(
    "amount, sentence",
    [("x", "Enter an amount in dollars, such as 0.50."), ("0.02", "$0.03 is spent already. Enter a higher cap,")],
)
def test_cap_that_cannot_be_is_refused_with_a_sentence(factories, alice, as_alice: Client, amount, sentence):
    run = make_capped(factories, alice, Decimal("0.05"))

    response = as_alice.post(reverse("web:run_continue", args=[run.public_id]), {"max_cost": amount}, follow=True)

    assert sentence in words_of(response)
    run.refresh_from_db()
    assert run.status == Status.CANCELLED


@pytest.mark.parametrize(
    ("cap", "caps_of_person", "is_named"), [("0.05", {}, True), (None, {"cap_per_month": 1}, True), (None, {}, False)]
)
def test_calls_of_unknown_cost_are_named_where_there_is_a_cap(factories, alice, cap, caps_of_person, is_named):
    User.objects.filter(pk=alice.pk).update(**caps_of_person, cap_per_day=None)
    run = Run.objects.get(pk=make_capped(factories, alice, Decimal("0.05")).pk)
    run.recipe = run.recipe.model_copy(update={"max_cost": cap})
    run.calls.filter(slot="B").update(cost=None)

    note = f"The cost of {Model.objects.get(reference=factories.SMOL).label} is unknown; the cap did not count it."

    assert (note in take_snapshot(run).notices) == is_named


def test_writer_that_did_not_see_all_is_named(alice):
    run = make_finished_run(alice)
    change_output(run.answer_call, coverage={"A": 1.0, "B": 0.62})

    assert "The writer saw 62 % of B; the rest did not fit its context." in take_snapshot(run).notices
