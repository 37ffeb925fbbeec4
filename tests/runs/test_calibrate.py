"""Calibrations made at the command line, from a pack or from ruled runs, and the advice on panels."""

import json

import pytest
from django.core.management import CommandError, call_command

from apps.annotations.models import BlindVote, Rating, Ruling
from apps.batches.models import Batch, BatchRow
from apps.catalogue.recipes.calibrations import find_calibration
from apps.fusion.blind_votes import BlindVerdict, VotedAnswer
from apps.fusion.caching import CacheSettings
from apps.fusion.calibration import CalibrationSource
from apps.fusion.output_checks import CheckResult
from apps.fusion.values import Message
from apps.fusion.vocabulary import FinalKind, Role, RulingKind, StrategyName
from apps.fusion.weights import panel_fingerprint, void_reason
from apps.runs.measuring.labelled import labelled_runs
from apps.runs.measuring.own_items import calibration_of, own_items
from apps.runs.starting import start_run
from tests.factories import GEMMA, SMOL, make_local_models, make_recipe, make_run, make_user
from tests.runs.test_replay import RIGHT, WRONG, item
from tests.web.run_factories import make_call

pytestmark = pytest.mark.django_db

ESSAY = "Rivers meander because the outer bank erodes faster than the inner one."


@pytest.fixture
def alice():
    make_local_models()
    return make_user("alice")


@pytest.fixture
def pack(tmp_path):
    rows = [item(n, a=RIGHT, b=RIGHT if n % 2 else WRONG, c=WRONG if n % 5 else RIGHT) for n in range(40)]
    path = tmp_path / "sums.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows))
    prices = {name: {"price_usd_per_1m_tokens": {"input": 1, "output": cost}} for name, cost in (("a", 2), ("b", 1))}
    (tmp_path / "models.json").write_text(json.dumps({"models": {**prices, "c": {}}}))
    return path


def ruled_run(owner, right, **texts):
    run = make_run(owner, recipe=make_recipe(SMOL, GEMMA))
    for slot, text in texts.items():
        make_call(run, slot=slot, text=text)
    Ruling.objects.create(run=run, author=owner, verdict=RulingKind.SIDE, right=tuple(right))
    return run


def test_calibration_from_a_pack_is_tied_to_the_panel_and_kept(alice, pack, capsys):
    panel = f"{SMOL},{GEMMA}"

    call_command("calibrate", "Sums", user="alice", panel=panel, pack=str(pack), answers="a,b", kind="number")

    kept = find_calibration(alice, "Sums")
    assert [(one.model, one.correct, one.items) for one in kept.members] == [(SMOL, 40, 40), (GEMMA, 20, 40)]
    assert (kept.source, kept.kind, kept.items, kept.all_wrong) == (CalibrationSource.PACK, FinalKind.NUMBER, 40, 0)
    assert "other models, parameters or prompts" in void_reason(kept, make_recipe(SMOL, GEMMA))
    printed = capsys.readouterr().out
    assert "Sums, version 1: 40 labelled items, all members wrong on 0, counted by the rule: weighted" in printed
    assert "These are few: below 200 items every run that uses it says so." in printed


def test_calibration_from_ruled_runs(alice, capsys):
    for right, texts in (("A", {"A": "7", "B": "8"}), ("A", {"A": "7", "B": "9"}), ("B", {"A": "1", "B": "2"})):
        ruled_run(alice, right, **texts)
    make_run(alice)

    call_command("calibrate", "Mine", user="alice", panel=f"{SMOL},{GEMMA}")

    kept = find_calibration(alice, "Mine")
    assert [(one.correct, one.items) for one in kept.members] == [(2, 3), (1, 3)]
    assert (kept.source, kept.kind) == (CalibrationSource.RUNS, FinalKind.NUMBER)
    assert kept.panel == panel_fingerprint(
        spec.model_copy(update={"parameters": spec.parameters.model_copy(update={"temperature": None})})
        for spec in make_recipe(SMOL, GEMMA).panel
    )


def test_labelled_runs_are_one_persons_own_and_the_newest_ruling_counts(alice):
    ruled_run(make_user("charlie"), "B", A="7", B="8")
    run = ruled_run(alice, "B", A="7", B="8")
    Ruling.objects.create(run=run, author=alice, verdict=RulingKind.SIDE, right=("A",), finding="2", judge=1)

    (labelled,) = labelled_runs(alice)

    assert (labelled.item.right, set(labelled.item.answers)) == ({SMOL}, {SMOL, GEMMA})
    assert list(labelled_runs(alice, ["x/other"])) == []


def rated(run, **thumbs):
    for slot, thumb in thumbs.items():
        role = Role.SYNTHESIS if slot == "W" else Role.PANEL
        call = run.calls.get(role=role, slot="" if slot == "W" else slot)
        Rating.objects.create(run=run, author=run.owner, call=call.pk, thumb=thumb)


def voted(run, *chosen, verdict=BlindVerdict.BEST):
    answers = [
        VotedAnswer(
            call=call.pk,
            slot=call.slot,
            model=call.model,
            is_fused=call.role == Role.SYNTHESIS,
            is_chosen=(call.slot or "W") in chosen,
        )
        for call in run.calls.all()
    ]
    BlindVote.objects.create(run=run, author=run.owner, verdict=verdict, answers=tuple(answers))


BOTH = {SMOL, GEMMA}
OPINIONS = {
    "a thumb up, another final answer": ({"A": "7", "B": "8"}, {"A": "up"}, None, {SMOL}),
    "a thumb up is for equal answers too": ({"A": "7", "B": "It is 7."}, {"A": "up"}, None, BOTH),
    "a thumb down alone leaves the other open": ({"A": "7", "B": "8"}, {"A": "down"}, None, None),
    "all down": ({"A": "7", "B": "8"}, {"A": "down", "B": "down"}, None, set()),
    "equal answers rated both ways": ({"A": "7", "B": "7"}, {"A": "up", "B": "down"}, None, None),
    "of texts only what was rated is known": ({"A": ESSAY, "B": ESSAY}, {"A": "up"}, None, None),
    "texts that are all rated": ({"A": ESSAY, "B": ESSAY}, {"A": "up", "B": "down"}, None, {SMOL}),
    "the fused answer's thumb is for its equals": ({"A": "7", "B": "8", "W": "So 8."}, {"W": "up"}, None, {GEMMA}),
    "a fused text that is good": ({"A": ESSAY, "B": ESSAY, "W": ESSAY}, {"W": "up"}, None, None),
    "a blind vote": ({"A": "7", "B": "8"}, {}, ("B",), {GEMMA}),
    "a blind vote for the fused answer": ({"A": "7", "B": "8", "W": "So 8."}, {}, ("W",), {GEMMA}),
    "a blind vote for a fused text": ({"A": ESSAY, "B": ESSAY, "W": ESSAY}, {}, ("W",), None),
    "all are bad": ({"A": "7", "B": "8"}, {}, (), set()),
    "a thumb goes before a vote": ({"A": "7", "B": "8"}, {"A": "up"}, ("B",), {SMOL}),
}


@pytest.mark.parametrize("case", OPINIONS)
def test_ratings_and_blind_votes_label_a_run(alice, case):
    texts, thumbs, chosen, right = OPINIONS[case]
    run = make_run(alice, recipe=make_recipe(SMOL, GEMMA))
    for slot, text in texts.items():
        if slot == "W":
            make_call(run, Role.SYNTHESIS, text=text)
        else:
            make_call(run, slot=slot, text=text)
    rated(run, **thumbs)
    if chosen is not None:
        voted(run, *chosen, verdict=BlindVerdict.BEST if chosen else BlindVerdict.ALL_BAD)

    found = [one.item.right for one in labelled_runs(alice, [SMOL, GEMMA])]

    assert found == ([] if right is None else [right])


def checked_run(owner, passed, **texts):
    """Return a run of a batch whose columns were checked; ``passed`` are those that passed."""
    run = make_run(owner, recipe=make_recipe(SMOL, GEMMA))
    for slot, text in texts.items():
        make_call(run, slot=slot, text=text)
    results = {slot: (CheckResult(check="number: 7", passed=slot in passed, reason=""),) for slot in texts}
    batch, _ = Batch.objects.get_or_create(owner=owner, team=owner.personal_team, recipe=make_recipe())
    number = batch.rows.count() + 1
    BatchRow.objects.create(batch=batch, number=number, line=number, run=run, passed=bool(passed), results=results)
    return run


def test_checked_answers_of_a_dataset_label_its_runs_unless_a_person_said_otherwise(alice):
    checked_run(alice, "A", A="7", B="8")
    checked_run(alice, "", A="6", B="8")
    rated(checked_run(alice, "A", A="7", B="9"), B="up")
    # A word that leaves a member open does not hide the one behind it.
    rated(checked_run(alice, "B", A="8", B="7"), A="down")
    checked_run(make_user("bob"), "A", A="7", B="8")

    found = own_items(alice, make_recipe(SMOL, GEMMA).panel)

    assert [set(one.right) for one in found.items] == [{SMOL}, set(), {GEMMA}, {GEMMA}]
    assert dict(found.sources) == {"check": 3, "rating": 1}


def test_calibration_is_void_once_a_model_answers_in_another_version(alice):
    said = ("gpt-4o-2024-05-13", "gpt-4o-2024-08-06", "", "gpt-4o-2024-08-06")
    for version in said:
        run = make_run(alice, recipe=make_recipe(SMOL, GEMMA))
        make_call(run, slot="A", text="7", model_version=version)
        make_call(run, slot="B", text="8", model=GEMMA)
        rated(run, A="up")
    panel = make_recipe(SMOL, GEMMA).panel
    made = calibration_of(own_items(alice, panel), panel).model_copy(update={"name": "Sums"})
    recipe = make_recipe(SMOL, GEMMA, strategy=StrategyName.WEIGHTED, calibration=made)

    recipe = recipe.model_copy(update={"cache": CacheSettings(ttl_s=60)})
    keys = []

    def void_of_a_run_after(**call):
        make_call(make_run(alice), slot="A", text="7", **call)
        started = start_run(alice, [Message(role="user", text="What is 3 + 4?")], recipe)
        keys.append(started.cache_key)
        return started.recipe.settings.calibration.void

    assert [one.versions for one in made.members] == [("gpt-4o-2024-05-13", "gpt-4o-2024-08-06"), ()]
    # Versions that it was measured in, a vendor that says none, and a model that was not asked change nothing.
    assert void_of_a_run_after(model_version="gpt-4o-2024-05-13") == ""
    assert void_of_a_run_after() == ""
    assert void_of_a_run_after(model=GEMMA, model_version="gemma-4") == ""
    # A vendor's machines differ: only several answers, none of them as it was measured, say that the model has changed.
    assert [void_of_a_run_after(model_version=f"fp_{at}") for at in range(4)] == [""] * 4
    assert void_of_a_run_after(model_version="gpt-4o-2024-08-06") == ""
    assert [void_of_a_run_after(model_version=f"fp_{at}") for at in range(4)] == [""] * 4
    assert void_of_a_run_after(model_version="gpt-4o-2024-11-20") == (
        f"The calibration “Sums” measured {SMOL} as gpt-4o-2024-08-06; it answers as gpt-4o-2024-11-20 now, so it is "
        "not applied."
    )
    # An answer that was weighed does not serve a run whose answers are not.
    assert len(set(keys[:-1])) == 1
    assert keys[-1] not in keys[:-1]


def test_own_items_are_counted_by_what_labels_them(alice):
    ruled_run(alice, "A", A="7", B="8")
    for number in range(3):
        run = make_run(alice, recipe=make_recipe(SMOL, GEMMA))
        make_call(run, slot="A", text="7"), make_call(run, slot="B", text="8")
        rated(run, A="up") if number else voted(run, "B")

    found = own_items(alice, make_recipe(SMOL, GEMMA).panel)
    made = calibration_of(found, make_recipe(SMOL, GEMMA).panel)

    assert (len(found.items), dict(found.sources)) == (4, {"ruling": 1, "vote": 1, "rating": 2})
    assert [(one.correct, one.items) for one in made.members] == [(3, 4), (1, 4)]
    assert void_reason(made, make_recipe(SMOL, GEMMA)) == ""


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"user": "nobody"}, "nobody called “nobody”"),
        ({"preset": "none"}, "no preset “none”"),
        ({"panel": SMOL}, "a panel of 2 to 8 models"),
        ({}, "no labelled items"),
    ],
)
def test_calibration_that_cannot_be_made_says_why(alice, options, sentence):
    with pytest.raises(CommandError, match=sentence):
        call_command("calibrate", "Sums", **{"user": "alice", "panel": f"{SMOL},{GEMMA}"} | options)


def test_pack_has_to_have_the_members(alice, pack):
    with pytest.raises(CommandError, match="Name 2 of the pack’s models with --answers: a, b, c"):
        call_command("calibrate", "Sums", user="alice", panel=f"{SMOL},{GEMMA}", pack=str(pack))


def test_advice_on_a_pack_tells_ceiling_and_price(pack, capsys):
    call_command("advise", pack=str(pack), panel="b,c")

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "40 labelled items, 3 models"
    assert lines[2].startswith(
        "today     b, c: ceiling 60.0 %, best alone b 50.0 %, head-room 10.0 points (at most 21.4), ≥ $"
    )
    assert lines[3].startswith("1 member   a: ceiling 100.0 %")
    assert lines[-1] == "without a price, so taken for as dear as the dearest: c"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [({}, "Name a pack, or a user"), ({"user": "alice"}, "no labelled items")],
)
def test_advice_without_items_says_so(alice, options, sentence):
    with pytest.raises(CommandError, match=sentence):
        call_command("advise", **options)
