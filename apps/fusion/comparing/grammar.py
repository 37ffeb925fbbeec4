"""Words of French, Spanish, Italian, Portuguese and Russian, and the grammar of Chinese, as they are compared.

English and German are in ``words``. Stems are light: an ending is cut where enough of the word remains.
"""

import re

STOPS = {
    "fr": """
    le la les l un une des du de d et ou est sont était étaient sera a ont avait avoir être été ce cet cette ces il elle
    ils elles on nous vous je tu se s y en au aux à dans par pour sur sous avec que qui qu dont où comme plus moins très
    aussi mais donc ne pas n sa son ses leur leurs notre votre environ presque an ans année années se trouve mesure c
    entre depuis jusqu vers tout toute tous toutes fait peut
    """,
    "es": """
    el la los las lo un una unos unas de del y o u es son era eran fue fueron será está están estaba ha han había ser
    estar haber este esta estos estas ese esa eso él ella ellos se su sus le les al a en por para con que quien como más
    menos muy también pero no ni nunca hay unos cerca alrededor aproximadamente año años mide tiene entre desde hasta
    todo toda todos todas puede
    """,
    "it": """
    il lo la i gli le l un uno una di del dello della dei degli delle d e o è sono era erano fu furono sarà ha hanno
    aveva essere stato stata stati questo questa questi queste egli esso essa si suo sua suoi loro al allo alla ai
    agli alle a in nel nello nella nei nelle da dal dalla dai con su sul sulla per che chi come più meno molto anche ma
    non né circa quasi anno anni misura c ci tra fra fino tutto tutta tutti tutte può
    """,
    "pt": """
    o a os as um uma uns umas de do da dos das e ou é são era eram foi foram será está estão tem têm tinha ser estar ter
    este esta estes estas esse essa isso ele ela eles elas se seu sua seus suas ao aos à às em no na nos nas por pelo
    pela para com que quem como mais menos muito também mas não nem nunca há cerca aproximadamente quase ano anos mede
    entre desde até todo toda todos todas pode
    """,
    "ru": """
    и а но или в во на с со к ко о об от до из за по под при для у над между через что который которая которое которые
    это этот эта эти тот та то он она оно они его её их мы вы я ты был была было были есть будет будут является являются
    не нет ни никогда как так же бы ли более менее очень также около примерно почти год года году годах лет г м весь вся
    все всё может составляет равен имеет
    """,
}
STOP_SETS = {language: frozenset(words.split()) for language, words in STOPS.items()}
_ENDINGS = {
    "fr": "issements issement ements ement euses euse ations ation ées és ée er ent es s e é x",
    "es": "amente mente aciones ación idades idad ados adas ado ada idos idas ido ida ar er ir os as es o a e s",
    "it": "amente mente azioni azione ità ati ate ato ata iti ite ito ita are ere ire i e o a",
    "pt": "amente mente ações ação idades idade ados adas ado ada idos idas ido ida ar er ir os as es o a e s",
    "ru": "иями ями ами ого его ому ему ыми ими ении ение ения ать ять еть ить ает яет ется ется ются ится ах ях ов ев "
    "ей ом ем ой ый ий ая яя ое ее ые ие ую юю ам ям ет ит ют ут ат ят ен на но ны ся а я о е ы и у ю ь й",
}
ENDINGS = {language: tuple(sorted(words.split(), key=len, reverse=True)) for language, words in _ENDINGS.items()}
ELISION = re.compile(r"^(?:l|d|n|qu|c|s|j|m|t|jusqu|lorsqu|dell|nell|all|dall|sull|un|quest|c)['’](?=\w)")
CHINESE_FUNCTIONS = frozenset(
    "的了是在有和与及也都就而着过被把将对从到为于之其这那个座条位种些不没未无非很更最并且但或"
)
"""Characters of Chinese that carry grammar; between them stand the words."""
SOUGHT_RUNS = re.compile(r"[\u3400-\u9fff々]+|[\u30a0-\u30ff]+|[^\W_\u3040-\u30ff\u3400-\u9fff]+")
"""Runs of Chinese characters, of katakana, or of another script; hiragana is grammar."""
