"""Rules of routing: which one matches, which comes first, and what the form of a question says where none does."""

from time import process_time
from typing import Any

import pytest
from pydantic import ValidationError

from apps.fusion.checkable import checkable_form
from apps.fusion.routing import Feature, Question, RouteBasis, RoutingRule, reading_of, route_by_form, route_by_rules
from apps.fusion.vocabulary import StrategyName


def rule(name: str = "One", **values: Any) -> RoutingRule:
    target = {} if {"preset", "strategy"} & values.keys() else {"model": "a/b"}
    return RoutingRule(name=name, **{**target, **values})


def asked(text: str = "Why is the sky blue?", *features: Feature, **values: Any) -> Question:
    return Question(text=text, features=frozenset(features), **values)


MATCHING = [
    (rule(shorter_than=21), asked("x" * 20), True),
    (rule(shorter_than=20), asked("x" * 20), False),
    (rule(has=(Feature.IMAGES,)), asked("", Feature.IMAGES), True),
    (rule(has=(Feature.IMAGES, Feature.TOOLS)), asked("", Feature.IMAGES), False),
    (rule(has=(Feature.SCHEMA,)), asked("", Feature.SCHEMA, Feature.FILE), True),
    (rule(has=(Feature.FILE,)), asked("a file"), False),
    (rule(words=("sql",)), asked("Write SQL, please"), True),
    (rule(words=("sql",)), asked("A sqlite file"), False),
    (rule(words=("art",)), asked("party start art"), True),
    (rule(words=("blue sky", "sky blue")), asked(), True),
    (rule(words=("c++",)), asked("In C++?"), True),
    (rule(words=("法律",)), asked("这是法律问题"), False),
    (rule(words=("法律",)), asked("法律？"), True),
    (rule(words=("sky-blue",)), asked("A Sky-Blue, not a sky blue one"), True),
    (rule(words=("sky-blue",)), asked("A sky-blueish one"), False),
    (rule(words=("++c",)), asked("a++c"), True),
    (rule(words=("a", "_b")), asked("_a_b0 and ab"), True),
    (rule(words=("b_",)), asked("ab_"), False),
    (rule(words=("", "Straße")), asked("Die STRASSE"), True),
    (rule(words=("",)), asked("Die STRASSE"), False),
    (rule(key="Nightly"), asked(key="nightly "), True),
    (rule(key="nightly"), asked(), False),
    (rule(tag="legal"), asked(tags=("x", "Legal")), True),
    (rule(tag="legal"), asked(tags=("illegal",)), False),
    (rule(shorter_than=100, words=("blue",), key="k"), asked(key="k"), True),
    (rule(shorter_than=100, words=("red",), key="k"), asked(key="k"), False),
]


@pytest.mark.parametrize("one, question, matches", MATCHING)
def test_rule_matches_if_all_its_conditions_hold(one: RoutingRule, question: Question, matches: bool) -> None:
    reading = reading_of(one, question)

    assert reading.matches is matches
    assert bool(reading.fails) is not matches


@pytest.mark.parametrize("part", ["a", "ba ", "a1 "])
def test_words_of_many_rules_are_looked_for_in_hardly_more_time_than_one(part: str) -> None:
    """A prompt in which the words begin or end everywhere and stand nowhere."""
    hostile = asked(part * (60_000 // len(part)))

    def seconds(rules: list[RoutingRule]) -> float:
        start = process_time()
        assert route_by_rules(rules, hostile.model_copy()) is None
        return process_time() - start

    one = max(seconds([rule(words=("a",))]), 0.01)
    assert seconds([rule(words=("a",) * 20)] * 20) < 20 * one


def test_first_rule_that_matches_chooses_and_says_why() -> None:
    first = rule("Never", words=("red",))
    second = rule("Short ones", shorter_than=1_200, words=("sky",), preset="fast", strategy=StrategyName.VOTE)
    third = rule("Also", shorter_than=1_200)

    route = route_by_rules([first, second, third], asked())

    assert route is not None
    assert route.model_dump() == {
        "by": RouteBasis.RULE,
        "rule": "Short ones",
        "reason": "Chosen by your rule “Short ones”: it is shorter than 1,200 characters and it says “sky”.",
        "model": "",
        "preset": "fast",
        "strategy": StrategyName.VOTE,
    }
    assert route_by_rules([first], asked()) is None


def test_reading_names_every_condition_that_fails() -> None:
    one = rule(shorter_than=3, has=(Feature.TOOLS,), words=("red", "green"), key="k", tag="t")

    assert reading_of(one, asked("blue")).fails == (
        "it has 4, not under 3 characters",
        "it comes without tools",
        "it does not say “red” or “green”",
        "the key is not “k”",
        "it is not tagged “t”",
    )


BAD = [
    ({}, "Give the rule a condition."),
    ({"key": "k", "model": "a/b", "preset": "fast"}, "Choose a model, or a preset or strategy"),
    ({"key": "k", "model": ""}, "Choose a model, or a preset or strategy"),
    ({"key": "k", "strategy": StrategyName.SINGLE}, "choose the model"),
]


@pytest.mark.parametrize("values, sentence", BAD)
def test_rule_without_condition_or_with_two_targets_is_refused(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        rule(**values)


FORMS = [
    ("How high is the Eiffel Tower?", "A short checkable question"),
    ("Which planet is largest?\nA) Mars\nB) Jupiter\nC) Venus", "A question with options to choose from"),
    ("(A) Mars\n(B) Venus", "A question with options to choose from"),
    ("B) only\nC) these", ""),
    ("Ann has 3 apples and buys 12 more. How many has she now?", "A sum in words"),
    ("How much wood would a woodchuck chuck?", ""),
    ("Compare two ways to store sessions.", ""),
    ("Write a poem. How many lines would you choose? Explain at length.", ""),
    ("How many? 1 2 " + "x" * 4_000 + "?", ""),
]


@pytest.mark.parametrize("prompt, form", FORMS)
def test_form_of_a_question_is_read_without_a_model(prompt: str, form: str) -> None:
    assert checkable_form(prompt) == form


CHOICES = [
    (asked("How high is the Eiffel Tower?"), 3, StrategyName.VOTE, "A short checkable question: vote."),
    (asked(), 3, StrategyName.FUSE, "An open question: fuse."),
    (asked("How high is it?", Feature.TOOLS), 3, StrategyName.FUSE, "A question with tools: fuse."),
    (asked("How high is it?"), 1, None, "One model was to be asked, so there is nothing to choose."),
]


@pytest.mark.parametrize("question, members, strategy, reason", CHOICES)
def test_question_that_no_rule_matches_goes_by_its_form(
    question: Question, members: int, strategy: StrategyName | None, reason: str
) -> None:
    route = route_by_form(question, members)

    assert (route.by, route.strategy, route.reason) == (RouteBasis.FORM, strategy, reason)
