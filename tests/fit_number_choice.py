"""Fit the weights with which an answer's number is chosen, and write them into ``number_choice/weights.py``.

    .venv/bin/python -m tests.fit_number_choice

The data are labelled panels in ``tests/fusion/answers/panels``. Each answer with its final number among its candidates
is one choice among them (a conditional logit model, McFadden 1974), fitted by L-BFGS with a quadratic penalty; panels
in the words of an assistant weigh more than those of a generator. ``--folds`` fits on four fifths and reads the rest.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import minimize

from apps.fusion.answers.number_choice import choosing
from apps.fusion.answers.number_choice.choosing import weigh, with_others
from apps.fusion.answers.number_choice.signs import signs_of
from apps.fusion.answers.number_choice.weights import SAID_BY_OTHERS
from apps.fusion.answers.reading import plain
from apps.fusion.answers.values import classify
from apps.fusion.languages import languages_of

PANELS = Path(__file__).parent / "fusion/answers/panels"
WEIGHTS = Path(choosing.__file__).with_name("weights.py")
WEIGHT_OF = {"natural": 4.0, "short": 2.0, "numbers": 0.6}
PENALTY = 1.0
FOLDS = 5
HEAD = '''"""Weights of the signs of a number. ``python -m tests.fit_number_choice`` fits and writes them."""

SAID_BY_OTHERS = "said_by_others"
"""The sign of a number that other members of the panel say: their share."""

'''


class Panel(NamedTuple):
    """The answers of a panel: the signs of their numbers, and the value that each concludes."""

    source: str
    signs: Mapping[str, Any]
    values: Mapping[str, Any]


def read_panels() -> Iterator[Panel]:
    """Yield the panels whose question is one for a number."""
    for source in WEIGHT_OF:
        for line in (PANELS / f"{source}.jsonl").read_text().splitlines():
            row = json.loads(line)
            if row["kind"] != "number":
                continue
            languages = languages_of(row["answers"], row["prompt"])
            signs = {
                slot: signs_of(plain(text), row["prompt"], languages[slot]) for slot, text in row["answers"].items()
            }
            finals = {slot: classify(words, 0, len(words)) for slot, words in row["finals"].items()}
            yield Panel(source, signs, {slot: final.value if final else None for slot, final in finals.items()})


def fit(choices: Iterable[tuple[Any, Any, float]], names: list[str]) -> dict[str, float]:
    """Return the weight of each sign: choices are the signs of an answer's numbers, its value, and what it weighs."""
    rows, hits, groups, weighs = [], [], [], []
    for own, value, weight in choices:
        is_hit = [number.final.value == value for number, _ in own]
        if any(is_hit):
            rows += [[signs.get(name, 0.0) for name in names] for _, signs in own]
            hits += is_hit
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

    found = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B", options={"maxiter": 500})
    return {name: round(float(one), 2) for name, one in zip(names, found.x, strict=True) if abs(one) >= 0.01}


def fit_both(panels: list[Panel]) -> tuple[dict[str, float], dict[str, float]]:
    """Return the weights for a text alone, and those for one beside what the others say."""
    names = sorted({name for one in panels for own in one.signs.values() for _, signs in own for name in signs})
    alone = fit(
        ((own, one.values[slot], WEIGHT_OF[one.source]) for one in panels for slot, own in one.signs.items()), names
    )
    beside = []
    for one in panels:
        first = {slot: weigh(own, alone) for slot, own in one.signs.items()}
        for slot, own in one.signs.items():
            others = [choice for other, choice in first.items() if other != slot]
            beside.append((with_others(own, first[slot], others), one.values[slot], WEIGHT_OF[one.source]))
    return alone, fit(beside, [*names, SAID_BY_OTHERS])


def report_folds(panels: list[Panel]) -> None:
    """Print how many answers and panels are read rightly that were not fitted on."""
    natural = [one for one in panels if one.source == "natural"]
    right = read = members = found = differing = alarms = 0
    for fold in range(FOLDS):
        kept = natural[fold::FOLDS]
        choosing.ALONE, choosing.BESIDE_OTHERS = fit_both([one for one in panels if not any(one is k for k in kept)])
        for one in kept:
            chosen = {slot: choice.number.final.value for slot, choice in choosing.choose(one.signs).items()}
            members, read = members + len(one.values), read + len(chosen)
            right += sum(chosen[slot] == one.values[slot] for slot in chosen)
            is_same = {(a, b): one.values[a] == one.values[b] for a in one.values for b in one.values}
            if all(is_same.values()):
                alarms += len(set(chosen.values())) > 1
            else:
                differing += 1
                found += len(chosen) == len(one.values) and all(
                    (chosen[a] == chosen[b]) == same for (a, b), same in is_same.items()
                )
    equal = len(natural) - differing
    sys.stdout.write(f"read {read} of {members} answers, {right} rightly\n")
    sys.stdout.write(
        f"divided as they are: {found} of {differing} panels that differ; divided: {alarms} of {equal} equal ones\n"
    )


def written(name: str, about: str, weights: Mapping[str, float]) -> str:
    """Return a table of weights as Python, the strongest first."""
    rows = sorted(weights.items(), key=lambda row: (-abs(row[1]), row[0]))
    body = "".join(f'    "{sign}": {value},\n' for sign, value in rows)
    return f'{name}: dict[str, float] = {{\n{body}}}\n"""{about}"""\n'


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folds", action="store_true", help="only tell how well unseen panels are read")
    folds = parser.parse_args().folds
    panels = list(read_panels())
    if folds:
        report_folds(panels)
        return
    alone, beside = fit_both(panels)
    WEIGHTS.write_text(
        HEAD
        + written("ALONE", "Weights of a number in a text that is read alone.", alone)
        + "\n"
        + written("BESIDE_OTHERS", "Weights of a number beside what the other members say.", beside)
    )
    sys.stdout.write(f"Wrote {len(alone)} and {len(beside)} weights, fitted on {len(panels)} panels.\n")


if __name__ == "__main__":
    main()
