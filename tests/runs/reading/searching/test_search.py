"""Searches: words in every text, things that are so of a run, whose runs, in which order, and how fast."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts import api_keys
from apps.accounts.api_keys import Scope
from apps.fusion.judging.analysis import Analysis, Evidence, Finding
from apps.fusion.vocabulary import AnalysisStatus, AnswerKind, Builtin, FindingKind, Role, Status
from apps.runs import actions
from apps.runs.lifecycle import search_rows
from apps.runs.lifecycle.result_rows import write_findings
from apps.runs.lifecycle.transitions import locked_run
from apps.runs.models import CallOutput, Run, SearchRow
from apps.runs.reading.searching import search
from apps.runs.reading.searching.run_query import RunQuery
from apps.runs.reading.searching.search import Found, search_runs
from apps.runs.reading.searching.snippets import cut_snippet, looked_for
from tests.calls import create_call
from tests.factories import GEMMA, SMOL, make_local_preset, make_run, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice():
    make_local_preset()
    return make_user("alice")


def find(user, text: str, cursor: str = "", size: int = 50, **options) -> Found:
    by_relevance = options.pop("by_relevance", False)
    query = RunQuery.parse(text, timezone.localdate(), by_relevance=by_relevance)
    return search_runs(user, query, cursor, size, **options)


def titles(user, text: str, **options) -> list[str]:
    return [run.title for run in find(user, text, **options).runs]


def judged(owner, title: str = "Judged", **values) -> Run:
    """Make a run with two answers, a judge that found one thing of each kind, and a fused answer."""
    run = make_run(owner, title, **values)
    create_call(run, Role.PANEL, "A", model=SMOL, text="The quince is a fruit.", status=Status.DONE)
    create_call(
        run, Role.PANEL, "B", model=GEMMA, text="Pears<keep> badly in np.array or docs/shelf.py.", status=Status.DONE
    )
    judge = create_call(run, Role.JUDGE, model=Builtin.OVERLAP, status=Status.DONE)
    answer = create_call(run, Role.SYNTHESIS, model=SMOL, text="Both are running fruits.", status=Status.DONE)
    found = [
        Finding(id="x1", kind=FindingKind.CONTRADICTION, text="The rate limit",
                evidence=(Evidence(slot="A", stance="sixty"), Evidence(slot="B", stance="ninety"))),
        Finding(id="c1", kind=FindingKind.CONSENSUS, text="Plums are blue"),
        Finding(id="u1", kind=FindingKind.UNIQUE_INSIGHT, text="Medlars", evidence=(Evidence(slot="B"),)),
    ]  # fmt: skip
    write_findings(judge, Analysis(status=AnalysisStatus.OK, model=SMOL, findings=tuple(found)))
    Run.objects.filter(pk=run.pk).update(
        answer_call=answer, analysis_call=judge, answer_kind=AnswerKind.FUSED, needs_indexing=True
    )
    return run


SEARCHES = [
    ("judged", True),
    ("QUINCE pear", True),  # of two answers
    ("run", True),  # running
    ("keep array shelf", True),
    ('docs/shelf.py "pears<keep>"', False),  # phrases not in answers
    ("docs/shelf.py array", True),
    ("quin", False),
    ("quin*", True),
    ("apple", False),
    ("-apple", True),
    ("-quince", False),
    ('"running fruits"', True),
    ('"fruits running"', False),
    ('"rate limit"', True),
    ("medlar", True),
    ("smollm2", True),
    ("the of", False),  # only words that are in every text
    ("the judged", True),
    ("has:contradiction", True),
    ("has:blind-spot", False),
    ("-has:blind-spot", True),
    ('contradiction:"rate limit"', True),
    ("contradiction:ninety", True),
    ("contradiction:plums", False),
    ("consensus:plums", True),
    ("insight:medlar", True),
    ("alone:gemma", True),
    ("alone:smol", False),
    ("model:gemma", True),
    (f"model:{GEMMA}", True),
    ('model:"SmolLM2 135M"', True),
    ("judge:overlap", True),
    ("judge:gemma", False),
    ("writer:smol", True),
    ("writer:gemma", False),
    ("-writer:gemma", True),
    ("status:done", True),
    ("status:failed", False),
    ("strategy:fuse", True),
    ("strategy:vote", False),
    ("preset:custom", True),
    ("preset:local", False),
    ("is:shared", False),
    ("key:any", False),
    ("agreement<0.5", True),
    ("agreement<0.2", False),
    ("agreement>=30%", True),
    ("-agreement<0.2", True),
    ("stability<1", False),  # it has none
    ("-stability<1", True),
    ("cost>0.05", True),
    ("cost<0.05", False),
    ("duration=24s", True),
    ("before:today", False),
    ("after:2026-01-01 -before:2026", True),
    ("' \\ :* & | ! ( <-> quince", True),
]


def test_search_finds_what_fits_in_all_its_terms_and_belongs_to_the_reader(alice):
    charlie = make_user("charlie")
    judged(alice, agreement=0.3, cost="0.06", age_s=0)

    assert [(text, bool(titles(alice, text))) for text, _ in SEARCHES] == SEARCHES
    assert [text for text, _ in SEARCHES if titles(charlie, text)] == []


def test_one_sign_begins_a_word_of_a_script_without_spaces(alice):
    make_run(alice, "塔有多高")

    assert [titles(alice, text) for text in ("塔*", "-塔*", "塔")] == [["塔有多高"], [], []]


def test_runs_of_a_key_are_found_by_its_name(alice):
    key, _ = api_keys.make_key(alice, "Nightly CI", [Scope.RUN])
    make_run(alice, "Theirs", api_key=key)
    make_run(alice, "Mine")

    assert titles(alice, 'key:"nightly ci"') == titles(alice, f"key:{key.prefix}") == ["Theirs"]
    assert titles(alice, "-key:any") == ["Mine"]


def test_shared_runs_are_found_while_their_link_is_open(alice):
    run = make_run(alice, "Shared")
    share = actions.share_run(run)
    assert titles(alice, "is:shared") == ["Shared"]

    actions.revoke_share(share)

    assert titles(alice, "is:shared") == []


def test_row_follows_the_run(alice):
    run = make_run(alice, "Why?", status=Status.RUNNING, ended_at=None)
    assert titles(alice, "status:running") == ["Why?"]
    call = create_call(run, Role.PANEL, "A", model=SMOL, status=Status.DONE, text="Because of quinces.", claim=1)

    with locked_run(run.pk) as change:
        change.note_end(change.calls[0], (), with_text=True)

    assert titles(alice, "quince") == ["Why?"]
    assert not Run.objects.get(pk=run.pk).needs_indexing
    actions.delete_run(run)
    assert not SearchRow.objects.filter(pk=call.run_id).exists()


def test_sweep_writes_rows_of_everybody_but_of_runs_that_have_just_begun(alice, monkeypatch):
    monkeypatch.setattr(search_rows, "BATCH", 2)
    monkeypatch.setattr(search_rows, "ROUND_S", 60)
    made = [make_run(owner, "Why?") for owner in (alice, make_user("bob"), alice, alice, alice)]
    fresh = make_run(alice, age_s=0, status=Status.RUNNING, ended_at=None)
    old = make_run(alice, age_s=60, status=Status.RUNNING, ended_at=None)

    assert search_rows.index_due_runs() == 6

    assert set(SearchRow.objects.values_list("pk", flat=True)) == {*(run.pk for run in made), old.pk}
    assert list(Run.objects.filter(needs_indexing=True)) == [fresh]
    assert search_rows.index_due_runs() == 0


def test_search_says_that_old_runs_are_still_to_come(alice, monkeypatch):
    monkeypatch.setattr(search_rows, "OWN", 2)
    monkeypatch.setattr(search_rows, "BATCH", 2)
    for title in ("One day", "Two days", "Three days"):
        make_run(alice, title)

    found = find(alice, "day")

    assert ([run.title for run in found.runs], found.is_partial) == (["Three days", "Two days"], True)
    assert find(alice, "day").is_partial is False


def test_run_with_more_words_than_postgresql_takes_is_found_by_their_beginnings(alice):
    first = "".join(f"{number:06d}é " for number in range(60_000))
    run = make_run(alice, f"Early {first}"[:60_000])
    for slot in "ABCDEFGH":
        text = "".join(f"{slot}{number:05d}{'é' * 8} " for number in range(1400))
        create_call(run, Role.PANEL, slot, model=SMOL, status=Status.DONE, text=text)
    other = make_run(alice, "Early too")

    assert [run.pk for run in find(alice, "early").runs] == [other.pk, run.pk]


def test_stems_and_quotes_of_a_query_are_text(alice):
    for text in ("'", "\\", "'; DROP TABLE runs_run; --", "a':*", "''*", ":*", "sky:", "!", "\\'*"):
        quoted = text if ":" not in text else f'"{text}"'
        assert titles(alice, quoted) == []
        assert titles(alice, f'contradiction:"{text}"') == []


def test_pages_lead_through_every_run_once(alice):
    made = [make_run(alice, f"day {number}", age_s=number // 2 * 10).title for number in range(7)]
    same_moment = sorted(made, key=lambda title: (int(title[4:]) // 2, -int(title[4:])))

    seen, cursor, totals = [], "", []
    while True:
        found = find(alice, "day", cursor, size=2)
        seen += [run.title for run in found.runs]
        totals.append(found.total)
        cursor = found.next_cursor
        if not cursor:
            break

    assert sorted(seen) == sorted(made)
    assert [int(title[4:]) // 2 for title in seen] == [int(title[4:]) // 2 for title in same_moment]
    assert totals == [7, None, None, None]


def test_relevance_puts_titles_before_answers(alice):
    in_answer = make_run(alice, "Fruit", age_s=10)
    create_call(in_answer, Role.PANEL, "A", model=SMOL, status=Status.DONE, text="A quince.")
    make_run(alice, "Is a quince a quince?", age_s=99)

    assert titles(alice, "quince") == ["Fruit", "Is a quince a quince?"]
    assert titles(alice, "quince", by_relevance=True) == ["Is a quince a quince?", "Fruit"]
    first = find(alice, "quince", by_relevance=True, size=1)
    assert titles(alice, "quince", by_relevance=True, size=1, cursor=first.next_cursor) == ["Fruit"]
    assert titles(alice, "status:done", by_relevance=True) == ["Fruit", "Is a quince a quince?"]


def test_count_is_capped(alice, monkeypatch):
    monkeypatch.setattr(search, "MOST_COUNTED", 3)
    for _ in range(6):
        make_run(alice, "day")

    assert find(alice, "day", size=2).total == 4


def test_less_is_counted_of_a_phrase(alice, monkeypatch):
    monkeypatch.setattr(search, "MOST_OF_PHRASE", 3)
    for _ in range(6):
        make_run(alice, "a fine day")

    expected = {'"fine day"': 4, '-"day fine"': 4, "fine day": 6, '"day"': 6}
    assert {text: find(alice, text, size=2).total for text in expected} == expected
    assert len(find(alice, '"fine day"', size=5).runs) == 5


def test_only_the_newest_turn_of_a_thread_that_fits_is_found(alice):
    first = make_run(alice, "A quince", thread="t", age_s=90)
    second = make_run(alice, "Another quince", thread="t", ancestors=[first.pk], age_s=60)
    make_run(alice, "A pear", thread="t", ancestors=[first.pk, second.pk], age_s=30)
    make_run(alice, "A quince alone", age_s=20)

    assert titles(alice, "quince", by_thread=True) == ["A quince alone", "Another quince"]
    assert titles(alice, "quince") == ["A quince alone", "Another quince", "A quince"]


def test_snippets_mark_words_where_they_stand(alice):
    run = judged(alice, "Prompt " + "filler " * 60)

    found = find(alice, 'quince "rate limit" run')
    snippets = [(one.place, "".join(f"[{text}]" if mark else text for text, mark in one.pieces))
                for one in found.snippets[run.pk]]  # fmt: skip

    assert snippets == [("Finding", "The [rate] [limit]"), ("Answer", "Both are [running] fruits.")]
    assert find(alice, "status:done").snippets == {}


def shown(text, word):
    """Return the snippet of a text as a line, with the word in brackets."""
    snippet = cut_snippet("Answer", text, looked_for([(word, (word,))]))
    return "".join(f"[{piece}]" if mark else piece for piece, mark in snippet.pieces)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("## The quince\n\nIt is **ripe**[^1].\n\n[^1]: Says `pip`.", "The [quince] It is ripe. Says pip."),
        ("A **quince** and *an* [apple](https://x.example).", "A [quince] and an apple."),
        ("| fruit | price |\n|---|---|\n| `quince` | 2 |", "fruit price [quince] 2"),
        ("> - one\n> - ~~quince~~\n\n```py\nx = **y\n```", "one [quince] x = **y"),
        ("See <https://quince.example> and a List<str>.", "See https://[quince].example and a List<str>."),
        ("[an apple](https://quince.example)", "[an apple](https://[quince].example)"),
        ("One.\n\n" + "**long** " * 300 + "**quince**.\n\n" + "end " * 60, "… " + "long " * 15 + "[quince]. end"),
        ("One.\n\n" + "a" * 90 + "\n\nA *quince*.\n\n" + "b" * 90 + "\n\nTwo.", "… A [quince]. …"),
    ],
)
def test_snippets_have_no_marks_of_markdown(text, expected):
    assert shown(text, "quince").startswith(expected)


def test_snippets_of_prompts_are_as_they_were_typed(alice):
    run = make_run(alice, "filler " * 60 + "**quince**")

    pieces = find(alice, "quince").snippets[run.pk][0].pieces

    assert "".join(text for text, _ in pieces).endswith("filler **quince**")


def test_snippets_are_of_any_case_and_of_every_writer(alice):
    run = judged(alice, "İİİ " + "filler " * 60 + "ends with QUINCES, İ.")
    create_call(run, Role.REVISION, model=SMOL, text="A requince, and a Quince.", status=Status.DONE)

    found = find(alice, "quince -apple")
    marked = [(one.place, [text for text, mark in one.pieces if mark]) for one in found.snippets[run.pk]]

    assert marked == [("Prompt", ["QUINCES"]), ("Answer A", ["quince"])]
    Run.objects.filter(pk=run.pk).update(prompt=F("title"), answer_call=None)
    run.calls.filter(slot="A").delete()
    assert [(one.place, one.pieces[1:3]) for one in find(alice, "quince").snippets[run.pk]] == [
        ("Answer", (("Quince", True), (".", False)))
    ]


def test_answers_of_the_panel_are_read_only_where_places_are_wanting(alice):
    first, second = judged(alice, "First"), judged(alice, "Second")
    CallOutput.objects.filter(call__run=first, call__role=Role.SYNTHESIS).update(text="A limit.")
    find(alice, "limit")

    with CaptureQueriesContext(connection) as captured:
        found = find(alice, "limit")

    assert [[one.place for one in found.snippets[run.pk]] for run in (first, second)] == [
        ["Finding", "Answer"],
        ["Finding"],
    ]
    read = [
        query["sql"] for query in captured.captured_queries if '"slot"' in query["sql"] and '."text"' in query["sql"]
    ]
    assert len(read) == 1
    assert re.findall(r'"run_id" IN \(([\d, ]+)\)', read[0]) == [str(second.pk)]


def test_list_and_search_do_not_ask_once_per_run(alice, django_assert_num_queries):
    judged(alice)
    find(alice, "quince fruit")
    with CaptureQueriesContext(connection) as captured:
        find(alice, "quince fruit")
    judged(alice, "Second")
    judged(alice, "Third")
    find(alice, "quince fruit")
    with django_assert_num_queries(len(captured)):
        assert len(find(alice, "quince fruit").runs) == 3
    assert not [query for query in captured.captured_queries if "reasoning" in query["sql"]]


def test_settings_of_a_search_end_with_it(alice):
    make_run(alice, "day")
    find(alice, "day")

    with connection.cursor() as cursor:
        for name, usual in (("statement_timeout", "0"), ("plan_cache_mode", "auto")):
            cursor.execute(f"SHOW {name}")
            assert cursor.fetchone() == (usual,)


def test_days_are_those_of_the_readers_clock(alice, settings):
    settings.TIME_ZONE = "Pacific/Auckland"
    with timezone.override("Pacific/Auckland"):
        midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        before = (timezone.now() - midnight + timedelta(minutes=1)).total_seconds()
        make_run(alice, "Yesterday", age_s=before)

        assert titles(alice, "before:today after:yesterday") == ["Yesterday"]
        assert titles(alice, "after:today") == []
