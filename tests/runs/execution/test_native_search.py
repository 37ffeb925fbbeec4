"""Columns whose vendors search the web themselves: sources, citations and costs. The tests play the worker."""

import json
from decimal import Decimal

import pytest
from django.test import Client

from apps.catalogue.models import Model, Provider
from apps.fusion.lookup_steps import LookupSettings
from apps.fusion.vocabulary import CitationOrigin, QuoteState, Status
from apps.providers.dialects import Dialect
from apps.runs import tasks
from apps.runs.models import Citation, Source, ToolUse
from apps.runs.reading.export import export_markdown
from apps.runs.reading.snapshot import take_snapshot
from apps.runs.reading.web_account import web_account
from tests.factories import make_local_preset
from tests.runs.fake_lookups import texts_sent
from tests.runs.log_reader import read_log, stored

DIALECTS = [(Dialect.OPENAI, "elm"), (Dialect.ANTHROPIC, "claude-opus-4-1"), (Dialect.GEMINI, "gemini-2.5-pro")]
URL = "https://tower.test/height"
OTHER = "https://fair.test/"
TALL = "It is 330 metres tall."
PIECES = [
    ["I looked. ", []],
    [TALL, [{"url": f"{URL}#part", "title": "Height <of>", "quote": "330 metres tall"}]],
    [" It opened in 1889.", [{"url": OTHER, "title": "Fair"}, {"url": URL, "title": "Height"}]],
]


@pytest.fixture(autouse=True)
def quick(private_valkey):
    """Let no other worker act."""


def searching(bench, model: str, dialect: Dialect = Dialect.OPENAI, **script) -> str:
    """Return a model whose vendor searches itself."""
    Provider.objects.update(dialect=dialect)
    reference = bench.model(model, "searches", cited=PIECES, **script)
    Model.objects.filter(reference=reference).update(search="native")
    return reference


def worked(run):
    while call := run.calls.filter(status=Status.QUEUED).order_by("pk").first():
        tasks.perform_call(call.pk)
    run.refresh_from_db()
    return run


@pytest.mark.parametrize("dialect, model", DIALECTS)
def test_vendor_is_asked_to_search_and_its_sources_are_the_runs(bench, upstream, dialect, model):
    usage = {"prompt_tokens": 1_000, "completion_tokens": 100, "total_tokens": 1_100}
    run = worked(bench.start(searching(bench, model, dialect, usage=usage), web=LookupSettings()))

    call = run.calls.with_output().get()
    assert (call.status, call.output.text) == (Status.DONE, "I looked. It is 330 metres tall. It opened in 1889.")
    assert [(one.number, one.url, one.fetched_at) for one in Source.objects.filter(run=run)] == [
        (1, URL, None),
        (2, OTHER, None),
    ]
    cited = Citation.objects.filter(call=call).order_by("start", "number")
    assert {one.origin for one in cited} == {CitationOrigin.VENDOR}
    assert [(one.number, call.output.text[one.start : one.end].strip()) for one in cited] == [
        (1, TALL), (1, "It opened in 1889."), (2, "It opened in 1889."),
    ]  # fmt: skip
    assert {one.state for one in cited} == {QuoteState.UNVERIFIED}
    use = ToolUse.objects.get(call=call)
    assert (use.name, use.status, use.engine, [one.number for one in use.sources]) == (
        "web_search", Status.DONE, "Upstream", [1, 2],
    )  # fmt: skip
    link = "https://www.google.com/search?q=height+of+the+tower" if dialect is Dialect.GEMINI else ""
    assert (use.value.link, "link" in use.value.model_dump()) == (link, bool(link))
    price = {Dialect.OPENAI: None, Dialect.ANTHROPIC: Decimal("0.010"), Dialect.GEMINI: Decimal("0.035")}[dialect]
    assert (use.cost, call.cost) == (price, Decimal("0.0012") + (price or 0))
    assert run.cost_is_complete is (price is not None)
    (sent,) = texts_sent(upstream, model)
    assert ["web_fetch" in sent, "Today is" in sent, "exact words of the source" in sent] == [False, True, False]
    assert read_log(run) == stored(run)
    account = web_account(take_snapshot(run))
    assert account
    assert (account.searches, [one.url for one in account.citations]) == (1, [URL, URL, OTHER])


def test_page_and_export_show_what_a_vendor_names_without_claiming_a_check(bench):
    make_local_preset()
    run = worked(bench.start(searching(bench, "elm"), web=LookupSettings()))
    client = Client()
    client.force_login(bench.owner)

    html = client.get(run.get_absolute_url()).content.decode()

    assert html.count('<a class="cite named" href="#source-1"') == 2
    assert html.count("named by the model’s vendor, not read here") == 6  # title and label of three chips
    assert "cite unfound" not in html
    markdown = export_markdown(take_snapshot(run))
    assert f"{TALL} \\[[1]({URL})\\] It opened in 1889. \\[[1]({URL}), [2]({OTHER})\\]" in markdown


def test_queries_of_google_lead_to_its_search_and_its_own_html_stays_away(bench):
    make_local_preset()
    run = worked(bench.start(searching(bench, "gemini-2.5-pro", Dialect.GEMINI), web=LookupSettings()))
    client = Client()
    client.force_login(bench.owner)

    html = client.get(run.get_absolute_url()).content.decode()

    assert 'href="https://www.google.com/search?q=height+of+the+tower"' in html
    assert "carousel" not in html


def test_a_models_own_arguments_make_no_link():
    for link in ("https://evil.example/", "https://www.google.com/search?q=other", ["x"], "javascript:x"):
        arguments = json.dumps({"query": "x", "link": link})
        use = ToolUse(step=1, ordinal=0, tool_id="vendor_0", name="web_search", arguments=arguments)
        assert (use.value.link, use.value.summary) == ("", "x")
    assert ToolUse(step=1, ordinal=0, name="web_search", arguments="no JSON").value.link == ""


def test_judge_and_writer_are_told_what_vendors_name_and_the_writer_keeps_its_marks(bench, upstream):
    native = searching(bench, "elm")
    plain = bench.model("oak", text="It is 300 metres tall.")
    judge, writer = bench.model("judge", text="{}"), bench.model("writer", text=f"{TALL} [1]")

    run = worked(bench.start(native, plain, judge=judge, writer=writer, web=LookupSettings()))

    (read_by_judge, *_), (read_by_writer, *_) = texts_sent(upstream, "judge"), texts_sent(upstream, "writer")
    assert f"Named by the vendor of a model, not read here, for: {TALL}" in read_by_judge
    assert f"{TALL} [1] It opened in 1889. [1, 2]" in read_by_writer
    answer = run.answer_call
    (kept,) = answer.citations.all()
    assert (kept.number, kept.origin, kept.state) == (1, CitationOrigin.VENDOR, QuoteState.UNVERIFIED)
    assert answer.output.text == f"{TALL} [1]"
    assert read_log(run) == stored(run)


def test_page_that_a_column_has_read_settles_whether_a_vendor_is_right(bench):
    run = bench.start(searching(bench, "elm"), web=LookupSettings())
    text = "The Eiffel Tower is huge. It is 330 metres tall. It is painted every seven years."
    Source.objects.create(run=run, number=1, url=URL, title="Height", text=text, fetched_at=run.created_at)

    worked(run)

    states = Citation.objects.filter(call__run=run).order_by("start", "number").values_list("number", "state")
    assert next(iter(states)) == (1, QuoteState.VERIFIED)
    assert (1, QuoteState.UNVERIFIED) in states


@pytest.mark.parametrize("dialect, model", DIALECTS)
def test_vendor_that_refuses_to_search_answers_without(bench, upstream, dialect, model):
    reference = searching(bench, model, dialect)
    words = "This model does not support search."
    upstream.script(model, "400", message=words, times=1, then="ok", text="About 330 metres.")

    run = worked(bench.start(reference, web=LookupSettings()))

    call = run.calls.with_output().get()
    assert (call.output.text, call.dropped) == ("About 330 metres.", ("web_search",))


@pytest.mark.parametrize("web", [None, LookupSettings(search=False)])
def test_vendor_is_not_asked_to_search_in_a_run_without_search(bench, upstream, web):
    reference = searching(bench, "elm", text="Yes.")

    run = worked(bench.start(reference, web=web))

    assert run.calls.with_output().get().output.text == "Yes."
    assert "web_search_options" not in upstream.ledger("elm")[0]["body"]
