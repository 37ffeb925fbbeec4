"""Routing: who is asked, chosen before a run begins by rules that a person ordered, else by what is known of questions
like it, else by the question's form.

Everything is pure. A rule that matches says so in a sentence, and one that does not says why, so that a page can show
the whole choice without a run. The first rule that matches decides.
"""

import re
from collections.abc import Sequence
from enum import StrEnum
from functools import cached_property
from typing import Self

from pydantic import Field, model_validator

from apps.fusion.blind_votes import FUSED
from apps.fusion.checkable import checkable_form
from apps.fusion.frozen import Value
from apps.fusion.neighbours import LONGEST_PROMPT, VOTED, Advice, RatedPrompt, advise
from apps.fusion.vocabulary import StrategyName

ROUTE = "route"
"""The name of this way to an answer where a strategy is chosen: in forms, presets and requests. No run has it: its
recipe has the strategy that was chosen, and says how it came to it.
"""
LONGEST_NAME, LONGEST_TEXT = 60, 200
MOST_WORDS, LONGEST_WORD = 20, 60
LARGEST_LENGTH = 10_000_000


class Feature(StrEnum):
    """A thing that comes with a prompt."""

    IMAGES = "images"
    TOOLS = "tools"
    SCHEMA = "schema"
    FILE = "file"


FEATURES = {
    Feature.IMAGES: "images",
    Feature.TOOLS: "tools",
    Feature.SCHEMA: "a schema for the answer",
    Feature.FILE: "a file",
}
"""The features in the words of a sentence."""


class RouteBasis(StrEnum):
    """The ground on which somebody was chosen."""

    RULE = "rule"
    NEIGHBOURS = "neighbours"
    FORM = "form"


class Question(Value):
    """The part of a request that rules look at. ``text`` is the newest question, ``key`` the name of an API key."""

    text: str
    features: frozenset[Feature] = frozenset()
    key: str = ""
    tags: tuple[str, ...] = ()

    @cached_property
    def marked(self) -> str:
        """The text with its words apart, made once: a thousand words of rules may be looked for in it."""
        return _marked(self.text)


class RoutingRule(Value):
    """A rule: all of its conditions hold, or it does not match. It names a model, a preset, or a strategy.

    ``shorter_than`` counts characters. One of ``words`` has to stand in the prompt, as whole words in any case. A
    ``strategy`` is for the panel of the ``preset``, or, without one, for the panel that was to be asked.
    """

    name: str = Field(min_length=1, max_length=LONGEST_NAME)
    shorter_than: int | None = Field(default=None, ge=1, le=LARGEST_LENGTH)
    has: tuple[Feature, ...] = ()
    words: tuple[str, ...] = Field(default=(), max_length=MOST_WORDS)
    key: str = Field(default="", max_length=LONGEST_TEXT)
    tag: str = Field(default="", max_length=LONGEST_TEXT)
    model: str = ""
    preset: str = ""
    strategy: StrategyName | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not (self.shorter_than or self.has or self.words or self.key or self.tag):
            raise ValueError("Give the rule a condition.")
        if bool(self.model) == bool(self.preset or self.strategy):
            raise ValueError("Choose a model, or a preset or strategy: one of them.")
        if self.strategy is StrategyName.SINGLE:
            raise ValueError("To ask one model, choose the model.")
        return self


class Route(Value):
    """A choice that was made: on which ground, by which rule, for whom, and why, in a sentence for a person.

    ``model``, ``preset`` and ``strategy`` are as in a rule; all are empty where what was to be asked anyway stays.
    """

    by: RouteBasis
    reason: str
    rule: str = ""
    model: str = ""
    preset: str = ""
    strategy: StrategyName | None = None


class RuleReading(Value):
    """A rule held against a question: the conditions that hold, and those that do not, as clauses."""

    rule: RoutingRule
    holds: tuple[str, ...]
    fails: tuple[str, ...]

    @property
    def matches(self) -> bool:
        return not self.fails


def reading_of(rule: RoutingRule, question: Question) -> RuleReading:
    """Return how a rule reads a question, condition by condition."""
    length = len(question.text)
    checks: list[tuple[bool, str, str]] = []
    if rule.shorter_than is not None:
        limit = f"{rule.shorter_than:,} characters"
        checks.append(
            (length < rule.shorter_than, f"it is shorter than {limit}", f"it has {length:,}, not under {limit}")
        )
    for feature in rule.has:
        has, words = feature in question.features, FEATURES[feature]
        checks.append((has, f"it comes with {words}", f"it comes without {words}"))
    if rule.words:
        found = next((word for word in rule.words if word and _marked(word) in question.marked), "")
        quoted = " or ".join(f"“{word}”" for word in rule.words)
        checks.append((bool(found), f"it says “{found}”", f"it does not say {quoted}"))
    if rule.key:
        checks.append((_same(rule.key, question.key), f"the key is “{rule.key}”", f"the key is not “{rule.key}”"))
    if rule.tag:
        is_tagged = any(_same(rule.tag, tag) for tag in question.tags)
        checks.append((is_tagged, f"it is tagged “{rule.tag}”", f"it is not tagged “{rule.tag}”"))
    return RuleReading(
        rule=rule,
        holds=tuple(yes for holds, yes, _ in checks if holds),
        fails=tuple(no for holds, _, no in checks if not holds),
    )


def route_by_rules(rules: Sequence[RoutingRule], question: Question) -> Route | None:
    """Return the choice of the first rule that matches, ``None`` if none does."""
    readings = (reading_of(rule, question) for rule in rules)
    chosen = next((reading for reading in readings if reading.matches), None)
    if chosen is None:
        return None
    rule = chosen.rule
    return Route(
        by=RouteBasis.RULE,
        rule=rule.name,
        reason=f"Chosen by your rule “{rule.name}”: {_joined(chosen.holds)}.",
        model=rule.model,
        preset=rule.preset,
        strategy=rule.strategy,
    )


def route_by_neighbours(advice: Advice, members: int) -> Route | None:
    """Return the choice that a person's rated prompts speak for; ``None`` without any, and for a single model."""
    if not advice.way or members < 2:
        return None
    by, strategies = RouteBasis.NEIGHBOURS, {VOTED: StrategyName.VOTE, FUSED: StrategyName.FUSE}
    if strategy := strategies.get(advice.way):
        return Route(by=by, reason=f"{advice.reason}: {strategy}.", strategy=strategy)
    return Route(by=by, reason=f"{advice.reason}: one model, {advice.way}.", model=advice.way)


def route_by_form(question: Question, members: int) -> Route:
    """Return the choice by the form of a question alone: a vote for a checkable one, else a fusion.

    ``members`` counts the panel that was to be asked; one of a single model stays as it is, and so does one that is
    asked with tools, whose calls cannot be counted.
    """
    if members < 2:
        return Route(by=RouteBasis.FORM, reason="One model was to be asked, so there is nothing to choose.")
    if Feature.TOOLS in question.features:
        return Route(by=RouteBasis.FORM, reason="A question with tools: fuse.", strategy=StrategyName.FUSE)
    if form := checkable_form(question.text):
        return Route(by=RouteBasis.FORM, reason=f"{form}: vote.", strategy=StrategyName.VOTE)
    return Route(by=RouteBasis.FORM, reason="An open question: fuse.", strategy=StrategyName.FUSE)


def route_by_opinions(question: Question, panel: Sequence[str], rated: tuple[RatedPrompt, ...]) -> Route:
    """Return the choice by questions like it, else by the form, which then says why those did not decide.

    ``panel`` are the models that were to be asked. What comes with tools is fused whatever its words are like.
    """
    by_form = route_by_form(question, len(panel))
    if not rated or len(panel) < 2 or Feature.TOOLS in question.features:
        return by_form
    advice = advise(question.text[:LONGEST_PROMPT], rated, set(panel))
    reason = f"{by_form.reason} {advice.reason}"
    return route_by_neighbours(advice, len(panel)) or by_form.model_copy(update={"reason": reason})


def _marked(text: str) -> str:
    """Return a text in small letters with a mark on either side of each run of letters and digits.

    So a phrase stands in a text as whole words where its marked form stands in the text's. An end that is no letter or
    digit has no mark: in ``c++`` it is no part of a word.
    """
    return re.sub(r"[^\W_]+", "\0\\g<0>\0", text.casefold())


def _same(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


def _joined(clauses: Sequence[str]) -> str:
    return " and ".join(clauses)
