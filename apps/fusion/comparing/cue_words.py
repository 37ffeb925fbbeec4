"""Words and marks by which a statement is read: it calculates, leaves a matter open, claims nothing, stands or adds."""

import re

PRONOUN = re.compile(
    r"(?:It|Its|He|His|She|Her|They|Their|This|These|Er|Sie|Es|Sein|Seine|Ihr|Ihre|Dieser|Diese|Dieses)\b"
)
UNDECIDED = re.compile(
    r"\b(?:but|rather|instead|sondern|not\s+(?:all|every|necessarily|always|entirely)|nicht\s+(?:alle|immer|ganz)|"
    r"if|unless|whether|falls|ob|(?-i:may)|might|although|while|obwohl|während|neither|weder|mais|sauf|pero|sino|salvo|ma|bensì|"
    r"mas|senão|но|а|если|si|se|ruled?\s+out|incorrect|wrong|scheide\w*|ausgeschlossen|falsch|"
    r"(?:exclu|elimin|élimin|écart|descart|esclud|исключ|невер)\w*)\b|但|而是|除非|如果|排除|错误|しかし|ただし|もし|除外",
    re.IGNORECASE,
)
REFLEXIVE = {"fr": re.compile(r"\bse\b"), "es": re.compile(r"\bse\b"), "it": re.compile(r"\bsi\b")}
"""Pronouns that are an "if" of another language."""
QUALIFIER = re.compile(
    r"\b(?:without|excluding|including|include[sd]?|except|originally|initially|formerly|previously|projected|planned|"
    r"expected|if|unless|ohne|einschließlich|inklusive|ursprünglich|früher|geplant|erwartet|falls|wenn|with|mit|"
    r"metropolitan|metro|urban|average|maximum|minimum|half|halves|third|quarter|each|per|every|apiece|total|altogether|"
    r"together|combined|remaining|left|rest|other|another|additional|extra|more|initial|final|first|second|last|next|"
    r"hälfte|halb|jeder|jede|jedes|pro|gesamt|zusammen|restlich\w*|übrig|weitere\w*|sans|avec|moitié|chaque|chacun|reste|"
    r"sin|con|mitad|cada|resto|senza|metà|ogni|ciascuno|sem|com|metade|без|половин\w+|каждый|каждая|остальн\w+)\b|"
    r"一半|每|各|剩|其余|半分|残り|それぞれ",
    re.IGNORECASE,
)
CALCULATES = re.compile(
    r"[0-9)%]\s*(?:[+*×÷=≈·]|(?<=\s)/(?=\s)|/(?=\s?[0-9.,]+\s*=)|\\times|\\cdot|\\div)\s*[$€£(]?\s*[\w\\]|=\s*[$€£]?\s*[-−]?[0-9]|[0-9]\s[-−–]\s[$€£]?[0-9]|"
    r"\\frac|\\sqrt|\\sum|\b[0-9]+\s(?:times|plus|minus|divided\sby|multiplied\sby)\s|\b(?:multipl(?:y|ied|ying)|subtract(?:ed|ing)?|divid(?:e|ed|ing))\b|"
    r"[0-9]\s?%?\)?\sof\s[$€£]?[0-9]|(?<![^\W_])[0-9]*[a-z]\s[-+*/×÷=]\s?[0-9(]",
)
"""A step of a calculation, in lower case."""
NO_CLAIM = re.compile(
    r"[\s*_#>]*(?:let['’]?s\b|let\s+(?:me|us)\b|here\s+(?:is|are)\b|sure\b|certainly\b|of\s+course\b|i\s+hope\b|i['’]?ll\b|"
    r"to\s+(?:find|solve|answer|determine|calculate)\b|we\s+(?:need|want|have)\s+to\b|how\s+(?:many|much|long|far|old|often|tall|high)\b|who(?:se|m)?\s|"
    r"given(?:\s+information)?:|step\s+\d+\s*:?$|gehen\s+wir\b|lass\s+uns\b|hier\s+(?:ist|sind)\b|wie\s+viele?\b|voici\b|voyons\b|"
    r"combien\b|aquí\s+(?:está|tiene)\b|veamos\b|cuánt[oa]s?\b|ecco\b|vediamo\b|quant[ieoa]\b|aqui\s+está\b|vamos\b|"
    r"quant[oa]s\b|давайте\b|вот\b|сколько\b)|\s*(?:让我们|首先|多少|いくつ|まず)",
    re.IGNORECASE,
)
UN = re.compile(
    r"^(?:un|im|in|ir|il)(?=(?:possibl|likel|common|usual|necess|safe|tru|known|proven|correct|regular|"
    r"legal|healthi|equal|wahr|möglich|wahrscheinlich|richtig|gesund|sicher|üblich|nötig))|"
    r"^не(?=(?:безопас|правильн|верн|действительн|законн|возможн|известн|съедобн|обязательн|доступн))"
)
COMPARES = re.compile(
    r"\b(?:than|twice|half|double|triple|times|as\s\w+\s(?:\w+\s)?as|doppelt|halb|mal)\b[^.;]{0,80},\s(?:which|who|was|der|die|das)\s",
    re.IGNORECASE,
)
"""A comparison with a relative clause: it may tell of either of the two that are compared."""
_THE_ONE = (
    r"(?:capital|capitale|capoluogo|winner|champion|vainqueur|gagnant|ganador|vincitore|vencedor|inventor|inventeur|"
    r"inventore|discoverer|birthplace|headquarters)(?=\s(?:of|in|for|de|du|des|del|della|dell['’]|di|d['’]|da|do|dos|is|"
    r"was|est|était|es|era|è|é)\b)|"
    r"(?:largest|biggest|smallest|longest|shortest|highest|tallest|deepest|lowest|oldest|youngest|fastest|slowest|"
    r"heaviest|lightest|hottest|coldest|closest|nearest|first|last|northernmost|southernmost)\b|"
    r"(?:plus|más|più|mais)\s(?:grande?|longue?|haute?|petite?|larg[oa]|alt[oa]|lung[oa]|long[oa]|antigu[oa]|antic[oa])\b"
)
_HAS_MORE_NAMES = (
    r"emperor|empress|king|queen|pope|tsar|czar|sultan|caliph|pharaoh|ruler|prophet|saint|author|writer|poet|novelist|"
    r"singer|rapper|musician|actor|actress|artist|painter|wrestler|monk|leader"
)
"""Persons who go by a name of birth and another."""
NAMES_THE_ONE = re.compile(
    rf"(?P<thing>(?![^.]{{0,100}}\b(?:{_HAS_MORE_NAMES})\b)"
    r"(?:the|la|le|el|il|lo|o|a|l['’])\s?(?:(?!(?:of|in|de|du|del|di|da|do)\b)[^\W\d]{2,20}(?:['’]s)?\s){0,3}"
    rf"(?:{_THE_ONE})[^.,;:!?\d]{{0,80}}\s(?:is|was|est|était|es|era|è|é)|"
    r"(?:Столица|Победитель|Изобретатель|Сам(?:ый|ая|ое)|Крупнейш\w\w)\s[^.,;:!?\d—–]{3,60}\s[—–]|"
    r"[^.,;:!?\d]{3,60}\swas\s(?:\w+\s)?(?:proposed|discovered|invented|designed|painted|directed)\sby|"
    r"[^.,;:!?\d]{0,60}\b(?:novel|book|play|poem|story|roman|livre|pièce|poème|novela|libro|obra|poema|romanzo|dramma|romance|"
    r"livro)\b[^.,;:!?\d]{0,40}\s(?:was|is|fut|est|fue|es|fu|è|foi|é|a été|ha sido|è stat[oa])\s"
    r"(?:written|écrite?|escrit[oa]|scritt[oa])\s(?:by|par|por|da)|"
    r"(?:Роман|Книг[ау]|Пьес[ау]|Картин[ау])\s(?:[^.,;:!?\d]{1,40}\s)?написал[аи]?)\s"
    r"(?P<name>(?-i:[A-ZÀ-ÞА-ЯЁ])[^\W\d]+(?:[ -](?-i:[A-ZÀ-ÞА-ЯЁ])[^\W\d]+){0,3})[.!*_]*",
    re.IGNORECASE,
)
"""A sentence that says of a thing of which there is one who or what it is, by name.

What has several parts, as ingredients and authors, is none such.
"""
SAME_PLACES = tuple(
    frozenset(names.split("/"))
    for names in (
        "astana/nur-sultan/nursultan/akmola|saigon/ho chi minh city|yangon/rangoon|mumbai/bombay|kolkata/calcutta|"
        "chennai/madras|beijing/peking|istanbul/constantinople/byzantium|saint petersburg/leningrad/petrograd|"
        "tokyo/edo|oslo/christiania/kristiania|jakarta/batavia|myanmar/burma|iran/persia|thailand/siam|"
        "sri lanka/ceylon|ethiopia/abyssinia|everest/sagarmatha/qomolangma/chomolungma|denali/mckinley|"
        "volgograd/stalingrad|kyiv/kiev|chisinau/kishinev|amsterdam/the hague|la paz/sucre|"
        "pretoria/cape town/bloemfontein"
    ).split("|")
)
"""Places by their several names, and capitals of which a country has several; in lower case."""
GENITIVE = re.compile(r"\b([^\W\d_]+)['’]s\s([^\W\d_]+)")
"""Whose something is, and what."""
GIVES_REASON = re.compile(
    r"[\s*_>-]*(?:since|because|as|although|though|while|when|da|weil|obwohl|wenn|puisque|comme|bien que|ya que|como|"
    r"aunque|poiché|siccome|benché|já que|embora|так как|поскольку|хотя)\s",
    re.IGNORECASE,
)
"""The beginning of a sentence whose first clause is not what it says."""
JOINS = re.compile(r"[,;]\s|\b(?:and|so|because|und|denn|weil|et|car|y|porque|e|perché|и|потому)\b", re.IGNORECASE)
STANDS = re.compile(r"\b(?:stands|stood|standing|rises|rising|tower[s]? to|ragt)\b", re.IGNORECASE)
IN_PREPOSITION = re.compile(r"(?:^|\s)(?:in|at|on|near|from|im|auf|bei|aus)\s(?:the\s|der\s|dem\s)?$", re.IGNORECASE)

PAST = re.compile(r"\b(?:was|were|had|war|waren|betrug|était|étaient|era|eran|fue)\b", re.IGNORECASE)
PRESENT = re.compile(r"\b(?:is|are|has|ist|sind|beträgt|est|sont|es|son)\b", re.IGNORECASE)

PLAIN_UNITS = frozenset("USD EUR GBP JPY CNY CHF INR RUB AUD CAD HKD NZD SGD percent".split())
"""Dimensions with one unit, in which a figure is often written without it."""
LINKED = re.compile(r"\S+\s+(?:(?:of|the|de|la|von|van|der|des)\s+){0,2}", re.IGNORECASE)
"""A name and what may stand between it and the next that belongs to it."""
