"""The request beside its answers: whether it asks for a yes or no, for a name, or for a time, and what repeats it.

A statement that says no more than the question does says yes to it, or no if it denies it: "Barcelona is the capital".
Of a comparison it has to name both sides, in their order, or only the first.
"""

import re

from apps.fusion.answers.frame_words import leads
from apps.fusion.answers.options import options_of
from apps.fusion.answers.programs import wants_output

LONGEST_ASKED = 400
"""Characters of a question that is understood."""

_QUESTION = re.compile(
    r"(?:[^.!?\n。！？¿]|(?<=\d)!|(?<=\d)\.(?=\d)|(?<=\bd[aeir][aemnrs]\s\d)\.|(?<=\w)\.(?=[A-Za-z]\.))"
    r"{1,400}[?？]|[^.!?\n。！？]{1,200}か。"
)
_FENCE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_BEHIND_COMMA = re.compile(
    r"[,，:：]\s?(?:how|what|who|wie|was|wer|combien|quel|cuánt|qué|quién|quant|qual|que\s|сколько|как|кто|多少|几|何)",
    re.IGNORECASE,
)
"""The question proper behind what it is about: "in this play, who dies"."""
_ASKS_WHETHER = re.compile(
    r"\W*(?:is|are|was|were|do|does|did|can|could|will|would|should|has|have|had|may|must)\b", re.IGNORECASE
)
_NAMES_WHAT = re.compile(
    r"^[^\w]*(?:\w+['’]?\s?){0,2}(?<!\w)(?:what|which|who|whom|whose|when|where|why|how|was\s(?:ist|sind|macht|"
    r"passiert|gibt|bedeutet|kostet)|welch\w*|wer|wen|wem|"
    r"wessen|wann|wo|woher|wohin|warum|wieso|weshalb|wie|wieviele?|que(?=\s(?:vaut|fait|signifie|faut))|quoi|"
    r"quels?|quelles?|qui|quand|où|pourquoi|"
    r"comment|combien|qu['’]est-ce\squ\w+|qué|cuál(?:es)?|quién(?:es)?|cuándo|dónde|cuánt[oa]s?|cómo|che\scosa|"
    r"cosa|quale?|quali|(?<!ce\s)(?<!s['’]il\s)(?:che|que)(?!\s(?:[oaei]s?|l[aeo]s?|los|el|il|gli|l['’]|"
    r"un\w{0,2})\b)|chi|quando|dove|"
    r"perché|come|quant[oiae]|quais|quem|onde|quantos|quantas|что|кто|кого|какой|какая|какое|какие|каком|какую|"
    r"каких|когда|где|почему|зачем|"
    r"каков\w{0,2}|сколько|как|куда|откуда|чей|чья|чьё|какого|кем)(?!\w)|什么|什麼|谁|誰|哪|何(?!も)|多少|"
    r"多[远大高长重久]|几|怎|为什么|なぜ|どう|どの|どれ|どこ|いつ|いくつ|いくら|どんな",
    re.IGNORECASE,
)
"""Words with which a question asks for something else than yes or no."""
_COMPARES = frozenset("than als que di del dello della dei dell чем".split())
_MORE = frozenset(
    "más menos mayor menor mejor peor plus moins meilleur meilleure pire più meno maggiore minore migliore "
    "peggiore mais maior "
    "melhor pior".split()
)
"""Words beside which one of these that has other meanings too compares."""
_AS_MUCH = frozenset("as genauso ebenso gleich so aussi autant tan tanto così tão так wie".split())
"""Words of a question whether two things are equal."""
_OTHER = frozenset(
    "another other different andere anderer anderes anderen anderem autre otra otro altro altra outro outra "
    "другой другая другое".split()
)
"""Words with which a statement says that it is something else than what is asked: with the word behind them."""
_ALTERNATIVE = re.compile(r"(?<!\w)(?:or|oder|ou|или)(?!\w)|还是|それとも", re.IGNORECASE)
_BIDS = re.compile(
    r"^\W*(?:please\W+)?(?:(?:can|could|would|will)\syou|(?:can|could)\s(?:i|we)\s(?:have|get|see))\b|\b(?:kannst|könntest|können|könnten|"
    r"würdest)\s(?:du|sie)\b|"
    r"\b(?:peux|pourrais)[ -]tu\b|\b(?:pouvez|pourriez)[ -]vous\b|\b(?:puedes|podrías|puede\susted|puoi|potresti|"
    r"você\spode|poderia)\b|"
    r"(?:можешь|можете|могли\sбы|не\sмог)|请|能不能|ください|くれ|もらえ|いただけ",
    re.IGNORECASE,
)
"""Words with which somebody is bidden to do something, politely."""
_WHETHER_ONE_MAY = re.compile(
    r"\W*(?:\w+\s)?(?:legally|lawfully|safely|legal(?:erweise)?|rechtmäßig|gefahrlos|légalement|legalmente|"
    r"lícitamente|законно|легально|безопасно)(?!\w)|合法|安全",
    re.IGNORECASE,
)
"""Words behind such, with which nobody is bidden: "can you legally …" asks whether one may."""
_ONE_NAME = re.compile(
    r"(?<!\w)(?:who(?:se|m)?|which|where|when|in\swhich|on\swhat|what(?:['’]s|\s(?:is|was)\sthe)|what\s(?!(?:do|does|did|can|could|should|"
    r"would|will|are)\s)(?:[\w-]+\s){1,2}(?:is|was|has|does|do|did)|"
    r"wer|wem|wen|welche[rsnm]?|wo|wann|wie\s(?:heißt|hieß|lautet|nennt)|was\sist\s(?:der|die|das)|qui|quels?|"
    r"quelles?|où|quand|comment\ss['’]appelle|"
    r"quién|cuál|dónde|cuándo|qué|en\squé|chi|quale?|dove|quando|che|quem|qual|onde|quando|que|"
    r"кто|кого|какой|какая|какое|каком|какого|какую|где|когда|как\sназыва\w+)(?!\w)|谁|誰|哪|什么|何|どこ|どの|"
    r"いつ|だれ",
    re.IGNORECASE,
)
_MANY = re.compile(
    r"(?<!\w)(?:are|were|sind|waren|sont|étaient|son|eran|sono|erano|são|eram|some|several|list|why|how|warum|"
    r"wieso|pourquoi|"
    r"comment(?!\ss['’]app)|combien|por\squé|cómo|cuánt\w+|perché|come|quant\w+|por\sque|почему|зачем|сколько|какие|"
    r"advantages?|difference|unterschied|best\sway|meaning|opinion|think|should)(?!\w)|为什么|怎|哪些|多少|几|"
    r"なぜ|どう|いくつ|何%|何人|何リ|どんな",
    re.IGNORECASE,
)
"""Words of a question whose answer is no single name."""
_NUMBER = re.compile(
    r"(?<!\w)(?:how\s(?:many|much|far|long|old|high|tall|deep|fast|warm|hot|cold|big)|what\s(?:is|"
    r"was)\s(?:the|its|their)\s(?:\w+\s){0,2}(?:price|average|mean|"
    r"sum|total|balance|temperature|number|amount|percentage|distance|area|volume|value|result|cost|difference|"
    r"product|probability|odds|chances?|share|height|length|speed|velocity|median|mode|ratio|angle|slope|perimeter|radius|"
    r"diameter|circumference|remainder|mass|weight|force|energy|power|pressure|density|resistance|interest|tip|profit|"
    r"molar\smass|load\sfactor|hypotenuse|price)|what['’]s\s(?:the|its|their|my)\s(?:\w+[-–\s]){0,2}(?:price|average|mean|"
    r"sum|total|balance|temperature|number|amount|percentage|distance|area|volume|value|cost|difference|product|"
    r"probability|odds|chances?|height|length|speed|median|mode|ratio|angle|slope|perimeter|remainder|mass|weight|energy)|"
    r"(?:the|my|your)\s(?:probability|odds|chances?)\sof|la\sprobabilité|la\sprobabilidad|la\sprobabilità|"
    r"a\sprobabilidade|die\swahrscheinlichkeit|вероятность|"
    r"(?:the|which)\sday\sdoes|what\sdoes\s(?:\w+\s){1,8}(?:weigh|cost|measure|earn|pay)|"
    r"cuál\ses\s(?:el|la|su)\s(?:área|volumen|perímetro|velocidad|altura|superficie|peso|longitud|edad|resultado|precio)|"
    r"qual\sè\s(?:l['’]|il\s|la\s|lo\s)(?:area|volume|perimetro|velocità|altezza|superficie|peso|lunghezza|età|"
    r"risultato|somma|probabilità)|qual\sé\s[oa]\s(?:área|volume|perímetro|velocidade|altura|superfície|peso|"
    r"comprimento|idade|resultado|soma|preço|probabilidade)|quel(?:le)?\sest\s(?:l['’]|l[ea]\s|sa\s|son\s)(?:aire|"
    r"volume|périmètre|vitesse|hauteur|superficie|poids|longueur|âge|résultat|probabilité)|"
    r"what(?:\sis|['’]s)\s(?:[$€£√]?\d[\d.,]*|half|the\s(?:square|cube)\sroot)|"
    r"what\s(?:percentage|fraction|number|distance)|wie\s?viel\w*|wie\s(?:weit|lange|alt|hoch|groß|schnell|warm|"
    r"tief|teuer)|welche[rs]?\s(?:anteil|strecke|zahl|betrag|preis)|"
    r"(?:mittelwert|durchschnitt|prozentsatz|kontostand|um\swie)|combien|quel(?:le)?\sest\s(?:son|l(?:a|e|"
    r"['’]))\s?(?:moyenne|température|somme|distance|prix|solde|nombre|\w+\sprix)|"
    r"quel(?:le)?\s(?:pourcentage|fraction|distance)|cuánt\w+|qué\s(?:distancia|temperatura|fracción|porcentaje)|"
    r"cuál\ses\s(?:la\smedia|el\s(?:saldo|precio|total|promedio))|"
    r"quant[oiae]|quale\s(?:frazione|percentuale|distanza)|che\s(?:temperatura|distanza)|qual\sè\s(?:la\smedia|"
    r"il\s(?:saldo|prezzo|totale))|"
    r"quantos|quantas|que\s(?:distância|fração)|qual\s(?:é|foi)\s(?:a\s(?:média|temperatura)|o\s(?:saldo|preço|"
    r"aumento|total))|"
    r"сколько|каков\w{0,2}|какая\s(?:часть|сдача|температура)|какой\s(?:путь|баланс|процент)|на\sсколько)(?!\w)|"
    r"多少|几|多[远大高长重久]|平均数?是|何[%％人リ本枚個円度k分時cmL冊台匹頭羽席脚足着杯通袋箱缶皿切回歳才階点票株軒室泊組束玉歩ページグセメキト]|いくら|いくつ|どれ(?:だけ|くらい)|何パーセント",
    re.IGNORECASE,
)
_CALCULATE = re.compile(
    r"(?:^|[.\n:]\s{0,20})(?:please\s)?(?:calculate|compute|solve|convert|evaluate|simplify|berechne|löse|wandle|calcule[rz]?|"
    r"résou\w+|convert\w+|calcula|resuelve|convierte|calcola|risolvi|converti|resolva|converta|вычисли\w*|"
    r"реши\w*|найди\w*)(?!\w)|计算|求|解",
    re.IGNORECASE | re.MULTILINE,
)
"""The beginning of a request that bids to work something out."""
_FIGURE = re.compile(r"\d")
_TIME = re.compile(
    r"^\W*(?:(?:in|on|by|since|until)\s)?(?:(?:what|which)\s(?:\w+\s)?(?:year|date|day)|when|(?:(?:an|in|am|"
    r"zu)\s)?welche[mns]\s(?:jahr|datum|tag)|"
    r"wann|(?:en|à|en)\squelle?\s(?:année|date|jour)|quand|(?:en|a)?\s?qué\s(?:año|fecha|día)|cuándo|(?:in|"
    r"a)\s(?:che|quale)\s(?:anno|data|giorno)|"
    r"quando|(?:em|a)\s(?:que|qual)\s(?:ano|data|dia)|(?:в|к)\sкаком\sгоду|когда|какого\s(?:числа|года))(?!\w)|"
    r"哪[一]?[年天日]|何年|何月|何日|いつ|什么时候",
    re.IGNORECASE,
)
_NAMED_TIME = re.compile(
    r"(?<!\w)(?:day\sof\sthe\sweek|weekday|(?:what|which)\smonth|wochentag|welche[mnr]\smonat|jour\sde\sla\ssemaine|quel\smois|"
    r"día\sde\sla\ssemana|qué\smes|giorno\sdella\ssettimana|(?:che|quale)\smese|dia\sda\ssemana|(?:que|qual)\smês|"
    r"день\sнедели|како[мй]\sмесяце?)(?!\w)|星期几|周几|礼拜几|何曜日",
    re.IGNORECASE,
)
"""Words of a question for a time that has a name."""
_WORD = re.compile(r"[^\W_]+(?:['’.,][^\W_]+)*")
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_ELIDED = re.compile(r"^(?:[ldcsjmnt]|qu|dell|all|nell|un)['’]")
_DENIES = frozenset(
    "no not never isn't aren't wasn't weren't doesn't don't didn't can't cannot nicht kein keine keinen nie ne "
    "pas jamais "
    "nunca non não nem не нет никогда mai".split()
)
_IDLE = frozenset(
    "a an the this that these those it its it's they them he she there here is are was were be been being does "
    "do did can could will "
    "would has have had to of in on at by for with and so as also indeed really actually just always then "
    "therefore hence thus "
    "botanically speaking yes every each all any "
    "der die das den dem des ein eine einer einem einen er sie es ist sind war waren wird werden kann können "
    "darf hat haben hatte dort da "
    "damals bereits schon also auch tatsächlich wirklich in im am an auf von zu und so doch ja jede jeder jedes "
    "jeden alle "
    "le la les l un une il elle ils elles c'est est sont était a ont peut peuvent y en de du des d au aux à dans "
    "et donc bien "
    "aussi effectivement oui tout toute tous se "
    "el los las uno una lo es son era fue está están tiene puede pueden se su sus de del al en y allí allá ahí "
    "ello ella también sí "
    "efectivamente pues todo toda todos así "
    "il gli i è sono era ha hanno può possono si suo sua di da dal della dell nel nella con e lì là ciò anche "
    "ogni tutti sempre "
    "o os as um uma é são era foi está tem têm pode podem seu sua do da dos das no na nos nas e lá ali ele ela "
    "também sim todo toda "
    "это то он она оно они там есть является в на с и же действительно да также так "
    "por com que one".split()
)
"""Words of a statement that stand in no question, and add nothing to one."""
_IDLE_DENSE = re.compile(
    r"是(?:的)?|更|还|另一[^。]{1,4}$|別の|的|了|在|为|為|也|都|吗|呢|确实|其实|属于|算|会|能|有|它|这|那|因此|"
    r"所以|综上|总之|，|、|：|:|"
    r"です|ます|でした|ました|ますか|した|して|いる|います|ある|あります|できます|できる|れます|可能|は|が|を|に|"
    r"の|も|で|と|か|よって|つまり|したがって|"
    r"一種|ので|から|え|り|い|き|し|み|っ|て|た|る|つ|そ|れ|こ|こと"
)
_OTHER_DENSE = re.compile(r"另一|別の")
_EVERY = frozenset("all every each alle jeder jede jedes tous toutes todos todas tutti tutte ogni все каждый".split())
_PEOPLE = frozenset("i you we they he she it ich du wir sie er es".split())
_ARTICLES = frozenset("a an kein keine keinen ein eine einen un une una uno um uma".split())
_CYRILLIC = re.compile(r"[а-яё]")
_DENIES_DENSE = re.compile(r"[不没沒非未]|ない|なく|ません")
_UNDOES = ("un", "in", "im", "ir", "il", "не")
_SHORTEST_STEM = 4
_LONGEST_ENDING = 2


def question(asked: str) -> str:
    """Return the only question of a request, without its mark; '' if it has none, or several."""
    plain = _FENCE.sub("\n", asked)[-LONGEST_ASKED:]
    found = [one.group().strip(' ?？¿。\t"“”') for one in _QUESTION.finditer(plain)]
    return found[0] if len(found) == 1 else ""


def wants_verdict(asked: str) -> bool:
    """Return whether a request is a question that is answered with yes or no."""
    words = question(asked)
    asks_what = _NAMES_WHAT.search(words) or (_BEHIND_COMMA.search(words) and not _ASKS_WHETHER.match(words))
    is_other = asks_what or _ALTERNATIVE.search(words) or _bids(words)
    return bool(words) and not (is_other or wants_letter(asked) or wants_output(asked))


def _bids(words: str) -> bool:
    """Return whether a question bids to do something, and does not ask whether one may."""
    mark = _BIDS.search(words)
    return bool(mark and not _WHETHER_ONE_MAY.match(words, mark.end()))


def wants_name(asked: str) -> bool:
    """Return whether a request is a question that is answered with one name or thing: who, where, which."""
    words = question(asked)
    is_one = bool(_ONE_NAME.search(words)) and not (_MANY.search(words) or wants_number(asked) or wants_letter(asked))
    return bool(words) and is_one and not (_bids(words) or wants_verdict(asked) or wants_output(asked))


def wants_number(asked: str) -> bool:
    """Return whether a request is a question for a number or an amount."""
    words = question(asked)
    is_one = bool(_NUMBER.search(words)) if words else bool(_CALCULATE.search(asked) and _FIGURE.search(asked))
    return is_one and not wants_output(asked) and not wants_letter(asked)


def wants_letter(asked: str) -> bool:
    """Return whether a request lists options by letters."""
    return bool(options_of(asked))


def wants_time(asked: str) -> bool:
    """Return whether a request is a question for a year or a day."""
    return bool(_TIME.search(question(asked))) and not (wants_letter(asked) or wants_named_time(asked))


def wants_named_time(asked: str) -> bool:
    """Return whether a request is a question for a day of the week or a month, by its name."""
    return bool(_NAMED_TIME.search(question(asked))) and not wants_verdict(asked)


def words_of(text: str) -> list[str]:
    """Return the words of a text in small letters, without articles that are written together with them."""
    return [_ELIDED.sub("", word.casefold().replace("’", "'")) for word in _WORD.findall(text)]


def holds_word(text: str, word: str) -> bool:
    """Return whether a text has a word, or one that differs only in its ending."""
    return _place(word.casefold(), words_of(text), exact=False) is not None


def repeats(statement: str, asked: str) -> bool | None:
    """Return whether a statement says yes to a question by repeating it, or no by denying it; ``None`` if neither."""
    words = question(asked)
    if not words:
        return None
    if _DENSE.search(statement):
        return _repeats_dense(statement, words)
    said, wanted = words_of(statement), words_of(words)
    if _DENIES & set(wanted):
        return None
    others = [at for at, word in enumerate(said) if word in _OTHER and word not in wanted]
    denials = sum(word in _DENIES for word in said) + len(others)
    said = [word for at, word in enumerate(said) if at not in others and at - 1 not in others]
    own = [word for word in said if word not in _IDLE | _DENIES]
    content = [word for word in own if word in wanted or not leads(word)]
    is_compared = bool({"than", "als", "чем"} & set(wanted) or _MORE & set(wanted))
    compared = next((at for at, word in enumerate(wanted) if is_compared and word in _COMPARES and at > 1), None)
    # In Russian a comparison tells its sides by their endings.
    is_exact = any(word.endswith(("ее", "ей", "ше")) for word in wanted) and bool(_CYRILLIC.search(statement))
    denials += sum(any(_are_opposite(word, other) for other in wanted) for word in content if word not in wanted)
    found = [_place(word, wanted, is_exact) for word in content]
    known = [place for place in found if place is not None]
    # Words that lead to a conclusion say nothing of it, but one word of a question beside them repeats nothing.
    if not known or len(known) < len(found) or denials > 1 or (len(known) < 2 and len(own) > len(content)):
        return None
    is_bare_name = len(said) == 1 and statement.strip()[:1].isupper() and known[0] > 1
    if is_bare_name or (_AS_MUCH & set(wanted) and "als" not in wanted and "than" not in wanted and len(known) > 2):
        return None
    if compared is not None and max(known) > compared:
        if _COMPARES & set(said):
            return None if known != sorted(known) else not denials
        # "Sound is faster" says no to "is light faster than sound?"
        nouns = [at for at, word in enumerate(wanted[:compared]) if word not in _IDLE | _DENIES]
        return None if denials or set(nouns) <= set(known) or len(known) < 2 else False
    return not denials


def shared_words(statement: str, asked: str) -> int:
    """Return how many words of its own a statement has in common with a question."""
    wanted = words_of(question(asked))
    own = {word for word in words_of(statement) if word not in _IDLE | _DENIES and not leads(word)}
    return sum(_place(word, wanted, exact=False) is not None for word in own)


def says_other(statement: str, asked: str) -> bool:
    """Return whether a statement denies something that the question has not: "it is not a fish"."""
    wanted, said = words_of(question(asked)), words_of(statement)
    at = next((at for at, word in enumerate(said) if word in _DENIES), None)
    if at is None or _DENSE.search(statement):
        return False
    article = next((place for place, word in enumerate(said) if at <= place and word in _ARTICLES), len(said))
    behind = said[article + 1 :][:1]
    return bool(behind) and _place(behind[0], wanted, exact=False) is None


def denies_predicate(statement: str, asked: str) -> bool:
    """Return whether a statement has a "not" right before the last words of a question: "so it is not prime"."""
    words = question(asked)
    wanted = words_of(words)
    if not wanted or _DENIES & set(wanted) or _DENSE.search(words):
        return False
    content = [word for word in wanted if word not in _IDLE and not leads(word)]
    said = words_of(statement)
    if len(content) < 2 or sum(word in _DENIES for word in said) != 1:
        return False
    at = next(at for at, word in enumerate(said) if word in _DENIES)
    if said[at + 1 : at + 2] and said[at + 1] in _EVERY:
        return False
    behind = [word for word in said[at + 1 :] if word not in _IDLE][:1]
    place = _place(behind[0], content, exact=False) if behind else None
    is_about_people = wanted[1:2] and wanted[1] in _PEOPLE
    return place is not None and (place > 0 or bool(is_about_people))


def _are_opposite(word: str, other: str) -> bool:
    """Return whether one word is the other with a beginning that denies it: "rational" and "irrational"."""
    short, long = sorted((word, other), key=len)
    return len(long) > 6 and long[:2] in _UNDOES and long[2:] == short


def _place(word: str, wanted: list[str], exact: bool) -> int | None:
    """Return where a question has a word, or one that differs only in its ending."""
    if word in wanted:
        return wanted.index(word)
    if exact:
        return None
    for at, other in enumerate(wanted):
        shared = 0
        for mine, theirs in zip(word, other, strict=False):
            if mine != theirs:
                break
            shared += 1
        if _are_opposite(word, other):
            return at
        if shared >= _SHORTEST_STEM and max(len(word), len(other)) - shared <= _LONGEST_ENDING:
            return at
    return None


def _repeats_dense(statement: str, words: str) -> bool | None:
    """Return what a statement in Chinese or Japanese says to a question."""
    if _DENIES_DENSE.search(words):
        return None
    is_denied = bool(_DENIES_DENSE.search(statement)) or bool(_OTHER_DENSE.search(statement))
    plain = _IDLE_DENSE.sub("", _DENIES_DENSE.sub("", re.sub(r"[\s。.!！*「」『』“”]", "", statement)))
    at, wanted = 0, words
    for char in plain:
        at = wanted.find(char, at) + 1
        if not at:
            return None
    if "比" in words and "比" not in statement and plain and plain[0] not in words.partition("比")[0]:
        return None
    if "より" in words and "より" not in statement and any(char in words.partition("より")[0][-3:] for char in plain):
        return None
    return not is_denied if plain else None
