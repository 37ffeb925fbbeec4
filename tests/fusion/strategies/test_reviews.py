"""The calls of a peer review for each size of panel: who reads what, and nobody itself."""

from collections import Counter

import pytest

from apps.fusion.state import CallState, RunState
from apps.fusion.strategies.reviews import review_calls
from apps.fusion.values import Parameters, Recipe, SlotSpec
from apps.fusion.vocabulary import SLOTS, AnswerKind, Role, Status


def state_of(size, kind=AnswerKind.FUSED, *more):
    panel = tuple(SlotSpec(slot=slot, model=f"x/{slot}", parameters=Parameters(max_tokens=5)) for slot in SLOTS[:size])
    calls = [call(at, Role.PANEL, slot) for at, slot in enumerate(SLOTS[:size], 1)]
    writer = call(99, Role.SYNTHESIS, inputs=tuple(range(1, size + 1)))
    return RunState(
        id="r",
        recipe=Recipe(panel=panel, judge="x/j", writer="x/w"),
        calls=(*calls, writer, *more),
        status=Status.DONE,
        answer=99 if kind is AnswerKind.FUSED else 1,
        answer_kind=kind,
    )


def call(id_, role, slot="", take=1, inputs=()):
    model = f"x/{slot or 'w'}"
    return CallState(
        id=id_, role=role, slot=slot, take=take, model=model, status=Status.DONE, text="It is.", inputs=inputs
    )


@pytest.mark.parametrize(
    ("size", "kind", "rankings", "preferences"),
    [
        (2, AnswerKind.FUSED, 0, 4),
        (3, AnswerKind.FUSED, 3, 6),
        (8, AnswerKind.FUSED, 8, 16),
        (3, AnswerKind.CLOSEST, 3, 0),
        (2, AnswerKind.CLOSEST, 0, 0),
    ],
)
def test_review_has_a_ranking_and_two_preferences_for_each_reviewer(size, kind, rankings, preferences):
    specs = review_calls(state_of(size, kind))

    counts = Counter(spec.role for spec in specs)
    assert (counts[Role.RANKING], counts[Role.PREFERENCE]) == (rankings, preferences)
    assert len({(spec.role, spec.stage, spec.slot, spec.take) for spec in specs}) == len(specs)
    assert {spec.parameters for spec in specs} <= {Parameters(temperature=0)}


def test_reviewer_ranks_the_others_and_sees_itself_and_the_fused_in_both_orders():
    specs = [spec for spec in review_calls(state_of(3)) if spec.slot == "B"]

    assert [(spec.role, spec.model, spec.take, spec.inputs) for spec in specs] == [
        (Role.RANKING, "x/B", 1, (1, 3)),
        (Role.PREFERENCE, "x/B", 1, (2, 99)),
        (Role.PREFERENCE, "x/B", 2, (99, 2)),
    ]


def test_another_review_is_a_batch_of_its_own():
    earlier = [call(at, Role.PREFERENCE, "A", take=take) for at, take in ((100, 1), (101, 2))]

    specs = review_calls(state_of(3, AnswerKind.FUSED, *earlier))

    assert {spec.guidance.batch for spec in specs} == {3}
    assert {spec.take for spec in specs} == {3, 4}
