"""Words around a number, in the languages of the site, that tell what it is: a result, an aside, a case, a mistake."""

import re

CONCLUDES = re.compile(
    r"(?<!\w)(?:answer|result|solution|final(?:ly)?|therefore|thus|hence|so|total|altogether|in\sall|overall|conclusion|"
    r"consequently|that(?:['’]s|\sis)|comes\s(?:to|out)|leaves?|remain\w{0,6}|antwort|ergebnis|lösung|insgesamt|also|"
    r"somit|damit|daher|folglich|ergibt|ergeben|beträgt|reicht|réponse|résultat|donc|ainsi|soit|respuesta|resultado|"
    r"solución|por\s(?:lo\s)?tanto|así\sque|entonces|en\stotal|au\stotal|risposta|risultato|soluzione|quindi|pertanto|"
    r"dunque|in\stotale|resposta|portanto|logo|então|ответ|результат|итого|значит|следовательно|поэтому|итак|"
    r"получ\w{1,6})(?!\w)|答案|答[:：]|结果|因此|所以|总共|一共|答え|結果|よって|したがって|合計|⇒|∴",
    re.IGNORECASE,
)
WOULD = re.compile(
    r"(?<!\w)(?:would(?:n['’]t|['’]ve)?|had\s(?:you|we|he|she|it|they)|were\sto|wäre|wären|würden?|hätten?|kämen?|"
    r"bekäme|bliebe|ergäbe|könnten?|bräuchte|serai(?:en)?t|aurai(?:en)?t|fuera|serían?|habría|darían?|sarebbero|fosse|"
    r"seriam?|teria|daria|cairia|houvesse|бы)(?!\w)|(?<=\w)['’]d\s|"
    r"(?<!\w)[^\W\d_]{2,12}(?:ebbe|ería|aría|erait|rait|eria|aria)(?!\w)|如果|假如|要是|もし|たら",
    re.IGNORECASE,
)
"""Forms of verbs for what is not so."""
SUPPOSES = re.compile(
    r"(?<!\w)(?:if|would|wouldn['’]t|could|suppose|assuming|wenn|falls|bei\s(?:einem|einer|\d)|si|se\s(?:il|la|si|"
    r"o|a|houvesse|fosse|invece)|если)(?!\w)|如果|若|假如|要是|もし|なら|れば|たら",
    re.IGNORECASE,
)
ASIDE = re.compile(
    r"(?<!\w)(?:by\sthe\sway|btw|for\s(?:comparison|reference|context|example|instance)|incidentally|note|tip|fun\sfact|"
    r"in\s(?:that\s)?case|bonus|keep\sin\smind|remember|übrigens|zum\s(?:vergleich|beispiel)|nebenbei|zur\seinordnung|"
    r"hinweis|tipp|beispielsweise|davon|au\spassage|à\stitre|pour\s(?:info|comparaison|mémoire)|remarque|par\sexemple|"
    r"por\s(?:cierto|ejemplo|exemplo)|nota|para\scomparar|per\s(?:inciso|esempio)|a\sproposito|in\sconfronto|"
    r"curiosamente|aliás|observação|кстати|для\sсравнения|например|заметим|примечание)(?!\w)|"
    r"顺便|顺带|例如|比如|注意|备注|ちなみに|なお|例えば|たとえば|参考",
    re.IGNORECASE,
)
DENIES = re.compile(
    r"(?<!\w)(?:not|isn['’]t|instead\sof|rather\sthan|wrong|incorrect|mistake(?:nly)?|initially|at\sfirst|intuitive|"
    r"intuition|tempt\w{0,5}|thought|assum\w{1,6}|forg[eo]t\w{0,6}|misread|many\speople|one\smight|common\s\w{1,12}|skipp\w{2,3}|nor|"
    r"neither|unlike|than|nicht|kein\w{0,2}|(?:an)?statt|falsch|fehler|wer|übersprungen|fälschlich\w{0,8}|irrtümlich\w{0,8}|zunächst|zuerst|"
    r"dachte|verlockend|versehentlich|pas|faux|erreur|sauté|au\slieu|erroné\w{0,2}|d['’]abord|no|incorrecto|"
    r"equivocad\w{1,2}|error|quien|saltad[oa]|en\s(?:vez|lugar)|non|sbagliat\w|errore|saltato|chi|invece|não|errad[oa]|erro|engano|quem|pulou|em\svez|не|неверн\w{1,3}|"
    r"ошиб\w{1,5}|кто|пропуст\w{1,4}|вместо|никогда)(?!\w)|[不非]|错|误|而不是|ない|間違|誤|漏|跳过|飛ば",
    re.IGNORECASE,
)
"""Words of what is not so, or was thought first."""
CHECKS = re.compile(
    r"(?<!\w)(?:check\w{0,3}|verif\w{1,8}|sanity|confirm\w{0,6}|lhs|rhs|both\ssides|plug\w{0,4}|substitut\w{1,5}|probe|"
    r"kontrolle|überprüf\w{1,5}|prüf\w{1,3}|einsetzen|vérif\w{1,8}|comprob\w{1,6}|prova|провер\w{1,4})(?!\w)|"
    r"验证|检验|验算|检查|検算|確認|確かめ",
    re.IGNORECASE,
)
CORRECTS = re.compile(
    r"(?<!\w)(?:wait|hold\son|hm{2,4}|actually|oops|sorry|no,|correction|let\sme\s(?:re|double)\w{0,10}|but\sthat|moment|"
    r"i\smeant|my\s(?:first|initial)\s\w{1,12}|halt|stopp|nein,|korrektur|attend(?:s|ez)|pardon|erratum|espera|perdón|aspetta|anzi|espere|aliás|стоп|"
    r"подожд\w{1,4}|нет,)(?!\w)|等等|不对|待って|いや",
    re.IGNORECASE,
)
ABOUT = re.compile(
    r"(?:(?<!\w)(?:about|approx(?:\.|imately)?|roughly|around|circa|ca\.|etwa|rund|environ|aproximad\w{1,6}|unos|cerca\s"
    r"de|около|примерно)|约|大约|約|≈|~)\s?$",
    re.IGNORECASE,
)
STEP = re.compile(
    r"[\s>*_#]{0,8}(?:\d{1,2}[.)]\s|[-*+•–]\s|(?:step|schritt|étape|paso|passo|passaggio|шаг)\s?\d|第[一二三四]步|"
    r"(?:first|then|next|zuerst|dann|puis|ensuite|d['’]abord|primero|luego|después|prima|poi|primeiro|depois|сначала|"
    r"затем|потом)(?!\w)|首先|然后|まず|次に)",
    re.IGNORECASE,
)
"""The beginning of a line that is one of several steps, or of a list."""
ASKED_FOR = re.compile(
    r"(?<!\w)(?:how\s(?:many|much)|what\spercentage|wie\s?viele?|combien\sde?|cuánt[oa]s?|quant[oiae]s?|сколько)"
    r"\W{1,3}((?:[^\W_]{1,30}\W{1,3}){0,3}[^\W_]{1,30})",
    re.IGNORECASE,
)
"""Words of a question behind which stands that of which it asks for the number."""
