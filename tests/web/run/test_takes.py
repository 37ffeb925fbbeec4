"""Takes: each says how it ended itself, and the column says which one is in the answer and which would be fused."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from apps.fusion.vocabulary import FailureCode, Role, Status
from apps.runs.models import Call, Run
from tests.web.run.test_page import HTMX
from tests.web.run_factories import ANSWERS, make_call, make_finished_run

pytestmark = pytest.mark.usefixtures("local", "valkey_url")


def column_of(client: Client, run: Run, slot: str) -> str:
    """Return a column's HTML."""
    html = client.get(run.get_absolute_url()).content.decode()
    return html[html.index(f'id="slot-{slot}"') :].partition("</article>")[0]


def box_of(column: str) -> str:
    return re.search(r"<input type=\"checkbox\".*?>", column, re.DOTALL)[0]


def hidden_take(column: str) -> str:
    return re.search(r'name="take"\s+value="(\d*)"', column)[1]


def shown_to_fuse(column: str) -> list[tuple[str, str]]:
    return re.findall(r'data-to-fuse="(\d*)"\s+data-in-fusion="([^"]*)"', column)


def test_each_take_has_its_own_word(alice, as_alice: Client):
    run = make_finished_run(alice)
    make_call(run, slot="A", take=2, text="It", status=Status.CANCELLED, failure_code=FailureCode.CANCELLED)

    words = re.findall(r'data-word="([^"]*)"', column_of(as_alice, run, "A"))

    assert words == ["done", "stopped"]


def test_page_says_which_take_is_in_the_answer(alice, as_alice: Client):
    run = make_finished_run(alice)
    make_call(run, slot="A", take=2, text="Newer.")

    column = column_of(as_alice, run, "A")

    assert re.findall(r">(in the answer|take \d is in the answer)<", column) == [
        "in the answer",
        "take 1 is in the answer",
    ]
    assert "in the answer" not in column_of(as_alice, run, "B")  # it has one take


def test_take_that_is_shown_is_the_one_to_fuse(alice, as_alice: Client):
    run = make_finished_run(alice)
    first, second = run.calls.get(slot="A"), make_call(run, slot="A", take=2, text="Newer.")

    column = column_of(as_alice, run, "A")

    assert shown_to_fuse(column) == [(str(first.pk), "in fusion"), (str(second.pk), "in fusion")]
    assert hidden_take(column) == str(second.pk)


def test_shown_take_that_is_no_answer_names_the_one_that_is_fused(alice, as_alice: Client):
    run = make_finished_run(alice)
    first = run.calls.get(slot="A")
    make_call(run, slot="A", take=2, text="It", status=Status.CANCELLED)

    column = column_of(as_alice, run, "A")

    assert shown_to_fuse(column)[1] == (str(first.pk), "take 1 in fusion")
    assert hidden_take(column) == str(first.pk)
    assert "checked" in box_of(column)


@pytest.mark.parametrize(
    "values, may_be_chosen",
    [
        ({"status": Status.CANCELLED, "text": "It stands"}, True),
        ({"status": Status.FAILED, "text": "It stands"}, True),
        ({"status": Status.CANCELLED, "text": " "}, False),
    ],
)
def test_text_that_broke_off_can_be_ticked_and_is_not_by_itself(alice, as_alice: Client, values, may_be_chosen):
    run = make_finished_run(alice)
    call = make_call(run, slot="D", **values)

    column = column_of(as_alice, run, "D")

    assert ("disabled" not in box_of(column), "checked" in box_of(column)) == (may_be_chosen, False)
    assert hidden_take(column) == (str(call.pk) if may_be_chosen else "")


def test_form_fuses_the_takes_that_are_shown(alice, as_alice: Client):
    run = make_finished_run(alice)
    make_call(run, slot="A", take=2, text="Newer.")
    shown = [run.calls.get(slot=slot, take=1).pk for slot in "AB"]

    as_alice.post(
        reverse("web:run_fuse_again", args=[run.public_id]),
        {"slot": ["A", "B"], "take": [*shown, "", "x", "9" * 30]},
        headers=HTMX,
    )

    newest = Call.objects.filter(run=run, role=Role.JUDGE).latest("take")
    assert set(newest.inputs) == set(shown)


def test_only_text_of_a_run_may_have_broken_off(alice, as_alice: Client):
    run = make_finished_run(alice, {"A": ANSWERS["A"]})
    run.calls.update(status=Status.CANCELLED)

    assert 'id="fuse-again"' in as_alice.get(run.get_absolute_url()).content.decode()
