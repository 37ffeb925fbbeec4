"""The yes or no of an answer to a question for one: of all its sentences that say either, what weighs most.

A yes or no that is a clause of its own weighs most where it opens the text or where words of a conclusion lead to it;
a sentence that repeats the question or denies it weighs less, and least what is only said in passing. Where the
contrary weighs nearly as much, nobody knows.
"""

import re
from typing import NamedTuple

from apps.fusion.answers.asked import denies_predicate, question, repeats, says_other, shared_words
from apps.fusion.answers.frame_words import leads
from apps.fusion.answers.sentences import Sentence, clauses, told
from apps.fusion.answers.stretches import Found
from apps.fusion.answers.values import BOOLEANS, Final
from apps.fusion.answers.verdict_phrases import OPENS_WITH_LIMIT
from apps.fusion.answers.verdicts import CLAIMS, said_verdict
from apps.fusion.patterns import in_small_letters
from apps.fusion.vocabulary import FinalKind

MARGIN = 2
"""By how much one side has to weigh more."""
LEAST = 3
"""The weight from which on it is believed."""
FAR = 3
"""Sentences from either edge of a text from which on a yes or no is about something else."""
MOST_LED = 7
"""Words that lead to a yes or no within its clause."""

_VERDICT = re.compile(
    rf"(?<![\w'’-])(?:{'|'.join(sorted(map(re.escape, {*BOOLEANS} - {'correct'}), key=len, reverse=True))})"
    r"(?![\w'’-])",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[\"“„«「『][^\"”“»」』\n]{2,}\s[^\"”“»」』\n]{2,}[\"”“»」』]")
"""Words of somebody else: a single word in quotation marks may be the answer's own."""
_CONTRAST = re.compile(
    r"(?<!\w)(?:but|yet|however|though|although|aber|doch|jedoch|allerdings|mais|cependant|pero|sino|aunque|ma|però|"
    r"tuttavia|mas|porém|но|однако|хотя)(?!\w)|但|不过|虽然|ただし|しかし|けれど|が、",
    re.IGNORECASE,
)
_TURNS = re.compile(rf"\W*{_CONTRAST.pattern}", re.IGNORECASE)
_ADVERB = ("ly", "lich", "ment", "mente")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_LIMITS = re.compile(
    r"(?<!\w)(?:only|nur|seulement|uniquement|sólo|solo|solamente|únicamente|soltanto|solamente|apenas|somente|только|лишь)"
    r"(?!\w)|只|だけ|のみ",
    re.IGNORECASE,
)
_AND = re.compile(r"[,;:.]\s|\s(?:and|but|und|aber|et|mais|y|pero|e|ma|mas|и|но)\s")
_WHOEVER = re.compile(r"\W*(?:who(?:ever)?|if|wer|wenn|falls|qui|si|quien|chi|se|quem|кто|если)\s", re.IGNORECASE)
"""The beginning of a clause that tells of a case, and denies nothing of what is asked."""
_SIGNED = re.compile("[✅✔☑👍❌✖✗✘🚫⛔👎][*_| \ufe0f]*$")
_ELLIPTIC = re.compile(
    r"\W*(?:(?:so|and|yes|no|well|i(?:['’]d)?\s(?:believe|think|say)|\w+ly)[\s,]+){0,3}"
    r"(?:it|you|they|he|she|that|this|we|one|there|i)(?:\s(?:sure|certainly|really|definitely|actually|indeed))?\s"
    r"(?P<verb>is|are|was|were|do|does|did|can|could|has|have|had|will|would|should|must)"
    r"(?P<no>n['’]t|not|\snot)?(?:\s(?:one|so|indeed|too|either))?[\W_]*",
    re.IGNORECASE,
)
"""A clause that only takes up the verb of the question: "so it does", "I believe you did"."""
_VERBS = (
    {"is", "are", "was", "were"},
    {"do", "does", "did"},
    {"can", "could"},
    {"has", "have", "had"},
    {"will", "would"},
)


class _Vote(NamedTuple):
    weight: int
    is_yes: bool | None
    start: int
    end: int


def weighed_verdict(text: str, language: str, asked: str, known: Final | None = None) -> Found | None:
    """Return the yes or no, or neither, that an answer gives to what is ``asked``; ``known`` was read without that."""
    quotes = [mark.span() for mark in _QUOTED.finditer(text)]
    text = _QUOTED.sub(lambda mark: " " * len(mark.group()), text)
    sentences = told(text)
    votes = [vote for one in sentences for vote in _votes(text, one, asked, language)]
    if known:
        votes.append(_Vote(4, known.canonical == "true", known.start, known.end))
    if limited := OPENS_WITH_LIMIT.match(text):
        votes.append(_Vote(6, False, *limited.span("no")))
    if said := said_verdict(text, language, asked):
        is_yes = {"true": True, "false": False}.get(said.final.canonical)
        start, end = said.final.start, said.final.end
        within = [one for one in sentences if one.start < end and start < one.end]
        is_aside = all(one.at and (one.is_aside or _grants(text, one)) for one in within)
        is_other = is_yes is False and says_other(text[start:end], asked)
        is_of_others = any(_SIGNED.search(text[one.start : one.end]) for one in within)
        is_of_others |= any(one.start <= at < one.end for one in within for at, _ in quotes)
        votes.append(
            _Vote(0 if is_aside or is_other or is_of_others else 3 if is_yes is None else 4, is_yes, start, end)
        )
    best = max(votes, key=lambda vote: vote.weight, default=None)
    if not best or best.weight < LEAST:
        return None
    against = max((vote.weight for vote in votes if vote.is_yes is not best.is_yes), default=0)
    if best.weight - against < MARGIN:
        return None
    form = "neither" if best.is_yes is None else str(best.is_yes).lower()
    return Found(Final(FinalKind.BOOLEAN, form, best.start, best.end), best.start, is_announced=True)


def _votes(text: str, one: Sentence, asked: str, language: str) -> list[_Vote]:
    sentence = text[one.start : one.end]
    if CLAIMS.search(sentence):
        return []
    edge = one.is_edge + one.concludes - 3 * one.is_aside
    votes = []
    parts = list(clauses(sentence, 0, len(sentence)))
    has_contrast = bool(_CONTRAST.search(sentence))
    for number, (start, end) in enumerate(parts):
        if (elliptic := _ELLIPTIC.fullmatch(sentence, start, end)) and _takes_up(elliptic["verb"], asked):
            is_near = not one.at or not one.back or one.concludes
            votes.append(_Vote(5 if is_near else 2, not elliptic["no"], one.start + start, one.start + end))
        is_yes = _verdict_of(sentence[start:end], language)
        if is_yes is None:
            continue
        is_opening = not one.at and not _CONTRAST.search(sentence, 0, start)
        is_turn = bool(number and _TURNS.match(sentence, start, end))
        is_led = (one.concludes or is_turn) and (number > 0 or len(_WORD.findall(sentence[start:end])) > 1)
        is_far = one.at > FAR and one.back > FAR
        weight = 2 if is_far else 6 if is_opening or is_led else 4 if number == len(parts) - 1 else 3
        weight -= 3 * (has_contrast and not is_opening and not is_led) + 4 * one.is_aside * (not is_opening)
        votes.append(_Vote(weight, is_yes, one.start + start, one.start + end))
    is_short = shared_words(sentence, asked) < min(2, shared_words(question(asked), asked) - 1)
    repeated = None if is_short or _LIMITS.search(sentence) else repeats(sentence.strip(), asked)
    if repeated is not None and _SIGNED.search(sentence):
        repeated = sentence.rstrip("* _|\ufe0f")[-1] in "✅✔☑👍"
    if repeated is not None:
        votes.append(_Vote(4 + edge, repeated, one.start, one.end))
    elif len(parts) > 1 and not has_contrast:
        said = {is_yes for start, end in parts if (is_yes := _repeated(sentence[start:end], asked)) is not None}
        if len(said) == 1:
            votes.append(_Vote(3 + edge, said.pop(), one.start, one.end))
    if any(denies_predicate(part, asked) for part in _AND.split(sentence) if not _WHOEVER.match(part)):
        votes.append(_Vote(3 + edge, False, one.start, one.end))
    return votes


def _grants(text: str, one: Sentence) -> bool:
    """Return whether a sentence only grants what a contrary word takes back: "yes, that is work, but no visa"."""
    mark = _CONTRAST.search(text, one.start, one.end)
    verdict = _VERDICT.search(text, one.start, one.end)
    return bool(mark and verdict and verdict.start() < mark.start() and not one.concludes)


def _repeated(clause: str, asked: str) -> bool | None:
    """Return what a clause says that repeats the question with two words of it or more."""
    is_long = shared_words(clause, asked) > 1 or len(_DENSE.findall(clause)) > 3
    return repeats(clause.strip(), asked) if is_long else None


def _takes_up(verb: str, asked: str) -> bool:
    """Return whether a verb is the one with which a question begins, in any form."""
    first = question(asked).casefold().split()[:1]
    return any({*first, verb.casefold()} <= forms for forms in _VERBS)


def _verdict_of(clause: str, language: str) -> bool | None:
    """Return the yes or no that a clause is, but for the words that lead to it."""
    found = list(_VERDICT.finditer(clause))
    said = {BOOLEANS[in_small_letters(one.group())] == "true" for one in found}
    if len(said) != 1:
        return None
    one = found[-1]
    if language == "pt" and one.group().casefold() == "no":
        return None
    if _DENSE.search(clause):
        return said.pop() if clause.strip(" *_「」“”\"'（）()") == one.group() else None
    rest = [word.casefold() for word in _WORD.findall(clause[: one.start()] + " " + clause[one.end() :])]
    is_last = not _WORD.search(clause, one.end())
    return said.pop() if is_last and len(rest) <= MOST_LED and all(map(_is_led, rest)) else None


def _is_led(word: str) -> bool:
    """Return whether a word only leads to a yes or no: "but logically it is no"."""
    return leads(word) or word.endswith(_ADVERB) or bool(_CONTRAST.fullmatch(word))
