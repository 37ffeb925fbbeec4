"""Words in the languages of the site that tell what a sentence is: a conclusion, an aside, a case, a mistake."""

import re

CONCLUDES = re.compile(
    r"(?<!\w)(?:answer|result|solution|verdict|final(?:ly)?|ultimately|therefore|thus|hence|so|total|altogether|overall|"
    r"conclusion|consequently|in\s(?:all|short|summary|conclusion|the\send|other\swords|fact)|to\ssum\sup|it\sfollows|"
    r"that(?:['’]s|\sis)|comes\s(?:to|out)|makes?|leaves?|remain\w{0,6}|antwort|ergebnis|lösung|fazit|insgesamt|also|somit|"
    r"damit|daher|folglich|demnach|kurz(?:um)?|zusammengefasst|ergibt|ergeben|beträgt|macht|reicht|réponse|résultat|donc|ainsi|"
    r"soit|bref|en\s(?:résumé|bref|conclusion|résumant)|respuesta|resultado|solución|conclusión|por\s(?:lo\s)?tanto|"
    r"así\sque|entonces|en\s(?:total|resumen|conclusión|definitiva)|de\smodo\sque|au\stotal|risposta|risultato|"
    r"soluzione|quindi|pertanto|dunque|perciò|in\s(?:totale|sintesi|conclusione|breve)|resposta|conclusão|portanto|logo|"
    r"assim|então|em\s(?:resumo|suma)|ответ|вывод|результат|итого|итог|значит|следовательно|поэтому|итак|короче|"
    r"так(?:им)?\sобразом|получ\w{1,6})(?!\w)|答案|答[:：]|回答|结果|结论|因此|所以|故|综上|总之|总共|一共|答え|結果|結論|よって|"
    r"したがって|従って|以上より|つまり|ゆえに|合計|⇒|∴",
    re.IGNORECASE,
)
"""Words that announce a conclusion."""
WOULD = re.compile(
    r"(?<!\w)(?:would(?:n['’]t|['’]ve)?|had\s(?:you|we|he|she|it|they)|were\sto|wäre|wären|würden?|hätten?|kämen?|"
    r"bekäme|bliebe|ergäbe|könnten?|bräuchte|might|could|pourrai(?:en)?t|serai(?:en)?t|aurai(?:en)?t|fuera|serían?|"
    r"podrían?|habría|darían?|sarebbero|potrebbero|fosse|poderiam?|seriam?|teria|daria|cairia|houvesse|бы)(?!\w)|(?<=\w)['’]d\s|"
    r"(?<!\w)[^\W\d_]{2,12}(?:ebbe|ería|aría|erait|rait|eria|aria)(?!\w)|如果|假如|要是|もし|たら",
    re.IGNORECASE,
)
"""Forms of verbs for what is not so."""
SUPPOSES = re.compile(
    r"(?<!\w)(?:if|unless|would|wouldn['’]t|could|suppose|assuming|wenn|falls|angenommen|bei\s(?:einem|einer|\d)|si|se\s(?:il|la|si|"
    r"o|a|houvesse|fosse|invece)|если)(?!\w)|如果|只有当|仮に|若|假如|要是|もし|なら|れば|たら",
    re.IGNORECASE,
)
ASIDE = re.compile(
    r"(?<!\w)(?:by\sthe\sway|btw|for\s(?:comparison|reference|context|example|instance)|incidentally|note|tip|fun\sfact|"
    r"in\s(?:that\s)?case|bonus|keep\sin\smind|remember|übrigens|zum\s(?:vergleich|beispiel)|nebenbei|zur\seinordnung|"
    r"hinweis|tipp|beispielsweise|davon|au\spassage|à\stitre|pour\s(?:info|comparaison|mémoire)|remarque|par\sexemple|"
    r"por\s(?:cierto|ejemplo|exemplo)|nota|para\scomparar|per\s(?:inciso|esempio)|a\sproposito|in\sconfronto|"
    r"by\s(?:contrast|comparison)|par\scomparaison|en\scambio|per\sconfronto|por\ssinal|curiosamente|aliás|observação|кстати|для\sсравнения|например|заметим|примечание)(?!\w)|"
    r"顺便|顺带|另外|例如|比如|注意|备注|ちなみに|なお|ただし|例えば|たとえば|参考",
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
WRONG = re.compile(
    r"(?<!\w)(?:mistake(?:nly)?s?|mistaken|slips?|wrong(?:ly)?|incorrect(?:ly)?|traps?|tempting|tempted|errors?|pitfalls?|"
    r"misconception|if\syou\s(?:got|get|found)|skipped|forgot(?:ten)?|wer\sauf|übersprungen|vergessen|si\s(?:vous|tu)\s(?:trouv|obten)\w{1,4}|"
    r"sauté|oublié|si\s(?:te|le)\s(?:da|sale)|olvid\w{2,4}|se\s(?:hai|ottieni)|dimenticat\w|esquec\w{2,4}|falsch\w{0,2}|fehler\w{0,2}|falle|irrtum|verlockend|erreurs?|fausse?|faux|piège|tentant|"
    r"equivoca\w{0,6}|tramp\w{1,2}|incorrect[oa]|sbagli\w{1,6}|errore|errori|errat[oa]|trappola|erros?|engano|errad[oa]|"
    r"armadilha|ошиб\w{1,6}|неверн\w{1,3}|неправильн\w{1,3}|ловушк\w{1,3})(?!\w)|错误|误区|陷阱|错在|間違|誤り|ミス|落とし穴",
    re.IGNORECASE,
)
"""Words of a sentence that tells of a mistake."""
EXCLUDES = re.compile(
    r"(?<!\w)(?:exclu\w{0,6}|eliminat\w{1,3}|discard\w{0,3}|dismiss\w{0,3}|rul(?:e|es|ed|ing)\s(?:\w{1,8}\s)?out|(?:is|are|be)\sout|"
    r"cross\w{0,3}\sout|wrong|incorrect|fails?|scheide\w{1,2}|ausgeschlossen|ausschließen|entfällt|entfallen|falsch|écart\w{1,4}|élimin\w{1,4}|"
    r"fau(?:x|sse)|descart\w{1,4}|incorrect\w|elimin\w{1,4}|esclu\w{1,5}|scart\w{1,4}|sbagliat\w|errat\w|errad[oa]|исключ\w{1,6}|"
    r"отпада\w{2,3}|отбро\w{2,5}|неверн\w{1,3})(?!\w)|[✗✘❌✖]|排除|[错錯誤]|間違|消去",
    re.IGNORECASE,
)
"""Words that exclude an option."""
REJECTS = re.compile(
    r"(?<!\w)(?:false|can(?:not|['’]t)|isn['’]t|aren['’]t|doesn['’]t|don['’]t|not|no|nor|neither|too\s\w{2,8}|nicht|kein\w{0,2}|pas|"
    r"fals[oa]|non|não|не)(?!\w)|[不非]|ない|ません",
    re.IGNORECASE,
)
"""Words that may say that an option is not the one."""
TEMPTS = re.compile(
    r"(?<!\w)(?:tempt\w{0,5}|trap|mistake\w{0,2}|confus\w{1,4}|many|most\speople|often|verlock\w{1,5}|falle|verwechs\w{1,4}|tent\w{1,5}|"
    r"piège|confond\w{1,3}|trampa|confund\w{1,4}|muita\sgente|allettante|trappola|заман\w{1,5}|ловушк\w|путают)(?!\w)|误选|陷阱|選びたく|罠",
    re.IGNORECASE,
)
"""Words of an option that looks like the one."""
LEAVES = re.compile(
    r"(?<!\w)(?:leav(?:es?|ing)|remain\w{0,5}|left|only|by\selimination|bleib\w{1,2}|übrig|nur|einzige\w?|reste\w{0,2}|restant\w{0,2}|seule?|"
    r"queda\w{0,2}|restan?d?o?|única?|solo|rimane|rimangono|resta|unic[ao]|soltanto|sobra|apenas|оста[её]тся|только|единственн\w{2})(?!\w)|"
    r"剩下|只有|唯一|残る|残り|だけ",
    re.IGNORECASE,
)
"""Words that say that an option is the only one that is left."""
AFFIRMS = re.compile(
    r"(?<!\w)(?:correct|right|answer|true|choose|chose|pick|select|choice|tick|go\swith|fits?|best|conclude|it['’]s|richtig\w{0,2}|antwort|"
    r"lösung|stimmt|wähle|wahl|zutreffend|bonne|juste|exacte?|réponse|correct[ea]|réponds|correct[oa]|respuesta|elijo|giust[oa]|corrett[oa]|"
    r"risposta|certa|cert[oa]|resposta|верн\w{1,3}|правильн\w{1,3}|ответ|выбираю|подходит)(?!\w)|[✓✔✅]|正确|答案|正解|正しい|選|选|对的",
    re.IGNORECASE,
)
"""Words that say that an option is the one."""
NAMES_OPTION = re.compile(
    r"(?<!\w)(?:option|choice|answer|letter|statement|antwort|möglichkeit|buchstabe|réponse|lettre|proposition|opción|respuesta|letra|opzione|"
    r"risposta|lettera|opção|alternativa|resposta|вариант\w{0,2}|ответ\w{0,2}|буква)(?:\s(?:is|ist|est|es|è|é|the|la|the\sletter))?"
    r"[\s:：—–\"“«*_(\\[{]{0,6}\Z|(?:选项?|答案是?|正解は)\s?[(（「]?\Z",
    re.IGNORECASE,
)
"""Words before a letter that say that it is one of an option."""
NTH_OPTION = re.compile(
    r"(?:(?P<first>\bfirst|\berste|\bpremi[eè]re?|\bprimer|\bprim[ao](?!\w)|\bprimeir|\bперв)|(?P<second>\bsecond(?!ar)|\bzweite|\bdeuxième|\bsegund|"
    r"\bвтор)|(?P<third>\bthird|\bdritte|\btroisième|\btercer|\bterz|\bterceir|\bтрет)|(?P<fourth>\bfourth|\bvierte|\bquatrième|\bcuart|"
    r"\bquart|\bчетв[её]рт))\w{0,3}(?:\s(?:one|option|choice|answer|statement|sentence|date|antwort|aussage|möglichkeit|satz|réponse|"
    r"proposition|phrase|opción|respuesta|frase|opzione|risposta|opção|alternativa|resposta|вариант|ответ|дата|предложение)(?!\w)|"
    r"(?P<alone>[*_]{0,2}[.!]?[*_\s]{0,4}\Z))|"
    r"第(?:(?P<一>[一1])|(?P<二>[二2])|(?P<三>[三3])|(?P<四>[四4]))(?:个选项|个|项|項|の選択肢|番目)",
    re.IGNORECASE,
)
"""An option by its place among them; ``alone``, behind an article: "It is the third." """
ORDINALS = frozenset(
    "first second third fourth erste erster erstes ersten zweite zweiter zweites zweiten dritte dritter drittes "
    "dritten vierte vierter viertes vierten premier première deuxième second seconde troisième quatrième primera "
    "primero segunda segundo tercera tercero cuarta cuarto prima primo seconda secondo terza terzo quarta quarto "
    "primeira primeiro terceira terceiro".split()
)
"""The words by which it may stand alone: "a quarter" and "the prime" are no place."""
ARTICLE = re.compile(r"(?<!\w)(?:the|die|der|das|la|le|el|lo|il|(?P<pt>[ao]))\s[*_]{0,2}\Z", re.IGNORECASE)
ASKS_FOR_WRONG = re.compile(
    r"(?<!\w)(?:not|isn['’]t|except|false|incorrect|wrong|least|kein\w{0,2}|nicht|falsch\w{0,2}|außer|n['’]est\spas|pas|fauss?e|sauf|no|"
    r"incorrect[oa]|fals[oa]|excepto|non|falso|sbagliat\w|tranne|não|exceto|не|неверн\w{1,3}|кроме)(?!\w)|不是|错误|ない|ではな|誤って|間違",
    re.IGNORECASE,
)
"""Words of a request that asks for the option that is not so."""
SHOWS = re.compile(
    r"(?<!\w)(?:outputs?|print(?:s|ed|ing)?|display(?:s|ed)?|shows?|shown|logs?|logged|returns?|returned|result\w{0,3}|yields?|gives?|get|"
    r"gets|see|evaluat\w{1,3}|produces?|becomes?|appears?|contains|ausgabe|gibt|ausgegeben|ergebnis|ergibt|liefert|erscheint|steht|sieht|"
    r"kommt|sortie|affiche\w{0,2}|renvoie|retourne|obtient|résultat|vaut|salida|imprime\w{0,2}|muestra|devuelve|resultado|obtiene|stampa\w{0,2}|"
    r"restituisce|risultato|mostra|compare|saída|exibe|aparece|retorna|вывод\w{0,4}|выведет|выводится|напечата\w{1,4}|печата\w{1,4}|верн[её]т|"
    r"результат\w{0,2}|итог\w{0,2}|увид\w{1,3}|получ\w{1,5})(?!\w)|输出|打印|返回|结果|显示|結果|出力|表示",
    re.IGNORECASE,
)
"""Words that say that a program puts something out."""
CHANGES = re.compile(
    r"[\W_]*(?:(?:note|to\s(?:get|have|see|obtain)|with(?:out)?|had|if|instead|for\s(?:the|a)\b|whereas|unlike|in\spython\s2|use|um|mit|ohne|wenn|falls|"
    r"hätte|statt|avec|sans|si|pour|con|sin|para|senza|per|se|com|sem|с|без|если|чтобы)(?!\w)|如果|若|要|もし|なら)",
    re.IGNORECASE,
)
"""Words with which a sentence begins that changes the program."""
PRINTS_NOTHING = re.compile(
    r"\b(?:prints?|printed|outputs?|shows?|displays?|produces?|gets\sprinted)\s(?:absolutely\s)?nothing\b|"
    r"\bnothing\s(?:at\sall\s)?(?:is|gets|will\sbe)\s"
    r"(?:printed|shown|displayed|output)|\b(?:no|without(?:\sany)?)\s(?:visible\s)?output\b|\bwithout\sprinting\b|"
    r"\b(?:output|screen|console|terminal|nothing|program|it)\s(?:stays|remains|is)\s(?:blank|empty|silent)\b|"
    r"\bempty\soutput\b|\bkeine\s(?:ausgabe|zeile)\b|\bnichts\s(?:aus|ausgegeben)\b|\bbleibt\s(?:leer|stumm)\b|"
    r"\bn['’](?:affiche|imprime)\srien\b|\baucune\ssortie\b|\bno\s(?:imprime|muestra)\snada\b|\bsin\ssalida\b|"
    r"\bnon\sstampa\snulla\b|\bnessun\soutput\b|"
    r"\bnão\s(?:imprime|exibe)\snada\b|\bnenhuma\ssaída\b|\bничего\sне\s(?:выв|печат)\w+|没有(?:任何)?输出|"
    r"什么(?:都|也)(?:不|没)|不会?输出|何も(?:出力|表示)|"
    r"出力(?:は|され)(?:な|ませ)",
    re.IGNORECASE,
)
"""Words that say that a program shows nothing."""
