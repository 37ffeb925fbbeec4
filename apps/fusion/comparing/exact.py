"""Tokens of a sentence that are compared as they are written, and words that exclude each other.

What stands in quotation marks, backticks or brackets, a single capital letter, a boolean, an operator or a version
differs if one character does. Of words such as "before" and "after", or "all" and "some", only one can hold.
"""

import re
from collections.abc import Mapping, Sequence

_SPAN = {
    "code": re.compile(r"`+([^`\n]{1,200})`+"),
    "literal": re.compile(r"(?<!\])(\[[^\[\]\n]{0,200}\](?!\()|\{[^{}\n]{0,200}\})"),
    "quote": re.compile(
        r"(?<![\w])(?:\"([^\"\n]{1,80})\"|“([^”\n]{1,80})”|„([^“”\n]{1,80})[“”]|«([^»\n]{1,80})»|"
        r"「([^」\n]{1,80})」|'([^'\n]{1,80})'(?!\w))"
    ),
    "letter": re.compile(
        r"(?<![\w.'’°])(?:\(([A-Z])\)|([B-HJ-Z])|(?<=\s)(A|I)(?=[.,;:!]?\s*$|[.,;:)]))"
        r"(?![\w'’-]|\.\s?[A-Z]|\.\w)"
    ),
    "operator": re.compile(r"(?:(?<=\s)|(?<=[\w)]))\s?(<=|>=|==|!=|[<>≤≥≠±])\s?(?=[\w(])|(?<=\s)([*/÷×%^])(?=\s)"),
    "version": re.compile(r"\b(v\d+(?:\.\d+)*|\d+\.\d+\.\d+|Q[1-4]|\d{1,3}(?:st|nd|rd|th))\b", re.IGNORECASE),
}  # fmt: skip
_MARKS = re.compile(r"[`\[{\"“„«「(<>=≤≥≠±*/÷×%^']")

# A line is one question; the words of one of its answers stand together.
_OPPOSITES = """
all every each entire alle jeder jede jedes sämtliche tous toutes todos todas tutti tutte все каждый | some few \
several einige manche wenige quelques certains certaines algunos algunas alcuni alcune alguns algumas некоторые \
несколько | most many meisten viele plupart muchos molti muitos большинство
before vor avant antes prima до | after nach après después dopo depois после
above over über oberhalb au-dessus encima sopra acima выше над | below under unter unterhalb au-dessous debajo \
sotto abaixo ниже под
always immer toujours siempre sempre всегда | never nie niemals jamais nunca никогда | sometimes manchmal \
parfois veces talvolta иногда | rarely seldom selten rarement raramente редко
increases increased increase rises rose raised raises grows grew steigt stieg erhöht erhöhte wächst augmente \
augmenté aumenta aumentó aumentato aumentou растёт вырос увеличивает увеличился | decreases decreased decrease \
falls fell lowers lowered reduces reduced shrinks shrank sinkt sank senkt senkte verringert diminue diminué \
baisse disminuye disminuyó diminuisce diminuito diminui diminuiu падает упал снижает снизился уменьшает
more mehr | less fewer weniger
larger bigger greater größer | smaller kleiner
longer länger | shorter kürzer
higher höher | lower niedriger tiefer
faster schneller | slower langsamer
older älter | younger jünger newer neuer
safe sicher sûr sûre seguro segura sicuro sicura безопасен безопасна безопасно | dangerous gefährlich dangereux \
dangereuse peligroso peligrosa pericoloso pericolosa perigoso perigosa опасен опасна опасно
hot heiß chaud caliente caldo quente горячий | cold kalt froid frío freddo frio холодный
open geöffnet offen ouvert ouverte abierto abierta aperto aperta aberto aberta открыт открыта | closed \
geschlossen fermé fermée cerrado cerrada chiuso chiusa fechado fechada закрыт закрыта
alive lebendig vivant vivo жив | dead tot mort muerto morto мёртв
allowed permitted erlaubt autorisé permis permitido permitida permesso permessa разрешено | forbidden banned \
prohibited verboten interdit prohibido prohibida vietato vietata proibido proibida запрещено
accepted accepts angenommen | rejected rejects abgelehnt
won wins gewann gewinnt | lost loses verlor verliert
even gerade | odd ungerade
old alt alte alter altes vieux vieille ancien ancienne viejo vieja antiguo antigua vecchio vecchia velho velha \
antigo antiga старый старая старое | new neu neue neuer neues nouveau nouvelle nuevo nueva nuovo nuova novo \
nova новый новая новое
male männlich | female weiblich
left links gauche izquierda sinistra esquerda | right rechts droite derecha destra direita
acid acidic sauer acide ácido acido кислый | basic alkaline basisch basique básico basico
enabled aktiviert activé | disabled deaktiviert désactivé
empty leer vide vacío vuoto vazio пуст | full voll plein lleno pieno cheio полон
cheap billig | expensive teuer
early früh | late spät
strong stark | weak schwach
black schwarz noir negro nero preto чёрный | white weiß blanc blanco bianco branco белый | red rot rouge rojo \
rosso vermelho красный | green grün vert verde зелёный | blue blau bleu azul blu синий | yellow gelb jaune \
amarillo giallo amarelo жёлтый | brown braun | grey gray grau gris grigio cinza серый | orange | purple
"""
OPPOSITES: dict[str, list[tuple[int, int]]] = {}
for _row, _line in enumerate(_OPPOSITES.strip().splitlines()):
    for _side, _words in enumerate(_line.split("|")):
        for _word in _words.split():
            OPPOSITES.setdefault(_word, []).append((_row, _side))
_DENSE_OPPOSITES = tuple(
    tuple(pair.split("/"))
    for pair in (
        "安全/危险 安全/危険 增加/减少 増加/減少 上升/下降 上昇/下降 以前/以后 "
        "之前/之后 前に/後に 允许/禁止 許可/禁止 打开/关闭 左/右 所有/有些 "
        "すべて/一部 全部/部分 最高/最低 最大/最小 最长/最短 最長/最短 东/西 "
        "南/北 黑/白 "
    ).split()
)
"""Words of Chinese and Japanese that exclude each other."""


def exact_tokens(text: str, figures: Sequence[tuple[int, int]] = ()) -> dict[str, tuple[str, ...]]:
    """Return the tokens of a sentence that count as they are written, by kind, without the marks around them.

    Letters inside ``figures`` (spans) are units.
    """
    found = {}
    for kind, pattern in (_SPAN if _MARKS.search(text) else _PLAIN).items():
        if kind == "version" and not figures and not _DIGIT.search(text):
            continue
        tokens = tuple(
            next(group for group in match.groups() if group is not None).strip()
            for match in pattern.finditer(text)
            if kind != "letter" or not any(start <= match.start() < end for start, end in figures)
        )
        if tokens:
            found[kind] = tuple(token.casefold() for token in tokens) if kind in _FOLDED else tokens
    said = {word.casefold() for word in _WORD.findall(text)}
    for kind, known in (("boolean", _BOOLEANS), ("fraction", _FRACTIONS)):
        if not known.isdisjoint(said):
            found[kind] = tuple(sorted(known & said))
    return found


VERSION = _SPAN["version"]
_FOLDED = frozenset({"boolean", "version", "fraction"})
_PLAIN = {kind: _SPAN[kind] for kind in ("letter", "version")}
_BOOLEANS = frozenset("true false yes wahr falsch".split())
_FRACTIONS = frozenset(
    "half third thirds quarter quarters fifth hälfte drittel viertel moitié tiers mitad tercio metà terzo metade "
    "половина половину половины треть 一半 半数 半分".split()
)
_DIGIT = re.compile(r"\d")
_DECIDING = ("boolean", "letter", "literal", "code", "quote", "version")
"""Kinds of which one differing token in a sentence that is else the same is a contradiction."""


def differ(a: Mapping[str, tuple[str, ...]], b: Mapping[str, tuple[str, ...]], text_a: str, text_b: str) -> bool:
    """Return whether two sentences have tokens that exclude each other: each has one that the other does not write."""
    missing_a = _missing(a, text_b)
    missing_b = _missing(b, text_a)
    # A quotation may be told without its marks; a letter or an operator that only one has changes what is said.
    strict = ("boolean", "letter", "literal", "operator", "version", "fraction")
    return bool(missing_a and missing_b) or any(kind in strict for kind in (*missing_a, *missing_b))


def _missing(tokens: Mapping[str, tuple[str, ...]], text: str) -> list[str]:
    lowered = text.casefold()
    return [
        kind
        for kind, own in tokens.items()
        if any(token not in (lowered if kind in _FOLDED else text) for token in own)
        or (kind == "letter" and any(not re.search(rf"(?<!\w){re.escape(token)}(?!\w)", text) for token in own))
    ]


def deciding_kind(a: Mapping[str, tuple[str, ...]], b: Mapping[str, tuple[str, ...]]) -> str:
    """Return the kind of which both sentences have one token, and another; '' if there is none or several."""
    kinds = [
        kind for kind in _DECIDING if len(a.get(kind, ())) == len(b.get(kind, ())) == 1 and set(a[kind]) != set(b[kind])
    ]
    return kinds[0] if len(kinds) == 1 else ""


def opposites(text: str) -> dict[int, dict[int, str]]:
    """Return the words of a sentence that exclude others: by row of the table and side, the word as it is written."""
    found: dict[int, dict[int, str]] = {}
    for token in _WORD.findall(text):
        for row, side in OPPOSITES.get(token.casefold(), ()):
            found.setdefault(row, {})[side] = token
    if _DENSE.search(text):
        for row, pair in enumerate(_DENSE_OPPOSITES, start=1_000):
            for side, word in enumerate(pair):
                if word in text:
                    found.setdefault(row, {})[side] = word
    return found


def opposed(a: Mapping[int, Mapping[int, str]], b: Mapping[int, Mapping[int, str]]) -> list[tuple[str, str]]:
    """Return the pairs of words of two sentences that exclude each other."""
    return [
        (next(iter(a[row].values())), next(iter(b[row].values())))
        for row in sorted(a.keys() & b.keys())
        if not a[row].keys() & b[row].keys()
    ]


_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)?")
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
