"""The kinds of measures that a question asks for, by its words: money, a duration, an area …"""

import re

from apps.fusion.answers.asked import question
from apps.fusion.units import CURRENCIES, UNITS

MONEY = "money"
CLOCK = "clock"

_WORDS = {
    MONEY: (
        r"costs?|price|pays?|paid|spend|spent|saves?|earns?|interest|salary|wage|tip|tax|profit|worth|"
        r"kostet|kosten|preis|zahl(?:t|en|e|st)|verdien\w+|coûte\w*|prix|paie\w*|payer\w*|gagne\w*|cuesta|"
        r"precio|pag[ao]\w*|vale|costa|prezzo|custa|preço|стоит|цена|заплат\w+|зарпл\w+",
        r"多少钱|几元|价格|いくら|何円|値段",
    ),
    "duration": (
        r"how\slong(?!\sis\sthe)|how\smuch\stime|what\stime\sdoes\sit\stake|duration|half-life|wie\slange|"
        r"dauert|combien\sde\stemps|durée|cuánto\s(?:tarda|tiempo|dura)\w*|quanto\s(?:tempo|dura)|"
        r"сколько\sвремени|как\sдолго",
        r"多长时间|多久|何分|何時間|何秒|何日間|どれくらいの時間",
    ),
    "length": (
        r"how\s(?:far|tall|high|deep|wide|thick)|distance|height|perimeter|circumference|radius|diameter|"
        r"wie\s(?:weit|hoch|tief|breit)|strecke|umfang|entfernung|distancia|périmètre|hauteur|perímetro|"
        r"altura|distanza|perimetro|altezza|distância|расстояни\w+|периметр|высот\w+",
        r"周长|多远|多高|何[mk]?m|道のり|周囲",
    ),
    "area": (
        r"area|surface|flächeninhalt|fläche|aire|superficie|área|площадь",
        r"面积|面積",
    ),
    "volume": (
        r"volumen?|capacity|volumen|rauminhalt|объ[её]м",
        r"体积|容积|体積|容積",
    ),
    "speed": (
        r"how\sfast|speed|velocity|geschwindigkeit|vitesse|velocidad\w*|velocità|velocidade|скорост\w+",
        r"速度|時速|速さ",
    ),
    "mass": (
        r"how\sheavy|mass|weighs?|wie\sschwer|wiegt|masse|pèse\w*|pesa|peso|massa|весит|масс\w+",
        r"重さ|多重|质量",
    ),
    "percent": (
        r"percent|percentage|per\scent|prozent\w*|pourcentage|porcentaje|percentuale|porcentagem|"
        r"percentagem|процент\w*",
        r"百分之|百分比|パーセント",
    ),
    "angle": (
        r"angles?|winkel\w*|ángulo|angolo|ângulo|угол|углов",
        r"角度|度数",
    ),
    "temperature": (
        r"how\s(?:warm|hot|cold)|temperature?|temperatur|température|temperatura|температур\w+",
        r"温度|気温",
    ),
    CLOCK: (
        r"(?:at\s)?what\stime(?!\sdoes\sit\stake)|when\s(?:do|does|did|will|is|are|should)|"
        r"um\swie\s?viel\suhr|wann|à\squelle\sheure|a\squé\shora|a\sche\sora|(?:a|que)\s(?:que\s)?horas|"
        r"во\sсколько|в\sкотором\sчасу",
        r"几点|幾點|何時(?!間)",
    ),
}
"""Words that ask for each kind; the second of a pair are those of scripts without spaces."""
_KINDS = {
    kind: re.compile(rf"(?<!\w)(?:{words})(?!\w)|{dense}", re.IGNORECASE) for kind, (words, dense) in _WORDS.items()
}
_HAS_CLOCK = re.compile(r"\d\s?(?::\d\d|[ap]\.?m\b|h\b|uhr|点|時)", re.IGNORECASE)


def wanted_kinds(asked: str) -> frozenset[str]:
    """Return what the measures are of that a question asks for: of the units that it names, else as its words say."""
    words = question(asked) or asked[-300:]
    return _named(words) or frozenset(kind for kind, found in _KINDS.items() if found.search(words))


def wants_clock(asked: str) -> bool:
    """Return whether a question is one for a time of day."""
    words = question(asked) or asked[-300:]
    return bool(_KINDS[CLOCK].search(words) and _HAS_CLOCK.search(asked))


def kind_of(dimension: str) -> str:
    """Return what a dimension measures; all currencies are money."""
    return MONEY if dimension in CURRENCIES or dimension == "cents" else dimension


def _named(words: str) -> frozenset[str]:
    """Return the kinds of the units that a question names."""
    names = {word.strip("?¿,.:;()（）？。").casefold() for word in words.split()}
    return frozenset(kind_of(UNITS[name].dimension) for name in names if len(name) > 1 and name in UNITS)
