"""The formulas that the page of a live run has drawn for it."""

import json

import pytest

from apps.markdown.rendering import render_formula
from apps.web.run.formula_views import MOST


def ask(client, formulas):
    return client.post("/formulas/", {"formulas": json.dumps(formulas)})


def test_formulas_are_drawn_as_in_a_finished_text(as_alice):
    answer = ask(as_alice, [["x^2", False], [" x^2 ", True], ["\\nosuch", False]])

    assert answer.json() == {
        "formulas": [
            "<math><msup><mi>x</mi><mn>2</mn></msup></math>",
            '<math display="block"><msup><mi>x</mi><mn>2</mn></msup></math>',
            '<code class="math">\\nosuch</code>',
        ]
    }


def test_formulas_over_the_limit_are_left_out(as_alice):
    assert ask(as_alice, [["x", False]] * (MOST + 1)).json() == {"formulas": [render_formula("x", False)] * MOST}


@pytest.mark.parametrize("sent", ["", "x", "1", "null", "[1]", '[["x"]]', '{"a": 1}', "[" * 100_000])
def test_what_is_no_list_of_formulas_is_refused(as_alice, sent):
    assert as_alice.post("/formulas/", {"formulas": sent}).status_code == 400
