"""A result stated in front of its way: "That comes to 57. First multiply: 8 × 12 = 96, then take away the 39."

A way that is told behind its result need not get there once more, so its last figure is one of a step. The first
statement holds unless the way ends in a conclusion of its own, or goes on to calculate with what stands first.
"""

import re
from typing import NamedTuple

from apps.fusion.answers import cues
from apps.fusion.answers.edges import first_sentence
from apps.fusion.answers.endings import calculates, checks_behind, last_figures
from apps.fusion.answers.figures import numbers_in
from apps.fusion.answers.frames import framed
from apps.fusion.answers.qualifiers import corrected_at, retracts, warns
from apps.fusion.answers.stretches import EQUALS, FIGURE, Found, stripped, value_after
from apps.fusion.answers.values import Final, classify
from apps.fusion.vocabulary import FinalKind

LONGEST = 120
"""Characters of a sentence that states a result."""
MOST_NEXT = 60
"""Characters behind it in which it is taken back."""

_BOLD = re.compile(
    r"[\s>]*(?P<mark>\*\*|__)(?P<inner>[^*_\n]{1,40})(?P=mark)"
    r"(?=\s+[^\W\d_a-zà-ÿ]|[先首因由做验第其共]|まず|はじめ|最初|なぜ|求め|検算|手順|計算)"
)
"""A figure in bold with which a text begins, and behind it the beginning of another sentence."""
_LISTED = re.compile(r"[ \t>]*(?:[-*+•–][ \t]|(?P<number>\d{1,3})[.)]\s)")
_ITEM = re.compile(r"^[ \t>]{0,8}(\d{1,3})[.)]\s", re.MULTILINE)
_BEGINS = re.compile(
    r"\b(?:first|initial\w*|originally|begin\w*|start\w*|step|before|each|every|per|had|anfang\w*|zuerst|zunächst|"
    r"ursprünglich|schritt|vorher|jede[rsnm]?|pro|hatte\w*|d['’]abord|début|départ|initialement|étape|avant|chaque|"
    r"chacune?|avai\w*|primero|principio|inicio|inicial\w*|paso|antes|cada|tení\w*|había\w*|prima|inizi\w*|passo|ogni|"
    r"ognun\w*|ciascun\w*|avev\w*|erano|primeiro|início|tinha\w*|havia\w*|сначала|сперва|вначале|изначально|шаг|кажд\w*|"
    r"был[аио]?)\b|首先|起初|最初|原[有来]|先|第一步|每|まず|初め|はじめ|もともと|もとは|手順|ずつ",
    re.IGNORECASE,
)
"""Words of a sentence about what there is before a way, or about one of several: it states no result."""
_SUMS = re.compile(
    r"\b(?:total\w*|altogether|in\sall|sum|there|insgesamt|gesamt\w*|zusammen|summe|es\s(?:gibt|sind)|tout|somme|il\sy\sa|"
    r"todo|suma|hay|tutto|somma|ci\ssono|c['’]è|todo|ao\stodo|soma|há|всего|итого|сумма|вместе)\b|一共|总[共数计]|合计|有|"
    r"合計|全部|あ[りる]",
    re.IGNORECASE,
)
"""Words of a sentence that may as well sum up what there is before the last step."""
_THEREFORE = re.compile(
    r"(?<!\w)(?:so|therefore|thus|hence|consequently|finally|altogether|overall|in\s(?:total|all|conclusion|the\send)|"
    r"also|folglich|daher|somit|damit|insgesamt|demnach|schließlich|am\sende|donc|ainsi|au\stotal|finalement|en\stout|"
    r"par\sconséquent|por\s(?:lo\s)?tanto|así(?:\sque)?|en\s(?:total|consecuencia)|entonces|finalmente|quindi|pertanto|"
    r"dunque|in\s(?:totale|tutto|conclusione)|infine|portanto|logo|assim|no\stotal|ao\stodo|então|следовательно|поэтому|"
    r"итого|значит|таким\sобразом|в\sитоге)(?!\w)|因此|所以|故|于是|总共|一共|最后|したがって|よって|ゆえに|以上より|合計|"
    r"=>|⇒|∴",
    re.IGNORECASE,
)
_RESULTS = re.compile(
    r"(?<!\w)(?:leav(?:es?|ing)|left|remain\w*|which\s(?:is|makes|gives|comes\sto)|answer|result|"
    r"bleib\w*|übrig|ergibt|ergeben|antwort|ergebnis|reste(?:nt)?|restano|restam|réponse|résultat|queda\w*|"
    r"respuesta|resultado|risposta|risultato|rimang\w+|rimane|sobra\w*|resposta|оста\w+|ответ|результат)(?!\w)|剩|还有|答案|结果|残|答え|結果",
    re.IGNORECASE,
)
"""Words of a sentence about what is left, or is the result."""
_TELLS = re.compile(
    r"(?<!\w)(?:is|are|was|were|has|have|gives?|makes?|equals?|yields?|gets?|becomes?|ist|sind|hat|haben|macht|gibt|"
    r"wird|werden|est|sont|ont|fait|font|donne|es|son|tiene|tienen|da|hace|è|sono|ha|hanno|fa|dà|é|são|tem|têm|dá|"
    r"это|равн\w+|даёт|составляет|получа\w+|будет)(?!\w)|[是为得]|等于|です|になる|となる|になり|となり",
    re.IGNORECASE,
)
"""Verbs with which a sentence says that something comes to a number; one that only bids to calculate has none."""
_STEP = re.compile(
    r"[\s>*_]{0,6}(?:(?:[-*+•–]|\d{1,3}[.)])\s|(?:then|next|after\w*|second\w*|step|dann|danach|anschließend|schritt|puis|"
    r"ensuite|après|étape|luego|después|paso|poi|dopo|passo|depois|шаг|затем|потом|после)\b|然后|接着|再|随后|次に|続いて|"
    r"その後|第[二三四]步|手順)",
    re.IGNORECASE,
)
"""The beginning of a sentence that is one of the steps of a way."""
_EQUATION = re.compile(
    r"\d[^\n\d=]{0,20}[-+*/×÷·−–x][^\n\d=]{0,3}\d[\d.,]{0,20}[^\n\d=]{0,20}(?:=|≈)\s?\S{0,3}\d",
    re.IGNORECASE,
)


class _Head(NamedTuple):
    """The sentence that stands first, to where what follows begins.

    ``is_framed`` says that its words only announce a result, ``is_sum`` that they may as well be those of a step.
    """

    start: int
    end: int
    final: Final
    is_framed: bool = False
    is_sum: bool = False


def stated_first(text: str, comma: bool, last: Final | None) -> Found | None:
    """Return the number that the first sentence of a text states as the result, where what follows is only the way.

    ``last`` is the number that its end was read as.
    """
    head = _head(text, comma)
    if not head or retracts(text, head.start, min(len(text), head.end + MOST_NEXT)):
        return None
    if corrected_at(text, head.end, len(text)) is not None:
        return None
    is_used = _is_used(text, head.final, head.end, last, comma)
    if is_used or not _is_way(text, head, last, checks_behind(text, head.end), comma):
        return None
    return Found(head.final, head.start, head.end)


def concluded_behind(text: str, first: Final, comma: bool) -> Found | None:
    """Return the number of the sentence with which a text concludes behind one in its first: "so 57 are left"."""
    if first.kind is not FinalKind.NUMBER or first.end > first_sentence(text)[1]:
        return None
    end = checks_behind(text, first.end)
    start, stop = last_figures(text, end)
    found = _concluded(text, start, stop, comma) if start >= first.end else None
    return Found(found, start) if found and found.value != first.value else None


def is_overtaken(text: str, first: Final, comma: bool) -> bool:
    """Return whether a text goes on to another result than the ``first``, or calculates with it."""
    return bool(concluded_behind(text, first, comma)) or _is_used(text, first, first.end, None, comma)


def _is_used(text: str, first: Final, start: int, last: Final | None, comma: bool) -> bool:
    """Return whether what follows has a number as that of a step: but for a result, which gets there again."""
    end = checks_behind(text, start)
    results = {mark.end() for mark in EQUALS.finditer(text, start, end)} | ({last.start} if last else set())
    return any(value == first.value and at not in results for at, value in numbers_in(text, start, end, comma))


def _concluded(text: str, start: int, stop: int, comma: bool) -> Final | None:
    """Return the only figure behind the words with which a sentence concludes."""
    therefore = _THEREFORE.search(text, start, stop)
    marks = list(FIGURE.finditer(text, therefore.end(), stop)) if therefore else []
    found = classify(text, marks[0].start(), stop, comma) if len(marks) == 1 else None
    return found if found and found.kind is FinalKind.NUMBER else None


def _head(text: str, comma: bool) -> _Head | None:
    bold = _BOLD.match(text)
    if bold:
        final = classify(text, *bold.span("inner"), comma, whole=True)
        if final and final.kind is FinalKind.NUMBER:
            return _Head(bold.start("mark"), bold.end(), final, is_framed=True)
    start, end = stripped(text, *first_sentence(text))
    if _is_listed(text, start):
        return None
    if end - start > LONGEST or start >= end or not text[end:].strip():
        return None
    if _BEGINS.search(text, start, end) or warns(text, start, end) or calculates(text[start:end]):
        return None
    named = _named(text, start, end, comma)
    if not named:
        return None
    is_sum = bool(_SUMS.search(text, start, end))
    return _Head(start, end, named, is_framed=not is_sum, is_sum=is_sum)


def _named(text: str, start: int, end: int, comma: bool) -> Final | None:
    """Return the number of a sentence that names it as a result, or has no other words than those that lead there."""
    found = framed(text, start, end, comma, is_last=True)
    if found and found.final.kind is FinalKind.NUMBER:
        return found.final
    outcome = cues.OUTCOME.match(text, start, end)
    named = value_after(text, outcome.end(), comma, is_announced=False) if outcome else None
    is_only = named and named.kind is FinalKind.NUMBER and len(FIGURE.findall(text, start, end)) == 1
    return named if is_only else None


def _is_listed(text: str, start: int) -> bool:
    """Return whether the first item of a list stands first."""
    listed = _LISTED.match(text, start)
    number = int(listed["number"] or 1) if listed else 0
    return number == 1 or any(int(item[1]) == number + 1 > 1 for item in _ITEM.finditer(text))


def _is_way(text: str, head: _Head, last: Final | None, end: int, comma: bool) -> bool:
    """Return whether what follows is only the way: it ends in a step, or in the stated number again."""
    if last and (last.value == head.final.value or not head.end <= last.start < end):
        return True
    start, stop = last_figures(text, end)
    start = max(start, head.end)
    if not FIGURE.search(text, start, stop):
        return True
    if last and not start <= last.start < stop:
        return False
    if _concluded(text, start, stop, comma):
        return False
    works = bool(last and _EQUATION.search(text, start, stop))
    concluded = None if works else framed(text, start, stop, comma, is_last=True)
    if (concluded and concluded.final.kind is FinalKind.NUMBER) or _RESULTS.search(text, start, stop):
        return False
    is_told = bool(_TELLS.search(text, start, stop))
    is_step = bool(_STEP.match(text, text.rfind("\n", 0, start) + 1, stop) or _STEP.match(text, start, stop))
    return works or (not is_told and (head.is_framed or (head.is_sum and is_step)))
