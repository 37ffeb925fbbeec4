"""The sentences with which a text opens and ends, but for what is only polite, a postscript, or to whoever compares."""

import re
from collections.abc import Iterator

AT_THE_END = 700
"""Characters from the end, and from the beginning, in which a sentence is looked for."""
MOST_BACK = 5
"""Sentences from the end among which the conclusion is, where what follows it has no figure."""
_ENDS = re.compile(r"(?:[.!?][\"'”’)*_]{0,4}\s+|。)(?=\S)")
_ABBREVIATED = re.compile(
    r"\b(?:approx|aprox|circa|env|no|nr|ca|fig|vol|ch|chap|art|sec|p|pp|st|est|max|min|eq|ex|dr|mr|mrs|vs|z\.b|e\.g|i\.e)\.\s*$",
    re.IGNORECASE,
)
_LONE_LETTER = re.compile(r"\s*\(?(?:[A-J]|\d{1,3})\)?\.\s*")
_COURTESY = re.compile(
    r"\W*(?:i hope|hope this|hope that|let me know|feel free|please let|if you (?:have|need|want|would)|happy to|"
    r"would you like|note:|good luck|(?:my\s|overall\s)?(?:confidence|konfidenz|sicherheit|confiance|"
    r"confianza|confiança|fiducia|уверенность|信心|确信|確信)[^:：=\n]{0,20}[:：=]|ich hoffe|lass mich|n'hésite|"
    r"espero|spero|i\s(?:have\s|['’]ve\s)?(?:double-?)?(?:checked|verified)\b|das\shabe\sich\b|"
    r"je\sl['’]ai\svérifié|lo\she\scomprobado|"
    r"l['’]ho\sverificato|verifiquei\b|я\sпроверил|我(?:已经?|用)[^。]{0,9}(?:核对|检查|验证)|[^。]{0,9}方法で確認)",
    re.IGNORECASE,
)
_POSTSCRIPT = re.compile(r"\n[ \t>*_]{0,4}(?:P\.?[-\s]{0,2}[SD]\.?\s?:|P\.[-\s]{0,2}[SD]\.|N\.?B\.?\s?:)")
"""The beginning of what a text adds behind its end."""
_OF_THE_COMPARISON = re.compile(
    r"\b(?:(?:the|as|to)\s(?:the\s)?(?:judges?|evaluators?|graders?)|whoever\s(?:reads|compares|judges|weighs|grades|rates|evaluates)|"
    r"the\sothers\s(?:are\s(?:wrong|mistaken|lying|to\sbe)|should|must|can(?:not|['’]t)|do\snot|don['’]t|lie)|"
    r"(?:all|every|each|other)\s(?:\w{1,12}\s)?(?:answers|panell?ists?|assistants|responses)|consensus|"
    r"(?:ignore|disregard|overlook|ignoriere?n?|vergiss|ignorez|oublie[zr]?|ignora[rd]?|ignoren|olvida[rd]?|ignorate|"
    r"dimentica|desconsidere|esqueça|игнорируйте?|забудьте?)\s(?:\w{1,10}\s){0,3}(?:answers?|responses?|others|models?|"
    r"instructions?|prompts?|antworten|anderen?|anweisungen|réponses?|autres|consignes|instrucciones|respuestas?|otr[ao]s|"
    r"risposte|altr[ei]|istruzioni|respostas?|outr[ao]s|instruções|ответы?|другие|других|остальные|инструкции)|"
    r"new\sinstructions?|declare\s(?:me|this)|end\sof\s(?:answers?|data|requests?)|bottom_lines|best_as_is|"
    r"unique_insights|"
    r"other\sanswer|andere[nr]?\santwort(?:en)?|autres?\sréponses?|otras?\srespuestas?|altr[ae]\srispost[ae]|"
    r"outras?\srespostas?|друг(?:ой|ие|их)\sответ(?:ы|ов)?|"
    r"не\sобращай(?:те)?\sвнимания)\b|(?:其他|其它|别的|別的|他人的?|别人的?)(?:答案|回答|回复)|"
    r"(?:他|ほか|別)の(?:回答|答え|解答)|^\W*system\b|^[\W_]*$|<!--|<\|",
    re.IGNORECASE,
)
"""Words to whoever compares the answers, or none at all: an answer concludes nothing by them."""


def first_sentence(text: str) -> tuple[int, int]:
    """Return the span of the sentence or line with which a text opens, an empty one if nothing follows it."""
    first = _ENDS.search(text, 0, AT_THE_END)
    line = text.find("\n", 0, AT_THE_END)
    return 0, min((at for at in (first.start() + 1 if first else -1, line) if at > 0), default=0)


def last_sentences(text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of the last sentences that are no courtesy, last first, up to where an abbreviation ends."""
    text = text[: end_without_postscript(text)]
    end = len(text.rstrip())
    floor = max(0, end - AT_THE_END)
    for _ in range(2 * MOST_BACK):
        if end <= floor:
            return
        line = text.rfind("\n", floor, end) + 1
        marks = [mark.end() for mark in _ENDS.finditer(text, max(line, floor), end)]
        starts = [max(line, floor), *marks]
        # Of "B. A linear relation" the letter is no sentence.
        while len(starts) > 1 and _ABBREVIATED.search(text, floor, starts[-1]):
            starts.pop()
        is_letter = len(starts) > 1 and _LONE_LETTER.fullmatch(text, starts[-2], starts[-1])
        start = starts[-2 if is_letter else -1]
        if _ABBREVIATED.search(text, floor, start):
            return
        if not _COURTESY.match(text, start, end) and not _OF_THE_COMPARISON.search(text[start:end]):
            yield start, end
        end = len(text[:start].rstrip())


def is_for_the_comparison(words: str) -> bool:
    """Return whether words are to whoever compares the answers: an answer concludes nothing by them."""
    return bool(_OF_THE_COMPARISON.search(words))


def past_the_comparison(text: str) -> int:
    """Return where a text begins behind opening paragraphs that are to whoever compares the answers."""
    at = 0
    while (end := text.find("\n\n", at, at + AT_THE_END)) >= 0 and _OF_THE_COMPARISON.search(text[at:end]):
        at = end + 2
    return at


def is_courtesy(sentence: str) -> bool:
    """Return whether a sentence is only polite, or says how sure its writer is and that it was checked."""
    return bool(_COURTESY.match(sentence))


def end_without_postscript(text: str) -> int:
    """Return where a text ends before what it adds behind its end."""
    found = _POSTSCRIPT.search(text, max(0, len(text) - AT_THE_END))
    return found.start() if found else len(text)
