"""Threads: turns in their order, branches, the answers that columns go on with, and what deleting leaves."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import User
from apps.fusion.values import Message
from apps.fusion.vocabulary import AnswerKind, EarlierAnswers, Role, Status
from apps.runs import actions
from apps.runs.execution.inputs import conversation_of
from apps.runs.models import Call, Run, Share
from apps.runs.reading import queries
from apps.runs.reading.threads import NoColumnAnswer, conversation_after, find_thread
from apps.runs.starting import InvalidRun, Lineage
from tests.calls import create_call
from tests.factories import GEMMA, SMOL, make_local_models, make_recipe, make_run, make_user
from tests.web.run_factories import make_call


@pytest.fixture
def alice(db, valkey_url):
    make_local_models()
    return make_user("alice")


def answer(run: Run, text: str, **columns: str) -> Run:
    """Let a run end with a fused answer and with these texts in its columns; '' is a column that failed."""
    run.calls.all().delete()
    for slot, said in columns.items():
        make_call(run, slot=slot, text=said, status=Status.DONE if said else Status.FAILED)
    run.answer_call = make_call(run, Role.SYNTHESIS, text=text)
    run.answer_kind, run.status, run.ended_at = AnswerKind.FUSED, Status.DONE, timezone.now()
    run.save()
    return run


def first_turn(alice: User, prompt: str = "How high?", **columns: str) -> Run:
    return answer(make_run(alice, prompt), f"Fused: {prompt}", **(columns or {"A": "a1", "B": "b1"}))


def follow(
    run: Run,
    prompt: str,
    own: bool = False,
    models: tuple[str, ...] = (SMOL, GEMMA),
    from_slot: str = "",
    **columns: str,
) -> Run:
    """Ask the next turn, and let it end."""
    mode = EarlierAnswers.OWN if own else EarlierAnswers.FUSED
    messages = [*conversation_after(run, from_slot), Message(role="user", text=prompt)]
    turn = actions.start_run(run.owner, messages, make_recipe(*models), Lineage(run, mode, from_slot))
    return answer(turn, f"Fused: {prompt}", **(columns or {slot: f"{slot}: {prompt}" for slot in "AB"[: len(models)]}))


def sent_to(run: Run, slot: str) -> list[str]:
    """Return the texts of the conversation that a column is sent."""
    return [message.text for message in conversation_of(Call.objects.get(run=run, slot=slot, role=Role.PANEL))]


def titles(thread_id: str, user: User) -> list[str]:
    return [turn.title for turn in find_thread(user, thread_id).turns]


def test_runs_that_follow_each_other_are_turns_of_one_thread(alice):
    first = first_turn(alice)
    assert [turn.pk for turn in find_thread(alice, first.public_id).turns] == [first.pk]

    third = follow(follow(first, "Sure?"), "How old?")

    thread = find_thread(alice, first.public_id)
    assert (thread.id, third.thread) == (first.public_id, first.public_id)
    assert [turn.title for turn in thread.turns] == ["How high?", "Sure?", "How old?"]
    assert (thread.deleted, thread.outdated) == (0, frozenset())


def test_a_second_run_that_follows_a_turn_begins_a_branch(alice):
    first = first_turn(alice)
    second = follow(first, "Sure?")
    follow(second, "How old?")

    other = follow(second, "How wide?")
    follow(other, "How heavy?")
    from_first = follow(first, "Where?")

    assert titles(first.public_id, alice) == ["How high?", "Sure?", "How old?"]
    assert titles(other.public_id, alice) == ["How high?", "Sure?", "How wide?", "How heavy?"]
    assert titles(from_first.public_id, alice) == ["How high?", "Where?"]
    assert [turn.title for turn in find_thread(alice, other.public_id).own_turns] == ["How wide?", "How heavy?"]


def test_a_thread_is_found_by_its_id_alone_and_by_who_may_read_it(alice):
    first = first_turn(alice)
    second = follow(first, "Sure?")

    for user, name in ((make_user("charlie"), first.public_id), (alice, second.public_id), (alice, "nothing")):
        with pytest.raises(Run.DoesNotExist):
            find_thread(user, name)


def test_all_columns_go_on_with_the_fused_answers(alice):
    second = follow(first_turn(alice), "Sure?")

    assert (second.earlier_answers, second.own_answers) == (EarlierAnswers.FUSED, {})
    assert sent_to(second, "A") == ["How high?", "Fused: How high?", "Sure?"]


def test_each_column_goes_on_with_its_own_answers(alice):
    first = first_turn(alice, A="a1", B="b1")
    third = follow(follow(first, "Sure?", own=True, A="a2", B="b2"), "How old?", own=True)

    assert sent_to(third, "A") == ["How high?", "a1", "Sure?", "a2", "How old?"]
    assert sent_to(third, "B") == ["How high?", "b1", "Sure?", "b2", "How old?"]
    assert [message.text for message in third.messages][1::2] == ["Fused: How high?", "Fused: Sure?"]


def test_a_column_without_an_answer_of_its_own_goes_on_with_the_fused_one(alice):
    first = first_turn(alice, A="a1", B="")
    second = follow(first, "Sure?", own=True, models=(SMOL, GEMMA, SMOL), A="a2", B="b2", C="c2")
    third = follow(second, "How old?", own=True, models=(SMOL, GEMMA, SMOL), A="a3", B="b3", C="c3")

    assert third.own_answers == {"A": ("a1", "a2"), "B": (None, "b2"), "C": (None, "c2")}
    assert sent_to(third, "B") == ["How high?", "Fused: How high?", "Sure?", "b2", "How old?"]


def test_a_column_that_went_on_with_the_fused_answers_can_go_back_to_its_own(alice):
    first = first_turn(alice, A="a1", B="b1")
    third = follow(follow(first, "Sure?", A="a2", B="b2"), "How old?", own=True)

    assert sent_to(third, "A") == ["How high?", "a1", "Sure?", "a2", "How old?"]


def test_columns_keep_what_they_were_sent_when_earlier_turns_change_or_go(alice):
    first = first_turn(alice, A="a1", B="b1")
    second = follow(first, "Sure?", own=True, A="a2", B="b2")
    create_call(first, Role.PANEL, "A", take=2, model=SMOL, text="newer", status=Status.DONE)
    third = follow(second, "How old?", own=True, A="a3", B="b3")
    actions.delete_run(first)

    fourth = follow(Run.objects.get(pk=third.pk), "How wide?", own=True)

    assert sent_to(fourth, "A") == ["How high?", "a1", "Sure?", "a2", "How old?", "a3", "How wide?"]


def test_a_turn_without_an_answer_is_followed_by_its_question_alone(alice):
    first = first_turn(alice, A="a1", B="b1")
    first.answer_call = None
    first.save()

    second = follow(first, "Sure?", own=True, A="a2", B="b2")
    third = follow(second, "How old?", own=True)

    assert sent_to(third, "A") == ["How high?", "Sure?", "a2", "How old?"]


def test_turns_count_only_what_the_assistant_said(alice):
    asked = [("system", "Be brief."), ("user", "Hi"), ("assistant", "Hello"), ("user", "How high?")]
    messages = [Message(role=role, text=text) for role, text in asked]
    first = answer(make_run(alice, "How high?", messages=messages), "Fused", A="a1", B="b1")

    second = follow(first, "Sure?", own=True)

    assert sent_to(second, "B") == ["Be brief.", "Hi", "Hello", "How high?", "b1", "Sure?"]
    assert find_thread(alice, first.public_id).outdated == frozenset()


def test_own_answers_that_make_a_prompt_too_long_are_refused(alice, settings):
    first = first_turn(alice, A="a" * 300, B="b1")
    settings.PROMPT_LIMIT = 200

    with pytest.raises(
        InvalidRun, match=r"The prompt of A has 314 characters with its own answers; the limit is 200\."
    ):
        follow(first, "Sure?", own=True)

    assert Run.objects.count() == 1
    follow(first, "Sure?")


def test_a_run_cannot_follow_one_that_is_deleted_meanwhile(alice):
    first = first_turn(alice)
    actions.delete_run(Run.objects.get(pk=first.pk))

    with pytest.raises(InvalidRun, match="has been deleted"):
        actions.start_run(alice, [Message(role="user", text="Sure?")], make_recipe(), Lineage(first))


def test_a_turn_that_was_fused_again_is_outdated_for_those_after_it(alice):
    first = first_turn(alice)
    second = follow(first, "Sure?")
    first.answer_call = make_call(first, Role.SYNTHESIS, text="Another answer", take=2)
    first.save()

    thread = find_thread(alice, first.public_id)

    assert thread.outdated == {first.pk}
    assert second.messages[1].text == "Fused: How high?"


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_deleted_turn_leaves_the_others_in_their_thread(alice, number):
    first = first_turn(alice)
    turns = [first, follow(first, "Sure?")]
    turns.append(follow(turns[1], "How old?"))
    left = [turn.title for turn in turns if turn is not turns[number]]

    actions.delete_run(turns[number])

    thread = find_thread(alice, first.public_id)
    assert [turn.title for turn in thread.turns] == left
    assert thread.deleted == (number < 2)
    follow(Run.objects.get(pk=thread.newest.pk), "How wide?")
    assert titles(first.public_id, alice) == [*left, "How wide?"]


def test_deleting_a_thread_leaves_what_another_one_shares(alice):
    first = first_turn(alice)
    second = follow(first, "Sure?")
    follow(second, "How old?")
    branch = follow(second, "How wide?")

    actions.delete_thread(find_thread(alice, branch.public_id))

    assert titles(first.public_id, alice) == ["How high?", "Sure?", "How old?"]
    actions.delete_thread(find_thread(alice, first.public_id))
    assert Run.objects.count() == 0


def test_the_link_to_a_thread_goes_with_any_of_its_turns(alice):
    first = first_turn(alice)
    second = follow(first, "Sure?")
    branch = follow(first, "Where?")
    of_thread = actions.share_thread(find_thread(alice, first.public_id))
    of_branch = actions.share_thread(find_thread(alice, branch.public_id))
    of_run = actions.share_run(second)

    actions.delete_run(second)
    assert set(Share.objects.all()) == {of_branch}
    actions.delete_run(first)
    assert Share.objects.count() == 0
    assert not Share.objects.filter(pk__in=[of_thread.pk, of_run.pk]).exists()


def test_a_thread_is_one_entry_of_the_history(alice):
    alone = make_run(alice, "Alone", age_s=30)
    first = first_turn(alice)
    second = follow(first, "Sure?")
    third = follow(second, "How old?")
    branch = follow(second, "How wide?")

    found = [(run.pk, run.turns, run.thread_title) for run in queries.history(alice).runs]

    assert found == [(branch.pk, 3, "How high?"), (third.pk, 3, "How high?"), (alone.pk, 1, "Alone")]


def test_a_search_finds_the_newest_turn_that_matches(alice):
    first = first_turn(alice, "The orchard", A="a quince", B="b1")
    second = follow(first, "An orchard again", A="a pear", B="b2")
    follow(second, "Something else")

    def found(search: str) -> list[int]:
        return [run.pk for run in queries.history(alice, search=search).runs]

    assert found("orchard") == [second.pk]
    assert [run.turns for run in queries.history(alice, search="orchard").runs] == [3]
    assert found("quince") == [first.pk]
    assert found("pear") == [second.pk]
    assert found("quince pear") == []


def test_queries_are_as_many_with_fifty_turns_as_with_three(alice):
    counts = []
    run = first_turn(alice)
    for turns in (3, 50):
        while len(run.ancestors) + 1 < turns:
            run = follow(run, f"Turn {len(run.ancestors) + 2}", own=True)
        with CaptureQueriesContext(connection) as captured:
            thread = find_thread(alice, run.thread_id)
            assert len(thread.turns) == turns
            assert thread.outdated == frozenset()
            actions.share_thread(thread)
            queries.history(alice)
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_turn_that_goes_on_from_one_column_sends_all_its_answer(alice):
    first = first_turn(alice)

    second = follow(first, "Sure?", from_slot="B")

    assert second.from_slot == "B"
    assert sent_to(second, "A") == sent_to(second, "B") == ["How high?", "b1", "Sure?"]
    assert [message.text for message in second.messages] == ["How high?", "b1", "Sure?"]  # judge and writer read it too
    third = follow(second, "How old?", own=True)
    assert third.from_slot == ""
    assert sent_to(third, "A") == ["How high?", "a1", "Sure?", "A: Sure?", "How old?"]
    assert [message.text for message in third.messages][1::2] == ["b1", "Fused: Sure?"]


def test_answer_that_was_gone_on_from_is_outdated_when_its_column_has_a_newer_one(alice):
    first = first_turn(alice)
    second = follow(first, "Sure?", from_slot="B")
    assert find_thread(alice, second.thread).outdated == frozenset()
    make_call(first, slot="A", take=2, text="a2")
    assert find_thread(alice, second.thread).outdated == frozenset()

    make_call(first, slot="B", take=2, text="b2")

    assert find_thread(alice, second.thread).outdated == {first.pk}


def test_column_answers_for_a_turn_that_has_none_itself(alice):
    first = first_turn(alice)
    first.answer_call = first.answer_kind = None
    first.save()

    second = follow(first, "Sure?", from_slot="B")
    third = follow(second, "How old?", own=True)

    assert sent_to(third, "A") == ["How high?", "a1", "Sure?", "A: Sure?", "How old?"]


def test_column_without_an_answer_cannot_be_gone_on_from(alice):
    first = first_turn(alice, A="a1", B="")

    with pytest.raises(NoColumnAnswer, match="Column B of that turn has no answer"):
        conversation_after(first, "B")
