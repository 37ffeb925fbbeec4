"""Words that leave the value of a sentence open: it is denied, a bound, one of several, or asked about."""

import re

NEAR = 40
"""Characters beside a value in which words are about it, where its sentence says more."""

_IDLE = re.compile(
    r"\bno\s+(?:doubt|question|total|fim|final|todo|conjunto|geral|resultado)\b|\bno\.\s*(?=\d)|"
    r"\bmost\s+(?:likely|probably|certainly|definitely)\b|\b(?:al|por)\s+menos\s+que\b|"
    r"\b(?:the|as|from|shown|computed|calculated|derived|found|given|stated|described)\s+above\b|\babove\s+all\b|"
    r"\b(?:turn|find|found|work|come|came|figure)\w*\s+(?:(?:it|this|that|all|everything)\s+)?out\b|"
    r"\bout\s+of\s+(?:(?:all|the|these|those|given|our|my)\s+){0,3}(?:options|choices|answers|letters)\b|"
    r"\b(?:end|sum|add|total|com|came|wind|tall)\w*\s+(?:(?:it|this|that|all|everything)\s+)?up\b(?:\s+to\b)?|"
    r"\b(?:nothing|nichts|rien|nada|niente)\s+(?:more|else|weiter|anderes|de\s+plus|d['’]autre|más|mais|altro)\b|"
    r"\b(?:no|without|ohne|sans|sin|senza|sem|без)\s+(?:the\s+|any\s+)?(?:quot\w+|anführung\w+|guillemets|"
    r"comillas|virgolette|"
    r"aspas|кавычек)\b|\b(?:and|und|et|y|e|и)\s(?:to\s|a\s|à\s)?(?:none|no|keine[rmns]?|ningun[oa]?|ningún|"
    r"nessun[oa]?|nessun['’]|nenhuma?|"
    r"aucune?)\b[^.!?]{0,30}|[，,、]?与其他[^。]{0,8}[不非][^。]{0,3}|他の[^。]{0,8}(?:ません|ない)|"
    r"\b(?:sans|without|ohne|sin|senza|sem|без)\s(?:zu\s)?(?:hésit\w*|hesitat\w*|zögern|dud\w+|esita\w*|hesit\w*|"
    r"колебани\w*)|排除法|消去法|"
    r"\bne\s+\w+\s+(?:donc\s+)?qu[e'’]|无疑|毫无疑问|無疑|间違いなく|間違いなく",
    re.IGNORECASE,
)
"""Words that only look like those below."""

_DENIES = re.compile(
    r"\b(?:no|not|cannot|never|neither|nor|none|nothing|hardly|nein|nicht|nichts|nie|niemals|kein\w{0,2}|weder|non|"
    r"pas|jamais|aucune?|nunca|jamás|tampoco|ning[uú]n[oa]?|mai|nessun[oa]?|neanche|nemmeno|neppure|não|nenhuma?|"
    r"не|нет|ни|никогда|нельзя|без|without|ohne|sans|sin|senza|sem)\b(?!\s+(?:doubt|question|zweifel|doute|duda|dubbio|"
    r"dúvida|сомнени))|n['’]t\b|\bn['’](?:est|en|y|a|ont)\b|"
    r"[不没沒未無无否莫勿除]|非|ない|なく|ません|以外|ではな|じゃな",
    re.IGNORECASE,
)
_BOUNDS = re.compile(
    r"\b(?:most|least|up|out|over|under|below|beyond|within|between|exceed\w*|min|max|minimum|maximum|minimal|maximal|"
    r"onwards?|upwards?|mindestens|wenigstens|höchstens|bis|über|unter|zwischen|maxi|mini|jusqu|entre|supérieure?|"
    r"inférieure?|hasta|máxim[oa]|mínim[oa]|mucho|superior|inferior|almeno|massim[oa]|minim[oa]|fino|oltre|tra|"
    r"superiore|"
    r"inferiore|até|более|менее|больше|меньше|свыше|максимум|минимум|до|от|между)\b|"
    r"\b(?:more|fewer|less|greater|smaller|larger|higher|lower|mehr|weniger|größer|kleiner|plus|moins|más|menos|"
    r"più|meno|"
    r"mais)\s+(?:than|als|de|que|di|do)\b|\b(?:or|and|oder|und|ou|et|o|y|e|at|al|au|ao|lo|pelo)\s+(?:more|fewer|less|"
    r"greater|smaller|larger|higher|lower|best|worst|mehr|weniger|plus|moins|más|menos|più|meno|mais)\b|"
    r"以上|以下|以内|未満|未满|至少|至多|最多|最少|超|少なくとも|多くとも|まで|高达|大于|小于|多于|少于|低于|高于|より|"
    r"不到|之间|^[多余]|\babove[\W_]*(?:the\s+)?$|^[\W_]*(?:\w+\s+){0,2}(?:and|or)\s+above\b|"
    r"\b(?:is|are|was|were|be)\s+above\b",
    re.IGNORECASE,
)
_IS_ONE_OF_SEVERAL = re.compile(
    r"\b(?:is|are|was|were|be)\s+among\b|\bone\s+of\b|\bein(?:e[rs]?)?\s+(?:der|von)\b|"
    r"\bune?\s+des\b|\bun[oa]?\s+de\b|\bun[oa]?\s+del(?:le|l['’])|\bum[a]?\s+d[ao]s\b|\bодин\s+из\b|其中|之一|"
    r"のひとつ|の一つ",
    re.IGNORECASE,
)
_MAY_BE = re.compile(
    r"\b(?:may|might|could)\s+(?:\w+\s)?be\b|\bdifferent\s(?:code|program|question|input)|\bander(?:em|er|"
    r"en)\s(?:code|programm|frage)|"
    r"\bcode\sdifférent|\bcódigo\sdiferente|\bcodice\sdiverso|друг\w+\s(?:код|программ)|不同的?代码|別のコード",
    re.IGNORECASE,
)
_NEAR_BEFORE = re.compile(r"(?:[^\W\d_]+[ \t'’]+){1,4}[\W_]*\Z")
_NEAR_AFTER = re.compile(r"[ \t*_]*(?:[^\W\d_]+[ \t*_]*){1,3}")
_ASKS = re.compile(
    r"[\W_]*(?:(?:so|then|and|now|also|but|well)[\s,]+){0,2}(?:"
    r"(?:is|are|was|were|does|do|did|can|could|may|might|should|would|will|must|has|have|had)\s+"
    r"(?:it|its|this|that|these|those|there|the|he|she|they|we|you|i|my|our|your|all)\b|"
    r"(?:ist|sind|war|waren|wäre)\s+(?:das|die|der|es|dies\w?)\b|est-ce\b|"
    r"wh(?:at|ich)\s+(?:is|are|was|were|option|answer|choice|letter|statement|number|value|one)\b|whether\b)",
    re.IGNORECASE,
)
_TAKEN_BACK = re.compile(
    r"[^.!?\n]{0,40}?(?:\b(?:but|though|although|yet|and)\s(?:that|this|it)|\bwhich)"
    r"(?:\s(?:is|was|seems|does)\snot|\s(?:is|was|does)n['’]t|['’]s\snot)\b[^.!?\n]{0,25}?"
    r"\b(?:correct|right|true|listed|options?|among|answers?|choices?|match)\b|"
    r"[^.!?\n]{0,40}?\b(?:aber\sdas|doch\sdas|was)\s(?:ist|stimmt)\s[^.!?\n]{0,15}?\bnicht\b|"
    r"[^.!?\n]{0,40}?\b(?:mais\s|)ce\s(?:qui\s)?n['’]est\spas\b",
    re.IGNORECASE,
)

_RETRACTS = re.compile(
    r"\b(?:no|oh|but|hmm?),?\swait\b|\bwait(?:[,.!…]|\s[–—-])|\bscratch\sthat\b|\bcorrect\smyself\b|"
    r"\bon\ssecond\sthought\b|"
    r"\bfirst\s(?:guess|answer|thought|instinct|impression|reaction)\b|\bkorrigiere\b|\bmich\skorrigieren\b|"
    r"\berster?\s(?:gedanke|vermutung|antwort|eindruck|impuls|idee)\b|\b(?:nein|halt|stopp?|warte|"
    r"moment)[,!]?\s(?:halt|stopp?|warte|moment)\b|"
    r"\bpremi[eè]re?\s(?:réponse|idée|intuition|réaction|impression)\b|\battendez\b|\bje\s(?:me\s)?(?:reprends|"
    r"corrige)\b|\bme\scorriger\b|"
    r"\bprimera?\s(?:respuesta|idea|impresión|intuición|reacción|impulso)\b|\besper[ae]\b[,.!]|\bme\scorrijo\b|"
    r"\bcorregirme\b|"
    r"\bprim[ao]\s(?:risposta|idea|impressione|intuizione|pensiero)\b|\baspett[ai]\b[,.!]|\bmi\scorreggo\b|"
    r"\bcorreggermi\b|"
    r"\bprimeir[ao]\s(?:palpite|resposta|ideia|impressão|impulso)\b|\bme\scorrigir\b|\bcorrigir-me\b|"
    r"\bперв\w{2,3}\s(?:ответ|мысль|предположение|вариант\sответа|впечатление)\b|\bстоп\b|\b(?:исправл|"
    r"поправл)\w{2,4}сь\b|\bисправлю\b|"
    r"等一下|等等[，,]|更正|纠正一下|第一(?:反应|直觉)|最初の(?:答|回答|考え|印象|予想)|待って|訂正",
    re.IGNORECASE,
)
"""Words with which a text takes back what it said, or calls it a first guess."""
_CORRECTS = re.compile(
    r"[\s*_>(–—-]{0,6}(?:(?:no|oh|hmm?|nein|non|não|нет),?\s)?(?:actually|correction|rather|"
    r"(?:or\s)?more\s(?:precisely|exactly|accurately)|"
    r"to\sbe\s(?:more\s)?(?:precise|exact)|wait|scratch\sthat|genauer(?:\sgesagt)?|korrektur|vielmehr|"
    r"besser\sgesagt|halt|moment|"
    r"(?:ou\s)?plus\s(?:précisément|exactement)|rectification|en\sfait|attendez|más\s(?:precisamente|exactamente)|"
    r"corrección|en\srealidad|mejor\sdicho|"
    r"espera|più\sprecisamente|correzione|anzi|in\srealtà|aspetta|mais\s(?:precisamente|exatamente)|correção|"
    r"na\sverdade|aliás|espere?|точнее|поправка|"
    r"на\sсамом\sделе|стоп)\b(?!\s(?:as|than)\b)[\s,:–—-]{0,3}|"
    r"[\s*_>（]{0,6}(?:更?准确地?(?:说|来说)|更正|不对|等一下|等等|正確には|訂正|いや|待って)[，、：:]?",
    re.IGNORECASE,
)
"""Words with which a sentence corrects the one before it."""
_PAUSE = re.compile(r"[,;:(–—…]|\s-\s|\.{3}|\b(?:but|and|aber|doch|mais|pero|ma|mas|но)\b|[，；：（]")
_HEDGES = re.compile(
    r"\b(?:if\si\sremember\s(?:correctly|right(?:ly)?)|soweit\sich\sweiß|si\sje\sme\ssouviens\sbien|"
    r"si\smal\sno\srecuerdo|se\sben\sricordo|"
    r"se\sbem\sme\slembro|если\s(?:мне\s)?не\sизменяет\sпамять|if\si(?:['’]m|\sam)\snot\smistaken|"
    r"unless\si(?:['’]m|\sam)\s(?:very\s)?mistaken|"
    r"wenn\sich\smich\snicht\sirre|sauf\serreur|"
    r"si\sje\sne\sme\strompe(?:\spas)?|si\sno\sme\sequivoco|salvo\serror|se\snon\s(?:erro|sbaglio)|"
    r"se\snão\sme\sengano|salvo\s(?:engano|erro)|"
    r"если\s(?:я\s)?не\sошибаюсь)\b|(?:如果)?我?没(?:有)?记错|間違いでなければ|間違っていなければ",
    re.IGNORECASE,
)
"""Words with which a text is careful: they warn of nothing."""
_WARNS = re.compile(
    r"\b(?:mistak|error|trap\b|pitfall|fehler|irrtum|falle\b|erreur|piège|trampa|errore|trappola|errado|erro\b|"
    r"armadilha|"
    r"ошиб|ловушк)|\bskipped\b|übersprungen|\bsauté\s(?:une|un)\b|\bsaltado\b|\bsaltato\b|\bpulou\b|пропущен|漏了|"
    r"飛ばし|"
    r"[错錯誤误]|間違|陷阱|罠|落とし穴",
    re.IGNORECASE,
)
"""Words that warn of a wrong answer: the value beside them is one."""


def without_idle(text: str) -> str:
    """Return a text without the words that only look like a denial or a bound: "no doubt", "all the options above"."""
    return _IDLE.sub(" ", text)


def leaves_open(before: str, after: str, may_be_bound: bool = True, may_ask: bool = True) -> bool:
    """Return whether words around a value deny it, bound it, make it one of several or ask about it.

    ``before`` is what stands before the value in its sentence, ``after`` what stands behind it. A letter, which may not
    be bound, is no least or most: there "from the above" says nothing.
    """
    if may_ask and _ASKS.match(before):
        return True
    around = [without_idle(part) for part in (before, after)]
    opens = (_DENIES, _IS_ONE_OF_SEVERAL, _MAY_BE, *((_BOUNDS,) if may_be_bound else ()))
    return any(pattern.search(part) for pattern in opens for part in around)


def is_bounded_at(text: str, start: int, at: int, end: int, stop: int) -> bool:
    """Return whether the few words beside a value deny or bound it, in a sentence that says other things too.

    The value is from ``at`` to ``end``, its sentence from ``start`` to ``stop``.
    """
    before = _NEAR_BEFORE.search(text[max(start, at - NEAR) : at])
    after = _NEAR_AFTER.match(text, end, min(stop, end + NEAR))
    words = before.group() if before else ""
    # "20, which is 80" does not begin with "which is".
    return leaves_open(words, after.group() if after else "", may_ask=at - len(words) <= start)


def is_bound(text: str, end: int) -> bool:
    """Return whether the words behind a value that ends there make it a bound: "5 at most"."""
    after = _NEAR_AFTER.match(text, end, end + NEAR)
    return bool(after and _BOUNDS.search(_IDLE.sub(" ", after.group())))


def is_taken_back(text: str, end: int) -> bool:
    """Return whether the sentence of a value that ends there goes on to say that it is none of the options or wrong."""
    return bool(_TAKEN_BACK.match(text, end))


def asks(text: str) -> bool:
    """Return whether a sentence is a question without its mark."""
    return bool(_ASKS.match(text))


def is_listed(text: str, at: int, letter: str) -> bool:
    """Return whether the line before or after the one of a letter there is that of the option next to it in the order.

    ``at`` is the place of the letter with which its line begins.
    """
    before = text[:at].rstrip(" \t\n*_>").rpartition("\n")[2].lstrip(" \t*_>(")
    after = text[at:].partition("\n")[2].lstrip(" \t\n*_>(")
    beside = ((before, chr(ord(letter) - 1)), (after, chr(ord(letter) + 1)))
    return any(line[:1] == other and line[1:2] in (".", ")", ":") for line, other in beside)


def retracts(text: str, start: int, end: int) -> bool:
    """Return whether a stretch takes back what the text said, or says that it was a first guess."""
    return bool(_RETRACTS.search(text, start, end))


def corrects_within(text: str) -> bool:
    """Return whether what stands between two values corrects the first: ", or rather", " – no, wait: "."""
    return any(_CORRECTS.match(text, mark.end()) for mark in _PAUSE.finditer(text))


def corrected_at(text: str, at: int, end: int) -> int | None:
    """Return where what a sentence says begins behind words that correct the one before it; ``None`` without such."""
    found = _CORRECTS.match(text, at, end)
    return found.end() if found else None


def warns(text: str, start: int, end: int) -> bool:
    """Return whether a sentence warns of a mistake: "a frequent mistake is to answer 4"."""
    return bool(_WARNS.search(without_hedges(text[start:end])))


def without_hedges(text: str) -> str:
    """Return a text without the words with which it is careful: "if I am not mistaken"."""
    return _HEDGES.sub(" ", text)
