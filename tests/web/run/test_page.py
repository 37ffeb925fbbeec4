"""The run page: what it shows live and finished, who may see and press what, shared runs, exports."""

import html as entities
import json
import re
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.fusion.values import Usage
from apps.fusion.vocabulary import AnswerKind, Builtin, FailureCode, FinishReason, Role, Status
from apps.runs import actions
from apps.runs.models import Call, Run, Share
from apps.runs.reading.snapshot import take_snapshot
from apps.web.run.page import RunPage
from tests.calls import change_output
from tests.web.run_factories import ANSWERS, make_call, make_finished_run, make_live_call, make_live_run

pytestmark = pytest.mark.usefixtures("local", "valkey_url")
HTMX = {"HX-Request": "true"}
ATTACK = '<script>alert("x")</script><img src=x onerror=alert(1)>'


def page_of(run: Run) -> RunPage:
    return RunPage(take_snapshot(run), timezone.now(), can_edit=True)


def words_of(response) -> str:
    """Return the visible words of a page on one line."""
    text = re.sub(r"<(script|style|textarea)\b.*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    return " ".join(entities.unescape(re.sub(r"<[^>]*>", " ", text)).split())


# ---------------------------------------------------------------- what is shown


def test_finished_run_shows_every_part(alice, as_alice: Client):
    run = make_finished_run(alice)

    words = words_of(as_alice.get(run.get_absolute_url()))

    expected = [
        "How high is the Eiffel Tower?",
        "first token 0.6 s 27 tok/s 96 tokens ≈ $0.0021 4.2 s",
        "Answer written by SmolLM2 135M",
        "The tower is 330 metres high; B says 300.",
        "Agreement judged by SmolLM2 135M answers shuffled and anonymous 5 of 6 quotes verified",
        "How often the answers take the same side, over 2 points. It says nothing about who is right.",
        "Height of the tower",
        "300 m stands alone",
        "“the permit ran out in 1909” not found in C",
        "Seen by one model only 1",
        "Partial coverage 1",
        "Blind spots 1",
        "Assessments one model’s marks from 1 to 5, no part of the agreement",
        "The judge saw the answers in another order: its A was C , its B was A , its C was B .",
        "Bill 5 calls, $0.0105",
        "Total $0.0105",
    ]
    assert [part for part in expected if part not in words] == []


def test_live_run_draws_its_unfinished_calls_empty(alice, as_alice: Client):
    run = make_live_run(alice, {"B": ANSWERS["B"]})
    change_output(Call.objects.get(slot="A"), text="half an ans")

    html = as_alice.get(run.get_absolute_url()).content.decode()

    assert 'data-live="true"' in html
    assert re.findall(r'data-status="(\w+)" data-role="panel" data-slot="(\w)"', html) == [
        ("running", "A"),
        ("done", "B"),
        ("running", "C"),
    ]
    assert "half an ans" not in html
    assert "Go on without A and C" in html


@pytest.mark.parametrize(
    "values, words",
    [
        ({"cost": None, "status": Status.DONE}, "cost unknown"),
        ({"cost": None, "status": Status.RUNNING, "ended_at": None}, "no cost yet"),
        ({"cost": Decimal(0)}, "$0"),
        ({"cost": Decimal("0.02")}, "$0.0200"),
        ({"cost": Decimal("0.02"), "cost_is_complete": False}, "≥ $0.0200"),
        ({"cost": Decimal("0.00001"), "cost_is_complete": False}, "more than $0"),
        ({"cost": Decimal(0), "cost_is_complete": False}, "cost unknown"),
    ],
)
def test_cost_of_a_run_never_claims_more_than_is_known(factories, alice, values, words: str):
    run = factories.make_run(alice, **values)

    assert page_of(run).cost == words


@pytest.mark.parametrize(
    "values, words",
    [
        ({"finish_reason": FinishReason.LENGTH}, "truncated first token"),
        ({"finish_reason": FinishReason.LOOP}, "loop cut first token"),
        ({"cost": None}, "cost unknown"),
        ({"usage": Usage(output_tokens=12, estimated=True)}, "≈ 12 tokens"),
        (
            {"status": Status.FAILED, "text": "", "failure_code": FailureCode.TIMEOUT, "failure_sentence": "Silent."},
            "Silent.",
        ),
        ({"status": Status.CANCELLED}, "stopped first token"),
        ({"status": Status.CANCELLED, "failure_code": FailureCode.CANCELLED}, "stopped first token"),
        ({"status": Status.CANCELLED, "failure_code": FailureCode.TOO_SLOW, "duration_s": 30.2}, "cut after 0:30 f"),
        ({"status": Status.CANCELLED, "failure_code": FailureCode.CAPPED}, "cap reached first token"),
        ({"reasoning": "I think."}, "Reasoning I think."),
    ],
)
def test_column_says_how_its_call_ended(factories, alice, as_alice: Client, values, words: str):
    run = factories.make_run(alice)
    make_call(run, slot="A", **{"text": "An answer.", **values})

    assert words in words_of(as_alice.get(run.get_absolute_url()))


@pytest.mark.parametrize(
    "statuses, dot, text",
    [
        ([Status.DONE, Status.DONE, Status.RUNNING], "live", "2 of 3"),
        ([Status.DONE, Status.DONE, Status.DONE], "done", "3 of 3"),
        ([Status.DONE, Status.DONE, Status.FAILED], "warn", "2 of 3, 1 failed"),
        ([Status.DONE, Status.DONE, Status.CANCELLED], "warn", "2 of 3, 1 stopped"),
        ([Status.DONE, Status.FAILED, Status.CANCELLED], "warn", "1 of 3, 1 failed, 1 stopped"),
        ([Status.FAILED, Status.FAILED, Status.FAILED], "bad", "0 of 3, 3 failed"),
        ([Status.CANCELLED, Status.CANCELLED, Status.CANCELLED], "", "0 of 3, 3 stopped"),
    ],
)
def test_stage_of_the_panel_tells_done_from_failed_and_stopped(factories, alice, statuses, dot: str, text: str):
    run = factories.make_run(alice)
    for slot, status in zip("ABC", statuses, strict=True):
        make_call(run, slot=slot, text="An answer.", status=status)

    panel, _, _ = page_of(run).rail

    assert (panel.dot, panel.text) == (dot, text)


def test_bill_counts_only_models_that_were_asked(factories, alice, as_alice: Client):
    run = factories.make_run(alice)
    for slot in "AB":
        make_call(run, slot=slot, text="An answer.")
    make_call(run, Role.JUDGE, model=Builtin.OVERLAP, cost=0)

    words = words_of(as_alice.get(run.get_absolute_url()))

    assert page_of(run).bill_calls == "2 calls and word overlap"
    assert re.findall(r"\$\d\S* (no model asked|computed from prices)", words) == [
        *("computed from prices", "computed from prices", "no model asked")
    ]


def test_takes_stand_in_one_column_with_the_newest_shown(factories, alice, as_alice: Client):
    run = factories.make_run(alice)
    first = make_call(run, slot="A", text="First.")
    second = make_call(run, slot="A", take=2, text="Second.")

    html = as_alice.get(run.get_absolute_url()).content.decode()

    assert re.findall(r'id="call-(\d+)"[^>]*?(hidden)?>', html) == [(str(first.pk), "hidden"), (str(second.pk), "")]
    assert "2/2" in html


@pytest.mark.parametrize("status, is_older", [(Status.DONE, True), (Status.FAILED, False), (Status.RUNNING, False)])
def test_newer_answer_than_the_fused_one_is_said(alice, status: Status, is_older: bool):
    run = make_finished_run(alice)
    make_call(run, slot="B", take=2, text="Another.", status=status)
    run.calls.filter(slot="C").update(status=Status.FAILED)

    assert page_of(run).run.judge_is_older_than_panel is is_older


def test_stopped_run_is_not_called_failed(factories, alice, as_alice: Client):
    stopped = {"failure_code": FailureCode.CANCELLED, "failure_sentence": "The run was stopped."}
    run = factories.make_run(alice, status=Status.CANCELLED, **stopped)

    words = words_of(as_alice.get(run.get_absolute_url()))

    assert "Stopped before an answer was written." in words
    assert "This run failed." not in words


def test_hostile_texts_are_shown_as_texts(factories, alice, as_alice: Client):
    run = factories.make_run(alice, ATTACK)
    call = make_call(run, slot="A", text=ATTACK, reasoning=ATTACK, failure_sentence=ATTACK, failure_code="timeout")
    make_call(run, Role.JUDGE, text=ATTACK, inputs=(call.pk,))
    run.answer_call, run.answer_kind = call, AnswerKind.ONLY
    run.save()

    html = as_alice.get(run.get_absolute_url()).content.decode()

    assert "<script>alert" not in html
    assert "<img src=x" not in html
    assert html.count("&lt;script&gt;alert") >= 6


@pytest.mark.parametrize(
    "layout, expected",
    [("columns", ["panel", "answer", "agreement"]), ("answer", ["answer", "agreement", "panel"]), ("nonsense", None)],
)
def test_order_of_sections_is_remembered(alice, as_alice: Client, layout: str, expected: list[str] | None):
    run = make_finished_run(alice)
    as_alice.cookies["layout"] = layout

    html = as_alice.get(run.get_absolute_url()).content.decode()

    found = re.findall(r'<section class="[^"]*"\s+id="(panel|answer|agreement)"', html)
    assert found == (expected or ["panel", "answer", "agreement"])


def test_fragments_are_the_parts_that_were_asked_for(alice, as_alice: Client):
    run = make_finished_run(alice)

    html = as_alice.get(reverse("web:run_fragments", args=[run.public_id, "header+column-B+nonsense+column-H"])).content

    roots = re.findall(
        r'^\s*<(?:div|article|section)[^>]*?\sid="(run-header|slot-\w|answer|agreement)"', html.decode(), re.MULTILINE
    )
    assert roots == ["run-header", "slot-B"]


def test_page_costs_the_same_queries_for_one_and_eight_columns(alice, as_alice: Client, django_assert_num_queries):
    small, large = make_live_run(alice, slots="A"), make_live_run(alice, slots="ABCDEFGH")

    with django_assert_num_queries(10):
        as_alice.get(small.get_absolute_url())
    with django_assert_num_queries(10):
        as_alice.get(large.get_absolute_url())


def test_ended_page_costs_the_same_queries_for_one_and_eight_columns(
    alice, as_alice: Client, django_assert_num_queries
):
    small, large = (
        make_finished_run(alice, dict.fromkeys(slots, "It is 330 metres high.")) for slots in ("A", "ABCDEFGH")
    )
    as_alice.get(small.get_absolute_url())

    for run in (small, large):
        with django_assert_num_queries(14):
            as_alice.get(run.get_absolute_url())


# ---------------------------------------------------------------- who may


GETS = ("run", "run_fragments", "run_export")
POSTS = (
    "run_cancel",
    "run_fuse_now",
    "run_fuse_again",
    "run_continue",
    "run_compare",
    "run_share",
    "run_delete",
    "call_cancel",
    "call_retry",
    "share_revoke",
)


def address_of(name: str, run: Run) -> str:
    call, share = run.calls.first(), run.shares.first()
    more = {"run_fragments": ["header"], "run_export": ["md"]}.get(name, [])
    if name.startswith("call_"):
        return reverse(f"web:{name}", args=[call.pk])
    return reverse(f"web:{name}", args=[share.pk] if name == "share_revoke" else [run.public_id, *more])


@pytest.fixture
def shared_run(alice) -> Run:
    run = make_finished_run(alice)
    actions.share_run(run)
    return run


@pytest.mark.parametrize("name", GETS)
def test_run_page_is_for_the_owner(shared_run: Run, as_alice: Client, as_charlie: Client, client: Client, name: str):
    url = address_of(name, shared_run)

    statuses = [reader.get(url).status_code for reader in (as_alice, as_charlie, client)]

    assert statuses == [200, 404, 302]


@pytest.mark.parametrize("name", POSTS)
def test_run_actions_are_for_the_owner_and_by_post(
    shared_run: Run, as_alice: Client, as_charlie: Client, client: Client, name: str
):
    url = address_of(name, shared_run)

    stranger, nobody, by_get = as_charlie.post(url), client.post(url), as_alice.get(url)
    unprotected = Client(enforce_csrf_checks=True)
    unprotected.force_login(shared_run.owner)

    assert [stranger.status_code, nobody.status_code, by_get.status_code] == [404, 302, 405]
    assert unprotected.post(url).status_code == 403
    assert Run.objects.filter(pk=shared_run.pk).exists()
    assert Share.objects.get().revoked_at is None


@pytest.mark.parametrize("public_id", ["nosuchrun", "..", "a" * 300])
def test_unknown_run_is_not_found(as_alice: Client, public_id: str):
    assert as_alice.get(f"/runs/{public_id}/").status_code == 404


# ---------------------------------------------------------------- pressing


def test_cancel_stops_queued_calls(alice, as_alice: Client):
    run = make_live_run(alice, {"A": "Done."}, slots="AB")
    Call.objects.filter(slot="B").update(status=Status.QUEUED)

    response = as_alice.post(address_of("run_cancel", run))

    assert response.url == run.get_absolute_url()
    assert Call.objects.get(slot="B").status == Status.CANCELLED


def test_press_by_htmx_brings_the_changed_parts(alice, as_alice: Client):
    run = make_finished_run(alice)
    call = run.calls.get(slot="B")

    response = as_alice.post(reverse("web:call_retry", args=[call.pk]), headers=HTMX)

    assert response["FusionWeb-Fragments"] == "true"
    assert re.findall(r'data-role="panel" data-slot="B" data-take="(\d)"', response.content.decode()) == ["1", "2"]
    assert 'data-live="true"' in response.content.decode()


def test_refused_press_says_why(alice, as_alice: Client):
    run = make_live_run(alice)

    by_htmx = as_alice.post(address_of("run_share", run), {"embed_origins": "nowhere"}, headers=HTMX)
    plainly = as_alice.post(address_of("run_share", run), {"embed_origins": "nowhere"}, follow=True)

    sentence = "“nowhere” is no site. Write it as https://example.com."
    assert json.loads(by_htmx["HX-Trigger"])["message"]["text"] == sentence
    assert sentence in words_of(plainly)


def test_delete_on_the_page_leads_to_the_history(alice, as_alice: Client):
    run = make_finished_run(alice)
    headers = {**HTMX, "HX-Current-URL": f"http://testserver{run.get_absolute_url()}"}

    response = as_alice.post(address_of("run_delete", run), headers=headers)

    assert response["HX-Redirect"] == "/runs/"
    assert Run.objects.get().binned_at


# ---------------------------------------------------------------- shared


def test_shared_run_is_read_only_and_unlisted(shared_run: Run, client: Client):
    response = client.get(Share.objects.get().get_absolute_url())
    html = response.content.decode()

    assert response.status_code == 200
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert response["Referrer-Policy"] == "no-referrer"
    assert '<meta property="og:title" content="How high is the Eiffel Tower?">' in html
    assert "<form" not in html.replace('<form method="dialog">', "")
    assert "another order" not in html
    assert re.findall(r'<section class="[^"]*"\s+id="(\w+)"', html)[:3] == ["answer", "agreement", "panel"]
    assert "The tower is 330 metres high; B says 300." in html


def test_shared_run_does_not_change_with_the_run(shared_run: Run, client: Client):
    change_output(Call.objects.get(role=Role.SYNTHESIS), text="Changed.", html="Changed.")

    assert "Changed." not in client.get(Share.objects.get().get_absolute_url()).content.decode()


def test_revoked_share_is_as_unknown_as_a_wrong_one(shared_run: Run, as_alice: Client, client: Client):
    share = Share.objects.get()

    as_alice.post(address_of("share_revoke", shared_run))

    gone, wrong = client.get(share.get_absolute_url()), client.get("/s/nosuchcode/")
    assert (gone.status_code, wrong.status_code) == (404, 404)
    assert words_of(gone) == words_of(wrong)


def test_waiting_judge_is_drawn_with_its_call(alice, as_alice: Client):
    run = make_live_run(alice, ANSWERS)
    judge = make_live_call(run, role=Role.JUDGE)

    html = as_alice.get(run.get_absolute_url()).content.decode()

    assert f'id="call-{judge.pk}"' in html
    assert "SmolLM2 135M reads the answers" in html
