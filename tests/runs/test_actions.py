"""The actions on a run, and their refusals, without any worker."""

import base64

import pytest
from django.db import IntegrityError, transaction

from apps.catalogue.recipes.resolve import UnknownModel
from apps.fusion.values import Message
from apps.fusion.vocabulary import FailureCode, Role, Status
from apps.runs import actions
from apps.runs.models import Call, Run, Share
from apps.runs.reading.queries import BadQuery, find_editable_call, find_run, find_share, history
from apps.runs.starting import InvalidRun
from tests.calls import create_call
from tests.factories import GEMMA, SMOL, make_local_models, make_recipe, make_run, make_user


@pytest.fixture
def alice(db, valkey_url):
    make_local_models()
    return make_user("alice")


def messages(prompt="How high is it?"):
    return [Message(role="user", text=prompt)]


@pytest.mark.parametrize(
    ("prompt", "sentence"),
    [
        ("", "Write a prompt first."),
        (" \n\t ", "Write a prompt first."),
        ("x" * 600_001, "The prompt has 600,001 characters; the limit is 600,000. Shorten it."),
        ("a\x00b", "The prompt contains a NUL character. Remove it."),
    ],
)
def test_start_run_refuses_a_prompt_with_a_sentence(alice, prompt, sentence):
    with pytest.raises(InvalidRun) as refused:
        actions.start_run(alice, messages(prompt), make_recipe())

    assert (refused.value.field, refused.value.sentence) == ("prompt", sentence)
    assert Run.objects.count() == 0


def test_start_run_takes_a_prompt_at_the_limit(alice):
    run = actions.start_run(alice, messages("x" * 200_000), make_recipe())

    assert (len(run.prompt), len(run.title)) == (200_000, 200)


def test_start_run_takes_a_script_with_combining_marks(alice):
    run = actions.start_run(alice, messages("भारत की राजधानी क्या है? कृपया विस्तार से बताइए। " * 12), make_recipe())

    assert len(run.title) == 200


def test_retry_with_a_model_that_nobody_may_ask_is_refused(alice):
    call = create_call(make_run(alice), Role.PANEL, "A", model=SMOL, status=Status.FAILED)

    with pytest.raises(UnknownModel):
        actions.retry_call(call, "up/unknown", alice)

    assert Call.objects.count() == 1


def test_retry_of_what_failed_asks_no_layer_that_was_gone_on_from(alice):
    run = make_run(alice)
    create_call(run, Role.PANEL, "A", model=SMOL, stage="panel", status=Status.FAILED)
    create_call(run, Role.PANEL, "B", model=GEMMA, stage="panel", status=Status.DONE)
    create_call(run, Role.PANEL, "A", model=SMOL, stage="layer-2", take=2, status=Status.DONE)
    create_call(run, Role.PANEL, "B", model=GEMMA, stage="layer-2", take=2, status=Status.FAILED)

    asked = actions.retry_failed(run)

    assert [(call.stage, call.slot, call.take) for call in asked] == [("layer-2", "B", 3)]


def test_delete_run_is_idempotent(alice):
    run = make_run(alice)
    same = Run.objects.get(pk=run.pk)

    actions.delete_run(run)
    actions.delete_run(same)

    assert Run.objects.count() == 0


def test_history_search_of_any_length_asks_nothing(alice, django_assert_num_queries):
    with django_assert_num_queries(0), pytest.raises(BadQuery, match="at most 500 characters"):
        history(alice, search=" ".join(f"tower{number}" for number in range(1000)))


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00+23:59 9", "9999-12-31T23:59:59-23:59 9", f"2026-01-01T00:00 {10**30}"]
)
def test_history_with_a_cursor_beyond_time_shows_a_page(alice, moment):
    make_run(alice)
    cursor = base64.urlsafe_b64encode(moment.encode()).decode()

    assert len(history(alice, before=cursor).runs) <= 1


@pytest.mark.parametrize("count", [0, 9])
def test_recipe_refuses_a_panel_of_none_or_nine(alice, count):
    with pytest.raises(ValueError, match="panel"):
        make_recipe(*[SMOL] * 8).model_copy().model_validate(
            {**make_recipe().model_dump(), "panel": [{"slot": "A", "model": SMOL}] * count}
        )


def test_start_run_names_an_unknown_model(alice):
    with pytest.raises(UnknownModel) as unknown:
        make_recipe(SMOL, "local/nothing")

    assert unknown.value.sentence == "The model “local/nothing” is not connected. Choose one from the list."


def test_start_run_writes_queued_calls_and_the_recipe_as_resolved(alice):
    run = actions.start_run(alice, messages(), make_recipe(SMOL, GEMMA, SMOL))

    rows = [(call.role, call.slot, call.status, call.model) for call in run.calls.all()]
    assert rows == [
        (Role.PANEL, "A", Status.QUEUED, SMOL),
        (Role.PANEL, "B", Status.QUEUED, GEMMA),
        (Role.PANEL, "C", Status.QUEUED, SMOL),
    ]
    assert run.recipe.seed == Run.objects.get().recipe.seed


def test_cancel_run_ends_queued_calls_at_once(alice):
    run = actions.start_run(alice, messages(), make_recipe())

    actions.cancel_run(run)

    run.refresh_from_db()
    assert (run.status, run.failure_code) == (Status.CANCELLED, FailureCode.CANCELLED)
    assert {call.status for call in run.calls.all()} == {Status.CANCELLED}


def test_retry_of_an_open_column_is_refused(alice):
    run = actions.start_run(alice, messages(), make_recipe())

    with pytest.raises(InvalidRun, match="still at work"):
        actions.retry_call(run.calls.get(slot="A"))


def test_fuse_again_without_answers_is_refused(alice):
    run = actions.start_run(alice, messages(), make_recipe())
    actions.cancel_run(run)

    with pytest.raises(InvalidRun, match="has an answer to fuse"):
        actions.fuse_again(run, {"A", "B"})


def test_fuse_again_with_one_answer_shows_it_as_it_is(alice):
    run = make_run(alice)
    call = create_call(run, slot="A", model=SMOL, status=Status.DONE, text="Yes.", claim=1)

    actions.fuse_again(run, {"A"})

    run.refresh_from_db()
    assert (run.answer_call, run.answer_kind) == (call, "only")


def test_revoked_share_is_gone_with_its_copy(alice):
    share = actions.share_run(make_run(alice))
    assert find_share(share.code) == share

    actions.revoke_share(share)

    assert Share.objects.get().snapshot == {}
    with pytest.raises(Share.DoesNotExist):
        find_share(share.code)


def test_share_code_has_at_least_128_bits(alice):
    codes = {actions.share_run(make_run(alice)).code for _ in range(3)}

    assert (len(codes), min(len(code) for code in codes) * 6 >= 128) == (3, True)


def test_stranger_finds_neither_run_nor_call(alice):
    run = actions.start_run(alice, messages(), make_recipe())
    charlie = make_user("charlie")

    with pytest.raises(Run.DoesNotExist):
        find_run(charlie, run.public_id)
    with pytest.raises(Call.DoesNotExist):
        find_editable_call(charlie, run.calls.first().pk)


def test_history_pages_newest_first_and_searches_plain_text(alice):
    for age, prompt in enumerate(["newest tower", "older bridge", "oldest tower"]):
        make_run(alice, prompt, age_s=age)

    first = history(alice, size=2)
    second = history(alice, before=first.next_cursor, size=2)
    found = history(alice, search="TOWER")

    assert [run.prompt for run in first.runs] == ["newest tower", "older bridge"]
    assert ([run.prompt for run in second.runs], second.next_cursor) == (["oldest tower"], "")
    assert [run.prompt for run in found.runs] == ["newest tower", "oldest tower"]


@pytest.mark.parametrize("cursor", ["nonsense", "", "====", "\u2028", "MjAyNg"])
def test_history_with_a_nonsense_cursor_shows_the_first_page(alice, cursor):
    make_run(alice)

    assert len(history(alice, before=cursor).runs) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [("status", "odd"), ("role", "odd"), ("slot", "Z"), ("finish_reason", "odd"), ("cost_source", "odd")],
)
def test_database_refuses_a_word_outside_the_vocabulary(alice, field, value):
    run = make_run(alice)

    with pytest.raises(IntegrityError), transaction.atomic():
        Call.objects.create(**{"run": run, "role": Role.PANEL, "slot": "A", "model": SMOL, field: value})


def test_database_refuses_a_second_first_take(alice):
    run = make_run(alice)
    Call.objects.create(run=run, stage="judge", role=Role.JUDGE, model=SMOL)
    Call.objects.create(run=run, stage="second opinion", role=Role.JUDGE, model=SMOL)

    with pytest.raises(IntegrityError), transaction.atomic():
        Call.objects.create(run=run, stage="judge", role=Role.JUDGE, model=SMOL)
