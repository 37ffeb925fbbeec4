"""Prompt templates: their variables, filling them in, and what is no variable."""

import pytest

from apps.fusion.prompting.templates import BadTemplate, render, variables_of

RENDERED = [
    ("Tell me of {{city}}.", {"city": "Paris"}, "Tell me of Paris."),
    ("{{ city }} and {{city}}", {"city": "Rome"}, "Rome and Rome"),
    ("{{first name}} {{größe}} {{a-1.b}}", {"first name": "Ann", "größe": "10", "a-1.b": "x"}, "Ann 10 x"),
    ("{{a}}{{b}}", {"a": "{{b}}", "b": "2"}, "{{b}}2"),
    (r"\{{city}} is {{city}}", {"city": "Oslo"}, "{{city}} is Oslo"),
    (r"a\b {x} }} \frac{1}{2}", {}, r"a\b {x} }} \frac{1}{2}"),
    ("No variable", {"city": "unused"}, "No variable"),
    ("", {}, ""),
]
NOT_VARIABLES = [
    ("One\n{{x+y}}", "Line 2: “{{x+y}}” is no variable."),
    ("{{}}", "Line 1: “{{}}” is no variable."),
    ("Open {{city", "Line 1: “{{city…” is no variable."),
    ("{{1st}}", "Line 1: “{{1st}}” is no variable."),
    ("{{" + "a" * 51 + "}}", "Line 1: “{{" + "a" * 51 + "}}” is no variable."),
    ("{{a\nb}}", "Line 1: “{{a\nb}}” is no variable."),
]


@pytest.mark.parametrize("text, values, expected", RENDERED)
def test_values_take_the_place_of_variables(text, values, expected):
    assert render(text, values) == expected


def test_variables_are_listed_once_in_order():
    assert variables_of("{{b}} {{a}} {{b}}", r"\{{c}} {{d}}") == ("b", "a", "d")


def test_missing_variable_is_named():
    with pytest.raises(BadTemplate) as caught:
        render("{{city}} in {{country}} or {{country}}", {"city": "Paris"})

    assert (caught.value.sentence, caught.value.field) == ("There is no value for {{country}}.", "country")


@pytest.mark.parametrize("text, beginning", NOT_VARIABLES)
def test_other_words_in_double_braces_are_refused_with_their_line(text, beginning):
    with pytest.raises(BadTemplate) as caught:
        variables_of(text)

    assert caught.value.sentence.startswith(beginning)


def test_long_text_of_braces_is_read_in_linear_time():
    assert render(r"\{{" * 200_000, {}) == "{{" * 200_000


def test_text_that_would_be_too_long_is_not_made():
    with pytest.raises(BadTemplate, match="it has 4,000,000,000 characters; 1,000,000 are the most"):
        render("{{x}}" * 40_000, {"x": "a" * 100_000})
