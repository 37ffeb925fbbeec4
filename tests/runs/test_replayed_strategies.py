"""Replays of each strategy on generated packs, held against figures that are counted here in another way."""

import json
import random

import pytest
from django.core.management import CommandError, call_command
from scipy.stats import binomtest

from apps.fusion.routing import ROUTE
from apps.fusion.strategies import STRATEGIES
from apps.fusion.vocabulary import StrategyName, WeightBasis
from apps.runs.measuring.packs import BadPack, Item, Pack, load_latencies, load_pack
from apps.runs.measuring.replay import replay, with_latencies
from apps.runs.measuring.replay_recipes import NOT_RECORDED, REPLAYED, Variation
from apps.runs.measuring.replay_report import Plan

FINALS = {
    # Forms that our rules would read as equal, or not read at all: the pack's own word on them counts.
    "numbers": ("1/2", "0.5", "2", "2.0", "-7"),
    "words": ("the treaty of versailles", "Rome", "I cannot say", "none of the above"),
    "code": ("'20'", "20", "[1, 2]", "None", "{'a': 1}"),
    "formulas": ("\\frac{1}{2}", "x^2", "(0, 1]", ""),
    "dates": ("2020-01-02", "2020-01-03", "2 January 2020"),
}


def generated(kind, rates, seed, items=80):
    """Return a pack whose models are right at these rates; they err alike on hard items, and say nothing on some."""
    chance, rows = random.Random(seed), []
    for number in range(items):
        gold, *wrong = chance.sample(FINALS[kind], len(FINALS[kind]))
        hard, answers = chance.random(), {}
        for model, rate in rates.items():
            is_right = (hard if chance.random() < 0.4 else chance.random()) < rate
            final = gold if is_right else chance.choice([*wrong[:2], None])
            answers[model] = {"text": f"It is {final}.", "answer": final, "correct": is_right}
        rows.append(Item.model_validate({"id": f"{kind}-{number}", "prompt": "How many?", "answers": answers}))
    return Pack(kind, rows, {}, {})


def counted(pack, panel, calibrated):
    """Return for each item whether its most frequent final answer is right; a tie goes to the best member so far."""
    best = {model: sum(item.answers[model].correct for item in pack.items[:calibrated]) for model in panel}
    right = []
    for item in pack.items:
        votes = {}
        for model in panel:
            if item.answers[model].answer is not None:
                votes.setdefault(item.answers[model].answer, []).append(model)
        keys = {models[0]: (len(models), max(best[one] for one in models)) for models in votes.values()}
        winners = [model for model, key in keys.items() if key == max(keys.values())]
        # Of members that were right as often neither breaks a tie, which a judge would have to.
        right.append(len(winners) == 1 and item.answers[winners[0]].correct)
    return right


PANELS = {
    "equals": {"a": 0.7, "b": 0.72, "c": 0.75, "d": 0.68},
    "one strong": {"a": 0.95, "b": 0.4, "c": 0.45, "d": 0.35},
    "all weak": {"a": 0.3, "b": 0.25, "c": 0.35},
    "two": {"a": 0.8, "b": 0.6},
}


@pytest.mark.parametrize("kind", FINALS)
@pytest.mark.parametrize("rates", PANELS.values(), ids=PANELS)
def test_votes_on_recorded_answers_are_as_counted_by_hand(kind, rates):
    pack, panel = generated(kind, rates, seed=len(rates)), list(rates)

    vote = replay(pack, Plan(StrategyName.VOTE, panel, 30))
    weighted = replay(pack, Plan(StrategyName.WEIGHTED, panel, 30))
    early = replay(pack, Plan(StrategyName.EARLY_EXIT, panel, 30))

    assert (vote.share.right, vote.whole.right) == (
        sum(counted(pack, panel, 30)[30:]),
        sum(counted(pack, panel, 30)),
    )
    best = weighted.rivals[0]
    assert weighted.share.interval.high >= best.share.right / best.share.n
    differing = best.only_strategy + best.only_rival
    assert best.p == pytest.approx(binomtest(best.only_strategy, differing).pvalue if differing else 1)
    assert early.share == weighted.share


def test_early_exit_gives_the_weighted_vote_in_whatever_order_the_answers_come_and_sooner():
    pack, panel = generated("numbers", PANELS["equals"], seed=2, items=90), list("abcd")
    full = replay(pack, Plan(StrategyName.WEIGHTED, panel, 30))
    chance = random.Random(5)
    for _ in range(6):
        table = {model: tuple(chance.uniform(1, 30) for _ in range(7)) for model in panel}
        timed = with_latencies(pack, table)
        early = replay(timed, Plan(StrategyName.EARLY_EXIT, panel, 30))
        whole = replay(timed, Plan(StrategyName.WEIGHTED, panel, 30))

        assert (early.share, early.whole) == (full.share, full.whole)
        assert early.waiting.mean < whole.waiting.mean
        assert early.calls_cut > 0


RIGHT, WRONG = ("The answer is 7.", "7"), ("The answer is 8.", "8")


def item(number, told, **fields):
    answers = {m: {"text": text, "answer": final, "correct": final == "7"} for m, (text, final) in told.items()}
    return Item.model_validate({"id": f"item-{number}", "answers": answers, **fields})


def times_of(report):
    return (report.waiting.median, report.waiting.most, report.waiting.mean)


def test_time_to_the_answer_is_that_of_the_strategys_own_steps():
    agreed, apart = {"a": RIGHT, "b": RIGHT, "c": RIGHT, "d": RIGHT}, {"a": RIGHT, "b": WRONG, "c": WRONG, "d": RIGHT}
    seconds = {"a": (1.0,), "b": (4.0,), "c": (10.0,), "d": (20.0,)}
    pack = Pack("timed", [item(0, agreed), item(1, apart)], {}, {}, seconds)

    def replayed(strategy, panel="abcd", **options):
        return replay(pack, Plan(strategy, panel, 0, variation=Variation(**options)))

    assert times_of(replayed(StrategyName.SINGLE, "c")) == (10, 10, 10)
    assert times_of(replayed(StrategyName.VOTE)) == (20, 20, 20)
    # Of four that agree three decide; two to two waits for all.
    assert times_of(replayed(StrategyName.EARLY_EXIT)) == (15, 20, 15)
    # a and b agree after 4 s; else c is asked behind them, and d behind c where c joins neither.
    assert times_of(replayed(StrategyName.CASCADE, "abc")) == (9, 14, 9)
    assert times_of(replayed(StrategyName.CASCADE, stages=(2, 1, 1))) == (9, 14, 9)
    # What is late for the hard limit of ten minutes is cut, and the stage goes on without it.
    late = replay(with_latencies(pack, {"b": (5000.0,)}), Plan(StrategyName.CASCADE, "abc", 0))
    assert (times_of(late), late.exits.keys()) == ((610, 610, 610), {"escalated at the hard limit"})
    # An unknown latency of a member leaves the time unknown.
    part = Pack("part", pack.items, {}, {}, {"a": (1.0,)})
    assert replay(part, Plan(StrategyName.VOTE, "ab", 0)).waiting is None
    assert replay(part, Plan(StrategyName.SINGLE, "a", 0)).waiting.mean == 1


def test_latencies_stand_in_the_pack_beside_it_or_in_a_table(tmp_path, capsys):
    rows = [
        {
            "id": str(number),
            "answers": {
                "a": {"text": "The answer is 7.", "correct": True, "latency_s": 2},
                "b": {"text": "The answer is 7.", "correct": True},
            },
        }
        for number in range(3)
    ]
    path, table, figures = tmp_path / "pack.jsonl", tmp_path / "table.json", tmp_path / "figures.json"
    path.write_text("\n".join(map(json.dumps, rows)))
    (tmp_path / "models.json").write_text(json.dumps({"a": {"latency_s": 50}, "b": {"latency_s": [3, 3]}}))
    table.write_text(json.dumps({"b": 8}))

    call_command("replay", str(path), "vote", calibrate=0)
    beside = capsys.readouterr().out
    call_command("replay", str(path), "vote", calibrate=0, latencies=str(table), json=str(figures))

    # What was recorded of an answer goes before the model's, and the table before both.
    assert "time to the answer: 3.0 s in the middle, 3.0 s for nine in ten, 3.0 s on average" in beside
    assert "time to the answer: 8.0 s" in capsys.readouterr().out
    document = json.loads(figures.read_text())
    assert document["seconds_to_answer"] == {"median": 8, "p90": 8, "mean": 8}
    assert document["rivals"][0]["seconds_to_answer"]["mean"] == 2
    for broken in ("[]", '{"b": []}', '{"b": -1}', '{"b": NaN}', "{"):
        table.write_text(broken)
        with pytest.raises(BadPack, match="is no table of seconds by model"):
            load_latencies(table)


def test_every_strategy_is_replayed_or_refused_with_the_reason(tmp_path):
    refused = {*STRATEGIES} - {*REPLAYED}
    pack = generated("numbers", PANELS["two"], 1, 4)
    for name in refused:
        with pytest.raises(ValueError, match=f"{name} cannot be replayed: {NOT_RECORDED}"):
            replay(pack, Plan(name, "ab", 0))
    with pytest.raises(ValueError, match="has no comparisons of its answers"):
        replay(pack, Plan(StrategyName.BEST_OF, "ab", 0))
    with pytest.raises(ValueError, match="single asks one model; this panel has 2"):
        replay(pack, Plan(StrategyName.SINGLE, "ab", 0))
    no_prompt = Pack("bare", [item(0, {"a": RIGHT, "b": WRONG})], {}, {})
    with pytest.raises(ValueError, match="route reads the prompts"):
        replay(no_prompt, Plan(ROUTE, "ab", 0))
    path = tmp_path / "pack.jsonl"
    path.write_text(pack.items[0].model_dump_json())
    with pytest.raises(CommandError, match="layers cannot be replayed"):
        call_command("replay", str(path), "layers")


def test_fuse_takes_the_closest_answer_of_its_built_in_writer():
    told = {
        "a": ("The bridge was built in 1932 by the city. The answer is 7.", "7"),
        "b": ("The bridge was built in 1932. The answer is 7.", "7"),
        "c": ("Nobody knows. The answer is 8.", "8"),
    }
    pack = Pack("texts", [item(0, told), item(1, {**told, "a": ("I think the answer is 8.", "8")})], {}, {})

    report = replay(pack, Plan(StrategyName.FUSE, "abc", 0))

    assert (report.share.right, report.exits.keys()) == (1, {"closest"})


def test_best_of_goes_by_recorded_comparisons_in_both_orders():
    told, both = {"a": WRONG, "b": RIGHT}, [("a", "b"), ("b", "a")]

    def compared(number, *better):
        replies = [{"first": x, "second": y, "better": one} for (x, y), one in zip(both, better, strict=False)]
        return item(number, told, comparisons=replies)

    pack = Pack(
        "pairs", [compared(0, "b", "b"), compared(1, "a", "a"), compared(2, "a", "b"), compared(3, "b")], {}, {}
    )

    report = replay(pack, Plan(StrategyName.BEST_OF, "ab", 0))

    ends = {name: (share.right, share.n) for name, share in report.exits.items()}
    # A preference that turns with the order leaves the first; what was not compared is undecided.
    assert ends == {"best": (1, 3), "undecided": (0, 1)}


def test_route_asks_the_model_that_was_right_on_questions_like_it():
    topics = {"a": ("How tall is the mountain {}?", "b"), "b": ("Which law governs contract {}?", "a")}
    rows = []
    for number in range(440):
        text, wrong = topics["ab"[number % 2]]
        told = {"a": RIGHT, "b": RIGHT, wrong: WRONG, "c": (f"The answer is {number + 9}.", str(number + 9))}
        rows.append(item(number, told, prompt=text.format(number)))
    pack = Pack("topics", rows, {}, {})

    report = replay(pack, Plan(ROUTE, "abc", 400))

    assert report.share.percent == 100
    assert report.exits.keys() == {"single by neighbours, a", "single by neighbours, b"}
    few = replay(pack, Plan(ROUTE, "abc", 100))
    assert all("by form" in name for name in few.exits)


def test_votes_weigh_by_hand_or_by_price_where_that_is_asked(tmp_path, capsys):
    told = {"a": WRONG, "b": WRONG, "c": RIGHT}
    path = tmp_path / "pack.jsonl"
    path.write_text("\n".join(item(number, told).model_dump_json() for number in range(3)))
    prices = {model: {"price_usd_per_1m_tokens": {"input": 1, "output": 1}} for model in "ab"}
    prices["c"] = {"price_usd_per_1m_tokens": {"input": 1, "output": 9}}
    (tmp_path / "models.json").write_text(json.dumps(prices))

    for options in ({"weights": "1,1,3"}, {"weigh_by": "cost"}):
        call_command("replay", str(path), "weighted", calibrate=0, **options)
        # One vote of a member that nobody measured decides nothing alone, whatever it weighs.
        assert "undecided" in capsys.readouterr().out
    by_hand = Variation(weigh_by=WeightBasis.HAND, weights=(1, 1, 3))
    measured = replay(load_pack(path), Plan(StrategyName.WEIGHTED, "abc", 1, variation=by_hand))
    assert (measured.share.right, measured.share.n) == (2, 2)
    with pytest.raises(CommandError, match="need one for each member: 3, not 2"):
        call_command("replay", str(path), "weighted", calibrate=0, weights="1,2")
    with pytest.raises(CommandError, match="The stages have 2 members together, and the panel has 3"):
        call_command("replay", str(path), "cascade", calibrate=0, stages="1,1")


def test_items_that_a_member_did_not_answer_are_left_out_and_said(tmp_path, capsys):
    rows = [item(0, {"a": RIGHT, "b": RIGHT}), item(1, {"a": RIGHT}), item(2, {"b": WRONG, "a": WRONG})]
    path = tmp_path / "ragged.jsonl"
    path.write_text("\n".join(row.model_dump_json() for row in rows))

    call_command("replay", str(path), "vote", panel="a,b", calibrate=0)

    printed = capsys.readouterr().out
    assert "left out: 1 of 3 items, which not all of them answered" in printed
    assert "vote                                          50.00 %" in printed
    with pytest.raises(CommandError, match="A panel has 2 to 26 different models; this one has 1"):
        call_command("replay", str(path), "vote", panel="all", calibrate=0)
    path.write_text("\n".join(row.model_dump_json() for row in (item(0, {"a": RIGHT}), item(1, {"b": RIGHT}))))
    with pytest.raises(CommandError, match="There is no item that all of these models answered"):
        call_command("replay", str(path), "vote", panel="a,b", calibrate=0)
