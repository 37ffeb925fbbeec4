"""Calls that look things up through the site's own client, on a fake web over real HTTP. The tests play the worker."""

import json
import threading

import pytest
from django.db import connections

from apps.catalogue.models import LookupEntry, Model, SearchSettings
from apps.fusion.lookup_steps import LookupSettings
from apps.fusion.vocabulary import QuoteState, Status
from apps.runs import actions, tasks
from apps.runs.models import Source, ToolUse
from tests.lookup.web import Answer, fake_web
from tests.runs.log_reader import read_log, stored, told
from tests.services import wait_until


@pytest.fixture
def web(settings, private_valkey):
    with fake_web() as running:
        settings.SEARXNG_BASE_URL = running.engine_url("searxng")
        settings.FETCH_ALLOWED_HOSTS = [running.host]
        running.results = [{"url": running.url("/injection"), "title": "Cherries", "content": "They are red."}]
        yield running


def calls(web, *urls):
    """Return the rounds of a model that searches, then opens ``urls``."""
    found = [{"name": "web_fetch", "arguments": json.dumps({"url": url})} for url in urls]
    return [{"calls": [{"name": "web_search", "arguments": '{"query": "cherries"}'}]}, {"calls": found}]


def perform_all(run):
    def work_on(pk):
        tasks.perform_call(pk)
        connections.close_all()

    threads = [threading.Thread(target=work_on, args=[pk]) for pk in run.calls.values_list("pk", flat=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_columns_search_and_read_at_the_same_time_and_ask_once(bench, web):
    for name in ("a", "b", "c"):
        bench.model(name, "looks-up", rounds=calls(web, web.url("/injection")), text="They are red [1].")
    run = bench.start("up/a", "up/b", "up/c", web=LookupSettings())

    perform_all(run)

    assert [call.status for call in run.calls.filter(role="panel")] == [Status.DONE] * 3
    assert [len(web.asked_for(path)) for path in ("/engines/searxng/search", "/injection", "/robots.txt")] == [1, 1, 1]
    source = Source.objects.get(run=run)
    assert "They ripen in June" in source.text
    assert set(LookupEntry.objects.values_list("kind", flat=True)) == {"search", "page", "robots"}


def test_address_that_a_page_tells_a_model_to_open_is_not_asked_for(bench, web):
    secret = web.url("/article?q=SECRET")
    bench.model("a", "looks-up", rounds=calls(web, secret), text="They are red.")
    run = bench.start("up/a", web=LookupSettings())

    perform_all(run)

    assert web.asked_for("/article") == []
    refused = ToolUse.objects.get(call__run=run, name="web_fetch")
    assert "is not opened" in refused.result


def test_model_that_is_kept_from_the_web_is_offered_nothing(bench, upstream, web):
    reference = bench.model("a", text="They are red.")
    Model.objects.filter(reference=reference).update(search="off")
    run = bench.start(reference, web=LookupSettings())

    perform_all(run)

    assert run.calls.get().status is Status.DONE
    assert "tools" not in upstream.ledger("a")[0]["body"]
    assert web.asked == []


def test_worker_killed_while_it_reads_a_page_loses_no_step_and_doubles_none(bench, own_worker, upstream, web):
    SearchSettings.objects.create(engine="searxng", base_url=web.engine_url("searxng"))
    ours = {"FETCH_ALLOWED_HOSTS": web.host}
    search, fetch = calls(web, web.url("/article"))
    usage = {"prompt_tokens": 1_000, "completion_tokens": 100}
    rounds = [search, {**fetch, "before": "Then this."}]
    bench.model("a", "looks-up", rounds=rounds, text="Three weeks.", usage=usage, gate_after=0)
    web.results = [{"url": web.url("/article"), "title": "Pears", "content": "They keep."}]
    first = own_worker("first", **ours)
    run = bench.start("up/a", web=LookupSettings())
    upstream.wait_for("a", requests=2)
    web.gate.clear()
    upstream.release("a")
    wait_until(lambda: web.asked_for("/robots.txt"), "the page's host is asked")

    first.kill()
    web.gate.set()
    LookupEntry.objects.update(leased_until=None)  # or the second worker would wait until the lease of the dead ends
    bench.age_heartbeats()
    own_worker("second", **ours)

    bench.finish(run, within_s=120)
    call = run.calls.with_output().get()
    assert (call.status, call.claim, call.output.text) == (Status.DONE, 2, "Then this.\n\nThree weeks.")
    # The first request, its search and the second request are not made again; the page, which never came, is.
    assert (len(upstream.ledger("a")), len(web.asked_for("/engines/searxng/search"))) == (3, 1)
    assert len(web.asked_for("/article")) == 1
    assert call.usage.input_tokens == 3_000
    assert [(use.name, use.status) for use in ToolUse.objects.filter(call=call)] == [
        ("web_search", Status.DONE),
        ("web_fetch", Status.DONE),
    ]
    assert told(read_log(run)) == stored(run)


def test_page_that_is_gone_later_is_still_read_and_cited_in_its_run(bench, web):
    url = web.url("/injection")
    text = 'They are red [1: "They ripen in June"].'
    bench.model("a", "looks-up", rounds=calls(web, url), text=text)
    bench.model("late", "looks-up", rounds=calls(web, url), text=text)
    run = bench.start("up/a", web=LookupSettings())
    perform_all(run)
    kept = Source.objects.get(run=run)
    web.page("/injection", Answer(status=410))
    web.results = []
    LookupEntry.objects.all().delete()

    again = actions.retry_call(run.calls.get(role="panel"), "up/late")
    tasks.perform_call(again.pk)

    call = run.calls.with_output().get(pk=again.pk)
    assert (call.status, call.output.text) == (Status.DONE, text)
    assert [(one.number, one.state) for one in call.citations.all()] == [(1, QuoteState.VERIFIED)]
    assert len(web.asked_for("/injection")) == 1  # the page is asked for once, when it was there
    assert (Source.objects.get(run=run).sha256, Source.objects.get(run=run).text) == (kept.sha256, kept.text)
    assert kept.text in ToolUse.objects.get(call=call, name="web_fetch").result
