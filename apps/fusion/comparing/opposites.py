"""Words of which only one can hold, such as "before" and "after", and words that limit what a sentence says."""

import re
from collections.abc import Iterable, Mapping

# A line is one question; the words of one of its answers stand together.
_OPPOSITES = """
all every each everyone everybody entire alle jeder jede jedes sämtliche tous toutes todos todas tutti tutte все \
каждый | some few several einige manche wenige quelques certains certaines algunos algunas alcuni alcune alguns \
algumas некоторые несколько | most many meisten viele plupart muchos molti muitos большинство | nobody none \
niemand keiner nadie nessuno ninguém никто
both beide beides ambos ambas entrambi entrambe оба обе | neither weder
before vor avant antes prima до | after nach après después dopo depois после
above over über oberhalb au-dessus encima sopra acima выше над | below under unter unterhalb au-dessous debajo \
sotto abaixo ниже под
always immer toujours siempre sempre всегда | never nie niemals jamais nunca никогда | sometimes manchmal \
parfois veces talvolta иногда | rarely seldom selten rarement raramente редко
increases increased increase rises rose risen raised raises grows grew grown steigt stieg stiegen gestiegen \
erhöht erhöhte wächst gewachsen augmente augmentent augmenté aumenta aumentan aumentó aumentaron aumentato \
aumentata aumentati aumentate aumentano aumentou aumentaram sube subió subieron subiram subiu sobem \
salito saliti salirono monté cresce cresceu cresceram растёт \
растут вырос выросла выросло выросли увеличивает увеличился увеличилась увеличились повысился повысилась | \
decreases decreased decrease falls fell fallen drops dropped lowers lowered reduces reduced shrinks shrank sinkt \
sank sanken gesunken senkt senkte verringert gefallen diminue diminuent diminué baisse baissé baja bajó bajaron \
disminuye disminuyó disminuyeron diminuisce diminuito diminuita diminuiti diminuite diminuiscono diminui \
diminuiu diminuíram cai caiu caíram desce desceu desceram descendu scende sceso scesi scesero \
падает падают упал упала упало упали снижает снизился снизилась снизились \
уменьшает уменьшился уменьшилась сократились
more mehr | less fewer weniger
larger bigger greater größer | smaller kleiner
longer länger | shorter kürzer
taller higher höher | shorter lower niedriger tiefer
heavier schwerer | lighter leichter
wider broader breiter | narrower schmaler enger
deeper tiefer | shallower flacher
louder lauter | quieter leiser
stronger stärker | weaker schwächer
warmer hotter wärmer heißer | colder cooler kälter kühler
better besser mejor meilleur migliore melhor лучше | worse schlechter peor pire peggiore pior хуже
earlier früher | later später
richer reicher | poorer ärmer
includes include included umfasst enthält inclut comprend incluye comprende include inclui включает | excludes exclude \
excluded exclut excluye esclude exclui исключает
releases released emits setzt | absorbs absorbed
gains gained | loses
up upward upwards | down downward downwards
supports supported unterstützt | opposes opposed opposes
high hoch hohe | low niedrig niedrige
increasing rising | decreasing falling
faster schneller | slower langsamer
older älter | younger jünger newer neuer
allowed permitted erlaubt autorisé permis permitido permitida permesso permessa разрешено разрешён разрешена \
разрешены autorisée | forbidden banned prohibited verboten interdit prohibido prohibida vietato vietata proibido \
proibida запрещено запрещён запрещена запрещены interdite
accepted accepts angenommen accepte aceptado accettato aceito принят | rejected rejects abgelehnt rejeté \
rechazado respinto rejeitado отклонён
won wins gewann gewinnt gagné ganó vinto ganhou выиграл | lost loses verlor verliert perdu perdió perso perdeu \
проиграл
enabled aktiviert activé activée habilitado habilitada attivato attivata ativado ativada включено включён включена \
| disabled deaktiviert désactivé désactivée deshabilitado deshabilitada disattivato disattivata desativado \
desativada выключено выключен выключена
eingeschaltet allumé allumée encendido encendida acceso accesa ligado ligada | ausgeschaltet éteint éteinte apagado \
apagada spento spenta desligado desligada
"""
# Adjectives: before the noun of a subject they tell two things apart.
_ADJECTIVES = """
north northward northwards norden nördlich nord norte север севере северу севера | south southward southwards süden \
südlich sud sur sul юг юге югу юга | east \
eastward eastwards osten östlich leste восток востоке востоку | west westward westwards westen westlich \
ouest oeste ovest запад западе западу
safe sicher sûr sûre seguro segura sicuro sicura безопасен безопасна безопасно | dangerous gefährlich dangereux \
dangereuse peligroso peligrosa pericoloso pericolosa perigoso perigosa опасен опасна опасно
fast quick schnell rapide rápido rápida veloce rapido rapida быстрый быстрая быстрое | slow langsam lent lente lento \
lenta медленный медленная медленное
hot heiß chaud caliente caldo quente горячий | cold kalt froid frío freddo frio холодный
open geöffnet offen ouvert ouverte abierto abierta aperto aperta aberto aberta открыт открыта открыто открыты | \
closed geschlossen fermé fermée cerrado cerrada chiuso chiusa fechado fechada закрыт закрыта закрыто закрыты
alive lebendig vivant vivo жив | dead tot mort muerto morto мёртв
even gerade | odd ungerade
old alt alte alter altes vieux vieille ancien ancienne viejo vieja antiguo antigua vecchio vecchia velho velha \
antigo antiga старый старая старое | new neu neue neuer neues nouveau nouvelle nuevo nueva nuovo nuova novo nova \
новый новая новое
male männlich | female weiblich
left links gauche izquierda sinistra esquerda | right rechts droite derecha destra direita
acid acidic sauer acide ácido acido кислый | basic alkaline basisch basique básico basico
empty leer vide vacío vuoto vazio пуст | full voll plein lleno pieno cheio полон
cheap billig barato barata economico дешёвый | expensive teuer cher chère caro cara costoso дорогой
early früh | late spät
strong stark | weak schwach
black schwarz noir negro nero preto чёрный | white weiß blanc blanco bianco branco белый | red rot rouge rojo \
rosso vermelho красный | green grün vert verde зелёный | blue blau bleu azul blu синий | yellow gelb jaune \
amarillo giallo amarelo жёлтый | brown braun | grey gray grau gris grigio cinza серый | orange | purple
"""
# Persons whose word tells man from woman by its ending alone: what is said of one is not said of the other.
_PERSONS = """
niño niños chico chicos hijo hijos hermano hermanos abuelo abuelos tío tíos nieto nietos sobrino sobrinos \
muchacho muchachos bambino bambini ragazzo ragazzi figlio figli zio zii nonno nonni fratello fratelli menino \
meninos filho filhos irmão irmãos avô tio tios neto netos garçon garçons fils frère frères oncle oncles boy boys \
son sons brother brothers uncle uncles nephew nephews sohn söhne bruder brüder onkel neffe мальчик мальчики сын \
сыновья брат братья дядя | niña niñas chica chicas hija hijas hermana hermanas abuela abuelas tía tías nieta \
nietas sobrina sobrinas muchacha muchachas bambina bambine ragazza ragazze figlia figlie zia zie nonna nonne \
sorella sorelle menina meninas filha filhas irmã irmãs avó tia tias neta netas fille filles sœur sœurs soeur \
soeurs tante tantes girl girls daughter daughters sister sisters aunt aunts niece nieces mädchen tochter töchter \
schwester schwestern nichte nichten девочка девочки дочь дочери сестра сёстры тётя
"""
_ROWS = _OPPOSITES.strip().splitlines()
_FIRST_ADJECTIVE = len(_ROWS)
OPPOSITES: dict[str, list[tuple[int, int]]] = {}
for _row, _line in enumerate([*_ROWS, *_ADJECTIVES.strip().splitlines(), _PERSONS.strip()]):
    for _side, _words in enumerate(_line.split("|")):
        for _word in _words.split():
            OPPOSITES.setdefault(_word, []).append((_row, _side))
_DENSE_OPPOSITES = tuple(
    tuple(pair.split("/"))
    for pair in (
        "安全/危险 安全/危険 以前/以后 之前/之后 前に/後に 允许/禁止 許可/禁止 打开/关闭 左/右 所有/有些 "
        "すべて/一部 全部/部分 最高/最低 最大/最小 最长/最短 最長/最短 东/西 "
        "南/北 黑/白 开门/关门 开放/关闭 開いて/閉まって 開館/閉館 从不/总是 "
        "有毒/无毒 成功/失败 支持/反对 賛成/反対 合法/非法 有効/無効 包括/不包括 包含/不包含 "
        "更高/更低 更大/更小 更重/更轻 更长/更短 "
    ).split()
) + tuple(
    (rise, fall)
    for rises, falls in (
        ("增加 上升 上涨 增长 提高 升高", "减少 下降 下跌 降低 缩小"),
        ("増加 上昇 上が 増え", "減少 下降 下が 減っ 減り 低下"),
    )
    for rise in rises.split()
    for fall in falls.split()
)
"""Words of Chinese and Japanese that exclude each other."""
_DENSE_ADJECTIVES = frozenset("左右东西南北黑白")
_PLACES_AND_TIMES = {_row for word in ("before", "above", "north") for _row, _ in OPPOSITES[word]}
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)?")
"""A word as it is looked up here; one hyphen may join two of them."""

_LIMITS = {
    word: words[0]
    for words in (
        "all every each alle alles jede jeder jedes tous toutes todos todas tutti tutte все 全部 すべて".split(),
        "some several einige manche certains quelques algunos algunas alcuni некоторые".split(),
        "most meisten mehrheit".split(),
        "few wenige".split(),
        "only just solely merely nur bloß lediglich seulement uniquement sólo solo solamente únicamente soltanto "
        "apenas somente só только лишь".split(),
        "before vor bevor vorher avant antes prima до".split(),
        "after nach nachdem nachher après después dopo после".split(),
        "until till bis".split(),
        "since seit depuis desde".split(),
        "more over above exceeds mehr mindestens".split(),
        "less fewer under below weniger höchstens".split(),
        "may might perhaps possibly maybe probably vielleicht möglicherweise wahrscheinlich eventuell peut-être "
        "probablement quizás quizá posiblemente probablemente forse probabilmente talvez provavelmente возможно "
        "вероятно".split(),
        "false wrong incorrect untrue mistaken myth misconception falsch unwahr irrtum mythos faux fausse mythe falso "
        "falsa mito errado incorrecto incorrecta sbagliato неверно ложь миф".split(),
        "rarely seldom selten rarement raramente редко".split(),
        "sometimes occasionally manchmal gelegentlich parfois veces talvolta иногда".split(),
        "must muss müssen".split(),
        "always immer toujours siempre sempre".split(),
        "first erste erster ersten erstes".split(),
        "last letzte letzter letzten letztes".split(),
    )
    for word in words
}
_FAST = (
    r"(?:ist|sind|w[aä]ren?|wird|werden|wurden?|ha(?:t|ben)|hatten?|bin|sei)\sfast|"
    r"fast(?=\s(?:alle[nmrs]?|immer|nie\w*|nichts|kein\w{0,2}|jede[nmrs]?|ganz|gar|fertig|vollständig|unmöglich|"
    r"überall|genau\w*|ausschließlich|nur|ein\w{0,2}|das|der|den|dem)\b)"
)
"""German "fast", and no English one."""
_SCOPE = re.compile(
    r"(?P<only>\bn(?:e\s|['’])(?:[\w'’-]+\s){1,4}qu(?:e\s|['’])|(?<![\d一二三四五六七八九十两几])[只仅僅](?![要有])|だけ|のみ|しか)|"
    r"(?P<far>\b(?:far\sfrom|anything\sbut|nowhere\snear|weit\s(?:davon\s)?entfernt|alles\sandere\sals|"
    r"loin\s(?:de\s|d['’])|tout\ssauf|lejos\sde|todo\smenos|lontan[oaie]\sda|tutt['’]altro\sche|longe\sde|tudo\smenos|"
    r"далек[оаи]?\s(?:от|не)\b|далёк\sот)|远(?:未|非|不)|程遠)|"
    rf"(?P<nearly>(?:\b(?:nearly|almost|practically|virtually|{_FAST}|beinahe|nahezu|presque|quasiment|casi|quasi|quase|"
    r"почти)\b|几乎|差不多|ほとんど|ほぼ)(?!\s?[\d$€£¥]))|"
    r"(?P<barely>\b(?:barely|hardly|scarcely|kaum|à\speine|a\smalapena|a\sstento|едва)\b|勉强|かろうじて)|"
    r"(?P<except>\b(?:except|apart\sfrom|other\sthan|außer|bis\sauf|abgesehen\svon|sauf|hormis|excepté|"
    r"à\spart|excepto|salvo|eccetto|tranne|exceto|кроме|за\sисключением)\b|除(?:了|外|き|いて)|以外)|"
    r"(?P<at_least>\b(?:at\sleast|mindestens|wenigstens|zumindest|au\smoins|al\smenos|por\slo\smenos|almeno|pelo\smenos|"
    r"ao\smenos|по\s(?:крайней|меньшей)\sмере|не\sменее)\b|至少|最少|少なくとも)|"
    r"(?P<at_most>\b(?:at\smost|up\sto|no\smore\sthan|höchstens|bis\szu|au\s(?:plus|maximum)|jusqu['’][àa]|a\slo\ssumo|"
    r"como\smáximo|hasta|al\smassimo|fino\sa|no\smáximo|até|не\sболее|максимум)\b|最多|至多|高达|多くとも|最大で)",
    re.IGNORECASE,
)
"""Words that widen or narrow what a sentence says: of "nearly done" and "done" one may be wrong."""
_HEDGES = {"may", "rarely", "sometimes", "false"} | _SCOPE.groupindex.keys()


def opposites(text: str, spoken: Iterable[str]) -> dict[int, dict[int, str]]:
    """Return the words of a sentence that exclude others: by row of the table and side, the word as it is written.

    ``spoken`` are its words.
    """
    found: dict[int, dict[int, str]] = {}
    for token in spoken:
        for row, side in _rows_of(token):
            found.setdefault(row, {})[side] = token
    if _DENSE.search(text):
        for row, pair in enumerate(_DENSE_OPPOSITES, start=1_000):
            for side, word in enumerate(pair):
                if word in text:
                    found.setdefault(row, {})[side] = word
    return found


def is_adjective(word: str) -> bool:
    """Return whether a word of the table is an adjective, in Chinese and Japanese one that a noun may begin with."""
    return word in _DENSE_ADJECTIVES or any(row >= _FIRST_ADJECTIVE for row, _ in _rows_of(word))


def is_place_or_time(word: str) -> bool:
    """Return whether a word of the table says where or when: "before the war", "above the line"."""
    return any(row in _PLACES_AND_TIMES for row, _ in _rows_of(word))


def _rows_of(word: str) -> list[tuple[int, int]]:
    folded = word.casefold()
    return OPPOSITES.get(folded) or OPPOSITES.get(folded.removesuffix("s"), [])


def opposed(a: Mapping[int, Mapping[int, str]], b: Mapping[int, Mapping[int, str]]) -> list[tuple[str, str]]:
    """Return the pairs of words of two sentences that exclude each other."""
    return [
        (next(iter(a[row].values())), next(iter(b[row].values())))
        for row in sorted(a.keys() & b.keys())
        if not a[row].keys() & b[row].keys()
    ]


def limits(text: str) -> set[str]:
    """Return what limits a sentence ("all", "only", "may", "first"), each by the first word for it."""
    # "May" is a month.
    words = (word.casefold() for word in WORD.findall(text) if word != "May")
    found = {scope.lastgroup for scope in _SCOPE.finditer(text) if scope.lastgroup}
    return found | {_LIMITS[word] for word in words if word in _LIMITS}


def hedges(text: str) -> set[str]:
    """Return how a sentence takes back what it says: it only may be so, nearly is, seldom is, or is said wrongly."""
    return limits(text) & _HEDGES
