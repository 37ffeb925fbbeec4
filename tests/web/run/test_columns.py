"""A run page tells how answers came: dropped settings, attempts, fallbacks, waiting, Auto, images."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.catalogue.models import Model, Preset
from apps.fusion.values import Attempt, Failure, Message
from apps.fusion.vocabulary import FailureCode, WaitReason
from apps.runs import actions
from apps.runs.execution import requests
from apps.runs.models import Run
from tests.factories import GEMMA, SMOL, make_hosted_models, make_recipe, make_run
from tests.web.compose.test_form_settings import PNG_URL
from tests.web.run_factories import make_call, make_finished_run, make_live_call, make_live_run

BUSY = Failure(code=FailureCode.RATE_LIMITED, sentence="Router asks fewer requests.")


def shown(client: Client, run: Run) -> str:
    page = client.get(run.get_absolute_url()).content.decode()
    return " ".join(re.sub("<[^>]*>", " ", page).split())


def attempts(*failures: Failure | None) -> list[Attempt]:
    return [
        Attempt(model=SMOL, started_at=1.0 + n, failure=f, http_status=429 if f else 200)
        for n, f in enumerate(failures)
    ]


@pytest.mark.parametrize(
    "values, words",
    [
        (
            {"attempts": attempts(BUSY, None)},
            "Answered at the 2nd attempt 429: Router asks fewer requests. Answered.",
        ),
        ({"attempts": attempts(BUSY, BUSY, BUSY), "status": "failed"}, "Asked 3 times 429: Router asks fewer"),
        ({"dropped": ("seed", "top_p")}, "Not sent: seed and top p. The model does not accept them."),
        ({"dropped": ("images",)}, "Not sent: images. The model does not accept it."),
        ({"answered_by": GEMMA}, "Asked for SmolLM2 135M, answered by Gemma 3 270M (base)."),
    ],
)
def test_column_says_how_its_answer_came(
    as_alice: Client, alice: User, local: Preset, values: dict[str, Any], words: str
) -> None:
    run = make_run(alice)
    make_call(run, slot="A", text="It is 330 m.", **values)

    assert words in shown(as_alice, run)


def test_column_of_a_plain_answer_says_nothing_of_it(as_alice: Client, alice: User, local: Preset) -> None:
    run = make_run(alice)
    make_call(run, slot="A", text="It is 330 m.", attempts=attempts(None), answered_by=SMOL)

    page = as_alice.get(run.get_absolute_url()).content.decode()
    assert 'class="asked' not in page


@pytest.mark.parametrize(
    "reason, words",
    [
        (WaitReason.RATE_LIMIT, "waits for This machine’s rate limit next try in"),
        (WaitReason.CONCURRENCY, "waits for one of This machine’s streams to end next try in"),
        (WaitReason.RETRY_AFTER, "waits, as This machine asked next try in"),
    ],
)
def test_queued_column_says_what_it_waits_for(
    as_alice: Client, alice: User, local: Preset, reason: WaitReason, words: str
) -> None:
    run = make_run(alice, status="running", ended_at=None)
    until = timezone.now() + timedelta(seconds=12)
    make_live_call(run, "A", status="queued", started_at=None, wait_reason=reason, not_before=until)

    assert words in shown(as_alice, run)


def test_panel_says_how_long_it_is_waited_for(as_alice: Client, alice: User, local: Preset) -> None:
    run = make_live_run(alice)
    hasty = make_live_run(alice)
    settings = hasty.recipe.settings.model_copy(update={"grace_s": 30.0})
    hasty.recipe = hasty.recipe.model_copy(update={"settings": settings})
    hasty.save()

    assert "Goes on when all have answered, or 10:00 after the start." in shown(as_alice, run)
    assert "Goes on when all have answered, 0:30 after 2 answers, or 10:00 after the start." in shown(as_alice, hasty)
    auto = settings.model_copy(update={"grace_is_auto": True})
    hasty.recipe = hasty.recipe.model_copy(update={"settings": auto})
    hasty.save()
    assert "0:30 (as long as they usually take) after 2 answers" in shown(as_alice, hasty)


def test_page_says_who_was_chosen_by_auto_and_which_version_ran(as_alice: Client, alice: User, local: Preset) -> None:
    run = make_finished_run(alice)
    auto = run.recipe.settings.model_copy(update={"judge_is_auto": True, "writer_is_auto": True})
    run.recipe = run.recipe.model_copy(update={"settings": auto, "preset": "local", "preset_version": 3})
    run.preset = "local"
    run.save()

    page = shown(as_alice, run)
    assert "judged by SmolLM2 135M, chosen by Auto" in page
    assert "written by SmolLM2 135M, chosen by Auto" in page
    assert "Local v3" in page


def test_images_of_the_prompt_are_on_the_page_and_on_the_shared_one(
    as_alice: Client, client: Client, alice: User, local: Preset
) -> None:
    run = make_run(alice, messages=[Message(role="user", text="Which?", images=(PNG_URL,))])
    make_call(run, slot="A", text="This one.")
    share = actions.share_run(run)
    pages = [
        (as_alice, as_alice.get(run.get_absolute_url())),
        (client, client.get(share.get_absolute_url())),
    ]

    for reader, page in pages:
        address = re.search(r'src="(/[^"]*/images/0/0/)"', page.content.decode())
        assert address
        assert reader.get(address[1])["Content-Type"] == "image/png"


@pytest.mark.parametrize("vision, images, dropped", [(False, 0, ("images",)), (True, 1, ()), (None, 1, ())])
def test_model_without_vision_gets_the_text_and_the_call_says_so(
    alice: User, local: Preset, vision: bool | None, images: int, dropped: tuple[str, ...]
) -> None:
    make_hosted_models()
    Model.objects.filter(provider__slug="router").update(supports_vision=vision)
    message = Message(role="user", text="Which?", images=(PNG_URL,))
    run = make_run(alice, messages=[message], recipe=make_recipe("router/anvil-1"))

    route = requests.prepare(make_live_call(run, "A", model="router/anvil-1")).routes[0]

    assert [len(sent.images) for sent in route.request.messages] == [images]
    assert route.dropped == dropped


def test_recent_runs_do_not_load_their_conversations(
    as_alice: Client, alice: User, local: Preset, django_assert_max_num_queries: Any
) -> None:
    make_run(alice, messages=[Message(role="user", text="Which?", images=(PNG_URL,))])

    with django_assert_max_num_queries(30) as asked:
        for address in ("/", "/runs/"):
            as_alice.get(address)

    assert [query["sql"] for query in asked.captured_queries if '"runs_run"."messages"' in (query["sql"] or "")] == []
