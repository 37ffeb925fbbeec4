"""Fit the weights with which an answer's conclusion is chosen, and write them into ``answers/choice/weights``.

    .venv/bin/python -m tests.fit_choice [letter|number|output]...

The data are labelled panels in ``tests/fusion/answers/panels``. Each answer with its final answer among its candidates
is one choice among them (a conditional logit model, McFadden 1974), fitted by L-BFGS with a quadratic penalty; panels
in the words of an assistant weigh more than those of a generator. ``--folds`` fits on four fifths and reads the rest.
"""

import argparse
import ast
import json
import sys
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import minimize

from apps.fusion.answers.choice import choosing
from apps.fusion.answers.choice.choosing import SAID_BY_OTHERS, Candidate, Weights, choose, weigh, with_others
from apps.fusion.answers.choice.letters import letter_candidates
from apps.fusion.answers.choice.literals import output_form
from apps.fusion.answers.choice.name_signs import name_candidates
from apps.fusion.answers.choice.name_spans import has, plain_words
from apps.fusion.answers.choice.number_signs import number_candidates
from apps.fusion.answers.choice.outputs import output_candidates
from apps.fusion.answers.options import in_latin, options_of
from apps.fusion.answers.reading import plain
from apps.fusion.answers.values import classify
from apps.fusion.languages import DECIMAL_COMMA, languages_of

PANELS = Path(__file__).parent / "fusion/answers/panels"
WEIGHTS = Path(choosing.__file__).with_name("weights")
WEIGHT_OF = {"natural": 4.0, "marked": 4.0, "short": 4.0, "numbers": 2.0, "generated": 2.0, "named": 1.0}
NATURAL = ("natural", "marked")
"""Sources in the words of an assistant."""
PENALTY = 1.0
FOLDS = 5


class Kind(NamedTuple):
    """A kind of conclusions: the name of its weights, its candidates, and whether one has the value of a label."""

    table: str
    candidates: Callable[[Mapping[str, str], str, Mapping[str, str]], Mapping[str, Sequence[Candidate]]]
    is_right: Callable[[Candidate, str, str], bool]


class Panel(NamedTuple):
    """The answers of a panel: what each may conclude, what each does conclude, and which candidates say that."""

    source: str
    candidates: Mapping[str, Sequence[Candidate]]
    finals: Mapping[str, str]
    right: Mapping[str, Sequence[bool]]

    def said(self, slot: str) -> set[Hashable | None]:
        """Return the values with which a text is read rightly."""
        own = zip(self.candidates[slot], self.right[slot], strict=True)
        return {one.value for one, is_right in own if is_right}


class Figures(NamedTuple):
    """Counts of answers that are read, and rightly, and of panels that are divided as they are, or although equal."""

    right: int
    read: int
    answers: int
    found: int
    differing: int
    alarms: int
    equal: int

    def __str__(self) -> str:
        return (
            f"{self.read} of {self.answers} answers read, {self.right} rightly; "
            f"{self.found} of {self.differing} panels that differ divided as they are, "
            f"{self.alarms} of {self.equal} equal ones divided"
        )


def read_panels(kind: str) -> Iterator[Panel]:
    """Yield the labelled panels whose question is one for a conclusion of a kind."""
    for source in WEIGHT_OF:
        for line in (PANELS / f"{source}.jsonl").read_text().splitlines():
            row = json.loads(line)
            if row["kind"] == kind:
                yield _panel(source, row)


def _panel(source: str, row: Mapping[str, Any]) -> Panel:
    kind, languages = KINDS[row["kind"]], languages_of(row["answers"], row["prompt"])
    options = options_of(row["prompt"])
    texts = {slot: in_latin(plain(text), options) for slot, text in row["answers"].items()}
    found = kind.candidates(texts, row["prompt"], languages)
    finals = {slot: in_latin(label, options) for slot, label in row["finals"].items()}
    said = {
        slot: {one.value for one in own if kind.is_right(one, finals[slot], languages[slot])}
        for slot, own in found.items()
    }
    right = {slot: [one.value in said[slot] for one in own] for slot, own in found.items()}
    # Where no candidate says what the text concludes, nothing is to be chosen, if that can be.
    for slot, own in found.items():
        if not any(right[slot]):
            right[slot] = [one.value is None for one in own]
    return Panel(source, found, finals, right)


def _is_number(one: Candidate, label: str, language: str) -> bool:
    """Return whether a candidate is the number of a label, in its unit, in another, or as a share."""
    final, said = classify(label, 0, len(label), language in DECIMAL_COMMA), one.final
    if final is None or final.value is None or said.value is None:
        return False
    times = (1, 100) if {final.dimension, said.dimension} == {"", "percent"} else (1,)
    is_same_unit = final.dimension == said.dimension and final.base == said.base
    return is_same_unit or any(final.value in (said.value * by, said.value / by) for by in times)


def _is_output(one: Candidate, label: str, _language: str) -> bool:
    """Return whether a candidate is the output that a label names, as a literal of Python or as it is shown."""
    shown = [label]
    with suppress(ValueError, SyntaxError):
        literal = ast.literal_eval(label)
        shown += [str(literal)] if isinstance(literal, str) else []
        shown += [" ".join(map(str, literal))] if isinstance(literal, tuple) else []
    return _bare(str(one.value)) in {_bare(output_form(form, 0, len(form)).canonical) for form in shown}


def _bare(form: str) -> str:
    """Return a form without its kind and quotes: labels say a string of figures or of a line in several ways."""
    return "".join(one for one in form.partition(":")[2] or form if one not in "\"' ")


def _is_letter(one: Candidate, label: str, _language: str) -> bool:
    return one.value == label


def _is_name(one: Candidate, label: str, _language: str) -> bool:
    """Return whether a candidate is the name of a label, or a part of it, or has it as a part."""
    said, words = frozenset(str(one.value or "").split()), plain_words(label)
    return bool(words and said) and (has(words, said) or has(said, words))


KINDS = {
    "letter": Kind("LETTER", letter_candidates, _is_letter),
    "number": Kind("NUMBER", number_candidates, _is_number),
    "short_text": Kind("NAME", name_candidates, _is_name),
    "output": Kind("OUTPUT", output_candidates, _is_output),
}


def fit(choices: Iterable[tuple[Sequence[Candidate], Sequence[bool], float]], names: list[str]) -> dict[str, float]:
    """Return the weight of each sign: choices are the candidates of an answer, which are right, and what it weighs."""
    rows, hits, groups, weighs = [], [], [], []
    for own, right, weight in choices:
        if any(right):
            rows += [[one.signs.get(name, 0.0) for name in names] for one in own]
            hits += right
            groups += [len(weighs)] * len(own)
            weighs.append(weight)
    x, hit, group, weigh = np.array(rows), np.array(hits, float), np.array(groups), np.array(weighs)

    def loss(weights: Any) -> tuple[float, Any]:
        sums = x @ weights
        highest = np.full(len(weigh), -np.inf)
        np.maximum.at(highest, group, sums)
        parts = np.exp(sums - highest[group])
        total, right = (np.bincount(group, one, len(weigh)) for one in (parts, parts * hit))
        slope = x.T @ ((parts * hit / right[group] - parts / total[group]) * weigh[group])
        value = -(weigh * np.log(right / total)).sum() + PENALTY * (weights**2).sum()
        return value, 2 * PENALTY * weights - slope

    options = {"maxiter": 2_000, "maxfun": 4_000, "ftol": 1e-12, "gtol": 1e-6}
    found = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B", options=options)
    return {name: round(float(one), 2) for name, one in zip(names, found.x, strict=True) if abs(one) >= 0.01}


def fit_both(panels: Sequence[Panel]) -> Weights:
    """Return the weights for a text alone, and those for one beside what the others say."""
    names = sorted({name for one in panels for own in one.candidates.values() for it in own for name in it.signs})
    alone = fit(
        ((own, one.right[slot], WEIGHT_OF[one.source]) for one in panels for slot, own in one.candidates.items()),
        names,
    )
    beside = []
    for one in panels:
        first = {slot: weigh(own, alone) for slot, own in one.candidates.items()}
        for slot, own in one.candidates.items():
            others = [choice for other, choice in first.items() if other != slot]
            beside.append((with_others(own, first[slot], others), one.right[slot], WEIGHT_OF[one.source]))
    return Weights(alone, fit(beside, [*names, SAID_BY_OTHERS]))


def figures(kind: str, panels: Iterable[tuple[Panel, Weights]]) -> Figures:
    """Return how panels are read with the weights that belong to each."""
    counts = dict.fromkeys(Figures._fields, 0)
    for one, own in panels:
        chosen = {slot: choice.candidate.value for slot, choice in choose(one.candidates, own).items()}
        counts["answers"] += len(one.finals)
        counts["read"] += len(chosen)
        counts["right"] += sum(value in one.said(slot) for slot, value in chosen.items())
        is_same = {(a, b): one.finals[a] == one.finals[b] for a in one.finals for b in one.finals}
        if all(is_same.values()):
            counts["equal"] += 1
            counts["alarms"] += len(set(chosen.values())) > 1
        else:
            counts["differing"] += 1
            counts["found"] += len(chosen) == len(one.finals) and all(
                (chosen[a] == chosen[b]) == same for (a, b), same in is_same.items()
            )
    return Figures(**counts)


def of_folds(kind: str, panels: Sequence[Panel]) -> Figures:
    """Return how the panels in the words of an assistant are read with weights that were not fitted on them."""
    natural = [one for one in panels if one.source in NATURAL]
    read = []
    for fold in range(FOLDS):
        kept = natural[fold::FOLDS]
        own = fit_both([one for one in panels if not any(one is other for other in kept)])
        read += [(one, own) for one in kept]
    return figures(kind, read)


def written(kind: str, own: Weights) -> str:
    """Return a table of weights as Python, the strongest first."""
    parts = []
    for name, table in own._asdict().items():
        rows = sorted(table.items(), key=lambda row: (-abs(row[1]), row[0]))
        body = "".join(f'        "{sign}": {value},\n' for sign, value in rows)
        parts.append(f"    {name}={{\n{body}    }},\n")
    name = KINDS[kind].table
    head = (
        f'"""Weights of the signs of what may be a {name.lower()}. ``python -m tests.fit_choice`` writes them."""\n\n'
    )
    return f"{head}from apps.fusion.answers.choice.choosing import Weights\n\n{name} = Weights(\n{''.join(parts)})\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", choices=[*KINDS, []], help="the kinds to fit; all of them without any")
    parser.add_argument("--folds", action="store_true", help="only tell how well unseen panels are read")
    given = parser.parse_args()
    for kind in given.kinds or KINDS:
        panels = list(read_panels(kind))
        if given.folds:
            sys.stdout.write(f"{kind}: {of_folds(kind, panels)}\n")
        else:
            (WEIGHTS / f"{KINDS[kind].table.lower()}.py").write_text(written(kind, fit_both(panels)))
            sys.stdout.write(f"{kind}: fitted on {len(panels)} panels\n")


if __name__ == "__main__":
    main()
