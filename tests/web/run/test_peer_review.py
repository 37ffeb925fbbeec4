"""The peer review on the run page: standings beside the judge's marks, the preference with its n, who gave nothing."""

import re

import pytest

from apps.fusion.opinions import Opinion
from apps.fusion.values import Failure, Guidance
from apps.fusion.vocabulary import FailureCode, PeerChoice, Role, Status
from apps.runs.models import Call
from tests.calls import change_output
from tests.web.run.test_again import page_of
from tests.web.run_factories import make_call, make_finished_run, make_live_call

pytestmark = pytest.mark.usefixtures("local", "valkey_url")

FUSED, OWN = PeerChoice.FUSED, PeerChoice.OWN


@pytest.fixture
def run(alice):
    return make_finished_run(alice)


def review(run, role, slot, take=1, **verdict):
    panel = {call.slot: call.pk for call in run.calls.filter(role=Role.PANEL)}
    inputs = tuple(key for other, key in panel.items() if other != slot)
    if role is Role.PREFERENCE:
        inputs = (panel[slot], run.answer_call_id)
    values = {"stage": role, "inputs": inputs, "guidance": Guidance(batch=1), "text": "{}"}
    if not verdict:
        failure = Failure(code=FailureCode.BAD_REPLY, sentence="It gave no ranking that could be read.")
        return make_call(run, role, slot, take=take, status=Status.FAILED, failure=failure, **values)
    call = make_call(run, role, slot, take=take, **values)
    change_output(call, verdict=Opinion(**verdict))
    return call


def words(page):
    return " ".join(re.sub("<[^>]*>", " ", page.split('class="peer-review"')[1].split("</section>")[0]).split())


def test_standings_and_preference_are_shown_as_the_models_opinion(as_alice, run):
    review(run, Role.RANKING, "A", ranking=("C", "B"))
    review(run, Role.RANKING, "B", ranking=("C", "A"))
    review(run, Role.RANKING, "C")
    for slot, both in {"A": (FUSED, FUSED), "B": (OWN, FUSED), "C": (OWN, OWN)}.items():
        for take, prefers in enumerate(both, 1):
            review(run, Role.PREFERENCE, slot, take, prefers=prefers)

    said = words(page_of(as_alice, run))

    assert "the models’ opinion" in said
    assert "1 C SmolLM2 135M 2 of 2 4.0 –" in said  # the judge's marks of C are 5 and 3
    assert "1 of 3 reviewers prefers the fused answer to its own in both orders." in said
    assert "C prefers its own answer." in said
    assert "B chose by position, not by content." in said
    assert "C gave no ranking." in said
    assert "not a human vote" in said


def test_review_at_work_is_followed_and_cannot_be_asked_for_twice(as_alice, run):
    live = make_live_call(run, "A", role=Role.RANKING, stage="ranking", inputs=(), guidance=Guidance(batch=1))

    page = page_of(as_alice, run)

    assert "0 of 1 replies" in words(page)
    assert f'data-call="{live.pk}"' in page
    assert "being reviewed" in page
    assert "Ask the panel for" not in page


def test_button_says_the_price_and_asks_each_panellist(as_alice, run, monkeypatch):
    monkeypatch.setattr("apps.runs.lifecycle.transitions.enqueue", lambda _: None)
    assert "Ask the panel for a review" in page_of(as_alice, run)
    url = run.get_absolute_url()
    assert as_alice.get(f"{url}peer-review/price/").content == b"9 calls, $0"

    as_alice.post(f"{url}peer-review/")

    asked = Call.objects.filter(run=run, status=Status.QUEUED)
    assert sorted((call.role, call.slot) for call in asked) == sorted(
        [(Role.RANKING, slot) for slot in "ABC"] + [(Role.PREFERENCE, slot) for slot in "AABBCC"]
    )


def test_review_is_on_a_shared_page_and_there_is_nothing_to_press(client, as_alice, run):
    review(run, Role.RANKING, "A", ranking=("C", "B"))
    as_alice.post(f"{run.get_absolute_url()}share/")

    page = client.get(run.shares.get().get_absolute_url()).content.decode()

    assert "Peer review" in words(page)
    assert "Ask the panel for" not in page
