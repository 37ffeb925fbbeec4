"""The orders in which a judge reads the answers: each answer comes first once, and no order is asked for twice."""

import pytest

from apps.fusion.prompting.answer_order import arranged, other_orders
from apps.fusion.prompting.prompts import judge_prompt
from apps.fusion.values import Message
from apps.fusion.vocabulary import SLOTS, AnswerOrder


@pytest.mark.parametrize("count", range(2, len(SLOTS) + 1))
def test_orders_of_a_check_differ_and_exchange_what_comes_first(count):
    for order in AnswerOrder:
        others = other_orders(count, order)

        seen = [arranged(SLOTS[:count], one) for one in (order, *others)]
        assert len(others) == (1 if count == 2 else 2)
        assert order not in others
        assert len({tuple(one) for one in seen}) == len({one[0] for one in seen}) == len(seen)
        assert all(sorted(one) == list(SLOTS[:count]) for one in seen)


def test_judge_reads_the_answers_in_the_order_asked_for():
    said = (Message(role="user", text="How high is it?"),)
    answers = {slot: f"Answer of {slot}." for slot in "ABC"}

    given, reverse, rotated = (judge_prompt(said, answers, "", 7, order=order) for order in AnswerOrder)

    slots = list(given.letters.values())
    assert list(given.letters) == list(reverse.letters) == ["A", "B", "C"]
    assert list(reverse.letters.values()) == slots[::-1]
    assert list(rotated.letters.values()) == [slots[1], slots[2], slots[0]]
    for prompt in (given, reverse, rotated):
        text = prompt.messages[-1].text
        places = [text.index(answers[slot]) for slot in prompt.letters.values()]
        assert places == sorted(places)
