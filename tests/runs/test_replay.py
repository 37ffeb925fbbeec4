"""Replays drive the strategies' own steps over recorded answers, and say what they cannot replay."""

import gzip
import json
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from apps.fusion.values import NoMajority
from apps.fusion.vocabulary import CountedKind, StrategyName
from apps.runs.measuring.pack_labels import Finals, labelled_items
from apps.runs.measuring.packs import load_pack
from apps.runs.measuring.replay import replay
from apps.runs.measuring.replay_recipes import Counting
from apps.runs.measuring.replay_report import Plan

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


def broken(tmp_path, content):
    path = tmp_path / ("broken.jsonl.gz" if isinstance(content, bytes) else "broken.jsonl")
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


ZIPPED = gzip.compress("\n".join(json.dumps(item(number, a=RIGHT, b=WRONG)) for number in range(50)).encode(), mtime=0)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (ZIPPED[:-20], "cannot be read: Compressed file ended"),
        (ZIPPED[:40] + b"\xff" * 60 + ZIPPED[100:], "cannot be read: Error -3 while decompressing"),
        (b"{}", "cannot be read: Not a gzipped file"),
        (gzip.compress(b"\xff\xfe", mtime=0), "no text in UTF-8; the name of a gzipped pack ends in .gz"),
        ("[1]", "line 1: the line: Input should be an object"),
        ('{"id": "x", "answers": {"a": {"text": "t", "answer": ["t"], "correct": true}}}', "answers.a.answer: Input"),
    ],
)
def test_file_that_is_broken_is_refused_with_its_fault(tmp_path, content, sentence):
    with pytest.raises(CommandError, match=sentence):
        call_command("replay", str(broken(tmp_path, content)), "vote")


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ("[]", "form of prices: Input should be a valid dictionary"),
        ('{"a": 1}', "form of prices: a: Input should be"),
        ('{"a": {"price_usd_per_1m_tokens": 2}}', "a.price_usd_per_1m_tokens: Input should be"),
        ('{"a": {"price_usd_per_1m_tokens": {"input": "dear"}}}', "a.price_usd_per_1m_tokens.input: Input should be"),
        ('{"a": {"price_usd_per_1m_tokens": {"input": -1}}}', "input: Input should be greater than or equal to 0"),
        ('{"a": {"price_usd_per_1m_tokens": {"input": NaN}}}', "input: Input should be a finite number"),
        ("{" * 100_000, "form of prices: "),
    ],
)
def test_prices_that_are_none_are_refused_with_their_fault(pack, told, sentence):
    (pack.parent / "models.json").write_text(told)

    with pytest.raises(CommandError, match=sentence):
        call_command("replay", str(pack), "vote")


@pytest.mark.parametrize(
    ("strategy", "options", "sentence"),
    [
        ("single", {}, "single asks one model; this panel has 3. Name one with --panel."),
        ("weighted", {"weights": "1,x,2"}, "Write --weights as numbers with commas between, such as 3,1,1, not 1,x,2."),
        ("weighted", {"weights": "1,-1,2"}, "^weights.B: Input should be greater than or equal to 0.$"),
        ("weighted", {"weights": "1,nan,2"}, "^weights.B: Input should be"),
        ("weighted", {"weights": "1,inf,2"}, "^weights.B: Input should be less than or equal to 1000000.$"),
        ("weighted", {"weights": "0,0,0"}, "^Votes that weigh by cost or by hand need a weight above 0.$"),
        ("cascade", {"stages": "two"}, "Write --stages as numbers with commas between, such as 2,1,1, not two."),
        ("cascade", {"stages": "3"}, "^stages: Tuple should have at least 2 items"),
        ("cascade", {"stages": "1,2"}, "^The first stage needs two members that can agree, and the last one has one.$"),
        ("cascade", {"stages": "4,-1"}, "^The first stage needs two members"),
        ("cascade", {"threshold": 0.5}, "^threshold: Input should be greater than 0.5.$"),
        ("cascade", {"threshold": float("nan")}, "^threshold: Input should be"),
        ("weighted", {"alpha": 2.0}, "Certify a share of errors between 0 and 1"),
        ("weighted", {"alpha": float("nan")}, "Certify a share of errors between 0 and 1"),
        ("weighted", {"alpha": 0.1, "calibrate": 0}, "A certificate needs items to calibrate on"),
        ("vote", {"answer_kind": "label"}, "Votes for labels need two labels or more."),
        ("vote", {"json": "/nowhere/figures.json"}, "The figures cannot be written: .*No such file or directory"),
    ],
)
def test_odd_settings_are_refused_with_what_to_do(pack, strategy, options, sentence):
    with pytest.raises(CommandError, match=sentence):
        call_command("replay", str(pack), strategy, **{"calibrate": 2} | options)


@pytest.mark.parametrize(
    ("strategy", "options", "sentence"),
    [
        ("vote", {"alpha": 0.1, "stages": "2,1"}, "without effect on vote: --alpha, --stages"),
        ("fuse", {"rule": "single", "weigh_by": "cost"}, "without effect on fuse: --rule, --weigh-by"),
        ("cascade", {"fields": "null", "weights": "1,1,1"}, "without effect on cascade: --weights, --fields"),
        ("weighted", {"weigh_by": "cost", "weights": "1,1,9"}, "without effect on weighted: --weights"),
        ("single", {"panel": "a", "answer_kind": "number"}, "without effect on single: --answer-kind"),
        ("early_exit", {"alpha": 0.9, "weights": "1,1,1"}, "nothing is certified: that is for votes that weigh by acc"),
        ("cascade", {"alpha": 0.9, "threshold": 0.7}, "nothing is certified: a stage agrees at the threshold"),
        ("cascade", {"alpha": 0.9, "panel": "a,b,c,d", "stages": "2,1,1"}, "that is for a first stage of all members"),
    ],
)
def test_settings_without_effect_are_named(pack, capsys, strategy, options, sentence):
    lines = [json.loads(line) for line in pack.read_text().splitlines()]
    pack.write_text(
        "\n".join(json.dumps(one | {"answers": {**one["answers"], "d": one["answers"]["a"]}}) for one in lines)
    )

    call_command("replay", str(pack), strategy, **{"panel": "a,b,c", "calibrate": 2} | options)

    printed = capsys.readouterr().out
    assert sentence in printed
    assert "certified at" not in printed


def test_pack_of_one_item_is_replayed_whole(tmp_path, capsys):
    path = broken(tmp_path, json.dumps(item(1, a=RIGHT, b=RIGHT)))
    with pytest.raises(CommandError, match="Calibrate on 0 to 0 items; the others are tested"):
        call_command("replay", str(path), "vote")

    call_command("replay", str(path), "vote", calibrate=0)

    assert "100.00 %  [2.5, 100.0]  n = 1" in capsys.readouterr().out
