"""Rates of deception: forged quotes believed, harmless ones refused, chips that survive a change, cut replies named."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from random import Random
from typing import NamedTuple

from apps.fusion.comparing.passages import supporters
from apps.fusion.judging.quotes import find
from apps.fusion.judging.reply import BadReply, parse_reply
from apps.fusion.vocabulary import FinishReason
from apps.runs.measuring.figures import Figure
from apps.runs.measuring.mutations import FORGED, HARMLESS, Mutator

SHORTEST, LONGEST = 40, 240
"""Characters of a sentence that is changed."""
CHIP_KINDS = ("number", "negation", "name", "unit", "antonym", "sign", "operator")
TENTHS = 10
TARGETS = {
    "forged quote found": "≤ .01",
    "harmless variant found": "≥ .99",
    "chip survives": "≤ .05",
    "cut reply named": "1",
    "cut reply with a figure": "0",
}


class Rate(NamedTuple):
    """The number of times that something happened in ``n`` cases of a kind of change."""

    what: str
    kind: str
    hits: int
    n: int

    @property
    def share(self) -> float | None:
        """The share, 0 to 1; ``None`` without a case."""
        return self.hits / self.n if self.n else None


class Cut(NamedTuple):
    """Replies cut at every tenth: how many say so, and how many give an agreement figure all the same."""

    named: Rate
    with_figure: Rate


def quote_rates(texts: Sequence[str], seed: int = 0) -> list[Rate]:
    """Return how often quotes of recorded answers are found: forged ones of each kind, and harmless variants.

    A forged quote that is found at all counts as believed, also if it is only called similar.
    """
    return [
        *_found("forged quote found", FORGED, texts, seed),
        *_found("harmless variant found", HARMLESS, texts, seed),
    ]


def trust_figures(panels: Sequence[Mapping[str, str]], seed: int = 0) -> Iterator[Figure]:
    """Yield the figures on quotes, chips and cut replies for panels of answers (slot to text)."""
    texts = [text for answers in panels for text in answers.values()]
    named, with_figure = cut_rates(panels, seed)
    for rate in (*quote_rates(texts, seed), *chip_rates(texts, seed), named, with_figure):
        yield Figure(f"{rate.what}: {rate.kind}", rate.share, rate.n, TARGETS.get(rate.what, ""))


def _found(what: str, mutators: Mapping[str, Mutator], texts: Sequence[str], seed: int) -> Iterator[Rate]:
    for kind, mutate in mutators.items():
        chance = Random(f"{seed}:{kind}")  # noqa: S311 - to be repeated, not to be secret
        pairs = [(text, mutate(one, chance), one) for text in texts for one in _sentences(text)]
        changed = [(text, quote) for text, quote, original in pairs if quote != original]
        yield Rate(what, kind, sum(find(quote, text) is not None for text, quote in changed), len(changed))


def chip_rates(texts: Sequence[str], seed: int = 0) -> list[Rate]:
    """Return how often a passage keeps its chip: as it was, and after a change of each kind."""
    originals = [(text, one) for text in texts for one in _sentences(text) if _has_chip(one, text)]
    total = sum(1 for text in texts for _ in _sentences(text))
    rates = [Rate("chip given", "unchanged", len(originals), total)]
    for kind in CHIP_KINDS:
        chance = Random(f"{seed}:{kind}")  # noqa: S311 - as above
        pairs = [(text, FORGED[kind](one, chance), one) for text, one in originals]
        changed = [(text, passage) for text, passage, original in pairs if passage != original]
        survivors = sum(_has_chip(passage, text) for text, passage in changed)
        rates.append(Rate("chip survives", kind, survivors, len(changed)))
    return rates


def _has_chip(passage: str, text: str) -> bool:
    found = supporters(passage, {"A": text})
    return bool(found) and all(one.slots for one in found)


def cut_rates(panels: Iterable[Mapping[str, str]], seed: int = 0) -> Cut:
    """Cut a judge's reply about each panel's answers (slot to text) at every tenth, some without a finish reason."""
    named = figures = n = 0
    chance = Random(seed)  # noqa: S311 - as above
    for answers in panels:
        raw = _reply(answers)
        before = chance.choice(["", "```json\n", f"<think>{raw}</think>", "Here is the analysis:\n"])
        for tenth in range(1, TENTHS):
            text = before + raw[: len(raw) * tenth // TENTHS]
            reason = chance.choice([FinishReason.LENGTH, FinishReason.UNKNOWN])
            n += 1
            try:
                analysis = parse_reply(text, answers, {slot: slot for slot in answers}, "measured", reason)
            except BadReply as error:
                named += "cut off" in str(error)
                continue
            named += "cut off" in analysis.note
            figures += analysis.agreement.score is not None
    return Cut(Rate("cut reply named", "tenths", named, n), Rate("cut reply with a figure", "tenths", figures, n))


def _reply(answers: Mapping[str, str]) -> str:
    """Return a whole judge's reply about some answers, with their first sentences for points and quotes."""
    first = {slot: next(_sentences(text), text[:LONGEST]) for slot, text in answers.items()}
    support = [{"answer": slot, "quote": quote} for slot, quote in first.items()]
    stances = [{"stance": one["quote"], "support": [one]} for one in support]
    return json.dumps(
        {
            "bottom_lines": [{"answer": slot, "bottom_line": said, "quote": said} for slot, said in first.items()],
            "contradictions": [{"topic": "what comes first", "stances": stances}],
            "consensus": [{"point": "They answer.", "support": support}],
            "partial_coverage": [{"point": said, "support": support[:1]} for said in first.values()],
            "unique_insights": [{"answer": slot, "insight": said, "quote": said} for slot, said in first.items()],
            "blind_spots": ["Nothing is said of sources."],
        }
    )


def _sentences(text: str) -> Iterator[str]:
    for line in text.splitlines():
        for sentence in line.replace(". ", ".\n").split("\n"):
            if SHORTEST <= len(sentence.strip()) <= LONGEST:
                yield sentence.strip()
