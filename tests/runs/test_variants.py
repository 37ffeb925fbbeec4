"""Runs whose columns have own prompts: what each column, judge and writer is sent, and where the variant is named."""

import json

import pytest

from apps.accounts.models import User
from apps.fusion.blind_votes import VotedAnswer
from apps.fusion.values import Message, PromptVariant, Recipe, SlotSpec
from apps.fusion.vocabulary import Role
from apps.runs import actions, blind_voting, forks
from apps.runs.models import Run
from apps.runs.reading.bulk_export import export_runs
from apps.runs.reading.export import export_json, export_markdown
from apps.runs.reading.leaderboard import leaderboard
from apps.runs.reading.redaction import Shown, for_strangers
from apps.runs.reading.run_comparison import compare_runs
from apps.runs.reading.sent import sent_for
from apps.runs.reading.snapshot import take_snapshot
from apps.runs.reading.threads import conversation_after
from apps.runs.spending.metering import tokens_read
from apps.runs.starting import InvalidRun, Lineage
from tests.factories import SMOL, make_local_preset, make_user
from tests.web.run_factories import make_finished_run

BRIEF = PromptVariant(name="brief", system="Be brief.", prompt="In a word: {{prompt}}")
PLAIN = PromptVariant(name="plain", prompt="What is its height?")


def with_variants(recipe: Recipe, *variants: PromptVariant | None) -> Recipe:
    """Return a recipe with these variants on its first columns; the others are sent the shared prompt."""
    every = [*variants, *[None] * len(recipe.panel)]
    pairs = zip(recipe.panel, every, strict=False)
    return recipe.model_copy(update={"panel": tuple(spec.model_copy(update={"variant": own}) for spec, own in pairs)})


def asked(upstream, name: str, at: int = 0) -> list[str]:
    """Return the texts of a request that a model got."""
    return [turn["content"] for turn in upstream.ledger(name)[at]["body"]["messages"]]


def test_each_column_is_sent_its_own_prompt_and_the_judge_the_shared_question(bench, worker, upstream):
    conversation = [Message(role="system", text="Be kind."), bench.message("How high is it?")]
    a, judge = bench.model("a", text="330 m."), bench.model("judge", "json")
    recipe = with_variants(bench.recipe(a, a, a, judge=judge), BRIEF, PLAIN)

    run = bench.finish(actions.start_run(bench.owner, conversation, recipe))

    sent = sorted(asked(upstream, "a", at) for at in range(3))
    assert sent == [
        ["Be brief.", "In a word: How high is it?"],
        ["Be kind.", "How high is it?"],
        ["Be kind.", "What is its height?"],
    ]
    for name in ("judge", "writer"):
        told = json.dumps(asked(upstream, name))
        assert "How high is it?" in told
        assert not any(words in told for words in ("Be brief", "In a word", "What is its height", "plain"))
    calls = {call.slot: call for call in run.calls.filter(role=Role.PANEL).select_related("run")}
    assert [message.text for message in sent_for(calls["A"]).messages] == ["Be brief.", "In a word: How high is it?"]
    assert tokens_read(calls["B"]) != tokens_read(calls["C"])

    follow = actions.start_run(bench.owner, [*conversation_after(run), bench.message("In feet?")], recipe, Lineage(run))
    bench.finish(follow)
    turns = sorted(asked(upstream, "a", at) for at in range(3, 6))
    assert [turn[0::2] for turn in turns] == [
        ["Be brief.", turns[0][2]],
        ["Be kind.", turns[1][2]],
        ["Be kind.", turns[2][2]],
    ]
    assert [turn[1::2] for turn in turns] == [
        ["In a word: How high is it?", "In a word: In feet?"],
        ["How high is it?", "In feet?"],
        ["What is its height?", "In feet?"],
    ]
    again = forks.run_again(bench.owner, follow)
    assert (again.recipe.panel, again.changes) == (follow.recipe.panel, ())
    edited = actions.start_run(bench.owner, conversation, with_variants(recipe, PLAIN, PLAIN), Lineage(origin=run))
    assert [change.in_words() for change in edited.changes] == ["A variant: brief → plain"]
    for one in (again, edited):
        bench.finish(one)


def test_bad_variant_starts_no_run(bench, settings):
    settings.PROMPT_LIMIT = 100
    long = PromptVariant(name="long", system="s" * 90)
    recipe = with_variants(bench.recipe(bench.model("a"), bench.model("b")), None, long)

    with pytest.raises(
        InvalidRun, match="With the variant “long” the prompt of column B has 118 characters"
    ) as refused:
        actions.start_run(bench.owner, [bench.message("How high is the Eiffel Tower")], recipe)

    assert refused.value.field == "panel"
    assert not Run.objects.exists()


@pytest.fixture
def run(db, valkey_url) -> Run:
    make_local_preset()
    return varied(make_user("alice"), BRIEF, PLAIN)


def varied(owner: User, *variants: PromptVariant | None) -> Run:
    """Make a run of one model in each column, asked with variants, that was judged and fused."""
    run = make_finished_run(owner)
    panel = tuple(SlotSpec(slot=slot, model=SMOL) for slot in "ABC")
    run.recipe = with_variants(run.recipe.model_copy(update={"panel": panel}), *variants)
    run.save()
    return run


def test_snapshot_and_exports_name_the_variant(run):
    shot = take_snapshot(run)
    label = shot.columns[0].newest.label

    assert [column.newest.name for column in shot.columns] == [f"{label} · brief", f"{label} · plain", label]
    assert json.loads(export_json(shot))["columns"][0]["takes"][0]["variant"] == "brief"
    text = export_markdown(shot)
    assert f"### A: {label} · brief" in text
    assert "**System prompt of the variant “brief”, for A**\n\nBe brief." in text
    assert "".join(export_runs(run.owner, [run.pk], "csv")).splitlines()[0].endswith(",variant")


def test_share_without_the_system_prompt_has_no_word_of_the_variants(run):
    vote(run, "A")
    shot = take_snapshot(run)
    words = ("brief", "In a word", "plain", "What is its height")

    hidden = for_strangers(shot, Shown(ratings=True))
    whole = for_strangers(shot, Shown(ratings=True, system_prompt=True))

    for told in (hidden.model_dump_json(), export_json(hidden), export_markdown(hidden)):
        assert not [one for one in words if one in told]
    assert [one for one in words if one in whole.model_dump_json()] == list(words)


def vote(run: Run, slot: str) -> None:
    shot = take_snapshot(run)
    sheet = blind_voting.sheet_of(shot, run.owner)
    chosen = [card.id for card in sheet.cards if slot in [call.slot for call in card.calls]]
    blind_voting.cast(run, shot, run.owner, sheet.token, chosen)


def test_votes_are_counted_by_variant(run):
    vote(run, "A")

    answers = run.blind_votes.get().answers
    assert {one.slot: one.variant for one in answers} == {"A": "brief", "B": "plain", "C": "", "": ""}
    found = leaderboard(run.owner)
    label = take_snapshot(run).columns[0].newest.label
    assert found.labels == {
        "fused": "Fused answer",
        f"{SMOL} · brief": f"{label} · brief",
        f"{SMOL} · plain": f"{label} · plain",
        SMOL: label,
    }
    assert {row.name: row.chosen for row in found.standings}[f"{SMOL} · brief"] == 1
    assert VotedAnswer.model_validate({"call": 1, "model": SMOL}).contender == SMOL
    pairs = [json.loads(line) for line in "".join(export_runs(run.owner, [run.pk], "jsonl")).splitlines()]
    told = [(pair["chosen_variant"], pair["rejected_variant"]) for pair in pairs]
    brief, plain = BRIEF.model_dump(mode="json"), PLAIN.model_dump(mode="json")
    assert (brief["name"], len(told)) == ("brief", 3)
    assert [one in told for one in ((brief, plain), (brief, None))] == [True, True]


def test_comparison_puts_columns_of_a_variant_together(run):
    other = varied(run.owner, PLAIN, BRIEF)
    texts = {call.slot: call.output.text for call in run.calls.filter(role=Role.PANEL).select_related("output")}

    found = compare_runs(run.owner, [run.public_id, other.public_id])

    label = take_snapshot(run).columns[0].newest.label
    columns = {row.title: row.texts for row in found.texts if row.key.startswith("column")}
    assert columns == {
        f"{label} · brief": (texts["A"], texts["B"]),
        f"{label} · plain": (texts["B"], texts["A"]),
        label: (texts["C"], texts["C"]),
    }
