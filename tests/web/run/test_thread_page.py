"""The page of a thread: what it says of its turns, how many queries it takes, and what going on there does."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.fusion.values import Message
from apps.fusion.vocabulary import AnswerKind, EarlierAnswers, FailureCode, Role, Status
from apps.runs import actions
from apps.runs.models import Run, Share
from apps.runs.reading.threads import conversation_after, find_thread
from apps.runs.starting import Lineage
from tests.access.world import PICTURE
from tests.factories import GEMMA, SMOL
from tests.web.run_factories import make_call, make_finished_run

pytestmark = pytest.mark.usefixtures("local", "valkey_url")


PLACE = ("thread", "ancestors", "earlier_answers", "own_answers", "from_slot", "parent")


def make_turn(parent: Run, prompt: str, *, own: bool = False, from_slot: str = "") -> Run:
    """Create a finished run that follows another one."""
    messages = (*conversation_after(parent, from_slot), Message(role="user", text=prompt))
    mode = EarlierAnswers.OWN if own else EarlierAnswers.FUSED
    run = actions.start_run(parent.owner, messages, parent.recipe, Lineage(parent, mode, from_slot))
    place = {name: getattr(run, name) for name in PLACE}
    run.delete()
    return make_finished_run(parent.owner, prompt=prompt, messages=messages, **place)


@pytest.fixture
def first(alice) -> Run:
    return make_finished_run(alice)


def words(response) -> str:
    return " ".join(re.sub("<[^>]*>", " ", response.content.decode()).split())


def test_a_run_that_is_alone_has_a_page_already(as_alice: Client, first):
    assert as_alice.get(f"/threads/{first.public_id}/").url == first.get_absolute_url()


def test_the_page_shows_all_turns_and_the_newest_one_whole(as_alice: Client, first):
    second = make_turn(first, "Are **you** sure?", own=True)

    page = as_alice.get(f"/threads/{first.public_id}/")

    html = page.content.decode()
    assert f'id="turn-{first.public_id}"' in html
    assert f'data-run="{second.public_id}"' in html
    assert '<div class="words turn-prompt" dir="auto">Are **you** sure?</div>' in html
    assert "The tower is 330 metres high; B says 300." in html
    assert "Goes on with its own answers." in words(page)
    assert "Thread of 2 turns" in words(page)


def test_a_thread_of_which_only_the_free_part_is_known_names_no_cost(as_alice: Client, first):
    make_turn(first, "Sure?")
    assert "Thread of 2 turns, $" in words(as_alice.get(f"/threads/{first.public_id}/"))
    Run.objects.update(cost=0, cost_is_complete=False)

    page = words(as_alice.get(f"/threads/{first.public_id}/"))

    assert ("Thread of 2 turns, " in page, "$0 " in page) == (False, False)


def test_letters_of_an_earlier_answer_lead_to_its_own_columns(as_alice: Client, first):
    output = first.answer_call.output
    output.html = '<p>So.<span class="chips"><a class="chip" data-slot="A" href="#slot-A">A</a></span></p>'
    output.save()
    make_turn(first, "Sure?")

    page = as_alice.get(f"/threads/{first.public_id}/").content.decode()

    assert f'href="{first.get_absolute_url()}#slot-A">A</a>' in page


def test_turns_are_as_many_queries_as_one(as_alice: Client, first):
    counts, run = [], first
    for turns in (2, 50):
        while len(run.ancestors) + 1 < turns:
            run = make_turn(run, f"Turn {len(run.ancestors) + 2}")
        with CaptureQueriesContext(connection) as captured:
            page = as_alice.get(f"/threads/{first.public_id}/")
        assert page.content.count(b'class="card turn-card') == turns
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_a_turn_says_where_it_stands_and_what_a_change_of_it_does(as_alice: Client, first):
    second = make_turn(first, "Sure?")

    of_first, of_second = as_alice.get(first.get_absolute_url()), as_alice.get(second.get_absolute_url())

    assert "Turn 1 of a thread with 2 turns. Those after it keep what they were asked with" in words(of_first)
    assert "Going on here begins a branch" in words(of_first)
    assert "Turn 2 of a thread with 2 turns. Show the thread" in words(of_second)
    assert "begins a branch" not in words(of_second)


def test_the_page_says_which_answer_is_newer_than_the_turns_after_it(as_alice: Client, first):
    make_turn(first, "Sure?")
    address = f"/threads/{first.public_id}/"
    assert "This answer is newer" not in words(as_alice.get(address))

    first.answer_call = make_call(first, Role.SYNTHESIS, take=2, text="Another answer")
    first.save()

    assert "This answer is newer than the turns after it" in words(as_alice.get(address))
    assert "This answer is newer" in words(as_alice.get(f"{first.get_absolute_url()}turn/"))


def test_the_page_says_which_turns_are_deleted(as_alice: Client, first):
    second = make_turn(first, "Sure?")
    third = make_turn(second, "Really?")
    actions.delete_run(second)

    page = words(as_alice.get(f"/threads/{first.public_id}/"))

    assert "Deleted turns of this thread: 1. Those after them keep what was sent of them." in page
    assert third.get_turn_url() == f"/threads/{first.public_id}/#turn-{third.public_id}"


def test_an_earlier_turn_at_work_asks_for_itself_until_it_has_ended(as_alice: Client, first):
    make_turn(first, "Sure?")
    call = make_call(first, slot="A", take=2, status=Status.RUNNING, ended_at=None)
    address = f"{first.get_absolute_url()}turn/"

    assert address in as_alice.get(f"/threads/{first.public_id}/").content.decode()
    assert f'hx-get="{address}"' in as_alice.get(address).content.decode()
    call.status = Status.DONE
    call.save()

    assert "hx-trigger" not in as_alice.get(address).content.decode().partition("<details")[0]


def test_going_on_starts_a_run_with_the_same_settings(as_alice: Client, first):
    data = {"prompt": " Sure? \r\nReally?", "earlier_answers": "own"}

    response = as_alice.post(f"{first.get_absolute_url()}follow/", data)

    run = Run.objects.latest("pk")
    assert response.url == f"/threads/{first.public_id}/#turn-{run.public_id}"
    assert (run.prompt, run.parent, run.thread) == ("Sure? \nReally?", first, first.public_id)
    assert [spec.model for spec in run.recipe.panel] == [spec.model for spec in first.recipe.panel]
    assert set(run.own_answers) == {"A", "B", "C"}


@pytest.mark.parametrize(("prompt", "sentence"), [("", "Write a prompt first."), ("x" * 300, "the limit is 200.")])
def test_a_prompt_that_cannot_be_asked_stays_in_its_field(as_alice: Client, first, settings, prompt, sentence):
    settings.PROMPT_LIMIT = 200

    response = as_alice.post(f"{first.get_absolute_url()}follow/", {"prompt": prompt, "earlier_answers": "own"})

    page = response.content.decode()
    assert (response.status_code, Run.objects.count()) == (400, 1)
    assert f">\n{prompt}</textarea>" in page
    assert sentence in words(response)
    assert re.search(r'value="own"\s+checked', page)


def test_a_turn_waits_for_the_one_before(as_alice: Client, first):
    first.status = Status.RUNNING
    first.save()

    response = as_alice.post(f"{first.get_absolute_url()}follow/", {"prompt": "Sure?"})

    assert response.status_code == 400
    assert "The turn before this one is still at work." in words(response)
    assert ">\nSure?</textarea>" in response.content.decode()


def test_the_estimate_counts_the_turns_before(as_alice: Client, first):
    long = "word " * 5_000
    first.answer_call.output.text = long
    first.answer_call.output.save()

    told = words(as_alice.post(f"{first.get_absolute_url()}follow/estimate/", {"prompt": "Sure?"}))

    assert "with the turns before it" in told
    assert "A cannot take this prompt: it has about" in told
    own = {"prompt": "Sure?", "earlier_answers": "own"}
    assert "cannot take this prompt" not in words(as_alice.post(f"{first.get_absolute_url()}follow/estimate/", own))


def test_a_shared_thread_shows_each_turn_whole_and_names_no_thread(as_alice: Client, client: Client, first):
    make_turn(first, "Sure?", own=True)
    as_alice.post(f"/threads/{first.public_id}/share/", {"without_costs": "on"})
    share = Share.objects.get()

    pages = [client.get(f"/s/{share.code}/{query}") for query in ("", "?turn=1", "?turn=9", "?turn=x")]

    assert [page.context["thread"].number for page in pages] == [2, 1, 2, 2]
    assert [page.context["run"].prompt for page in pages[:2]] == ["Sure?", "How high is the Eiffel Tower?"]
    assert "Goes on with its own answers." in words(pages[0])
    assert all("$0" not in words(page) and 'id="go-on"' not in page.content.decode() for page in pages)
    assert all(f"/threads/{first.public_id}" not in page.content.decode() for page in pages)
    for form in ("md", "json"):
        exported = client.get(f"/s/{share.code}.{form}")
        assert "Sure?" in exported.content.decode()
        assert "0.0105" not in exported.content.decode()


def test_findings_and_pictures_of_each_shared_turn_are_found(client: Client, alice):
    asked = Message(role="user", text="What is it?", images=(PICTURE,))
    first = make_finished_run(alice, prompt=asked.text, messages=[asked])
    second = make_turn(first, "Sure?")
    code = actions.share_thread(find_thread(alice, first.public_id)).code

    page = client.get(f"/s/{code}/?turn=1").content.decode()

    assert f"/s/{code}/images/0/0/" in page
    assert client.get(f"/s/{code}/images/0/0/").headers["Content-Type"] == "image/png"
    for run in (first, second):
        judge = run.calls.get(role=Role.JUDGE)
        assert client.get(f"/s/{code}/findings/{judge.pk}/consensus/").status_code == 200


def test_a_thread_is_exported_as_one_document(as_alice: Client, first):
    make_turn(first, "Sure?")

    text = as_alice.get(f"/threads/{first.public_id}/export.md").content.decode()

    assert [line for line in text.splitlines() if line.startswith("# ")] == [
        "# How high is the Eiffel Tower?", "# Turn 1: How high is the Eiffel Tower?", "# Turn 2: Sure?",
    ]  # fmt: skip
    assert text.count("\n## Prompt\n\nSure?\n") == 1


def test_deleting_a_thread_leads_to_the_history(as_alice: Client, first):
    make_turn(first, "Sure?")

    assert as_alice.post(f"/threads/{first.public_id}/delete/").url == "/runs/"

    assert [run.binned_at is not None for run in Run.objects.all()] == [True, True]


def test_turn_goes_on_from_one_column_and_the_thread_says_so(as_alice: Client, first):
    page = as_alice.get(first.get_absolute_url()).content.decode()
    assert choices_on(as_alice.get(first.get_absolute_url())) == ["fused", "own", "A", "B", "C"]
    assert 'data-go-on-from="B"' in page

    asked = as_alice.post(f"{first.get_absolute_url()}follow/", {"prompt": "Sure?", "earlier_answers": "B"})

    second = Run.objects.get(parent=first)
    assert asked.url == second.get_turn_url()
    answers = [message.text for message in second.messages if message.role == "assistant"]
    assert (second.from_slot, answers) == ("B", [first.calls.with_output().get(slot="B").output.text])
    third = make_turn(first, "Why?", from_slot="C")
    said = words(as_alice.get(f"/threads/{third.thread}/"))
    assert "went on from C’s answer" in said
    assert "The next turn went on from C ’s answer, not from this one." in said
    answers_of_turn = as_alice.get(f"{first.get_absolute_url()}answers/").content.decode()
    assert f'href="/?follow={first.public_id}&amp;earlier_answers=B"' in answers_of_turn


def test_form_of_a_new_run_keeps_the_column_and_a_copy_sends_the_same(as_alice: Client, first):
    form = as_alice.get(f"/?follow={first.public_id}&earlier_answers=B").content.decode()
    assert re.search(r'value="B"\s+aria-label="B’s answer, [^"]+"\s+checked', form)
    second = make_turn(first, "Sure?", from_slot="B")
    copy = as_alice.get(f"/?from={second.public_id}").content.decode()
    assert re.search(r'value="B"\s+aria-label="B’s answer, [^"]+"\s+checked', copy)

    sent = {"from": second.public_id, "prompt": "Really?", "model": [SMOL, GEMMA], "temperature": ["", ""]}
    sent |= {"kept": ["", ""], "judge": "builtin/overlap", "writer": SMOL}
    as_alice.post("/", sent | {"earlier_answers": "B"})
    as_alice.post("/", sent | {"earlier_answers": "fused"})

    same, fused = Run.objects.filter(prompt="Really?").order_by("pk")
    assert (same.from_slot, same.messages[:-1]) == ("B", second.messages[:-1])
    assert (fused.from_slot, fused.messages[1].text) == ("", first.answer_call.output.text)


def test_column_without_an_answer_is_refused_beside_the_text(as_alice: Client, first):
    first.calls.filter(slot="B").update(status=Status.FAILED)

    page = as_alice.post(f"{first.get_absolute_url()}follow/", {"prompt": "Sure?", "earlier_answers": "B"})

    assert page.status_code == 400
    assert "Column B of that turn has no answer to go on from. Choose another." in words(page)
    assert choices_on(page) == ["fused", "own", "A", "C"]


def choices_on(page) -> list[str]:
    return re.findall(r'name="earlier_answers"\s+value="(.+?)"', page.content.decode())


def test_only_what_a_turn_has_can_be_gone_on_with(as_alice: Client, first):
    second = make_turn(first, "Sure?")
    without = {"answer_call": None, "answer_kind": None, "status": Status.FAILED, "failure_code": FailureCode.CAPPED}
    for run in (first, second):
        pages = [as_alice.get(run.get_absolute_url()), as_alice.get(f"/?follow={run.public_id}")]
        assert [choices_on(page) for page in pages] == [["fused", "own", "A", "B", "C"]] * 2
        assert all("All go on with the fused answer" in words(page) for page in pages)
        Run.objects.filter(pk=run.pk).update(**without)
        pages = [as_alice.get(run.get_absolute_url()), as_alice.get(f"/?follow={run.public_id}")]
        # Of the turn before it the columns of the second one have answers of their own.
        own = ["own"] if run is second else []
        assert [choices_on(page) for page in pages] == [["fused", *own, "A", "B", "C"]] * 2
        for page in pages:
            assert "That turn has no answer to go on with." in words(page)
            assert "All go on with its question alone" in words(page)
            assert "All go on with the fused answer" not in words(page)
    first.calls.update(status=Status.FAILED)
    for address in (first.get_absolute_url(), f"/?follow={first.public_id}"):
        page = as_alice.get(address)
        assert (choices_on(page), "the models are sent its question alone" in words(page)) == ([], True)


def test_answer_of_another_kind_is_not_called_fused(as_alice: Client, first):
    Run.objects.filter(pk=first.pk).update(answer_kind=AnswerKind.CLOSEST)

    assert "All go on with the answer Each" in words(as_alice.get(first.get_absolute_url()))


def test_one_model_alone_leaves_nothing_to_choose(as_alice: Client, alice):
    run = make_finished_run(alice, {"A": "It is 330 metres high."})

    for address in (run.get_absolute_url(), f"/?follow={run.public_id}"):
        assert choices_on(as_alice.get(address)) == []
