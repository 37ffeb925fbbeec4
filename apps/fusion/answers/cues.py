"""The words that announce a conclusion, in the languages of the site: "the answer is", "the output is", "therefore"."""

import re

from apps.fusion.patterns import bounded

_IS = r"(?:\s+(?:is|are|would\s+be|should\s+be|will\s+be|must\s+be|was|to\s+be))"
_SAYS = rf"(?:{_IS}(?:\s*:)?|\s*(?:[*_]+\s*)?[:=][*_]*)"

ANSWER = re.compile(
    bounded(rf"""(?=[acflorо最正答回\#])(?:
      \b(?:answer|option|choice)(?:\s+(?:here|choice|option|to\s+[^.:\n]{{1,80}}?))?{_SAYS}
    | (?:^|(?<=^[*_])|(?<=^[*_]{{2}})|(?<=\#\s)|(?<=\#\s[*_]{{2}}))(?:final\s+)?answer[\s*_]*\n
    | (?<!\S)\#{{4}}\s
    | (?<=[\[<])answer[\]>]
    | \b(?:antwort|lösung)(?:\s+(?:ist|lautet|wäre)(?:\s*:)?|\s*[*_]*:[*_]*)
    | \bréponse(?:\s+(?:finale|correcte))?(?:\s+est(?:\s*:)?|\s*[*_]*:[*_]*)
    | \brespuesta(?:\s+(?:final|correcta))?(?:\s+es(?:\s*:)?|\s*[*_]*:[*_]*)
    | \brisposta(?:\s+(?:finale|corretta|esatta))?(?:\s+è(?:\s*:)?|\s*[*_]*:[*_]*)
    | \bresposta(?:\s+(?:final|correta|certa))?(?:\s+é(?:\s*:)?|\s*[*_]*:[*_]*)
    | \bответ\s*[*_]*[:—–-]
    | (?:最终|正确)?答案(?:应?[是为]|[:：])[:：]?
    | (?:答え|正解|回答)(?:は|[:：])[:：]?
    )"""),
    re.VERBOSE | re.IGNORECASE | re.MULTILINE,
)
"""An announcement of the answer; what it announces follows."""

MAY_ANNOUNCE = "answer option choice #### antwort lösung réponse respuesta risposta resposta ответ 答 正解".split()
"""Words, in lower case, without which nothing is announced: most texts have none, and they are found much faster."""
_OUTCOMES = (
    r"(?:final\s+)?(?:output|result|return(?:ed)?\s+value|total(?:\s+(?:amount|number|cost|price|sum))?|sum|difference|product|"
    r"quotient|remainder|mean|median|average|mode|value|solution|ratio|probability|percentage|sentence|word|capital)"
)
OUTCOME = re.compile(
    bounded(rf"""(?:
      \b(?:the|its|this|your|expected|printed)\s+{_OUTCOMES}(?:\s+(?:of|between|from|for|after|in)\s[^.:=\n]{{1,80}}?)?{_SAYS}
    | ^[\s*_\#>]*{_OUTCOMES}[\s*_]*:[*_]*
    | \b(?:returns?|prints?|outputs?|evaluates?\s+to|yields?|gives|results?\s+in|equals?|comes\s+(?:out\s+)?to|produces)
      (?:\s+the\s+(?:value|list|string|output|result))?(?:\s*:)?(?=\s)
    | \b(?:das\s+)?(?:ergebnis|die\s+summe|die\s+ausgabe|der\s+gesamtpreis)(?:\s+(?:ist|lautet|beträgt)|\s*:)
    | \b(?:le\s+(?:résultat|total)|la\s+(?:somme|sortie))(?:\s+est(?:\s+de)?|\s*:)
    | \b(?:el\s+(?:resultado|total)|la\s+(?:suma|salida))(?:\s+es(?:\s+de)?|\s*:)
    | \b(?:il\s+(?:risultato|totale)|la\s+somma)(?:\s+è(?:\s+di)?|\s*:)
    | \bo\s+(?:resultado|total)(?:\s+é(?:\s+de)?|\s*:)
    | \b(?:результат|итого|всего)\s*(?:[:—–-]|равен|составляет)
    | (?:结果|输出|总数)(?:[是为]|[:：])
    | (?:結果|出力|合計)(?:は|[:：])
    | (?:==|=>|->|→|⇒)
    )"""),
    re.VERBOSE | re.IGNORECASE | re.MULTILINE,
)
"""An announcement of a result, which is the answer only where the answer ends with it."""

SHOWS_OUTPUT = re.compile(
    r"\b(?:output|outputs|prints?|printed|result|returns?|returned|answer|gives|displays?|ausgabe|ergebnis|sortie|résultat|salida|"
    r"resultado|risultato|saída|вывод|результат)\b[^.\n\d`'\"]{0,40}[:*_]*\s*$|(?:输出|结果|出力)[^。\n]{0,20}[:：]?\s*$",
    re.IGNORECASE,
)
"""The end of a line behind which a block of code shows an output."""

CONCLUDES = re.compile(
    bounded(
        r"[\s*_>-]*(?:therefore|thus|hence|so|then|finally|in\s+(?:total|all|conclusion)|altogether|overall|consequently|"
        r"this\s+means|we\s+(?:get|find|conclude)|also|folglich|daher|also|somit|insgesamt|donc|ainsi|au\s+total|por\s+(?:lo\s+)?tanto|"
        r"en\s+total|así\s+que|quindi|pertanto|in\s+totale|portanto|logo|no\s+total|следовательно|поэтому|итого|значит|"
        r"因此|所以|总共|一共|したがって|よって|合計)"
    ),
    re.IGNORECASE,
)
"""The beginning of a sentence that concludes."""

OPENS_WITH_VERDICT = re.compile(
    bounded(
        r"[\s*_#>\"“`]*(?P<word>yes|no|true|false|ja|nein|oui|non|sí|si|sì|sim|não|да|нет|是的|是|不是|不|对|不对|否|可以|不可以|はい|いいえ)"
        r"[*_\"”`]*(?:\s*[,.:;!，、。！]|\s+[-–—]\s|\s*$|\s*\n)"
    ),
    re.IGNORECASE,
)
"""An answer that says yes or no before it says why."""

ONLY_SAYS = re.compile(
    r"(?:(?:it|that|this|he|she|they)(?:\s+(?:is|are|was|were|will\s+be|would\s+be)|['’]s|['’]re)|(?:es|das)\s+(?:ist|war|sind)|"
    r"c['’]est|il\s+y\s+en\s+a|(?:son|es|era|fue)|(?:è|sono|era)|(?:é|são|era)|это|итого)\s+(?:about\s+)?",
    re.IGNORECASE,
)
"""A pronoun and its verb, in front of an answer that is nothing but a value."""

JSON_KEY = re.compile(
    bounded(
        r"[{,]\s*[\"'](?P<key>(?:final_?|correct_?|predicted_?|short_?|model_?)?(?:answer|result|output|solution|choice|"
        r"conclusion|verdict|label|prediction|value|option|response|final|antwort|réponse|respuesta|risposta|resposta|ответ|答案|答え))[\"']"
        r"\s*:\s*"
    ),
    re.IGNORECASE,
)
"""A key of a JSON object that holds the answer."""

NO_ANSWER = re.compile(
    r"\s*(?:[*_:]+\s*)?(?:mine|me|my\s+own|best|better|right|wrong|below|above|as\s+follows|given|found|shown|in|clear|obvious|simple|"
    r"folgende[rs]?|unten|suivant\w*|siguiente|seguente|seguinte)\b",
    re.IGNORECASE,
)
"""The words after an announcement that announce nothing yet, or praise the answer."""
NEGATED = re.compile(
    r"\s*[*_]*(?:not|never|n['’]t|unknown|unclear|undefined|impossible|nicht|pas|no\s+es|non\s+è|не)\b", re.IGNORECASE
)
"""The words after an announcement that says what the answer is not."""

NEAR = 24
"""Characters before an announcement in which it is denied."""
_NO = r"(?<!with\s)(?P<no>no)(?!\s(?:matter|doubt)\b)"
DENIED = re.compile(
    rf"(?:(?<!\w)(?:not|never|nicht|nie|ne|{_NO}|non|não|nunca|mai|не|никогда)\s|(?<!\w)n['’]|(?<=\w)n['’]t\s|[不没未]\S{{0,4}})"
    r"(?:\w{1,12}\s)?\Z",
    re.IGNORECASE,
)
"""Words before an announcement or a value that deny it: "it does not print"."""
DENIED_BEHIND = re.compile(
    r"(?!(?:and|und|et|y|e|и|or|oder)\s)(?:\w{1,12}\s){0,2}?(?:n['’]|"
    rf"(?:not|never|nicht|nie|pas|{_NO}|non|não|nunca|не)(?!\w)|\w{{1,8}}n['’]t(?!\w))|\S{{0,6}}(?:ではな|ではあり|ません|ない)",
    re.IGNORECASE,
)
"""Words behind a value that deny it: "is not printed"."""
IN_A_CASE = re.compile(
    r"[\s`'\"*_]*(?:if|unless|when|whenever|before|after|until|wenn|falls|bevor|nachdem|bis|si|sauf|quand|avant|après|"
    r"cuando|antes|después|se|quando|prima|dopo|depois|если|когда|до|после)(?!\w)",
    re.IGNORECASE,
)
"""Words behind what is shown in a case only."""


def denies(found: re.Match[str] | None, language: str) -> bool:
    """Return whether words that were found deny; "no" is "in the" in Portuguese."""
    return found is not None and not (found["no"] and language == "pt")
