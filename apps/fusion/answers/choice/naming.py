"""The names that the texts of a panel conclude, where one is asked for."""

from collections import defaultdict
from collections.abc import Mapping

from apps.fusion.answers.choice.choosing import LIKELY, Candidate, Weighed, weigh_panel
from apps.fusion.answers.choice.name_signs import PLACED, Words, name_candidates, names_of
from apps.fusion.answers.choice.weights import NAME
from apps.fusion.answers.finals import Final


def chosen_names(texts: Mapping[str, str], asked: str, languages: Mapping[str, str]) -> dict[str, Final]:
    """Return the name that each text concludes, if it is clear."""
    candidates = name_candidates(texts, asked, languages)
    weighed = weigh_panel(candidates, NAME)
    chosen = {slot: one for slot, (alone, beside) in weighed.items() if (one := _likely(alone, beside))}
    placed = {slot: [one for one in own if one.signs.get(PLACED)] for slot, own in candidates.items()}
    if all(placed.values()):
        # Where the place of a name tells it in every text, it does so in those that leave it open else.
        chosen = {slot: max(own, key=_weight) for slot, own in placed.items()} | chosen
    # Texts that only tell things name some too, if not most of them, and none by its place.
    is_clear = any(placed.values()) and 2 * len(chosen) > len(texts)
    return _joined(chosen) if is_clear else {}


def _likely(alone: Weighed, beside: Weighed) -> Candidate | None:
    """Return the name that is likely in a text read alone, as well as beside the others."""
    best = beside.best.candidate
    is_same = best.value == alone.best.candidate.value
    is_likely = is_same and min(alone.best.probability, beside.best.probability) >= LIKELY
    return best if best.value is not None and is_likely else None


def _weight(one: Candidate) -> float:
    return sum(NAME.alone.get(name, 0.0) * value for name, value in one.signs.items())


def _joined(chosen: Mapping[str, Candidate]) -> dict[str, Final]:
    """Return the chosen names in canonical form: of all that are the same, the shortest of them."""
    values = {slot: frozenset(str(one.value).split()) for slot, one in chosen.items()}
    same = names_of({*values.values()}, {*values.values()})
    written: dict[Words, set[str]] = defaultdict(set)
    for slot, one in chosen.items():
        written[same[values[slot]]].add(one.final.canonical)
    forms = {value: min(own, key=lambda form: (form.count(" "), form)) for value, own in written.items()}
    return {slot: one.final._replace(canonical=forms[same[values[slot]]]) for slot, one in chosen.items()}
