"""The keys of a judge's reply: the names that models give to the same thing, in their own words and languages.

A key is known by its exact name, or else by a telling word in it: "supporting_answers" and "answers in support" are the
support of a point, "points_of_agreement" a consensus.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple


class Names(NamedTuple):
    """The names of one thing: exact ones, the requested one first, and words that tell it inside a longer key."""

    exact: tuple[str, ...]
    telling: frozenset[str] = frozenset()


def _names(exact: str, telling: str = "") -> Names:
    return Names(tuple(exact.split()), frozenset(telling.split()))


LISTS: Mapping[str, Names] = {
    "bottom_lines": _names(
        "bottom_lines bottom_line conclusions final_answers verdicts",
        "bottom conclusion conclusions schlussfolgerungen",
    ),
    "consensus": _names(
        "consensus agreement agreements consensus_points agreed",
        "consensus agreement agreements agreed agree common shared konsens übereinstimmungen übereinstimmung "
        "gemeinsamkeiten accord accords consenso acuerdos coincidencias accordi консенсус согласие 共识 一致",
    ),
    "contradictions": _names(
        "contradictions contradiction conflicts disagreements",
        "contradictions contradiction contradictory conflicts conflict conflicting disagreements disagreement disagree "
        "discrepancies discrepancy disputes widersprüche widerspruch contradicciones contraddizioni contradições "
        "désaccords противоречия 矛盾 分歧",
    ),
    "partial_coverage": _names(
        "partial_coverage partial partially_covered",
        "partial partially teilweise teilabdeckung partielle parcial parziale частичное 部分",
    ),
    "unique_insights": _names(
        "unique_insights unique_insight unique insights",
        "unique insight insights einzigartige erkenntnisse uniques únicas únicos unici уникальные 独特",
    ),
    "blind_spots": _names(
        "blind_spots blind_spot blindspots gaps missing",
        "blind blindspots gaps gap missing omissions omitted uncovered unaddressed blinde lücken lacunes ciegos "
        "lagunas lacune пробелы 盲点",
    ),
    "assessments": _names(
        "assessments assessment scores ratings evaluations",
        "assessments assessment scores ratings evaluations grades scorecard bewertungen bewertung évaluations "
        "evaluaciones valutazioni оценки 评估",
    ),
    "best_as_is": _names("best_as_is best_as_it_is best_answer"),
}
"""The lists of a reply under their names in ``ReplyForm``."""
TEXT = _names(
    "point topic insight text statement claim summary description issue title",
    "point topic insight statement claim summary description subject question gap detail content observation fact "
    "punkt thema aussage erkenntnis beschreibung sujet énoncé punto tema afirmación тема",
)
POINT = _names(
    "point insight statement claim",
    "point insight statement claim detail observation fact punkt aussage erkenntnis énoncé punto afirmación",
)
SUPPORT = _names(
    "support supporters supported_by evidence answers models slots quotes",
    "support supporters supported supporting supports evidence answers models slots responses letters holders held "
    "backed backers agreeing agree who members participants panelists panellists authors sources covered mentioned "
    "unterstützung antworten belege soutien réponses apoyo respuestas supporto risposte ответы",
)
NAME = _names(
    "answer slot model letter name source id",
    "answer slot model letter response author panelist panellist assistant respondent who holder antwort modell "
    "réponse respuesta risposta ответ",
)
STANCE = _names(
    "stance position view opinion claim statement point text",
    "stance position view opinion claim statement says said haltung standpunkt aussage postura posición posizione",
)
STANCES = _names(
    "stances positions sides views",
    "stances positions sides views opinions versions claims statements haltungen standpunkte posturas posiciones",
)
BOTTOM_LINE = _names(
    "bottom_line conclusion final_answer verdict answer_text",
    "bottom conclusion verdict final fazit schluss conclusión conclusione",
)
QUOTE = _names(
    "quote excerpt verbatim citation quotation evidence",
    "quote quotes excerpt excerpts verbatim citation quotation quotations quoted words zitat beleg cita citazione "
    "extrait цитата 引用",
)
CRITERION = _names(
    "criterion criteria dimension aspect", "criterion criteria dimension aspect kriterium critère criterio"
)
SCORE = _names("score rating value points", "score rating grade mark points punkte note puntuación punteggio")
REASON = _names(
    "reason rationale explanation justification comment",
    "reason reasoning rationale explanation justification comment why begründung grund raison razón motivo",
)
_DENYING = frozenset(
    "not no non missing without except against opposing opposed denied denying lacking absent unsupported "
    "omitted".split()
)
ASPECTS = (TEXT, SUPPORT, NAME, STANCE, STANCES, BOTTOM_LINE, QUOTE, CRITERION, SCORE, REASON)
"""Every kind of field that an entry of a list may have."""


def pick(fields: Mapping[str, Any], names: Names) -> Any:
    """Return the value of the first exact name that has one, else of the first key with a telling word, or ``None``."""
    exact = next((fields[name] for name in names.exact if fields.get(name) is not None), None)
    if exact is not None:
        return exact
    return next((value for key, value in fields.items() if value is not None and named_alike(key, names)), None)


def named_alike(key: str, names: Names) -> bool:
    """Return whether a key in snake case has a word that tells this thing, and none that denies it."""
    words = set(key.split("_"))
    return not names.telling.isdisjoint(words) and not (_DENYING - names.telling) & words


def is_denying(key: str) -> bool:
    """Return whether a key in snake case is about those that do not: "not_supported_by", "missing_from"."""
    return not _DENYING.isdisjoint(key.split("_"))


def is_statement(said: str, fields: Mapping[str, Any]) -> bool:
    """Return whether the text of an entry says something, and does not only name what is spoken of."""
    is_point = any(one == said and is_field(name, (POINT,)) for name, one in fields.items())
    return said.endswith((".", "。")) or (is_point and len(said.split()) > 2)


def is_field(key: str, kinds: Iterable[Names]) -> bool:
    """Return whether a key in snake case is the name of a field of any of these kinds."""
    return any(key in names.exact or named_alike(key, names) for names in kinds)


def snaked(data: Any) -> dict[str, Any]:
    """Return the fields of an object with keys in snake case; an empty dict if it is no object."""
    if not isinstance(data, dict):
        return {}
    return {snake(str(key)[:100]): value for key, value in data.items()}


def snake(key: str) -> str:
    """Return a key in snake case."""
    return re.sub(r"[\s_-]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key.strip())).lower()
