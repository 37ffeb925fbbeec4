"""The pages that show answers side by side: their rows and marks, what an address chooses, shares, and their cost."""

import random
import re
import time
from statistics import median

import pytest
from django.test import Client
from django.urls import reverse

from apps.fusion.comparing.rows import Rows
from apps.fusion.files import PromptFile
from apps.runs import actions
from apps.runs.lifecycle.lookups import add_files
from apps.runs.models import Alignment, Call
from apps.runs.reading import compared
from tests.web.run_factories import make_finished_run, make_live_run

ANSWERS = {
    "A": "The Eiffel Tower is **330 metres** high.\n\n- It opened in 1889.\n- It has three <floors>.",
    "B": "The Eiffel Tower is 300 metres high. See [the mill](https://mill.example/) of $x^2$ near the old river.",
    "C": "- It opened in 1889.\n\nيقع البرج في باريس. 东京很大。",
}
pytestmark = pytest.mark.usefixtures("local", "valkey_url")


def body(response) -> str:
    return response.content.decode().partition("<tbody")[2].partition("</tbody>")[0]


def rows(response) -> list[tuple[str, dict[str, str]]]:
    """Return the kind of each row that is drawn, and the HTML of its cells."""
    found = []
    for kind, inside in re.findall(r'<tr role="row" data-kind="(\w+)">(.*?)</tr>', body(response), re.DOTALL):
        cells = re.findall(r'data-slot="(\w)">\w</span><a href="[^"]*" dir="auto">(.*?)</a></td>', inside, re.DOTALL)
        found.append((kind, dict(cells)))
    return found


def test_aligned_view_draws_rows_with_words_without_marks_and_numbers_that_differ(alice, as_alice: Client):
    run = make_finished_run(alice, ANSWERS)

    response = as_alice.get(reverse("web:run_compared", args=[run.public_id, "aligned"]))

    formula = rows(response)[3][1]["B"]
    assert rows(response) == [
        ("numbers", {
            "A": "The Eiffel Tower is <mark>330 metres</mark> high.",
            "B": "The Eiffel Tower is <mark>300 metres</mark> high.",
        }),
        ("same", {"A": "It opened in 1889.", "C": "It opened in 1889."}),
        ("alone", {"C": "يقع البرج في باريس."}),
        ("alone", {"B": formula}),
        ("alone", {"C": "东京很大。"}),
        ("alone", {"A": "It has three &lt;floors&gt;."}),
    ]  # fmt: skip
    assert formula.startswith("See the mill of <math>")
    assert body(response).count('class="silent"') == 6 * 3 - 8
    assert "1 with numbers that differ, 4 in one answer alone" in response.content.decode()


@pytest.mark.parametrize("mark", ["*", "_", "**", "`", "~~"])
def test_marks_around_a_number_that_differs_are_no_words(alice, as_alice: Client, mark):
    run = make_finished_run(alice, {"A": f"The probe weighs {mark}412 kg{mark}.", "B": "The probe weighs 430 kg."})

    response = as_alice.get(reverse("web:run_compared", args=[run.public_id, "aligned"]))

    assert rows(response)[0][1]["A"] == "The probe weighs <mark>412 kg</mark>."


def test_mark_of_a_file_is_no_number_that_differs(alice, as_alice: Client):
    run = make_finished_run(alice, {"A": "The tower is 330 metres high [1].", "B": "The tower is 330 metres high."})
    file = PromptFile(name="tower.txt", media_type="text/plain", size=20, sha256="ab" * 32, text="330 metres high")
    run.messages = (run.messages[0].model_copy(update={"files": (file,)}),)
    run.save()
    add_files(run)

    response = as_alice.get(reverse("web:run_compared", args=[run.public_id, "aligned"]))

    assert [kind for kind, _ in rows(response)] == ["same"]


def test_cell_leads_to_its_words_on_the_page_of_the_run(alice, as_alice: Client):
    run = make_finished_run(alice, ANSWERS)
    call = run.calls.get(slot="C")

    page = as_alice.get(reverse("web:run_compared", args=[run.public_id, "aligned"]))

    assert f'href="/runs/{run.public_id}/#said-{call.pk}-2-20"' in body(page)
    assert ANSWERS["C"][2:20] == "It opened in 1889."


def test_rows_are_computed_once_and_are_deleted_with_their_run(alice, as_alice: Client, monkeypatch):
    run = make_finished_run(alice, ANSWERS)
    address = reverse("web:run_compared", args=[run.public_id, "aligned"])
    first = rows(as_alice.get(address))
    monkeypatch.setattr(compared, "align_rows", lambda answers: pytest.fail("computed again"))

    code = actions.share_run(run).code

    assert rows(as_alice.get(address)) == rows(Client().get(f"/s/{code}/aligned/")) == first
    assert Alignment.objects.count() == 1
    actions.delete_run(run)
    assert Alignment.objects.count() == 0


def test_rows_by_other_rules_are_computed_anew(alice, as_alice: Client):
    run = make_finished_run(alice, ANSWERS)
    address = reverse("web:run_compared", args=[run.public_id, "aligned"])
    first = rows(as_alice.get(address))
    Alignment.objects.update(rows=Rows(version=0))

    assert rows(as_alice.get(address)) == first


def test_rows_that_all_share_can_be_left_out_and_the_address_says_so(alice, as_alice: Client):
    run = make_finished_run(alice, dict.fromkeys("AB", f"{ANSWERS['C']} It stands in Paris."))
    address = reverse("web:run_compared", args=[run.public_id, "aligned"])

    whole, different = as_alice.get(address), as_alice.get(f"{address}?only=differences")

    assert [kind for kind, _ in rows(whole)] == ["same"] * 4
    assert rows(different) == []
    assert f'href="{address}?only=differences"' in whole.content.decode()
    assert f'href="{address}"' in different.content.decode()


@pytest.mark.parametrize("view", ["aligned", "whole", "changes"])
def test_view_needs_two_answers_that_have_ended(alice, as_alice: Client, view):
    run = make_live_run(alice, {"A": ANSWERS["A"]})

    page = as_alice.get(reverse("web:run_compared", args=[run.public_id, view]))

    assert "There is nothing to compare" in page.content.decode()
    assert 'class="compare-links' not in as_alice.get(run.get_absolute_url()).content.decode()


@pytest.mark.parametrize("view", ["aligned", "whole", "changes"])
def test_pages_of_a_run_and_of_its_share_lead_to_each_view(alice, as_alice: Client, view):
    run = make_finished_run(alice, ANSWERS)
    share = actions.share_run(run)

    own, shared = as_alice.get(run.get_absolute_url()), Client().get(share.get_absolute_url())
    page = Client().get(f"{share.get_absolute_url()}{view}/")

    assert f'href="/runs/{run.public_id}/{view}/"' in own.content.decode()
    assert f'href="{share.get_absolute_url()}{view}/"' in shared.content.decode()
    assert page["X-Robots-Tag"] == "noindex, nofollow"
    assert f'href="{share.get_absolute_url()}#panel"' in page.content.decode()


def long_answer(seed: int) -> str:
    """Return 20,000 characters, of which a third is said in other answers too."""
    own, common = random.Random(seed), random.Random(0)
    said = []
    while sum(map(len, said)) < 20_000:
        pick = common if len(said) % 3 == 0 else own
        place, thing = (
            pick.choice(["Paris", "Rome", "Oslo", "Lima"]),
            pick.choice(["tower", "bridge", "mill", "garden"]),
        )
        year, size, mark = pick.randint(1800, 1999), pick.randint(2, 900), pick.choice(["- ", "", "**Note:** "])
        said.append(f"{mark}The {thing} of {place} was opened in {year} with {size} rooms near its old gate.\n")
    return "\n".join(said)[:20_000]


def test_eight_long_answers_are_drawn_in_little_time_once_their_rows_are_stored(alice, as_alice: Client):
    run = make_finished_run(alice, {slot: long_answer(seed) for seed, slot in enumerate("ABCDEFGH")})
    address = reverse("web:run_compared", args=[run.public_id, "aligned"])
    assert Call.objects.filter(run=run, role="panel").count() == 8
    as_alice.get(address)

    used = []
    for _ in range(7):
        before = time.thread_time()
        response = as_alice.get(address)
        used.append(time.thread_time() - before)

    print(f"8 answers of 20,000 characters, aligned: {median(used) * 1000:.0f} ms of CPU")  # noqa: T201 - the figure
    assert len(rows(response)) > 500
    # 300 ms are wanted and 80 measured; the rest is for slower machines. A thread's time leaves out what runs beside.
    assert median(used) < 1.0
