"""The takes of analysis and answer on the run page, and the forms that ask for more."""

import re

import pytest

from apps.fusion.values import Guidance, Ruling
from apps.fusion.vocabulary import Role, RulingKind, Status
from apps.runs.models import Call
from tests.factories import GEMMA, SMOL
from tests.web.run.test_page import HTMX
from tests.web.run_factories import ANSWERS, make_analysis, make_call, make_finished_run, make_live_call

pytestmark = pytest.mark.usefixtures("local", "valkey_url")


@pytest.fixture
def run(alice):
    return make_finished_run(alice)


@pytest.fixture
def quiet(monkeypatch):
    monkeypatch.setattr("apps.runs.lifecycle.transitions.enqueue", lambda _: None)


def page_of(client, run):
    return client.get(run.get_absolute_url()).content.decode()


def test_answers_stand_beside_each_other_with_model_time_and_cost(as_alice, run):
    inputs = run.answer_call.inputs
    ruling = Ruling(verdict=RulingKind.DROP, point="It was finished in 1889.")
    guidance = Guidance(batch=2, rulings=(ruling,))
    other = make_call(run, Role.SYNTHESIS, take=2, text="Another text.", inputs=inputs, guidance=guidance)
    live = make_live_call(run, role=Role.SYNTHESIS, take=3, inputs=inputs, guidance=guidance)

    page = page_of(as_alice, run)

    shown, folds = page.split('class="answer-takes"')
    assert "The tower is 330 metres high; B says 300." in shown  # it stays in place while another is written
    for words in (
        "take 2 · 4.2 s · ≈ $0.0021",
        "with 1 ruling",
        "Another text.",
        f'name="answer" value="{other.pk}"',
        f'data-call="{live.pk}"',
    ):
        assert words in folds


def test_analyses_are_listed_and_an_older_answer_is_called_stale(as_alice, run):
    judge = make_call(
        run, Role.JUDGE, take=2, text="{}", inputs=run.analysis_call.inputs, analysis=make_analysis(ANSWERS)
    )

    as_alice.post(f"{run.get_absolute_url()}choose/", {"analysis": judge.pk})

    run.refresh_from_db()
    page = page_of(as_alice, run)
    assert run.analysis_call_id == judge.pk
    assert "2 analyses" in page
    assert "The answer was written from another analysis than the one that is shown." in page
    assert "Write again from this analysis" in page


def test_column_that_came_late_offers_to_renew_analysis_and_answer(as_alice, run):
    assert "Renew analysis and answer" not in page_of(as_alice, run)

    make_call(run, slot="D", text="It is 330 metres high.")

    form = re.search(r'<form class="stale".*?</form>', page_of(as_alice, run), re.DOTALL)[0]
    assert re.findall(r'name="slot" value="(.)"', form) == ["A", "B", "C", "D"]
    assert "Renew analysis and answer" in form


def test_forms_ask_one_judge_three_writers_or_one_model(as_alice, run, quiet):
    url = run.get_absolute_url()
    form = as_alice.get(f"{url}renew/").content.decode()
    assert (form.count('name="writer"'), "Instructions for the judge" in form) == (3, True)
    settings = run.recipe.settings
    assert re.findall(r'name="(?:judge|writer|model)" value="(.*)"', form) == [
        settings.judge,
        settings.writer,
        "",
        "",
        GEMMA,
    ]
    assert "<option" not in form  # each of these fields searches the one list of models

    assert re.findall(r'name="slot" value="(.)" checked', form) == ["A", "B", "C"]

    chosen = {"chooses": "slots", "slot": ["A", "C"]}
    as_alice.post(f"{url}rejudge/", {"judge": GEMMA, "criteria": "brevity", "instructions": "Be strict."} | chosen)
    as_alice.post(f"{url}rewrite/", {"writer": [SMOL, GEMMA, ""], "instructions": "Short."})
    as_alice.post(f"{url}add-model/", {"model": GEMMA})

    asked = Call.objects.filter(run=run, status=Status.QUEUED).order_by("pk")
    assert [(call.role, call.slot, call.take, call.model) for call in asked] == [
        (Role.JUDGE, "", 2, GEMMA),
        (Role.SYNTHESIS, "", 2, SMOL),
        (Role.SYNTHESIS, "", 3, GEMMA),
        (Role.PANEL, "D", 1, GEMMA),
    ]
    assert [run.calls.get(pk=one).slot for one in asked[0].inputs] == ["A", "C"]
    assert [call.guidance and call.guidance.instructions for call in asked] == ["Be strict.", "Short.", "Short.", None]


def test_price_is_said_before_and_a_refusal_in_its_place(as_alice, run):
    url = f"{run.get_absolute_url()}renew"

    assert as_alice.post(f"{url}/rejudge/price/", {"judge": SMOL}).content.decode() == "1 call, $0"
    assert as_alice.post(f"{url}/rejudge/price/", {"judge": "builtin/overlap"}).content == b"no call, free"
    for slots in ([], ["B"]):
        said = as_alice.post(f"{url}/rejudge/price/", {"judge": SMOL, "chooses": "slots", "slot": slots})
        assert said.content.decode() == "A judge needs two answers."
    said = as_alice.post(f"{url}/rewrite/price/", {"writer": [SMOL] * 4}).content.decode()
    assert said == "At most 3 writers can be asked at once."


def test_rulings_are_made_on_the_form_and_told_to_the_next_writer(as_alice, run, quiet):
    url = run.get_absolute_url()
    form = as_alice.get(f"{url}rulings/").content.decode()
    assert ('value="side:AC"' in form, 'href="#finding-k1"' in form) == (True, True)
    assert 'id="finding-k1"' in page_of(as_alice, run)
    filled = {"judge": run.analysis_call_id, "verdict-k1": "side:AC", "verdict-c1": "drop", "comment-c1": "Old."}

    said = as_alice.post(
        f"{url}rulings/save/", filled | {"added": "It sways.\n\nIt rusts.", "remark": "Be kind."}, headers=HTMX
    )
    assert said.content.decode() == "Saved: 5 rulings."
    form = as_alice.get(f"{url}rulings/").content.decode()
    assert re.search(r'value="side:AC"\s+checked', form)
    assert "It sways.\nIt rusts." in form

    as_alice.post(f"{url}rewrite/", {"rulings": "yes"})
    call = Call.objects.get(run=run, status=Status.QUEUED)
    assert [ruling.verdict for ruling in call.guidance.rulings] == [
        RulingKind.SIDE,
        RulingKind.DROP,
        RulingKind.ADD,
        RulingKind.ADD,
        RulingKind.COMMENT,
    ]

    said = as_alice.post(
        f"{url}rulings/save/", {"judge": run.analysis_call_id, "verdict-k1": "immaterial"}, headers=HTMX
    )
    assert said.content.decode() == "Saved: 1 ruling."
    said = as_alice.post(f"{url}rulings/save/", {"judge": 1, "verdict-k1": "drop"}, headers=HTMX)
    assert said.content.decode().startswith("The analysis has changed since.")
