"""Yes and no in words that are not known: read by their place, where other answers of the panel say yes or no too.

What answers is short and stands in a place that concludes, up to the first mark of the sentence. There a word that
denies or faults says no, two of them cancel ("not wrong"), and a word that affirms says yes; a tick or a cross says so
as well.
"""

import re
from typing import NamedTuple

from apps.fusion.answers.asked import holds_word, question, repeats
from apps.fusion.answers.frame_words import CONCERNS, DENSE_FRAME, FALSE, FRAME, TRUE, leads
from apps.fusion.answers.places import Spot, places
from apps.fusion.answers.qualifiers import asks
from apps.fusion.answers.stretches import Found
from apps.fusion.answers.values import Final, classify
from apps.fusion.answers.verdict_phrases import (
    CANNOT_BE_SAID,
    DOUBTLESS,
    ENDS_WITH_VERDICT,
    NAMES_BOTH,
    NAMES_VERDICT,
    OPEN,
    OPENS_WITH_VERDICT,
    QUESTION,
    SAYS_NO,
    SAYS_YES,
)
from apps.fusion.vocabulary import FinalKind


class _Most(NamedTuple):
    """The words that a stretch has at most, or the characters of Chinese and Japanese."""

    words: int
    dense: int


MOST_HEAD = _Most(4, 10)
"""Up to the first mark of a sentence, where what stands there is an answer and no statement."""
MOST_SAID = _Most(16, 26)
"""Of a sentence that says yes or no of what went before."""
MOST_PHRASED = 10
"""Words of a sentence that consists of a phrase."""
MOST_LEFT = 2
"""Characters of Chinese or Japanese that a yes or no may have beside the signs that are known."""
LONGEST_OPEN = 120
"""Characters of a sentence that says that a question is open."""

_AROUND = ' \t\n.!。！*_#>`"“”✅❌'
_MARK = re.compile(r"[\s*_#>\"“`]*(?P<sign>[✅✔☑👍🟢❌✖✗✘🚫⛔👎🔴❎])\ufe0f?")
_SIGNS = re.compile("[✅✔☑👍🟢❌✖✗✘🚫⛔👎🔴❎]")
_AFFIRMING_SIGNS = "✅✔☑👍🟢"
_CLAUSE_ENDS = re.compile(r"[.!?:;,\n。！？：；，、]|\s[–—-]+\s|[–—]")
_HEAD_ENDS = re.compile(rf"{_CLAUSE_ENDS.pattern}|\Z")
_LABEL = re.compile(r"[^\n:：.!?]{1,30}(?:[:：]|→|->)\s*")
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_DENIES = frozenset(
    "no not never nope nah cannot nicht nein nie niemals keineswegs keinesfalls mitnichten pas non jamais nullement "
    "nunca jamás tampoco nada mai niente affatto nessuno nem não нет не никак нельзя отнюдь вовсе".split()
)
_DENYING = ("kein", "aucun", "ningun", "ningún", "nessun", "nenhum", "никак", "никоим")
_ONLY_STRESSES = frozenset(
    "at all of course absolutely certainly definitely surely unfortunately leider ganz und gar wirklich bestimmt du "
    "tout absolument certainement vraiment que claro desde luego por supuesto en absoluto assolutamente certamente "
    "proprio certo absolutamente com certeza de modo algum forma конечно совсем точно же".split()
)
"""Words that may stand beside a no which is all of a sentence: "of course not"."""
_NEGATIVE = ("negativ", "négati", "vernein", "отриц")
"""Beginnings of words that call an answer a no."""
_DENIES_DENSE = re.compile(r"[不没沒未非]|否(?!定)|ない|なく|ません|^い(?:いえ|え|や)")
_ONLY_DENIES_DENSE = re.compile(
    r"^(?:不|没有|沒有|并非|並非|绝不|决不|否|い(?:いえ|え|や))|(?:ません|ない)(?:です|でした|[よねの])?$"
)
"""Signs that say no by themselves: elsewhere a sign that denies may be a part of a word."""
_FAULTY = tuple(
    "false wrong incorrect untrue invalid inaccura mistak fail misconcept myth falsch unwahr unzutreff unricht "
    "inkorrekt irrtum mythos faux fausse inexact erron erreur mythe incorrect fals sbagliat scorrett inesatt mito "
    "bufala errore errón errône errad incorret equivoc engano erro error bulo невер неправ ошиб лож миф заблужд".split()
)
_IDLE_DENSE = re.compile(
    r"ざるを得(?:ません|ない)|(?:問題|疑い)は?(?:ありません|ない|なし)|に違い(?:ありません|ない)|没有?(?:问题|"
    r"疑问)|間違[えい]やすい|容易[^，。]{0,4}[错錯误誤]"
)
"""Signs that deny and fault nothing: "one cannot but say", "easy to get wrong"."""
_ELIDED = re.compile(r"^(?:[ldcsjmt]|qu)'")
_FAULTY_DENSE = re.compile(r"否定|ノー|[错錯误誤違违謬谬]|間違|ウソ|嘘|迷思|俗説|デマ|谣")
_SOUND = tuple(
    "absol certain definit indeed affirm afirm afferm regg tient sosten sostien procede exact correct precise "
    "natural true valid accurate right sure hold check confirm richtig genau korrekt zutreff trifft tatsächlich tat "
    "natürlich selbstverst stimm gewiss sicher jawohl durchaus wahr recht bejah bestätig vrai effet sûr effectiv "
    "juste parfait évid raison cierto verdad efectiv clar seguro segur supuesto desde así razón certo vero vera "
    "verit verità corrett esatt effett proprio sicur ovvi ragione verdad certez corret exat isso fato óbvi certa "
    "верн прав конеч именно действит безусловн точно разумеет так подтвержд утверд истин".split()
)
_CLOSES = tuple(
    "affirm afirm afferm regg tient sosten sostien procede hold correct valid right check confirm wahr richtig "
    "korrekt zutreff trifft stimm bejah bestätig vrai exact juste ciert verdad correct vero vera corrett esatt "
    "corret exat верн прав утвердит подтвержд истин".split()
)
"""Beginnings of words with which a whole sentence says that something is so."""
_SOUND_DENSE = re.compile(
    r"^[是对對](?:[的啊呀]|$)|[是为]对的?$|正确|正確|的确|确实|確か|当然|當然|成立|属实|屬實|肯定|没错|正し|"
    r"その通|そのとおり|もちろん|正解|^ええ|^はい$|そうです|事実|合って|おっしゃる通|イエス"
)
_COURTEOUS = frozenset(
    "absolutely certainly sure of course definitely gladly happily natürlich gerne gern klar selbstverständlich "
    "bien sûr claro por supuesto certo certamente certeza com конечно разумеется".split()
)
"""Words with which a model agrees to do something before it does: alone, they answer no question."""
_COURTEOUS_DENSE = ("当然", "當然", "もちろん", "もちろんです", "好的", "はい")
_FAULTS_OR_DENIES = re.compile(
    r"\b(?:not|nicht|pas|no|non|não|не|if|wenn|falls|si|se|если)\b|n['’]t\b|[不没非]|ない|ません(?!か)|如果|もし",
    re.IGNORECASE,
)
"""Words beside a phrase that says yes with which it says something else."""
CLAIMS = re.compile(
    r"\b(?:objections?|arguments?|einwand|gegenargument|argumentos?|objeci[oó]n|objeção|obiezione|argomento|"
    r"возражение|довод|аргумент)\b|"
    r"反驳|反对|(?<![这該该此])(?<![这該该此][个個种種])说法是|反論|反対意見|と言われます",
    re.IGNORECASE,
)
"""Words of a sentence that is about what others say."""
_ADVERBIAL = re.compile(r"en définitive|en definitiva|in definitiva", re.IGNORECASE)
_PHRASES = {"en absoluto": False, "tout à fait": True, "auf jeden fall": True, "of course": True, "bien entendu": True}
"""Phrases that say yes or no although no word of them does."""
_ELLIPTICAL = frozenset("it that this they he she there you".split())
_DEMONSTRATIVE = frozenset(
    "that that's this das dies es ce ça cela c'est eso esto ello ciò questo isso isto это".split()
)
"""Words for a question that was asked, where they stand for anything."""
_LEADS_THERE = frozenset(
    "answer respond reply say question one can antworten beantworten sagen frage man kann muss lässt sich répondre "
    "dire on peut faut responder decir decirse contestar hay que se puede rispondere bisogna si può posso dizer pode "
    "preciso um uma un une una ответить сказать вопрос можно приходится нужно таким образом словом общем в на "
    "совершенно к сожалению".split()
)
"""Words with which an answer says that it says yes or no."""
_ADVERBS = frozenset(
    "really truly actually clearly obviously evidently undoubtedly surely simply fully entirely completely totally "
    "perfectly exactly strictly generally usually normally probably possibly presumably unfortunately sadly "
    "wirklich freilich eigentlich gewöhnlich wahrscheinlich möglicherweise normalerweise glücklicherweise "
    "bedauerlicherweise vraiment clairement évidemment naturellement probablement malheureusement parfaitement "
    "entièrement totalement complètement généralement normalement simplement realmente verdaderamente claramente "
    "evidentemente naturalmente obviamente probablemente lamentablemente desgraciadamente perfectamente totalmente "
    "completamente generalmente normalmente seguramente simplemente veramente chiaramente ovviamente probabilmente "
    "perfettamente decisamente semplicemente purtroppo verdadeiramente provavelmente infelizmente perfeitamente "
    "geralmente simplesmente".split()
)
"""Words with which a yes or no is stressed or weakened; a document and a family are things."""
_STILL = frozenset("still yet noch encore toujours todavía aún sigue ancora ainda continua ещё пока".split())
_ALONG = frozenset("so too indeed".split())
_OF_VERDICTS = frozenset().union(
    TRUE,
    FALSE,
    CONCERNS,
    _DENIES,
    _DEMONSTRATIVE,
    _LEADS_THERE,
    _STILL,
    _ONLY_STRESSES,
    _ELLIPTICAL,
    _COURTEOUS,
    _ADVERBS,
)
"""Words of a sentence that only says yes or no."""
_AUXILIARY = re.compile(
    r"(?:is|are|was|were|does|do|did|can|could|will|would|has|have|had|should|must)(?:n['’]t)?|can['’]?t|won['’]t",
    re.IGNORECASE,
)


class _Said(NamedTuple):
    is_yes: bool | None
    start: int
    end: int
    is_clear: bool = True


def said_verdict(text: str, language: str, asked: str = "") -> Found | None:
    """Return the yes or no, or neither, that a text concludes; it is announced unless it may be a courtesy.

    To a question that is ``asked`` a sentence says so too that repeats it.
    """
    told = (_of_place(text, place, language, asked) or _repeated(text, place, asked) for place in places(text))
    said = next(filter(None, told), None) or _sign(text)
    if not said:
        return None
    form = "neither" if said.is_yes is None else str(said.is_yes).lower()
    final = Final(FinalKind.BOOLEAN, form, said.start, said.end)
    return Found(final, said.start, is_announced=said.is_clear and _says_no_more(text[said.start : said.end]))


def _of_place(text: str, place: Spot, language: str, asked: str) -> _Said | None:
    """Return what the head of a sentence says, else all of it."""
    start, end, is_apart = place
    if text[end - 1] in "?？" or CLAIMS.search(text, start, end):
        return None
    if NAMES_BOTH.search(text, start, end) or _leaves_open(text, start, end, language, asked):
        return _Said(None, start, end)
    mark = _MARK.match(text, start, end)
    start = mark.end() if mark else start
    if (phrase := _phrase(text, start, end, language)) is not None:
        return _Said(phrase, start, end)
    if asked and _only_denies(text, start, end, language):
        return _Said(False, start, end)
    if is_apart or not text[:start].strip(" \n*_#>✅❌"):
        head = _head(text, start, end, language, bool(asked))
        if head:
            return head
    if asks(text[start:end]):
        return None
    opens = OPENS_WITH_VERDICT.match(text, start, end) if asked else None
    ends = opens or ENDS_WITH_VERDICT.search(text, start, end) or NAMES_VERDICT.search(text, start, end)
    if (
        ends
        and len(_WORD.findall(text, start, end)) <= MOST_SAID.words
        and not (language == "pt" and ends["word"] == "no")
    ):
        at, stop = ends.span("word")
        final = None if _is_denied(text, start, at, language) else classify(text, at, stop)
        return _Said(final.canonical == "true", start, end) if final else None
    # A short sentence that is set apart may deny what was asked without a word for it.
    said = _polarity(text, start, end, MOST_SAID, language, needs_word=not is_apart, sound=_CLOSES)
    # Of a text without sections a sentence that affirms may be any.
    return None if said is None else _Said(said, start, end, is_clear=is_apart or not said)


def _repeated(text: str, place: Spot, asked: str) -> _Said | None:
    """Return what a sentence says that repeats the question or denies it."""
    if not asked or CLAIMS.search(text, place.start, place.end):
        return None
    is_question = text[place.end - 1] in "?？" or asks(text[place.start : place.end])
    said = None if is_question else repeats(_LABEL.sub("", text[place.start : place.end]), asked)
    return None if said is None else _Said(said, place.start, place.end)


def _leaves_open(text: str, start: int, end: int, language: str, asked: str) -> bool:
    """Return whether a short sentence says that the question is open: no gate, and nothing that is denied to be so.

    To a question that is ``asked`` it says so too where it depends on something whether anything is so.
    """
    if end - start > LONGEST_OPEN:
        return False
    if CANNOT_BE_SAID.search(text, start, end):
        return True
    mark = OPEN.search(text, start, end)
    if not mark or _is_denied(text, start, mark.start(), language) or holds_word(question(asked), mark.group()):
        return False
    before = DENSE_FRAME.sub(" ", text[start : mark.start()])
    words = [word.casefold().replace("’", "'") for word in _WORD.findall(before)]
    is_led = all(leads(word) or word in _DEMONSTRATIVE | _STILL for word in words)
    if mark["depends"] or mark["dense"]:
        return bool(asked) or is_led or bool(QUESTION.search(before))
    return (is_led and not _DEMONSTRATIVE.isdisjoint(words)) or bool(QUESTION.search(text, start, end))


def _is_denied(text: str, start: int, at: int, language: str) -> bool:
    """Return whether a word before a place denies what stands there, in the same clause."""
    clause = _CLAUSE_ENDS.split(text[start:at])[-1]
    return bool(_DENIES_DENSE.search(clause)) or any(
        _denies(word.casefold(), language) for word in _WORD.findall(clause)
    )


def _phrase(text: str, start: int, end: int, language: str) -> bool | None:
    """Return what a phrase says of which a short sentence consists, with a few other words."""
    dense = len(_DENSE.findall(text, start, end))
    if dense > MOST_SAID.dense or (not dense and len(_WORD.findall(text, start, end)) > MOST_PHRASED):
        return None
    if says_no := SAYS_NO.search(text, start, end):
        return None if _is_denied(text, start, says_no.start(), language) else False
    says_yes = SAYS_YES.search(text, start, end)
    if not says_yes or _FAULTS_OR_DENIES.search(text, start, end):
        return None
    return None if _is_denied(text, start, says_yes.start(), language) else True


def _only_denies(text: str, start: int, end: int, language: str) -> bool:
    """Return whether a sentence is nothing but a no."""
    words = [word.casefold() for word in _WORD.findall(text, start, end)]
    denials = [word for word in words if _denies(word, language)]
    return len(words) <= MOST_HEAD.words and len(denials) > 0 and set(words) <= {*denials} | _ONLY_STRESSES


def _sign(text: str) -> _Said | None:
    """Return what the ticks or crosses of a text say, if they all say the same and one begins it."""
    mark = _MARK.match(text)
    found = {sign in _AFFIRMING_SIGNS for sign in _SIGNS.findall(text)}
    return _Said(found.pop(), *mark.span("sign")) if mark and len(found) == 1 else None


def _head(text: str, start: int, end: int, language: str, is_asked: bool) -> _Said | None:
    """Return what stands up to the first mark of a sentence, or up to the next if that is a label's.

    A text of nothing else has to be in words that are known, unless a yes or no is asked for.
    """
    for _ in range(2):
        start += len(text[start:end]) - len(text[start:end].lstrip(' \t\n*_#>"“`¡$'))
        stop = _HEAD_ENDS.search(text, start, min(end, start + 80))
        if not stop or stop.group() == "?":
            return None
        is_opener = bool(_ADVERBIAL.fullmatch(text, start, stop.start())) or (
            stop.group() in ",，、" and len(_WORD.findall(text, start, stop.start())) == 1
        )
        is_adverbial = bool(_ADVERBIAL.fullmatch(text, start, stop.start()))
        said = None if is_adverbial else _polarity(text, start, stop.start(), MOST_HEAD, language)
        if said is not None:
            is_all = not (text[:start].strip(_AROUND) or text[stop.start() :].strip(_AROUND))
            if is_all and not is_asked and not _only_answers(text):
                return None
            is_labelled = text[:start].rstrip(" \t*_").endswith((":", "："))
            return _Said(said, start, stop.start(), is_labelled or not _is_courteous(text[start : stop.start()]))
        label = _LABEL.match(text, start, end)
        if not (label or is_opener):
            return None
        start = label.end() if label else stop.end()
    return None


def _only_answers(text: str) -> bool:
    """Return whether a text of one sentence only says yes or no: any other is compared as a sentence."""
    words = [word.casefold().replace("’", "'") for word in _WORD.findall(text)]
    known = TRUE | FALSE | FRAME | CONCERNS | _DENIES | _ELLIPTICAL | _COURTEOUS
    return bool(_DENSE.search(text)) or all(word in known or word.startswith(_DENYING) for word in words)


def _says_no_more(words: str) -> bool:
    """Return whether words say yes or no, or that a question is open, and nothing of any thing."""
    for phrase in (SAYS_NO, SAYS_YES, CANNOT_BE_SAID, DOUBTLESS, OPEN, QUESTION):
        words = phrase.sub(" ", words)
    for signs in (_FAULTY_DENSE, _SOUND_DENSE, _DENIES_DENSE, DENSE_FRAME):
        words = signs.sub("", words)
    spoken = [_ELIDED.sub("", word.casefold().replace("’", "'")) for word in _WORD.findall(words)]
    beginnings = (*_SOUND, *_FAULTY, *_DENYING, *_NEGATIVE)
    is_known = all(word in _OF_VERDICTS or leads(word) or word.startswith(beginnings) for word in spoken)
    return len(_DENSE.findall(words)) <= MOST_LEFT if _DENSE.search(words) else is_known


def _is_courteous(head: str) -> bool:
    words = head.casefold().split()
    return head in _COURTEOUS_DENSE or all(word in _COURTEOUS for word in words)


def _polarity(
    text: str,
    start: int,
    end: int,
    most: _Most,
    language: str,
    needs_word: bool = False,
    sound: tuple[str, ...] = _SOUND,
) -> bool | None:
    """Return whether a stretch says yes; ``None`` if it is too long or no word of it affirms, denies or faults.

    ``needs_word`` asks for a word that affirms or faults: a statement may deny something and answer nothing.
    """
    part = text[start:end].strip(' .!。！*_$`"“”')
    if any(map(str.isdigit, part)):
        return None
    if dense := len(_DENSE.findall(part)):
        return _dense_polarity(_IDLE_DENSE.sub("", part), needs_word) if dense <= most.dense else None
    words = [_ELIDED.sub("", word.casefold().replace("’", "'")) for word in _WORD.findall(part)]
    if not words or len(words) > most.words:
        return None
    if DOUBTLESS.search(part):
        return True
    if (phrase := _PHRASES.get(" ".join(words))) is not None:
        return phrase
    faults = any(word.startswith(_FAULTY) for word in words)
    titled = {word.casefold() for word in _WORD.findall(part)[1:] if word.istitle()}
    denials = any(_denies(word, language) for word in words if word not in titled)
    sounds = any(word in TRUE or word.startswith(sound + _NEGATIVE) for word in words)
    is_elliptical = (
        1 < len(words) <= 3
        and words[0] in _ELLIPTICAL
        and _AUXILIARY.fullmatch(words[1])
        and all(word in _DENIES or word in _ALONG for word in words[2:])
    )
    if not (faults or sounds or is_elliptical or (denials and not needs_word)):
        return None
    # "Wrong" and "not" turn it round, each once.
    return faults == denials


def _denies(word: str, language: str) -> bool:
    """Return whether a word denies; "no" is "in the" in Portuguese."""
    is_denial = word in _DENIES and (word != "no" or language != "pt")
    return is_denial or word == "n'est" or word.endswith("n't") or word.startswith(_DENYING + _NEGATIVE)


def _dense_polarity(part: str, needs_word: bool) -> bool | None:
    """Return whether a stretch in Chinese or Japanese says yes."""
    faults = bool(_FAULTY_DENSE.search(part))
    is_denial = not needs_word and bool(_ONLY_DENIES_DENSE.search(part))
    if not (faults or is_denial or _SOUND_DENSE.search(part)):
        return None
    return faults == bool(_DENIES_DENSE.search(part))
