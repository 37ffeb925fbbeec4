"""Read a sentence that is nothing but a conclusion: a value in a frame of words that announce it ("so I get 5").

Wordings of conclusions are without number, but their words are few. So the sentence with which a text ends, or with
which it begins, concludes if it holds one value and every other word of it is one of `frame_words`.
"""

import re
from collections.abc import Iterator
from itertools import islice

from apps.fusion.answers.cues import IN_A_CASE
from apps.fusion.answers.edges import AT_THE_END, MOST_BACK, first_sentence, last_sentences
from apps.fusion.answers.frame_words import (
    BEFORE_VERDICT,
    CONCERNS,
    DENSE_FRAME,
    DENSE_SHOWS,
    FALSE,
    FAULTS,
    FRAME,
    IS_ANSWERED,
    NAMES_IT,
    SELECTS,
    SHOWS,
    TRUE,
    TURNS,
    leads,
)
from apps.fusion.answers.qualifiers import asks, is_listed, leaves_open, retracts
from apps.fusion.answers.stretches import FIGURE, Found, signed_at
from apps.fusion.answers.values import MOST_DENSE, VERDICTS, Final, classify
from apps.fusion.numerals import NUMBER_WORDS
from apps.fusion.vocabulary import FinalKind

LONGEST = 300
"""Characters of a sentence that is read."""
MOST_NEXT = 60
"""Characters behind an opening sentence in which it is taken back."""
LONGEST_OPENING = 80
"""Characters of a paragraph that is nothing but an answer."""
MOST_COUNTED = 2
"""Words behind a bare number that say what it counts."""
MOST_OTHERS = 3
"""Other words beside a letter of which the sentence says that it is the one."""
NEAREST = 4
"""Words beside a value in code among which one says that a program shows it."""

_DENSE_VERDICT = re.compile(
    r"(?:答案)?(?:这|那|它|这个说法|该说法)?(?:(?P<no>不是|不对|错误|错|不正确|否定|正しくありません|間違いです|"
    r"間違っています|違います|いいえ)|"
    r"是的|正确|对|肯定|正しいです|そうです|はい)(?:的|です)?(?:[、，,]\s?(?:そうです|違います|正しいです|正确|"
    r"不对|对|是的))?"
)
_VALUES = (FinalKind.NUMBER, FinalKind.LITERAL, FinalKind.FORMULA, FinalKind.CHOICE)
_LABELLED = re.compile(r"[^\n:：\d\"'{}\[\]]{1,40}[:：][*_]*(?=\s|[^\x00-\x7f])")
_LABELLED_VERDICT = re.compile(rf"[^\n:：]{{1,40}}[:：]\s?[*_]*(?P<word>{VERDICTS})[*_]*", re.IGNORECASE)
_IS_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")

_MARKER = re.compile(
    r"[ \t>#*_]*(?:(?:[-*+•–]|\d{1,3}[.)])\s+){0,2}[*_]*"
    r"(?:(?:step|schritt|étape|paso|passo|шаг)\s\d{1,3}[.:)]*[*_]*[.:)]*\s*)?",
    re.IGNORECASE,
)
_POSES = re.compile(
    r"(?:^|(?<=[.!?]\s))[^\w\n]{0,8}(?:\[(?:end\sof\s)?answers?\b(?:[^\n]|\n(?!\s*\n))*|"
    r"(?:system\b[^\n:：]{0,30}|(?:assistant|user|human|judge|evaluator|grader|moderator|developer|assistent|nutzer|"
    r"benutzer|richter|assistante?|utilisateur|juge|asistente|usuario|juez|assistente|utente|giudice|usuário|juiz|"
    r"ассистент|пользователь|судья|система|系统|用户|助手|评委|裁判|システム|ユーザー|アシスタント|審査員)"
    r"(?:\s?[(\[][^()\[\]\n]{1,20}[)\]]|\s[A-H\d])?[*_\])>]{0,4}\s?)[:：][^\n]*)",
    re.IGNORECASE | re.MULTILINE,
)
"""A paragraph that begins with the mark of another answer, or a line that begins with a role in a dialogue."""
_NO_SPACE = re.compile(r"\S")
_BECAUSE = re.compile(
    r",?\s(?:because|since|weil|denn|parce que|car|porque|perché|потому что)\s|"
    r",\s(?:as|da|which|denn)\s|\s[-–—]\s|[;:]\s"
)
_LETTER = re.compile(r"(?<![A-Za-zÀ-ÿ0-9_'’.])(?P<letter>[A-J])(?![A-Za-zÀ-ÿ0-9_'’+=^°₀-₉²³-])")
_GOES_ON = re.compile(
    r"\s(?!(?:is|are|fits|seems|ist|est|es|è|é|está|would be|must be|and|or|und|oder|et|ou|y|o|e|и|или)\b)[a-zà-ÿ]"
)
"""The continuation of a word that only looks like a letter: "I choose", "A dog"."""
_MAY_BE_WORD = frozenset("AEI")
"""Letters that are words at the beginning of a sentence; I is one everywhere."""
_NAMED_LETTER = re.compile(
    r"\b(?:option|choice|letter|answer|antwort|opción|opzione|opção|alternativa|réponse|вариант)\s$", re.IGNORECASE
)
_DENIES_NEXT = re.compile(r"\b(?:non|não|no)\b(?=[\s*_]+[^\W\d_])", re.IGNORECASE)
"""A "no" that denies what follows it, where one that stands alone answers."""
_UNSURE = re.compile(r"\b(?:may|might|could|can|should|would)\s+(?:\w+\s)?be\b", re.IGNORECASE)
_SPELT = re.compile(r"(?<![\w-])[A-Za-zÀ-ÿ]{3,9}(?![\w-])")
_OPENS = re.compile(r"[`'\"\[({\\$]|(?<![\w.])\.\d|\b(?:True|False|None|null|true|false)\b")
_CODE_NAME = re.compile(r"`(?!(?:True|False|None|true|false|null)`)[A-Za-z_][\w.]{0,40}(?:\([^`()\n]{0,80}\))?`")
_LEFT_OPEN = re.compile(r"[`\"\[\]{}“”$+/×÷?\\]|(?<!\w)['’]|\d")
_CLAUSES = re.compile(r"[,;，；]\s?")
"""The marks between the clauses of a sentence."""
_OWNED = frozenset("of from by with for von vom aus mit für de du des del di da do dos das della из от для".split())
"""Words between an output and the thing that it belongs to."""
_PASSIVE = frozenset(
    "is are was were be been gets get on in to wird werden wurde ist sind auf est sont s es son se è sono viene "
    "vengono si é são será будет на".split()
)
"""Words between a thing and that it is shown."""
_NAMED = re.compile(r"\s[A-ZÀ-Þ]")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_OPTION = re.compile(r"\(?(?P<letter>[A-J])(?P<mark>\)?[).:])(?=\s+\S)[^\n]*")
_OPTION_BEHIND = re.compile(r"[*_]*[).:](?=\s+\S)|[*_]*\s[–—-]\s")
"""The mark behind a letter that its option follows, whatever that says."""


def concluding(text: str, comma: bool, works: bool) -> Found | None:
    """Return the value of the sentence with which a text ends, else of the one with which it opens.

    ``works`` says that the text calculates: its yes or no may be about the sums, and its opening is no result then.
    """
    option = _last_option(text)
    if option and text[option.final.end : option.final.end + 1] != ":":
        return option
    for back, (start, end) in enumerate(islice(last_sentences(text), MOST_BACK)):
        # The row of a table says nothing of its own.
        if text[start] == "|":
            break
        found = framed(text, start, end, comma, is_last=True) or (None if back else _labelled(text, start, end, comma))
        if found and (not back or _is_told(text, start, end, found)) and _is_kept(found, back, works):
            return found
        # What an answer says after its conclusion has no value in it: a figure says that the conclusion is no such one.
        if FIGURE.search(text, start, end):
            break
    if option or works:
        return option
    _, stop = first_sentence(text)
    is_kept = stop and not retracts(text, stop, min(len(text), stop + MOST_NEXT))
    return framed(text, 0, stop, comma) if is_kept else None


def without_orders(text: str) -> str:
    """Return a text with spaces for the paragraphs that pose as somebody in a dialogue or as another answer."""
    return _POSES.sub(lambda part: _NO_SPACE.sub(" ", part.group()), text)


def opening(text: str, comma: bool) -> Found | None:
    """Return the value that is an opening paragraph of its own, as of an answer that goes before its reasons."""
    end = text.find("\n\n", 0, LONGEST_OPENING)
    is_kept = end > 0 and text[end - 1] not in ":：" and not retracts(text, 0, end)
    found = framed(text, 0, end, comma, is_last=True) if is_kept else None
    return found if found and found.final.kind is not FinalKind.BOOLEAN else None


def _labelled(text: str, start: int, end: int, comma: bool) -> Found | None:
    """Return the value that is all that a sentence says behind its label, unless the line before has one too."""
    label = _LABELLED.match(text, start, end)
    if not label or leaves_open(label.group(), ""):
        return None
    before = text[:start].rstrip().rpartition("\n")[2].lstrip(" \t*_#>-")
    final = None if _LABELLED.match(before) else classify(text, label.end(), end, comma, whole=True)
    return Found(final, start, is_announced=True) if final and final.kind in _VALUES else None


def _is_kept(found: Found, back: int, works: bool) -> bool:
    return found.final.kind is not FinalKind.BOOLEAN or (not works and back < 2)


def _is_told(text: str, start: int, end: int, found: Found) -> bool:
    """Return whether a sentence says in words that it concludes, or is a line of its own with nothing but a value."""
    is_line = text[start - 1 : start] in ("", "\n") and text[end : end + 1] == "\n"
    is_value = is_line and found.final.kind is not FinalKind.LITERAL
    return is_value or bool(_WORD.search(text, start, found.final.start))


def framed(text: str, start: int, end: int, comma: bool, is_last: bool = False) -> Found | None:
    """Return the one value of a sentence whose other words only announce it; ``None`` for any other sentence.

    A sentence that is not the last of its text has to name its value as the answer, and may say why.
    """
    marker = _MARKER.match(text, start, end)
    is_marked = bool(marker and marker.group().strip(" \t>#*_"))
    begin = marker.end() if marker else start
    reason = None if is_last and end - begin < LONGEST else _BECAUSE.search(text, begin + 1, end)
    stop = reason.start() if reason else end
    if not 0 < stop - begin <= LONGEST:
        return None
    for final in _values(text, begin, stop, comma):
        before, after = text[begin : final.start], text[final.end : stop]
        # "A: 16" announces a number, "the answer is A: sixteen" a letter.
        is_option = _OPTION_BEHIND.match(after) and (after.lstrip("*_")[0] != ":" or _WORD.search(before))
        if final.kind is FinalKind.CHOICE and is_option:
            if is_listed(text, final.start, final.canonical):
                continue
            after = ""
        if leaves_open(before, after) or (
            final.kind is FinalKind.BOOLEAN and not _is_all_said(text, begin, stop, final)
        ):
            continue
        # What a line of a program prints is no answer of the text.
        is_part = _CODE_NAME.match(text, final.start) or text.count("```", 0, final.start) % 2
        words = _words(before, after, final, bool(is_part))
        # A mark of a source or a piece of JSON is no answer, unless the line before announces it.
        is_alone = words is not None and not _WORD.search(before + after)
        is_code = text[final.start] == "`"
        if (
            final.kind is FinalKind.LITERAL
            and is_alone
            and not is_code
            and not text[:begin].rstrip().endswith((":", "：", ":**"))
        ):
            continue
        # The item of a list that is only a value is one of several.
        if words is None or (is_marked and not words and not re.search(r"[*=→⇒]", text[begin : final.start])):
            continue
        names_it = _names_it(words) or bool(_IS_DENSE.search(text, begin, stop))
        if is_last or names_it:
            return Found(final, begin, is_announced=names_it)
    return _verdict(text, begin, stop, is_marked)


def _names_it(words: list[str]) -> bool:
    return any(word in NAMES_IT or word.startswith(SELECTS) for word in words)


def _values(text: str, start: int, end: int, comma: bool) -> Iterator[Final]:
    """Yield what may be the value of a sentence: letters, figures, words for numbers, and what stands in marks."""
    letters = list(letters_of(text, start, end))
    named = [
        one for one in letters if not _GOES_ON.match(text, one.end()) or _NAMED_LETTER.search(text, start, one.start())
    ]
    # Of two letters neither is the answer, also where one of them begins what the sentence says.
    if named and len({one["letter"] for one in letters}) == 1:
        yield Final(FinalKind.CHOICE, named[-1]["letter"], named[-1].start(), named[-1].end())
    places = sorted({one.start() for pattern in (FIGURE, _OPENS, _SPELT) for one in pattern.finditer(text, start, end)})
    # The name of a program stands before what it returns.
    for at in reversed(places):
        final = classify(text, signed_at(text, start, at), end, comma)
        if final and final.kind in (FinalKind.NUMBER, FinalKind.LITERAL, FinalKind.FORMULA, FinalKind.BOOLEAN):
            yield final


def letters_of(text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    """Yield the capitals that stand alone as letters, not as words: "A dog", "I choose"."""
    first = _WORD.search(text, start, end)
    for one in _LETTER.finditer(text, start, end):
        may_be_word = one["letter"] == "I" or (first and first.start() == one.start())
        is_word = may_be_word and one["letter"] in _MAY_BE_WORD and _GOES_ON.match(text, one.end())
        if not is_word or _NAMED_LETTER.search(text, start, one.start()):
            yield one


def _words(before: str, after: str, final: Final, is_part: bool) -> list[str] | None:
    """Return the words around a value, ``None`` if one of them says something of its own.

    ``is_part`` says that the value belongs to a program: a name in it, or a line.
    """
    plain = [_CODE_NAME.sub(" ", part) for part in (before, after)]
    # A value that something is left open beside is a part of another one.
    if any(map(_LEFT_OPEN.search, plain)):
        return None
    around = [_folded(DENSE_FRAME.sub(" ", one)) for one in plain]
    is_code = final.kind is FinalKind.LITERAL or plain[0].endswith("`") or final.places is None
    may_be_shown = is_code and not is_part and final.kind is not FinalKind.CHOICE
    if _is_selected(around, final) or (may_be_shown and is_shown(*plain)):
        return around[0] + around[1]
    is_number = final.kind is FinalKind.NUMBER and not final.dimension
    is_counted = is_number and not _NAMED.match(plain[1]) and len(_IS_DENSE.findall(plain[1])) <= MOST_DENSE
    counted = around[1][:MOST_COUNTED] if is_counted else []
    own = [word not in FRAME for word in counted]
    behind = around[1][sum(own) if own == sorted(own, reverse=True) else 0 :]
    words = around[0] + behind
    return words if all(map(leads, words)) else None


def _is_selected(around: list[list[str]], final: Final) -> bool:
    """Return whether a sentence says of its only letter that it is the one, with few other words."""
    words = [word for part in around for word in part if word not in NUMBER_WORDS]
    if final.kind is not FinalKind.CHOICE or any(word in FALSE or word.startswith(FAULTS) for word in words):
        return False
    others = [word for word in words if not leads(word) and not word.startswith(SELECTS)]
    return len(others) <= MOST_OTHERS and any(word.startswith(SELECTS) for word in words)


def is_shown(before: str, after: str) -> bool:
    """Return whether words show what stands between them: "it prints …", "… is printed".

    What prints something itself, has an output of its own, or is shown in a case only is no result: "the output of …".
    """
    if IN_A_CASE.match(after):
        return False
    ahead, behind = _folded(_CLAUSES.split(before)[-1])[-NEAREST:], _folded(_CLAUSES.split(after)[0])[:NEAREST]
    shows = next((at for at in reversed(range(len(ahead))) if ahead[at].startswith(SHOWS)), None)
    if shows is not None:
        return _OWNED.isdisjoint(ahead[shows:])
    shown = next((at for at, word in enumerate(behind) if word.startswith(SHOWS)), None)
    is_passive = shown is not None and (behind[shown].endswith("ся") or not _PASSIVE.isdisjoint(behind[:shown]))
    return is_passive or bool(DENSE_SHOWS.search(before + after))


def _folded(text: str) -> list[str]:
    return [word.casefold().replace("’", "'") for word in _WORD.findall(text)]


def _is_all_said(text: str, start: int, end: int, final: Final) -> bool:
    """Return whether a yes or no is all that a sentence says: no letter, no contrary word, no "not" before others."""
    around = _folded(text[start : final.start]) + _folded(text[final.end : end])
    said = {word in TRUE for word in around if word in TRUE | FALSE}
    is_denial = _DENIES_NEXT.match(text, final.start, end)
    if _UNSURE.search(text, start, end):
        return False
    return not is_denial and said <= {final.canonical == "true"} and not any(letters_of(text, start, end))


def _verdict(text: str, start: int, end: int, is_marked: bool = False) -> Found | None:
    """Return the yes or no of a sentence that says nothing else, turned round by a "not"; or of "in short: no"."""
    plain = text[start:end].strip(" \t\n*_`\"'“”.!。！")
    labelled = None if is_marked else _LABELLED_VERDICT.fullmatch(plain)
    if labelled:
        at = text.index(plain, start) + labelled.start("word")
        final = classify(text, at, at + len(labelled["word"]))
        return final and Found(final, at, is_announced=True)
    dense = _DENSE_VERDICT.fullmatch(plain)
    words = _folded(_DENIES_NEXT.sub("not", plain))
    said = {word in TRUE for word in words if word in TRUE | FALSE}
    turns = [at for at, word in enumerate(words) if word in TURNS]
    if re.search(r"\d|\?", plain) or asks(plain) or _UNSURE.search(plain) or any(letters_of(text, start, end)):
        return None
    if dense:
        value = not dense["no"]
    elif words in (["absolutely", "not"], ["certainly", "not"], ["definitely", "not"], ["of", "course", "not"]):
        value = False
    elif len(said) == 1 and all(word in FRAME | CONCERNS | TRUE | FALSE for word in words):
        # "Not so sure that it is true" says neither.
        if not all(_turns_verdict(words, at) for at in turns) or (turns and not IS_ANSWERED.isdisjoint(words)):
            return None
        value = said.pop() != bool(len(turns) % 2)
    else:
        return None
    at = text.index(plain, start)
    return Found(Final(FinalKind.BOOLEAN, str(value).lower(), at, at + len(plain)), at, is_announced=True)


def _turns_verdict(words: list[str], at: int) -> bool:
    """Return whether a "not" stands before a word that says yes or no, or ends the sentence as in German."""
    behind = [word for word in words[at + 1 :] if word not in BEFORE_VERDICT]
    return behind[0] in TRUE | FALSE if behind else words[at] == "nicht"


def _last_option(text: str) -> Found | None:
    """Return the letter with which the last sentence repeats its option, unless all options are listed there."""
    lines = [line for line in text[-AT_THE_END:].splitlines() if line.strip()]
    spans = [*islice(last_sentences(text), 1)]
    starts = {text.rindex(lines[-1]), spans[0][0]} if lines and spans else set()
    before = _OPTION.fullmatch(lines[-2].strip(" \t*_>")) if len(lines) > 1 else None
    for start in sorted(starts):
        at = start + len(text[start:]) - len(text[start:].lstrip(" \t*_>"))
        option = _OPTION.fullmatch(text.rstrip(" \n*_"), at)
        if option and not (before and ord(option["letter"]) == ord(before["letter"]) + 1):
            return Found(Final(FinalKind.CHOICE, option["letter"], option.start("letter"), option.end("letter")), at)
    return None
