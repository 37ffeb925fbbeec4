"""A vote on its pages: chosen in the form, saved in presets, and shown with who voted for what, and what that means."""

import re

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.catalogue.models import Preset
from apps.fusion.answers.counting import Counted
from apps.fusion.comparing.meaning import grouping
from apps.fusion.values import Calibration, MemberRecord, Parameters, VoteSettings
from apps.fusion.vocabulary import AnswerKind, Builtin, Role, Status
from apps.fusion.voting import by_fields, votable_texts, vote
from apps.fusion.weights import Weighing
from apps.runs.models import Run
from apps.runs.reading.export import export_markdown
from apps.runs.reading.redaction import for_strangers
from apps.runs.reading.snapshot import RunSnapshot, take_snapshot
from apps.web.compose.drafts import draft_of_run
from tests.factories import GEMMA, SMOL, make_hosted_models, make_recipe, make_run
from tests.web.compose.test_home import HOME, facts, form, preset_form
from tests.web.run.test_page import page_of, words_of
from tests.web.run_factories import make_call

pytestmark = pytest.mark.usefixtures("local", "valkey_url")

ESSAY = "The tower was built for the World's Fair. It has been painted many times since then."


def make_voted(owner: User, *texts: str, **settings: object) -> Run:
    """Create a run whose panel said these texts, as it is after the vote."""
    own = VoteSettings(judge=Builtin.OVERLAP, writer=SMOL, **settings)
    recipe = make_recipe(*[SMOL, GEMMA, SMOL, GEMMA][: len(texts)]).model_copy(update={"settings": own})
    run = make_run(owner, recipe=recipe)
    calls = {slot: make_call(run, slot=slot, text=text) for slot, text in zip("ABCD", texts, strict=False)}
    answers = {call.slot: call for call in take_snapshot(run).calls}
    measured = own.calibration
    rates = (
        {slot: record.correct / record.items for slot, record in zip("ABCD", measured.members, strict=False)}
        if measured
        else {}
    )
    group = grouping(own.answer_kind)
    ballot = vote(answers, Weighing(accuracy=rates), counted=Counted(own.answer_kind, own.labels), group=group)
    if own.json_fields == "winner":
        ballot = by_fields(ballot, votable_texts(answers), list(answers), Weighing(), own.no_majority)
    run.ballot = ballot.model_copy(update={"calls": {slot: call.pk for slot, call in calls.items()}})
    if ballot.winner:
        run.answer_call, run.answer_kind = calls[ballot.winner], AnswerKind.VOTED
    run.save()
    return run


def stops(run: Run) -> list[tuple[str, str, str]]:
    return [(stop.name, stop.dot, stop.text) for stop in page_of(run).rail]


def test_form_that_votes_makes_a_run_that_votes(as_alice: Client) -> None:
    as_alice.post(HOME, form(strategy="vote"))

    run = Run.objects.get()
    assert run.recipe.settings == VoteSettings(judge=Builtin.OVERLAP, writer=SMOL, writer_parameters=Parameters())
    assert [call.role for call in run.calls.all()] == [Role.PANEL] * 2
    assert draft_of_run(run, is_edit=True).panel_strategy == "vote"


def test_form_that_votes_says_what_a_vote_asks_before_it_runs(as_alice: Client) -> None:
    make_hosted_models()
    names = ["router/anvil-1", "router/birch-1"]
    panel = {"model": names, "temperature": ["", ""], "kept": ["", ""], "judge": names[0], "writer": names[1]}

    voted = facts(as_alice.post("/estimate/", form(**panel, strategy="vote")))
    fused = facts(as_alice.post("/estimate/", form(**panel, strategy="fuse")))

    assert re.match(r"2 calls, 4 if the vote decides nothing, about \$", voted)
    assert re.match(r"4 calls, about \$", fused)
    low = [float(re.search(r"\$([\d.]+)–", one)[1]) for one in (voted, fused)]
    assert low[0] < low[1]


def test_form_shows_which_strategy_is_chosen(as_alice: Client) -> None:
    page = as_alice.post("/setup/", form(strategy="vote")).content.decode()

    assert re.search(r'<option value="vote"\s+selected>', page)
    assert "Judge and writer are asked only if the vote decides nothing" in page


def test_preset_keeps_the_vote(as_alice: Client) -> None:
    as_alice.post("/presets/new/", form(name="Sums", strategy="vote"))
    preset = Preset.objects.get(name="Sums")

    as_alice.post(HOME, preset_form(preset, strategy="vote"))
    as_alice.post(HOME, preset_form(preset, strategy="fuse"))

    first, second = Run.objects.order_by("pk")
    assert (preset.strategy, first.preset, first.recipe.strategy) == ("vote", preset.slug, "vote")
    assert (second.preset, second.recipe.strategy) == ("", "fuse")


OWNED = "The council owned the old bridge until 1987."
TURNED = "The old bridge was owned by the council until 1987."


def test_page_shows_the_groups_of_a_vote_by_meaning(as_alice: Client, alice: User) -> None:
    run = make_voted(alice, OWNED, TURNED, OWNED.replace("1987", "1978"), "x" * 700, answer_kind="meaning")

    words = words_of(as_alice.get(run.get_absolute_url()))

    assert page_of(run).headline == "2 of 4 agree"
    assert "Short texts count, those together that say the same by their words." in words
    assert "2 of 4 members say this." in words
    assert "The answer is A’s text, word for word; B gave the same in their own words." in words


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        ([OWNED, OWNED.replace("1987", "1978")], "no two texts say the same."),
        ([OWNED, "x" * 700], "fewer than two answers are short texts that can be compared."),
    ],
)
def test_notice_says_why_a_vote_by_meaning_decided_nothing(
    as_alice: Client, alice: User, texts: list[str], sentence: str
) -> None:
    run = make_voted(alice, *texts, answer_kind="meaning")

    assert sentence in words_of(as_alice.get(run.get_absolute_url()))


def test_page_shows_who_voted_for_what(as_alice: Client, alice: User) -> None:
    run = make_voted(alice, "It is **330**.", "The answer is 300.", "Answer: 330", ESSAY)

    words = words_of(as_alice.get(run.get_absolute_url()))

    assert stops(run) == [
        ("Panel", "done", "4 of 4"),
        ("Vote", "done", "2 of 4"),
        ("Judge", "", "not asked"),
        ("Answer", "done", ""),
    ]
    assert page_of(run).headline == "2 of 4 agree"
    assert "answer A as it is, by vote" in words
    assert "2 of 4 members gave this final answer. How often such a vote is right was not measured" in words
    assert "The answer is A’s text, word for word; C gave the same final answer." in words
    assert "The vote decided, so nobody judged the answers." in words
    assert "no final answer" in words
    assert page_of(run).run.notices == ("Not more than half agree: 2 of 4 gave this answer, more than any other.",)
    rows = [(row.text, row.is_winner, row.slots) for row in page_of(run).ballot.rows]
    assert rows == [("330", True, ("A", "C")), ("300", False, ("B",))]
    assert page_of(run).fused_calls == sorted(call.pk for call in run.calls.all())


def test_tie_that_was_broken_says_on_how_many_items_that_rests(as_alice: Client, alice: User) -> None:
    members = (MemberRecord(model=SMOL, correct=60, items=90), MemberRecord(model=GEMMA, correct=80, items=90))
    measured = Calibration(task="heights", measured_on="2026-11-28", members=members)
    run = make_voted(alice, "330", "300", calibration=measured)

    words = words_of(as_alice.get(run.get_absolute_url()))

    assert "B decided: it was right on 80 of 90 items of “heights”, measured on 2026-11-28." in words
    assert "%" not in page_of(run).ballot.meaning


def test_ballot_says_which_answers_count(as_alice: Client, alice: User) -> None:
    labelled = make_voted(alice, "It is SPAM.", "spam", "330", answer_kind="label", labels=("spam", "not spam"))
    numbers = make_voted(alice, "330", "330", "Paris", answer_kind="number")

    words = words_of(as_alice.get(labelled.get_absolute_url()))

    assert "Only labels count: spam, not spam." in words
    assert page_of(labelled).ballot.nulls == ("C",)
    assert (page_of(numbers).ballot.counts, page_of(numbers).ballot.nulls) == ("Only numbers count.", ("C",))
    assert page_of(make_voted(alice, "330", "330")).ballot.counts == ""


def test_page_shows_an_answer_made_of_each_fields_winner(as_alice: Client, alice: User) -> None:
    texts = ['{"a": 1, "b": 2, "c": 7}', '{"a": 1, "b": 3}', '{"a": 9, "b": 4}']
    run = make_voted(alice, *texts, json_fields="winner")
    made = make_call(run, Role.SYNTHESIS, model=Builtin.FIELDS, text=run.ballot.composed.text)
    run.answer_call, run.answer_kind = made, AnswerKind.VOTED
    run.save()

    page = page_of(run)
    words = words_of(as_alice.get(run.get_absolute_url()))

    assert (page.headline, stops(run)[1]) == ("A majority on 1 of 3 fields", ("Vote", "done", "1 of 3 fields"))
    assert "made of each field’s winner, by vote" in words
    assert (
        "A majority agrees on 1 of 3 fields; most answers lack /c, so it is left out. /b has none and is null." in words
    )
    assert "/c left out" in words
    assert "/b no majority: null" in words
    assert page.run.notices == ("No majority agrees on /b. It is null.",)

    run.answer_call, run.answer_kind = make_call(run, Role.SYNTHESIS, take=2, text="{}"), AnswerKind.FUSED
    run.save()
    as_alice.post(f"{run.get_absolute_url()}choose/", {"answer": made.pk})
    run.refresh_from_db()
    assert (run.answer_call, run.answer_kind) == (made, AnswerKind.VOTED)


def test_page_says_why_whole_answers_were_counted(alice: User) -> None:
    run = make_voted(alice, "330", "330", json_fields="winner")

    sentence = "Fewer than two answers are JSON of the same form."
    assert (
        f"Whole answers were counted, as no answer could be made of the fields. {sentence}" in page_of(run).run.notices
    )
    assert page_of(run).headline == "2 of 2 agree"


def test_tie_that_was_fused_is_no_vote_as_planned(as_alice: Client, alice: User) -> None:
    run = make_voted(alice, "330", "300", "330", "300")
    run.answer_call, run.answer_kind = make_call(run, Role.SYNTHESIS, text="It is 330."), AnswerKind.FUSED
    run.save()

    assert stops(run)[1:] == [("Vote", "warn", "tie"), ("Judge", "", "not asked"), ("Answer", "warn", "not voted")]
    assert "The vote was a tie, 2 to 2. The answers were judged and fused instead." in page_of(run).run.notices


def test_answer_that_a_vote_decided_for_can_be_chosen_again(as_alice: Client, alice: User) -> None:
    run = make_voted(alice, "330", "300", "330")
    voted = run.answer_call
    assert "in the vote" in words_of(page := as_alice.get(run.get_absolute_url()))
    assert 'id="as-voted"' not in page.content.decode()
    run.answer_call, run.answer_kind = make_call(run, Role.SYNTHESIS, text="It is 331."), AnswerKind.FUSED
    run.save()
    choose = f"{run.get_absolute_url()}choose/"
    assert 'id="as-voted"' in as_alice.get(run.get_absolute_url()).content.decode()

    as_alice.post(choose, {"answer": run.calls.get(slot="B").pk})
    run.refresh_from_db()
    assert run.answer_kind is AnswerKind.FUSED  # B lost the vote
    as_alice.post(choose, {"answer": voted.pk})

    run.refresh_from_db()
    assert (run.answer_call, run.answer_kind) == (voted, AnswerKind.VOTED)


def test_newer_take_and_late_answer_are_told(alice: User) -> None:
    run = make_voted(alice, "330", "300", "330")
    make_call(run, slot="B", take=2, text="The answer is 330.")
    make_call(run, slot="D", text="The answer is 330.")

    notices = page_of(run).run.notices
    assert "A column has a newer take than the one that was counted." in notices
    assert "D was left out of the vote." in notices


def test_share_and_export_have_the_vote(alice: User) -> None:
    run = make_voted(alice, "330", "300", "330")

    shared = for_strangers(take_snapshot(run))
    assert RunSnapshot.model_validate(shared.model_dump(mode="json")).ballot == run.ballot
    document = export_markdown(take_snapshot(run))
    assert "## Vote\n\nResult: majority, for A.\n\n- 330: A, C\n- 300: B" in document


def test_hostile_final_answer_stays_text(as_alice: Client, alice: User) -> None:
    run = make_voted(alice, "Answer: `<script>alert(1)</script>`", "Answer: `<script>alert(1)</script>`")

    page = as_alice.get(run.get_absolute_url()).content.decode()

    assert run.ballot.classes
    assert "<script>alert(1)" not in page


def test_live_run_says_that_its_answers_will_be_counted(alice: User) -> None:
    run = make_voted(alice, "330", "300")
    Run.objects.filter(pk=run.pk).update(status=Status.RUNNING, ended_at=None, ballot=None)
    run = Run.objects.get()

    assert stops(run)[1] == ("Vote", "wait", "")
    assert page_of(run).no_analysis.startswith("The final answers are counted when they are ready")
