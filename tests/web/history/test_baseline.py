"""Any run as the baseline of the list: signed differences, in its address, of runs that the reader may see."""

import re
from datetime import timedelta

from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.fusion.vocabulary import Status
from apps.runs.models import Run
from tests.factories import make_run
from tests.web.run_factories import make_finished_run

RUNS = "/runs/"
MINUS = "\N{MINUS SIGN}"


def differences(response: HttpResponse) -> dict[str, list[tuple[str, str]]]:
    """Return by the title of each row its differences, each with its class."""
    rows = re.findall(r'<tr class="run"[^>]*>(.*?)</tr>', response.content.decode(), re.DOTALL)
    found = r'<span class="delta num (\w*)">([^<]*)</span>'
    return {re.search(r">([^<]+)</a>", row)[1]: [(b, a) for a, b in re.findall(found, row)] for row in rows}  # type: ignore[index]


def test_rows_show_how_far_they_are_from_the_baseline(as_alice: Client, alice, local):
    base = make_run(alice, "base", agreement=0.5, agreement_items=3, cost="0.04", age_s=50)
    make_run(alice, "better", agreement=0.7, agreement_items=3, cost="0.01", age_s=40)
    make_run(alice, "worse", agreement=0.25, agreement_items=3, cost="0.05", age_s=30)
    make_run(alice, "same", agreement=0.5, agreement_items=3, cost="0.04", age_s=20)
    make_run(alice, "unknown", cost="0.09", cost_is_complete=False, age_s=10)
    Run.objects.filter(title="worse").update(ended_at=timezone.now() + timedelta(seconds=24))
    make_run(alice, "running", status=Status.RUNNING, ended_at=None, agreement=0.1, age_s=5)

    page = as_alice.get(RUNS, {"base": base.public_id})

    found = differences(page)
    assert found["base"] == found["running"] == []
    assert found["better"] == [("+0.20", "better"), (f"{MINUS}$0.0300", "better"), ("±0.0 s", "")]
    assert found["worse"][:2] == [(f"{MINUS}0.25", "worse"), ("+$0.0100", "worse")]
    assert found["worse"][2][1] == "worse"
    assert found["same"] == [("±0.00", ""), ("±$0", ""), ("±0.0 s", "")]
    assert found["unknown"] == [("±0.0 s", "")]
    html = page.content.decode()
    assert html.count('<span class="tag">baseline</span>') == 1
    assert '<a class="btn small" href="/runs/">Drop the baseline</a>' in html
    assert 'class="delta' not in as_alice.get(RUNS).content.decode()


def test_baseline_goes_with_searches_pages_and_rows_that_come_later(as_alice: Client, alice, local):
    base = make_run(alice, "sky base", cost="0.04", age_s=500)
    for number in range(51):
        make_run(alice, f"sky {number}", cost="0.05", age_s=number + 10)
    given = {"q": "sky", "base": base.public_id}

    page = as_alice.get(RUNS, given)

    assert differences(page)["sky 0"][0] == ("+$0.0100", "worse")
    assert f'<input type="hidden" name="base" value="{base.public_id}">' in page.content.decode()
    assert differences(as_alice.get(page.context["older_url"]))["sky base"] == []
    assert all(f"base={base.public_id}" in url for url in (page.context["own_url"], page.context["orders"][1][0]))
    assert page.context["unbased_url"] == "/runs/?q=sky"
    live = make_run(alice, "live", status=Status.RUNNING, ended_at=None, age_s=1)
    url = as_alice.get(RUNS, {"base": base.public_id}).context["poll"]["url"]
    Run.objects.filter(pk=live.pk).update(status=Status.DONE, ended_at=timezone.now(), cost="0.06")
    assert differences(as_alice.get(url))["live"][0] == ("+$0.0200", "worse")
    back = as_alice.post("/history/columns/", given | {"column": ["cost"]})
    assert back.url == f"/runs/?q=sky&base={base.public_id}"


def test_run_of_somebody_else_is_no_baseline(as_alice: Client, alice, charlie, local):
    make_run(alice, "own", cost="0.05")
    binned = make_run(alice, "binned", binned_at=timezone.now())

    answers = [
        as_alice.get(RUNS, {"base": base})
        for base in (make_run(charlie, "Secret", cost="0.04").public_id, binned.public_id, "nonsense", "x'\x00%")
    ]

    for answer in answers:
        html = answer.content.decode()
        assert (answer.status_code, differences(answer)["own"]) == (200, [])
        assert "There is no such run to compare with." in html
        assert "Secret" not in html
        assert "base=" not in answer.context["own_url"]


def test_baseline_costs_one_query_and_the_run_offers_to_be_it(as_alice: Client, alice, local):
    run = make_finished_run(alice)

    def count(query: dict[str, str]) -> int:
        with CaptureQueriesContext(connection) as captured:
            as_alice.get(RUNS, query)
        return len(captured)

    count({})
    assert count({"base": run.public_id}) == count({}) + 1
    assert (
        f'href="/runs/?base={run.public_id}">Use as baseline' in as_alice.get(run.get_absolute_url()).content.decode()
    )
