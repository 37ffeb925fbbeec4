"""On the reference packs replays give the known figures, which were computed apart from this program."""

import os
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest

from apps.fusion import languages
from apps.fusion.answers import groups
from apps.fusion.calibration import CountingRule
from apps.fusion.ceiling import ceiling_of
from apps.fusion.vocabulary import StrategyName
from apps.runs.measuring.pack_labels import Finals, labelled_items
from apps.runs.measuring.packs import load_pack
from apps.runs.measuring.replay import replay
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


@pytest.fixture(scope="module", autouse=True)
def texts_are_read_once():
    """Reading a text is pure, and the panels share theirs."""
    with pytest.MonkeyPatch.context() as patch:
        for module, name in ((groups, "final_answer"), (languages, "language_of")):
            patch.setattr(module, name, cache(getattr(module, name)))
        yield


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
    ("gsm8k", (HAIKU, FLASH, MINI), (0.032, 0.940, 0.042)),
    ("mmlu_pro", (FLASH_2, LLAMA, CODER), (0.230, 0.600, 0.197)),
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
@pytest.mark.parametrize(("name", "panel", "expected"), [MAJORITIES[1], *MAJORITIES[4:]])
def test_vote_on_what_is_read_in_the_texts_gives_the_same_figures(name, panel, expected):
    pack = reference_pack(name)

    read = replay(pack, Plan(StrategyName.VOTE, panel, 200, Finals.TEXT))

    assert (read.share.percent, read.whole.percent) == pytest.approx(expected[1:3], abs=0.2)
