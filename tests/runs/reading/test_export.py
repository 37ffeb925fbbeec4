"""Exports hold everything, and the notices say before the answer what a reader must know."""

import json
import re

import pytest

from apps.fusion.vocabulary import AnalysisStatus, AnswerKind, FailureCode, FinishReason, Role, Status
from apps.runs.reading.export import export_json, export_markdown
from apps.runs.reading.snapshot import RunSnapshot, take_snapshot
from tests.factories import make_local_models, make_run, make_user
from tests.web.run_factories import ANSWERS, make_analysis, make_call, make_finished_run


@pytest.fixture
def alice(db):
    make_local_models()
    return make_user("alice")


def test_json_holds_every_text_finding_and_cost(alice):
    run = make_finished_run(alice)
    snapshot = take_snapshot(run)

    document = json.loads(export_json(snapshot))

    texts = [take["text"] for column in document["columns"] for take in column["takes"]]
    assert texts == list(ANSWERS.values())
    assert document["answer"]["text"] == snapshot.answer.text
    assert set(document["analysis"]) >= {
        "consensus",
        "contradictions",
        "partial_coverage",
        "unique_insights",
        "blind_spots",
    }
    assert [call["cost"] for call in document["judges"]] == [str(call.cost) for call in snapshot.judges]
    assert "html" not in document["answer"]


def test_markdown_holds_every_answer_finding_and_the_bill(alice):
    run = make_finished_run(alice)
    snapshot = take_snapshot(run)

    text = export_markdown(snapshot)

    parts = [*ANSWERS.values(), snapshot.answer.text, snapshot.prompt, "| **total** |"]
    parts += [finding.text for finding in snapshot.analysis.findings]
    assert [part for part in parts if part not in text] == []


def test_footnotes_of_a_column_are_its_own_in_markdown(alice):
    snapshot = take_snapshot(make_finished_run(alice, {slot: f"High[^1].\n\n[^1]: Says {slot}." for slot in "AB"}))

    text = export_markdown(snapshot)

    notes = dict(re.findall(r"High\[\^(.+)\]\.\n\n\[\^\1\]: Says (.)", text))
    assert sorted(notes.values()) == ["A", "B"]


def test_markdown_says_what_judge_and_writer_were_told(alice):
    snapshot = take_snapshot(make_finished_run(alice))
    assert "Instructions for" not in export_markdown(snapshot)
    settings = snapshot.recipe.settings.model_copy(update={"writer_instructions": "Use <b> a table."})
    recipe = snapshot.recipe.model_copy(update={"settings": settings, "criteria": "Cites a source."})

    text = export_markdown(snapshot.model_copy(update={"recipe": recipe}))

    assert "**Criteria for the judge**\n\nCites a source." in text
    assert "**Instructions for the writer**\n\nUse \\<b> a table." in text
    assert "Instructions for the judge" not in text


def test_snapshot_survives_storing(alice):
    snapshot = take_snapshot(make_finished_run(alice))

    assert RunSnapshot.model_validate(json.loads(json.dumps(snapshot.model_dump(mode="json")))) == snapshot


def test_share_from_before_there_were_stages_is_still_read(alice):
    run = make_finished_run(alice)
    make_call(run, slot="B", take=2, text="Another.")
    snapshot = take_snapshot(run)
    stored = snapshot.model_dump(mode="json", exclude={"stages"})
    stored |= {
        "columns": [column.model_dump(mode="json") for column in snapshot.columns],
        "judges": [call.model_dump(mode="json") for call in snapshot.judges],
        "writers": [call.model_dump(mode="json") for call in snapshot.writers],
    }

    assert RunSnapshot.model_validate(stored) == snapshot
    assert RunSnapshot.model_validate(stored) == snapshot  # what is stored stays as it was


def test_snapshot_has_every_call_in_a_stage_of_the_strategy(alice):
    snapshot = take_snapshot(make_finished_run(alice))

    assert [(stage.name, stage.title, len(stage.calls)) for stage in snapshot.stages] == [
        ("panel", "Panel", 3),
        ("judge", "Judge", 1),
        ("synthesis", "Writer", 1),
    ]


CHIP = '<p>a a <a class="chip" data-slot="A">A</a></p>'


def answered(alice, kind, html=CHIP, **judge):
    """Create a run of three columns, C failed, with an answer of this kind."""
    run = make_run(alice)
    calls = [make_call(run, slot=slot, text=ANSWERS[slot]) for slot in "AB"]
    make_call(run, slot="C", status=Status.FAILED, failure_code=FailureCode.TIMEOUT, failure_sentence="It stalled.")
    inputs = tuple(call.pk for call in calls)
    analysis = make_analysis({slot: ANSWERS[slot] for slot in "AB"}, **judge)
    judged = make_call(run, Role.JUDGE, inputs=inputs, analysis=analysis)
    looped = make_call(
        run, Role.SYNTHESIS, text="a a", html=html, finish_reason=FinishReason.LOOP, inputs=(*inputs, judged.pk)
    )
    run.answer_call, run.answer_kind = (calls[0] if kind == AnswerKind.ONLY else looped), kind
    run.analysis_call = judged
    run.save()
    return take_snapshot(run)


UNSUPPORTED = "No passage of this answer was found in the panel's answers. Check it against the columns."
MISSING = "C gave no usable answer; the fusion rests on the others."


@pytest.mark.parametrize(
    ("kind", "judge", "notices"),
    [
        (AnswerKind.FUSED, {}, (MISSING,)),
        (AnswerKind.FUSED, {"html": "<p>a a</p>"}, (UNSUPPORTED, MISSING)),
        (
            AnswerKind.ONLY,
            {},
            ("Only A gave a usable answer. It is shown as it is; nothing was judged or fused.",),
        ),
        (
            AnswerKind.CLOSEST,
            {},
            (
                "The writer repeated itself. This is the panel answer that is closest to the others, word for word.",
                MISSING,
            ),
        ),
        (
            AnswerKind.FUSED,
            {"status": AnalysisStatus.DEGRADED, "note": "The judge sent prose."},
            ("The analysis is degraded. The judge sent prose.", MISSING),
        ),
        (
            AnswerKind.FUSED,
            {"coverage": {"A": 1.0, "B": 0.62}},
            (MISSING, "The judge saw 62 % of B; the rest did not fit its context."),
        ),
    ],
)
def test_export_notices_name_missing_degraded_and_cut_parts(alice, kind, judge, notices):
    assert answered(alice, kind, **judge).notices == notices
