"""Replays drive the strategies' own steps over recorded answers; on the reference packs they give the known figures."""

import gzip
import json
import os
from decimal import Decimal
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from apps.fusion.calibration import CountingRule
from apps.fusion.ceiling import ceiling_of
from apps.fusion.values import NoMajority
from apps.fusion.vocabulary import CountedKind, StrategyName
from apps.runs.measuring.pack_labels import Finals, labelled_items
from apps.runs.measuring.packs import load_pack
from apps.runs.measuring.replay import replay
from apps.runs.measuring.replay_recipes import Counting
from apps.runs.measuring.replay_report import Plan

ROOT = Path(__file__).resolve().parents[2]
PACKS = os.environ.get("FUSIONWEB_REPLAY_PACKS") or next(
    (str(folder) for folder in (ROOT.parent / "shared/replay", ROOT.parents[1] / "shared/replay") if folder.is_dir()),
    "",
)
needs_packs = pytest.mark.skipif(
    not PACKS,
    reason="There are no packs: ../shared/replay, or the folder that FUSIONWEB_REPLAY_PACKS names, has none.",
)


@cache
def reference_pack(name):
    return load_pack(Path(PACKS) / f"{name}.jsonl.gz")


RIGHT, WRONG, OTHER, NOTHING = "The answer is 7.", "The answer is 8.", "It is 9, so the answer is 9.", "I do not know."
FINALS = {RIGHT: "7", WRONG: "8", OTHER: "9", NOTHING: None}


def item(number, **texts):
    answers = {model: {"text": text, "answer": FINALS[text], "correct": text == RIGHT} for model, text in texts.items()}
    return {"task": "sums", "id": f"sum-{number}", "prompt": "p" * 400, "gold": "7", "answers": answers}


CALIBRATED = [item(0, a=RIGHT, b=RIGHT, c=WRONG), item(1, a=RIGHT, b=WRONG, c=WRONG)]
TESTED = [
    item(2, a=WRONG, b=RIGHT, c=RIGHT),  # two of three
    item(3, a=RIGHT, b=WRONG, c=OTHER),  # a tie, which the best member breaks
    item(4, a=NOTHING, b=WRONG, c=WRONG),  # two of three, and wrong
    item(5, a=RIGHT, b=RIGHT, c=RIGHT),
]


@pytest.fixture
def pack(tmp_path):
    path = tmp_path / "sums.jsonl"
    path.write_text("\n".join(json.dumps(one) for one in [*CALIBRATED, *TESTED]))
    prices = {"a": {"price_usd_per_1m_tokens": {"input": 1, "output": 2}, "vendor": "Aye"}, "b": {}, "c": {}}
    (tmp_path / "models.json").write_text(json.dumps({"models": prices}))
    return path


def test_replay_counts_what_the_strategy_would_have_got_right(pack):
    report = replay(load_pack(pack), Plan(StrategyName.VOTE, "abc", calibrated=2))

    assert (report.share.right, report.share.n) == (3, 4)
    assert {name: (share.right, share.n) for name, share in report.exits.items()} == {
        "majority": (2, 3),
        "tie_broken": (1, 1),
    }
    (best,) = report.rivals
    assert (best.name, best.share.right, best.only_strategy, best.only_rival) == ("best single, a", 2, 1, 0)
    assert (report.whole.right, report.whole.n, report.all_wrong.right) == (4, 6, 1)
    assert (report.calls, report.calls_saved) == (12, 0)


def test_replay_costs_what_has_a_price_and_says_that_it_is_a_lower_bound(pack):
    report = replay(load_pack(pack), Plan(StrategyName.VOTE, "abc", calibrated=2))

    # Four prompts of 100 tokens at $1, and texts of 4 (three of them 16 characters) at $2 a million.
    assert report.cost == (Decimal("0.000432"), ("b", "c"))


def test_replay_holds_a_cascade_against_its_last_stage_and_against_the_majority(pack):
    report = replay(load_pack(pack), Plan(StrategyName.CASCADE, "cba", calibrated=2))

    # Both cheap members agree on items 4 and 5, wrongly and rightly; on 2 they agree too, and 3 asks a.
    assert {name: (share.right, share.n) for name, share in report.exits.items()} == {
        "agreed": (2, 3),
        "escalated": (1, 1),
    }
    assert [(rival.name, rival.share.right) for rival in report.rivals] == [
        ("best single, a", 2),
        ("last stage alone, a", 2),
        ("majority", 3),
    ]
    assert (report.calls, report.calls_saved) == (9, 3)
    assert (report.cost.usd, report.cost_of_all.usd) == (Decimal("0.000108"), Decimal("0.000432"))


def test_replay_may_take_the_recorded_final_answers(pack):
    lines = [json.loads(line) for line in pack.read_text().splitlines()]
    lines[2]["answers"]["b"] |= {"answer": "8", "correct": False}
    pack.write_text("\n".join(json.dumps(one) for one in lines))

    shares = {one: replay(load_pack(pack), Plan(StrategyName.VOTE, "abc", 2, one)).share.right for one in Finals}

    assert shares == {Finals.TEXT: 2, Finals.RECORDED: 2}
    exits = replay(load_pack(pack), Plan(StrategyName.VOTE, "abc", 2, Finals.RECORDED)).exits
    assert {name: share.n for name, share in exits.items()} == {"majority": 3, "tie_broken": 1}


def test_replay_counts_meanings_of_the_panel_alone(tmp_path, capsys):
    owned = "The council owned the old bridge until 1987."
    texts = {
        "a": owned,
        "b": "The old bridge was owned by the council until 1987.",
        "c": owned.replace("1987", "1978"),
        "d": "The council owned the old bridge until 1987 typically.",
    }
    answers = {one: {"text": text, "answer": None, "correct": one in "ab"} for one, text in texts.items()}
    path = tmp_path / "texts.jsonl"
    path.write_text("\n".join(json.dumps({"id": str(number), "answers": answers}) for number in range(3)))

    call_command("replay", str(path), "vote", panel="a,b,c", calibrate=1, answer_kind="meaning")

    assert "majority" in capsys.readouterr().out
    plain = replay(load_pack(path), Plan(StrategyName.VOTE, "abc", 1))
    told = replay(load_pack(path), Plan(StrategyName.VOTE, "abc", 1, counting=Counting(CountedKind.MEANING)))
    assert (plain.share.right, told.share.right, told.calibration.counts) == (0, 2, "meaning")
    (item, *_) = labelled_items(load_pack(path).items, counting=Counting(CountedKind.MEANING), members="abc")
    assert (item.answers["a"] == item.answers["b"], set(item.answers)) == (True, set("abc"))


def test_replay_counts_labels_of_a_list_and_answers_made_of_fields(tmp_path, capsys):
    told = {"a": (1, 2, 5), "b": (1, 3, 6), "c": (7, 3, 5), "d": (1, 3.0, 5)}
    texts = {model: json.dumps(dict(zip("xyz", values, strict=True))) for model, values in told.items()}
    rows = []
    for number in range(4):
        told = texts if number < 3 else {**texts, "d": '{"x": 9}'}
        answers = {one: {"text": text, "answer": None, "correct": one == "d"} for one, text in told.items()}
        rows.append({"id": str(number), "answers": answers})
    path = tmp_path / "fields.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows))

    report = replay(load_pack(path), Plan(StrategyName.VOTE, "abc", 1, counting=Counting(no_majority=NoMajority.NULL)))
    right = {name: (share.right, share.n) for name, share in report.exits.items()}
    assert right == {"fields": (2, 2), "fields, as no model of the pack answered": (0, 1)}
    call_command("replay", str(path), "vote", panel="a,b,c", calibrate=1, fields="null")
    assert "fields that no model of the pack gave together" in capsys.readouterr().out
    call_command("replay", str(path), "cascade", panel="b,c,a", calibrate=1, labels="3,8")
    # The last of the labels is 3 in both, so the first stage agrees.
    assert "agreed" in capsys.readouterr().out
    with pytest.raises(CommandError, match="two labels or more"):
        call_command("replay", str(path), "vote", panel="a,b,c", calibrate=1, labels="spam")


def test_command_prints_the_figures_and_writes_them_as_json(pack, tmp_path, capsys):
    zipped = tmp_path / "zipped.jsonl.gz"
    zipped.write_bytes(gzip.compress(pack.read_bytes()))
    figures = tmp_path / "figures.json"

    call_command("replay", str(zipped), "vote", panel="a,b,c", calibrate=2, json=str(figures))

    printed = capsys.readouterr().out
    assert "vote                                          75.00 %  [19.4, 99.4]  n = 4" in printed
    assert "best single, a                                50.00 %" in printed
    assert "only vote right 1, only this right 0, McNemar p = 1.000" in printed
    assert "calls 12, saved 0 of 12" in printed
    assert "cost ≥ $0.0004 of ≥ $0.0004 for the whole panel, estimated from characters" in printed
    assert "without a price, so not in the cost: b, c" in printed
    document = json.loads(figures.read_text())
    assert document["accuracy"]["share"] == 0.75
    assert document["rivals"][0]["mcnemar_p"] == 1
    assert (document["cost_is_estimated"], document["models_without_price"]) == (True, ["b", "c"])


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"panel": "a,z"}, "has no recording of z"),
        ({"panel": "a"}, "A panel has 2 to 26 different models; this one has 1."),
        ({"panel": "a,a"}, "different models"),
        ({"panel": "a,b", "calibrate": 6}, "Calibrate on 0 to 5 items"),
    ],
)
def test_command_refuses_what_cannot_be_replayed(pack, options, sentence):
    with pytest.raises(CommandError, match=sentence):
        call_command("replay", str(pack), "vote", **{"calibrate": 2} | options)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "has no items"),
        ("{", "line 1: the line: Invalid JSON"),
        ('{"id": "x", "answers": {"a": {"text": "t", "answer": null}}}', "line 1: answers.a.correct: Field required"),
        ('{"id": "x", "answers": {}}', "line 1: answers: Dictionary should have at least 1 item"),
        (
            '{"id": "x", "answers": {"a": {"text": "t", "correct": true, "latency_s": -1}}}',
            "latency_s: Input should be",
        ),
        ('{"id": "x", "prompt": null, "answers": {"a": {"text": "t", "claims": []}}}', "answers.a.correct: Field req"),
        (
            2 * '{"id": "x", "answers": {"a": {"text": "t", "correct": true}}}\n',
            "line 2: the id x stands in line 1 too",
        ),
    ],
)
def test_command_says_what_is_wrong_with_a_pack(tmp_path, text, sentence):
    path = tmp_path / "broken.jsonl"
    path.write_text(text)

    with pytest.raises(CommandError, match=sentence):
        call_command("replay", str(path), "vote")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("replay", str(tmp_path / "none.jsonl"), "vote")


HAIKU, FLASH, MINI = "claude-3-haiku-20240307", "gemini-1.5-flash", "gpt-4o-mini-2024-07-18"
LLAMA, SMALL_LLAMA = "Meta-Llama-3.1-70B-Instruct", "Meta-Llama-3.1-8B-Instruct"
QWEN, SMALL_QWEN, LARGE = "Qwen2-72B-Instruct", "Qwen2-7B-Instruct", "gpt-4o-2024-08-06"
PRO, FLASH_2, CODER, MISTRAL = (
    *("gemini-1.5-pro-002", "gemini-1.5-flash-002"),
    *("DeepSeek-Coder-V2", "Mistral-7B-Instruct-v0.2"),
)
MAJORITIES = [
    # The pack, the panel, and in percent: the best single and the majority, tested on the last 400 items; the majority
    # on all 600; all members wrong. They were computed apart from this program, on the final answers of the packs.
    ("gsm8k", (HAIKU, FLASH, MINI, LLAMA, QWEN), (94.25, 96.25, 95.67, 2.33)),
    ("gsm8k", (HAIKU, FLASH, MINI), (94.25, 95.75, 94.83, 3.17)),
    ("gsm8k", (LARGE, SMALL_LLAMA, SMALL_QWEN), (95.50, 95.75, 94.83, 3.00)),
    ("gsm8k", "all", (95.50, 96.75, 96.50, 1.83)),
    ("mmlu_pro", (FLASH_2, LLAMA, CODER), (60.75, 61.50, 62.33, 23.00)),
    ("mmlu_pro", (PRO, SMALL_LLAMA, MISTRAL), (65.75, 59.75, 60.00, 26.17)),
    ("mmlu_pro", (PRO, LLAMA, CODER, SMALL_LLAMA, MISTRAL), (65.75, 63.75, 64.83, 17.00)),
]


@needs_packs
@pytest.mark.parametrize(("name", "panel", "expected"), MAJORITIES)
def test_vote_gives_the_reference_figures(name, panel, expected):
    pack = reference_pack(name)
    report = replay(pack, Plan(StrategyName.VOTE, pack.models if panel == "all" else panel, 200, Finals.RECORDED))

    found = (report.rivals[0].share.percent, report.share.percent, report.whole.percent, report.all_wrong.percent)
    assert found == pytest.approx(expected, abs=0.2)


WEIGHTED = (96.50, 95.75, 95.50, 97.00, 61.50, 66.00, 67.00)


@needs_packs
@pytest.mark.parametrize(
    ("name", "panel", "expected"),
    [(name, panel, one) for (name, panel, _), one in zip(MAJORITIES, WEIGHTED, strict=True)],
)
def test_weighted_gives_the_reference_figures_and_is_not_below_the_best_single(name, panel, expected):
    pack = reference_pack(name)
    panel = pack.models if panel == "all" else panel

    report = replay(pack, Plan(StrategyName.WEIGHTED, panel, 200, Finals.RECORDED))

    assert report.share.percent == pytest.approx(expected, abs=0.2)
    assert report.share.interval.high >= report.rivals[0].share.right / report.share.n
    assert report.calibration.rule is CountingRule.WEIGHTED


@needs_packs
@pytest.mark.parametrize("case", [0, 2, 5])
def test_early_exit_answers_as_the_full_vote_does_and_waits_for_less(case):
    name, panel, _ = MAJORITIES[case]
    pack = reference_pack(name)

    early = replay(pack, Plan(StrategyName.EARLY_EXIT, panel, 200, Finals.RECORDED))

    assert early.share.percent == pytest.approx(WEIGHTED[case], abs=0.001)
    assert (early.calls, early.calls_cut > 0) == (len(panel) * 400, True)


CEILINGS = [
    # Pack, panel; of 600 items, the share on which all are wrong, the best member's, and the bound on the gain.
    ("gsm8k", (HAIKU, FLASH, MINI), (0.032, 0.940, 0.039)),
    ("mmlu_pro", (FLASH_2, LLAMA, CODER), (0.230, 0.600, 0.198)),
]


@needs_packs
@pytest.mark.parametrize(("name", "panel", "expected"), CEILINGS)
def test_ceiling_gives_the_reference_figures(name, panel, expected):
    ceiling = ceiling_of(labelled_items(reference_pack(name).items, Finals.RECORDED), panel)

    found = (1 - ceiling.share, ceiling.best_right / ceiling.n, ceiling.headroom_bound)
    assert found == pytest.approx(expected, abs=0.0006)


@needs_packs
def test_advisor_finds_the_trio_with_the_largest_headroom():
    pack = reference_pack("gsm8k")
    items = labelled_items(pack.items, Finals.RECORDED)

    headroom = {panel: ceiling_of(items, panel).headroom for panel in combinations(pack.models, 3)}

    best = max(headroom, key=headroom.__getitem__)
    assert (set(best), round(headroom[best], 3)) == ({FLASH, HAIKU, SMALL_LLAMA}, 0.055)
    assert round(min(headroom.values()), 3) == 0.010


CASCADES = [
    # Pack, cheap ones, strong one; in percent of 600 items: escalated, right; right where they agreed, and how often.
    ("gsm8k", (FLASH, MINI), LARGE, (10.3, 96.33, 98.3, 538)),
    ("gsm8k", (FLASH, MINI, HAIKU), LARGE, (14.8, 96.33, 98.8, 511)),
    ("gsm8k", (SMALL_QWEN, SMALL_LLAMA), LARGE, (25.5, 94.83, 96.2, 447)),
    ("mmlu_pro", (FLASH_2, LLAMA), PRO, (43.0, 66.17, 76.0, 342)),
    ("mmlu_pro", (FLASH_2, LLAMA, CODER), PRO, (54.5, 67.33, 82.4, 273)),
]


@needs_packs
@pytest.mark.parametrize(("name", "cheap", "strong", "expected"), CASCADES)
def test_cascade_gives_the_reference_figures(name, cheap, strong, expected):
    pack = reference_pack(name)

    report = replay(pack, Plan(StrategyName.CASCADE, (*cheap, strong), 0))

    agreed, escalated = report.exits["agreed"], report.exits["escalated"]
    found = (100 * escalated.n / report.share.n, report.share.percent, agreed.percent, agreed.n)
    assert found == (*(pytest.approx(one, abs=0.2) for one in expected[:3]), expected[3])
    assert (report.finals, report.share.n, report.calls_saved) == (Finals.RECORDED, 600, agreed.n)


@needs_packs
def test_vote_on_what_is_read_in_the_texts_is_nearly_the_same():
    pack = reference_pack("gsm8k")

    read = replay(pack, Plan(StrategyName.VOTE, MAJORITIES[1][1], 200, Finals.TEXT))

    assert read.share.percent == pytest.approx(95.75, abs=0.2)
