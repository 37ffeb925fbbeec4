"""Whole phrases that say yes or no, or that a question is open, although no single word of them does."""

import re

from apps.fusion.answers.values import VERDICTS

SAYS_NO = re.compile(
    r"\b(?:(?:is|was)\s?n[o'’]t\s(?:actually\s|really\s)?the\scase|['’]s\snot\s(?:actually\s|really\s)?the\scase|"
    r"does\snot\shold|doesn['’]t\shold|"
    r"(?:the\s)?other\sway\s(?:a)?round|on\sthe\scontrary|(?:quite\s)?the\s(?:opposite|reverse)(?:\sis\strue)?|"
    r"(?:genau|gerade)\s(?:umgekehrt|andersherum)|(?:ganz\s)?im\sgegenteil|nicht\sder\sfall|"
    r"nicht\s(?:\w+\s)?halten|nicht\shaltbar|"
    r"n['’]est\spas\s(?:\w+\s)?le\scas|il\sn['’]en\sest\srien|(?:bien\s)?au\scontraire|"
    r"c['’]est\s(?:tout\s)?l['’]inverse|ne\stient\spas|"
    r"no\s(?:es|fue)\s(?:así|el\scaso)|no\sse\s(?:cumple|sostiene)|(?:todo\slo|al)\scontrario|es\sal\srevés|"
    r"non\sè\s(?:così|(?:\w+\s)?il\scaso)|(?:tutto\sil|al)\scontrario|non\sregge|"
    r"não\sé\s(?:assim|(?:\w+\s)?o\scaso|isso)|pelo\scontrário|é\so\scontrário|não\sprocede|não\sse\ssustenta|"
    r"(?:i|must|to)\s(?:\w+ly\s)?disagree|muss\sich\s(?:\w+\s){0,2}widersprechen|(?:ich\s)?widerspreche(?:\sich)?|"
    r"pas\sd['’]accord|en\sdésaccord|no\sestoy\sde\sacuerdo|discrepo|disiento|non\ssono\sd['’]accordo|dissento|"
    r"não\s(?:posso\s)?concord(?:o|ar)|discordo|не\s(?:\w+\s)?соглас(?:ен|на|иться)|возражаю|"
    r"это\sне\sтак|дело\sобстоит\sиначе|(?:как\sраз\s)?наоборот|не\sсоответствует)\b|"
    r"并非(?:如此|这样)|並非如此|(?:并)?不是(?:这样|那样|这么回事|如此)|其实不然|不尽然|恰恰相反|正好相反|"
    r"不(?:能)?同意|不敢苟同|(?:同意|賛成)(?:は)?できません|否定的(?:回答|答案|答复)|"
    r"そうではあり?ませ?ん|そうではない|そうとは(?:言|い)えま?せ?な?い?ん?|否定せざるを得|逆です|当てはまりません|"
    r"当てはまらない",
    re.IGNORECASE,
)
SAYS_YES = re.compile(
    r"\b(?:checks\sout|holds\sup|stands\sup|(?:is|was)\s(?:indeed\s|really\s)?(?:the\scase|so)(?=\s*[.!]|\s*$)|"
    r"that['’]s\show\sit\sis|"
    r"so\sist\ses|das\sgeht|ist\s(?:\w+\s)?der\sfall|das\sist\s(?:\w+\s)?möglich|"
    r"c['’]est\s(?:bien\s)?(?:le\scas|possible|ainsi)|(?:elle|il|on)\sle\speut|par\sl['’]affirmative|"
    r"(?:así\ses|es\sasí|es\sel\scaso|diría\sque\ss[ií]|es\sposible)|"
    r"è\s(?:proprio\s)?così|proprio\scosì|è\sil\scaso|(?:lo|la)\sè\ssempre|può\s(?:succedere|capitare|accadere)|"
    r"è\spossibile|"
    r"é\s(?:isso\smesmo|assim\smesmo|o\scaso|possível)|isso\smesmo|afirmativamente|"
    r"так\sи\sесть|это\sтак|именно\sтак|всё\sверно|это\sвозможно)\b|"
    r"的确如此|确实如此|正是如此|说得对|说得没错|是这样(?:的)?|肯定的(?:回答|答案|答复)|"
    r"そう考えて(?:問題|差し支え)|本当です|肯定でき|肯定して|その通り|そうなります|当てはまります|間違いありません",
    re.IGNORECASE,
)
CANNOT_BE_SAID = re.compile(
    r"kommt\s(?:\w+\s)?darauf\san|视(?:[^，。]{0,12}而定|情况|乎)|次第(?!に)|(?:无|没有?|未有)定论|"
    r"結論が出(?!た|ました|てい?(?:る|ます))|(?:无法|难以|不能)(?:判断|确定|断定|回答)|(?:判断|"
    r"断定|特定)(?:は|が)?でき(?:ません|ない)|"
    r"\b(?:can(?:not|['’]t)\s(?:really\s)?be\s(?:decided|determined|said|answered)|(?:nicht|"
    r"kaum)\s(?:\w+\s)?(?:entscheiden|beantworten|sagen)|"
    r"(?:impossible|difficile)\s(?:de|à)\s(?:trancher|dire|décider)|no\sse\spuede\s(?:decidir|determinar|saber)|"
    r"non\s(?:si\spuò|è\spossibile)\s(?:decidere|stabilire|dire)|não\s(?:dá\spara|é\spossível)\s(?:decidir|"
    r"determinar|saber|dizer)|"
    r"(?:нельзя|невозможно|трудно)\s(?:\w+\s)?(?:сказать|решить|определить|ответить))\b",
    re.IGNORECASE,
)
"""Words with which a short text says that the question cannot be answered."""
OPEN = re.compile(
    r"\b(?:(?P<depends>depends?|dépend|depende|dipende|зависит)|(?:inconclusive|undecided|open|unentschieden|offen|ouverte|"
    r"abierta|aperta|aberto|aberta|открыт\w*)(?=\s*(?:[.,;:!?]|$|question)))\b|(?P<dense>取决于)",
    re.IGNORECASE,
)
"""Words that say of a question that it is open: of a thing they say something else, as of a gate."""
QUESTION = re.compile(
    r"\b(?:question|issue|matter|answer|frage|antwort|réponse|cuestión|pregunta|respuesta|questione|domanda|risposta|"
    r"questão|pergunta|resposta|вопрос|ответ)\b|问题|答案|問題",
    re.IGNORECASE,
)
"""Words for the question that may be open."""
NAMES_BOTH = re.compile(
    r"(?<!\w)(?:yes|ja|oui|sí|sì|sim|да)(?!\w)[^.]{0,30}(?<!\w)(?:no|nein|non|não|нет)(?![\w-])|"
    r"(?<!\w)si\s(?:y|e|o|et|ou)\snon?(?!\w)|"
    r"はい[^。]{0,10}いいえ|是[^。否]{1,6}否(?!定)",
    re.IGNORECASE,
)
"""A sentence that says neither yes nor no, as it names both."""
DOUBTLESS = re.compile(
    r"\b(?:no|without(?:\sa)?|beyond|sans(?:\saucun)?|sin|senza|sem|ohne|без)\s(?:doubt|question|doute|"
    r"lugar\sa\sdudas?|"
    r"ninguna\sduda|duda|(?:alcun\s)?dubbio|dúvida|(?:jeden\s)?zweifel|сомнени\w)\b|(?:毫)?无疑问?|間違いなく",
    re.IGNORECASE,
)
OPENS_WITH_VERDICT = re.compile(
    rf"[*_\"'“«„]{{0,3}}(?P<word>{VERDICTS})[*_\"'”»“]{{0,3}}[,.;:!，。、！]", re.IGNORECASE
)
"""A yes or no with which a sentence opens, before it says more."""
OPENS_WITH_LIMIT = re.compile(
    r"[\s*_>]*(?P<no>not\s(?:necessarily|always|really|quite|exactly|entirely|in\sgeneral|at\sall)|"
    r"nicht\s(?:unbedingt|zwingend|notwendigerweise|immer|ganz|wirklich)|"
    r"pas\s(?:forcément|nécessairement|toujours|vraiment|tout\sà\sfait|exactement)|"
    r"no\s(?:necesariamente|siempre|del\stodo|exactamente|realmente)|"
    r"non\s(?:necessariamente|sempre|proprio|esattamente|del\stutto)|"
    r"não\s(?:necessariamente|exatamente|totalmente|é\sbem\sassim)|nem\ssempre|"
    r"не\s(?:обязательно|всегда|совсем|вполне)|不一定|未必|不完全是|必ずしもそう(?:では|とは)[^。]{0,8}|"
    r"そうとは限りません)[*_]*[ \t]*(?:[.,;:!。，、！…–—\n-]|\Z)",
    re.IGNORECASE,
)
"""A no with which a text opens that leaves some cases: "not necessarily"."""
ENDS_WITH_VERDICT = re.compile(rf"(?<!\w)[*_\"'“«„]*(?P<word>{VERDICTS})[*_\"'”»“]*\s*[.!。]*\s*$", re.IGNORECASE)
"""A yes or no with which a sentence ends."""
NAMES_VERDICT = re.compile(
    rf"(?:[\"“«„'*]{{1,2}}|\b(?:an?|une?|ein|eine?m|einen|uno?|um)\s(?:\w+\s)?)(?P<word>{VERDICTS})(?!\w)",
    re.IGNORECASE,
)
"""A yes or no that a sentence names: 'a no from me', 'on the "yes" side'."""
