"""All sentences of an answer, each with what its place and its mood say about whether it concludes.

An answer in natural words may go on behind its conclusion: it compares, checks, supposes another case, or offers help.
So what it concludes is not simply what stands last.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from apps.fusion.answers.edges import is_courtesy, is_for_the_comparison
from apps.fusion.answers.places import LONGEST_SAID, sentences_in
from apps.fusion.answers.qualifiers import retracts

MOST = 60
"""Sentences of a text that are weighed, half from its beginning and half from its end."""

_FENCE = re.compile(r"^[ \t>]{0,3}(`{3,}|~{3,}).*?(?:^[ \t>]{0,3}\1|\Z)", re.MULTILINE | re.DOTALL)
_THOUGHT = re.compile(r"\A\s*<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL)
_ROW = re.compile(r"^[ \t>]*\|[^\n]*", re.MULTILINE)
_SUPPOSES = re.compile(
    r"(?<!\w)(?<!as\sone\s)(?<!as\syou\s)(?:would|could|might|['’]d|wären?|wäre|würden?|käme[n]?|könnte[n]?|hätte[n]?|serai(?:t|ent)|aurai(?:t|ent)|"
    r"pourrai(?:t|ent)|donnerait|sería[n]?|habría[n]?|podría[n]?|daría|sarebbe(?:ro)?|avrebbe(?:ro)?|potrebbe(?:ro)?|"
    r"seria[m]?|teria[m]?|poderia[m]?|бы)(?!\w)|^\W*(?:if|unless|suppose|were|had|wenn|falls|angenommen|si|se|если)\s|仮に|もし|如果|假如|只有当",
    re.IGNORECASE,
)
"""Moods and words of a case that is not the one in question."""
_ASIDE = re.compile(
    r"\W*(?:for\s(?:comparison|reference|example|instance)|by\s(?:contrast|comparison)|incidentally|by\sthe\sway|note\b|tip\b|"
    r"zum\s(?:vergleich|beispiel)|übrigens|hinweis|tipp|par\scomparaison|par\sexemple|à\stitre\s(?:de|d['’])|au\spassage|"
    r"por\s(?:ejemplo|cierto|exemplo|sinal)|en\scambio|nota\b|per\s(?:esempio|confronto|inciso)|a\spropósito|aliás|"
    r"для\sсравнения|например|кстати|比如|例如|顺便|另外|ちなみに|なお|例えば|ただし)",
    re.IGNORECASE,
)
"""Words with which a sentence adds something to what was concluded."""
CONCLUDES = re.compile(
    r"(?<!\w)(?:so|therefore|thus|hence|consequently|in\s(?:short|summary|conclusion|the\send|other\swords|fact)|overall|"
    r"ultimately|finally|to\ssum\sup|(?:the|my|short|final|correct|right|best)\s(?:\w+\s)?(?:answer|verdict|conclusion)|"
    r"answer|verdict|conclusion|result|it\sfollows|also|somit|daher|folglich|damit|demnach|insgesamt|kurz(?:um)?|"
    r"zusammengefasst|fazit|antwort|ergebnis|donc|ainsi|en\s(?:résumé|bref|conclusion|résumant)|bref|conclusion|réponse|"
    r"por\s(?:lo\s)?tanto|así\sque|entonces|en\s(?:resumen|conclusión|definitiva)|de\smodo\sque|respuesta|conclusión|quindi|"
    r"pertanto|dunque|perciò|in\s(?:sintesi|conclusione|breve)|risposta|portanto|logo|assim|em\s(?:resumo|suma)|resposta|"
    r"conclusão|так(?:им)?\sобразом|следовательно|поэтому|значит|итак|итог|ответ|вывод|короче)(?!\w)|"
    r"因此|所以|故|综上|总之|结论|答案|答え|回答|結論|したがって|従って|よって|以上より|つまり|ゆえに",
    re.IGNORECASE,
)
"""Words that announce a conclusion."""


class Sentence(NamedTuple):
    """A sentence from ``start`` to ``end``; ``at`` counts from the beginning and ``back`` from the end.

    ``is_aside`` says that it adds something to what was concluded, or supposes another case.
    """

    start: int
    end: int
    at: int
    back: int
    is_aside: bool
    concludes: bool

    @property
    def is_edge(self) -> bool:
        """Return whether it opens or ends the text."""
        return not self.at or not self.back


def told(text: str) -> list[Sentence]:
    """Return the sentences of a text that state something: no question, courtesy or guess, and nothing in a program."""
    skipped = [one.span() for pattern in (_FENCE, _THOUGHT, _ROW) for one in pattern.finditer(text)]
    short = (span for span in sentences_in(text, 0, len(text)) if span[1] - span[0] <= LONGEST_SAID)
    spans = [span for span in short if not any(a <= span[0] < b for a, b in skipped)]
    spans = [span for span in spans if text[span[1] - 1] not in "?？:：" and not is_courtesy(text[slice(*span)])]
    spans = [span for span in spans if not (is_for_the_comparison(text[slice(*span)]) or retracts(text, *span))]
    if len(spans) > MOST:
        spans = [*spans[: MOST // 2], *spans[-MOST // 2 :]]
    asides = [_is_aside(text, *span) for span in spans]
    # What supposes or adds something behind the end leaves the end where it was.
    kept = [number for number, is_aside in enumerate(asides) if not is_aside]
    last = kept[-1] if kept else len(spans) - 1
    return [
        Sentence(*span, number, abs(last - number), asides[number], bool(CONCLUDES.search(text, *span)))
        for number, span in enumerate(spans)
    ]


def clauses(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the clauses of a sentence, as its marks divide it."""
    at = start
    for mark in _CLAUSE_ENDS.finditer(text, start, end):
        if text[at : mark.start()].strip():
            yield at, mark.start()
        at = mark.end()
    if text[at:end].strip():
        yield at, end


def _is_aside(text: str, start: int, end: int) -> bool:
    words = text[start:end]
    return words[:1] in "([（" or bool(_ASIDE.match(words) or _SUPPOSES.search(words))


_CLAUSE_ENDS = re.compile(r"[,;:，、；：!?.。！](?=\s|[^\x00-\x7f]|$)|\s[–—-]+\s|[–—]|\s\(|\)\s|→|⇒")
