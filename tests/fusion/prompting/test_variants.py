"""Prompt variants: the conversation that a column is sent, the rules for their texts, values of a table in them."""

import time

import pytest

from apps.fusion.prompting.extents import extent_of
from apps.fusion.prompting.templates import LONGEST_RENDERED, BadTemplate
from apps.fusion.prompting.turns import same_slot
from apps.fusion.prompting.variants import (
    BadVariant,
    check_variants,
    column_messages,
    filled_in,
    frames_question,
    recipe_of_values,
    variant_texts,
    worded,
)
from apps.fusion.tools import ToolResult
from apps.fusion.values import Message, PlainSettings, PromptVariant, Recipe, SlotSpec

SYSTEM, FIRST = Message(role="system", text="Be kind."), Message(role="user", text="How high?")
FUSED, SECOND = Message(role="assistant", text="330 m."), Message(role="user", text="In feet?")
RESULT = Message(role="user", text="42", result=ToolResult(id="c1", name="look"))
TURNS = (SYSTEM, FIRST, FUSED, SECOND)


def variant(prompt: str = "", system: str = "", name: str = "x") -> PromptVariant:
    return PromptVariant(name=name, system=system, prompt=prompt)


def panel(*variants: PromptVariant | None, model: str = "m") -> tuple[SlotSpec, ...]:
    pairs = zip("ABCDEFGH", variants, strict=False)
    return tuple(SlotSpec(slot=slot, model=model, variant=one) for slot, one in pairs)


@pytest.mark.parametrize(
    ("own", "conversation", "sent"),
    [
        (None, TURNS, ["Be kind.", "How high?", "330 m.", "In feet?"]),
        (variant(system="Be brief."), TURNS, ["Be brief.", "How high?", "330 m.", "In feet?"]),
        (variant(system="Be brief."), (FIRST,), ["Be brief.", "How high?"]),
        (variant("Say: {{prompt}}"), TURNS, ["Be kind.", "Say: How high?", "330 m.", "Say: In feet?"]),
        (variant("{{ prompt }} {{prompt}}!"), (FIRST,), ["How high? How high?!"]),
        # A wording of the whole question is that of the first: the next turns are asked as they are.
        (variant("What is its height?"), TURNS, ["Be kind.", "What is its height?", "330 m.", "In feet?"]),
        (variant(r"\{{prompt}} {{city}} {{ {{prompt}}"), (FIRST,), ["{{prompt}} {{city}} {{ How high?"]),
        (variant("{{prompt"), (FIRST,), ["{{prompt"]),
        (variant("Say: {{prompt}}"), (FIRST, RESULT), ["Say: How high?", "42"]),
    ],
)
def test_column_is_sent_its_own_prompt(own, conversation, sent):
    found = column_messages(conversation, own)

    assert [message.text for message in found] == sent
    assert [message.role for message in found if message.role != "system"] == [
        message.role for message in conversation if message.role != "system"
    ]


def test_own_answers_go_with_the_own_prompt():
    found = column_messages(TURNS, variant("Say: {{prompt}}"), ("300 m.",))

    assert [message.text for message in found] == ["Be kind.", "Say: How high?", "300 m.", "Say: In feet?"]


def test_question_that_says_so_itself_is_no_place_for_another():
    assert worded(variant("Say: {{prompt}}"), "What is {{prompt}}?") == "Say: What is {{prompt}}?"


@pytest.mark.parametrize(
    ("seats", "conversation", "earlier", "sentence"),
    [
        (panel(variant("Brief: {{prompt}}"), variant("Brief: {{prompt}}")), TURNS, (), ""),
        (panel(variant()), (FIRST,), (), "A: the variant “x” changes nothing."),
        (
            panel(PromptVariant.model_construct(name=" ", system="", prompt="p")),
            (FIRST,),
            (),
            "A: the own prompt has no",
        ),
        (
            panel(None, PromptVariant.model_construct(name="n" * 41, system="s", prompt="")),
            (FIRST,),
            (),
            "B: the name of",
        ),
        (panel(variant("a"), variant("b")), (FIRST,), (), "Two variants with different texts are called “x”."),
        (panel(variant("a\x00")), (FIRST,), (), "The variant of column A contains a NUL character."),
        (panel(variant("What?")), TURNS, (), "The prompt of the variant “x” (column A) replaces the whole question"),
        (panel(variant("What?")), TURNS, panel(variant("What?")), ""),
        (panel(None, variant("s" * 95, "s")), (FIRST,), (), ""),
        (panel(None, variant("s" * 95, "s" * 6)), (FIRST,), (), "With the variant “x” the prompt of column B has 101"),
        # 13 places for the question are 117 characters, and those of a larger table no memory holds.
        (panel(variant("{{prompt}}" * 13)), (FIRST,), (), "With the variant “x” the prompt of column A has 117"),
        (
            panel(variant("{{prompt}}" * 9)),
            (FIRST, FUSED, SECOND),
            (),
            "With the variant “x” the prompt of column A has 159",
        ),
    ],
)
def test_bad_variants_are_refused_with_what_to_do(seats, conversation, earlier, sentence):
    if not sentence:
        check_variants(seats, conversation, 100, earlier)
        return
    with pytest.raises(BadVariant) as refused:
        check_variants(seats, conversation, 100, earlier)

    assert refused.value.sentence.startswith(sentence)
    assert refused.value.field == "panel"


@pytest.mark.parametrize(
    ("prompt", "system", "asked", "told"),
    [
        ("In {{city}}: {{prompt}}", "For {{who}}.", "In Oslo: Q", "For me."),
        ("{{odd}} {{prompt}}", "", "{{prompt}} {{ prompt }} Q", ""),
        (r"\{{city}} \{{prompt}} {{prompt}}", "", "{{city}} {{prompt}} Q", ""),
        ("{{city}} alone", "", "Oslo alone", ""),
    ],
)
def test_values_of_a_row_are_filled_in_and_never_read_again(prompt, system, asked, told):
    values = {"city": "Oslo", "who": "me", "odd": "{{prompt}} {{ prompt }}", "prompt": "not the question"}
    made = filled_in(variant(prompt, system), values)

    assert (worded(made, "Q"), made.system) == (asked, told)
    assert frames_question(made) is frames_question(variant(prompt))


def test_recipe_of_a_row_has_its_values_and_says_what_is_missing():
    recipe = Recipe(
        settings=PlainSettings(judge="j", writer="w"), panel=panel(None, variant("In {{city}}: {{prompt}}"))
    )

    made = recipe_of_values(recipe, {"city": "Oslo"})

    assert variant_texts(made) == [("Prompt of the variant “x”, for B", "In Oslo: {{prompt}}")]
    with pytest.raises(BadTemplate, match=r"There is no value for \{\{city}}"):
        recipe_of_values(recipe, {})


X, Y, Z = variant("x", name="x"), variant("y", name="y"), variant("z", name="z")


@pytest.mark.parametrize(
    ("now", "earlier", "slots"),
    [
        (panel(X, Y), panel(X, Y), ["A", "B"]),
        (panel(Y, X), panel(X, Y), ["B", "A"]),
        (panel(Z, Y), panel(X, Y), ["A", "B"]),
        (panel(X, Y), panel(None, None), ["A", "B"]),
        (panel(Z, X), panel(X, Y), ["", "A"]),
        (panel(X, X), panel(X, X), ["A", "B"]),
    ],
)
def test_a_column_goes_on_with_the_answers_to_its_variant(now, earlier, slots):
    assert [same_slot(spec, now, earlier) for spec in now] == slots


def test_prompt_of_braces_is_read_once():
    # Where each pair of braces was tried as far as the next closing ones, this took an hour.
    braces = variant("{" * 1_000_000 + "}}")
    started = time.thread_time()

    check_variants(panel(braces), (FIRST,), 2_000_000)
    filled_in(variant(r"\{{" * 200_000 + "a}}"), {})

    assert time.thread_time() - started < 60


def test_own_prompt_is_not_filled_in_beyond_the_longest_text():
    made = variant("{{city}}" * 1_000 + "{{prompt}}")

    assert len(filled_in(made, {"city": "x" * 900}).prompt) == 900_010
    with pytest.raises(BadTemplate, match=f"has 2,000,000 characters; {LONGEST_RENDERED:,} are the most"):
        filled_in(made, {"city": "x" * 2_000})


@pytest.mark.parametrize(
    "one",
    [
        None,
        variant("{{prompt}} of {{city}}, {{ prompt }}!"),
        variant("Of {{city}}?"),
        variant(system="You know {{city}}."),
        variant(r"\{{prompt}} {{prompt}}", "{{city}} {{city}}"),
    ],
)
def test_extent_is_the_length_of_what_is_filled_in(one):
    asked = tuple(Message(role=turn.role, text=f"{turn.text} {{{{city}}}}") for turn in TURNS)
    values = {"city": "Oslo"}

    filled = tuple(turn.model_copy(update={"text": turn.text.replace("{{city}}", "Oslo")}) for turn in asked)
    sent = column_messages(filled, one and filled_in(one, values))

    assert extent_of(asked, one).size(values) == sum(len(message.text) for message in sent)
