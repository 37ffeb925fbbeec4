"""Rulings: which can be made, one for each finding, and where they belong when the run is judged again."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from django.db import connections

from apps.annotations.models import Ruling
from apps.annotations.rulings import MOST_RULINGS, BadRuling, RulingRequest
from apps.fusion.judging.findings import Evidence, Finding
from apps.fusion.sharing import Shown
from apps.fusion.vocabulary import FindingKind, Role, RulingKind
from apps.runs import again
from apps.runs.models import Run
from apps.runs.reading.export import export_json, export_markdown
from apps.runs.reading.redaction import for_strangers
from apps.runs.reading.snapshot import take_snapshot
from tests.factories import make_local_models, make_user
from tests.web.run_factories import ANSWERS, make_analysis, make_call, make_finished_run

HEIGHT, YEAR = "k1", "c1"


@pytest.fixture
def run(db, valkey_url):
    make_local_models()
    return make_finished_run(make_user("alice"))


def rule(run, verdict, finding="", **values):
    return again.put_ruling(run, run.owner, RulingRequest(verdict, finding, **values))


def judged_again(run, findings):
    """Let another analysis count, with these findings."""
    analysis = make_analysis(ANSWERS).model_copy(update={"findings": findings})
    judge = make_call(run, Role.JUDGE, take=2, inputs=run.analysis_call.inputs, text="{}", analysis=analysis)
    run.analysis_call = judge
    run.save(update_fields=["analysis_call"])
    return judge


def contradiction(text, **stances):
    evidence = tuple(Evidence(slot=slot, stance=stance) for slot, stance in stances.items())
    return Finding(id="contradiction-7", kind=FindingKind.CONTRADICTION, text=text, evidence=evidence)


def test_ruling_is_kept_with_its_author_time_and_point(run):
    rule(run, RulingKind.SIDE, HEIGHT, right=("A", "C"), comment="Measured.")

    (found,) = take_snapshot(run).rulings
    assert (found.verdict, found.point, found.right, found.finding, found.author, found.comment, found.applies) == (
        RulingKind.SIDE,
        "Height of the tower",
        ("A", "C"),
        HEIGHT,
        "alice",
        "Measured.",
        True,
    )
    assert [side.slots for side in found.sides] == [("A", "C"), ("B",)]


def test_second_ruling_on_a_finding_takes_the_place_of_the_first(run):
    first = rule(run, RulingKind.SIDE, HEIGHT, right=("B",))
    rule(run, RulingKind.ADD, text="It sways in the wind.")
    rule(run, RulingKind.ADD, text="It is painted.")

    rule(run, RulingKind.IMMATERIAL, HEIGHT)

    found = {ruling.verdict: ruling for ruling in Ruling.objects.all()}
    assert Ruling.objects.count() == 3
    assert (found[RulingKind.IMMATERIAL].right, found[RulingKind.IMMATERIAL].created_at) == ((), first.created_at)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"verdict": RulingKind.SIDE, "finding": HEIGHT}, "right"),
        ({"verdict": RulingKind.SIDE, "finding": HEIGHT, "right": ("A", "B")}, "right"),
        ({"verdict": RulingKind.SIDE, "finding": YEAR, "right": ("A",)}, "verdict"),
        ({"verdict": RulingKind.STATEMENT, "finding": HEIGHT, "text": " \x00"}, "text"),
        ({"verdict": RulingKind.STATEMENT, "finding": HEIGHT, "text": "x" * 2_001}, "text"),
        ({"verdict": RulingKind.DROP}, "finding"),
        ({"verdict": RulingKind.DROP, "finding": "made-up"}, "finding"),
        ({"verdict": RulingKind.ADD}, "text"),
        ({"verdict": RulingKind.ADD, "finding": YEAR, "text": "More."}, "verdict"),
        ({"verdict": RulingKind.COMMENT, "finding": YEAR}, "comment"),
    ],
)
def test_ruling_that_does_not_go_with_its_finding_is_refused(run, values, field):
    with pytest.raises(BadRuling) as refused:
        again.put_ruling(run, run.owner, RulingRequest(**values))

    assert refused.value.field == field
    assert not Ruling.objects.exists()


def test_run_takes_only_so_many_rulings(run):
    for number in range(MOST_RULINGS):
        Ruling.objects.create(run=run, author=run.owner, verdict=RulingKind.ADD, text=str(number))

    with pytest.raises(BadRuling):
        rule(run, RulingKind.ADD, text="One more.")


@pytest.mark.django_db(transaction=True)
def test_rulings_at_the_same_time_leave_one_for_a_finding_and_no_more_than_fit(valkey_url):
    make_local_models()
    run = make_finished_run(make_user("alice"))
    for number in range(MOST_RULINGS - 2):
        Ruling.objects.create(run=run, author=run.owner, verdict=RulingKind.ADD, text=str(number))

    def put(request):
        with suppress(BadRuling):
            again.put_ruling(run, run.owner, request)
        connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(put, [RulingRequest(RulingKind.DROP, YEAR)] * 8))
        list(pool.map(put, [RulingRequest(RulingKind.ADD, text="More.")] * 8))

    assert Ruling.objects.filter(finding=YEAR).count() == 1
    assert Ruling.objects.count() == MOST_RULINGS


def test_run_that_is_deleted_meanwhile_takes_no_ruling(run):
    Run.objects.filter(pk=run.pk).delete()

    with pytest.raises(Run.DoesNotExist):
        rule(run, RulingKind.ADD, text="It sways.")


def test_ruling_goes_on_to_another_analysis_where_the_topic_and_the_side_match(run):
    rule(run, RulingKind.SIDE, HEIGHT, right=("A", "C"))
    rule(run, RulingKind.DROP, YEAR)
    rule(run, RulingKind.ADD, text="It sways.")

    judged_again(run, (contradiction("The height of the tower", A="330 metres", C="330 metres", B="300 metres"),))

    side, drop, add = take_snapshot(run).rulings
    assert (side.applies, side.finding, side.point) == (True, "contradiction-7", "The height of the tower")
    assert (drop.applies, drop.finding, drop.point) == (False, "", "It was finished in 1889.")
    assert add.applies
    told = again.rulings_for_writer(run)
    assert [ruling.verdict for ruling in told] == [RulingKind.SIDE, RulingKind.ADD]
    assert [side.stance for side in told[0].sides] == ["330 metres", "300 metres"]


@pytest.mark.parametrize(
    "finding",
    [
        contradiction("The height of the tower", A="330 m", C="324 m", B="300 m"),
        contradiction("Height of the tower in 1889", A="330 m", C="330 m", B="300 m"),
        contradiction("Colour of the tower", A="brown", B="red"),
    ],
)
def test_ruling_waits_while_no_finding_has_its_topic_and_its_side(run, finding):
    rule(run, RulingKind.SIDE, HEIGHT, right=("A", "C"))
    first = run.analysis_call_id

    judged_again(run, (finding,))
    assert (take_snapshot(run).rulings[0].applies, again.rulings_for_writer(run)) == (False, ())

    again.choose_takes(run, first)
    run.refresh_from_db()
    assert take_snapshot(run).rulings[0].applies


def test_ruling_can_be_removed_once(run):
    ruling = rule(run, RulingKind.DROP, YEAR)

    again.delete_ruling(run, ruling.pk)

    with pytest.raises(Ruling.DoesNotExist):
        again.delete_ruling(run, ruling.pk)


def test_exports_have_the_rulings_and_a_share_where_its_owner_chose_so(run):
    rule(run, RulingKind.SIDE, HEIGHT, right=("A", "C"), comment="Measured.")
    snapshot = take_snapshot(run)

    assert '"verdict": "side"' in export_json(snapshot)
    assert "- Height of the tower: A and C are right. Measured." in export_markdown(snapshot)
    assert for_strangers(snapshot).rulings == ()
    (shown,) = for_strangers(snapshot, Shown(rulings=True)).rulings
    assert (shown.point, shown.author) == ("Height of the tower", "")
