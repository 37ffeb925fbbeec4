"""The words that stand around a conclusion and say nothing of their own, in the languages of the site."""

import re

NAMES_IT = frozenset(
    "answer ans answers result output solution option options choice letter conclusion verdict value final "
    "correct right best pick choose select chose go vote return returns prints returned outputs antwort "
    "ergebnis lösung wahl buchstabe richtig richtige korrekt korrekte wähle wählen nehme nehmen réponse "
    "résultat choix lettre correcte bonne choisis exacte juste finale respuesta resultado solución opción "
    "letra correcta correcto elijo escojo risposta risultato soluzione opzione lettera corretta corretto "
    "scelgo giusta esatta resposta solução opção alternativa correta correto certa escolho ответ результат "
    "вариант правильный верный выбираю правильно верно".split()
)
"""Words that name what follows as the answer."""

SELECTS = tuple(
    "correct korrekt corret corrig right richtig zutreff trifft best meilleur mejor miglior melhor лучш choos chos "
    "pick select wähl entscheid choisi opt convien conviene elig eleg elij escog scelg sceglie escolh выбир выбра верн "
    "верен правильн подход juste bonne giust exact esatt acert fit passt suit hold appl settle retien gabarito".split()
)
"""Beginnings of words that say of a letter that it is the one: a few words more may stand beside it."""

FAULTS = tuple(
    "incorrect wrong false tempt close falsch scheid ausgeschl exclu elimin rul écart descart esclud исключ невер "
    "неправ faux scart errad sbagliat".split()
)
"""Beginnings of words that say of a letter that it is another."""

ELIMINATION = (
    "elimination",
    "eliminaç",
    "eliminaci",
    "eliminaz",
    "descarte",
    "exclusi",
    "exclusã",
    "ausschluss",
    "исключени",
    "esclusione",
)
"""Of these what begins a conclusion: "by elimination", and so in other languages."""

SHOWS = tuple(
    "print return output yield giv gave display show evaluat produc log render console ausgab ausgeg ausgib gibt "
    "liefer ergib zurück affich renvo retourn imprim devuelv muestr sortie salida saída restitu stampa mostra exib "
    "вывод вывед верн возвра печат напеча result ergebnis résultat resultado risultato результат".split()
)
"""Beginnings of words for what a program does with its result."""

FRAME = NAMES_IT | frozenset(
    "it's that's here's c'est "
    "a an the this that these it its so thus therefore hence then and finally consequently accordingly overall "
    "altogether together in short summary total sum of for to up out with at on as by from all is are was be "
    "being been would will should must has have had can could may i i'd i'll i'm i've we we'll you my our your "
    "me us he she they one get gets got obtain arrive arrives end ends leave leaves leaving left make makes "
    "give gives giving gave yields equal equals come comes came works amount amounts turn turns find found say "
    "said think believe conclude take answer's number figure quantity requested required desired wanted asked "
    "looking what which question most likely only just fits putting everything here now needed simply equation "
    "expression there among above hereby let's let single item given statement claim true call function "
    "program code list variable string evaluates evaluating tracing running loop printed computed calculated "
    "expected when after about approximately roughly around circa exactly precisely date time day happened "
    "occurred die der das es ist sind wäre wird also somit folglich daher damit insgesamt ergibt ergeben sich "
    "beträgt lautet ich wir man würde sage erhalte erhalten bekomme bekommen komme kommen auf gesuchte gesamt "
    "zahl endergebnis macht nämlich la le les l c'est est donc ainsi finalement je dirais obtient trouve "
    "trouvons obtenons nous au l'option el los lo que son entonces tanto por así pues en yo diría obtenemos "
    "queda quedan un una il è sono quindi pertanto dunque totale io direi si ottiene otteniamo l'opzione tutto "
    "o os é são portanto logo assim então no eu diria obtemos fica está это значит итак следовательно поэтому "
    "итого всего получаем я мы в итоге равно равен составляет будет were ultimately thereby clearly evidently "
    "apparently resulting response concluded settle settled settles arrived reach reached reaches deduce "
    "deduced infer derived derive see sees shows showing show mean means meaning leads lead stands stand "
    "matches match suits suit holds applies says tells sought unknown missing grand net surely certainly "
    "definitely obviously indeed merely working worked solving solved solve yes okay ok alright done finished "
    "whole based reasoning analysis calculation calculations step steps process way same without doubt "
    "confident sure strongly opinion view guess suggest suggests indicate indicates point points toward "
    "towards lies stated appears seems seem appear looks schließlich letztlich kommt endgültige endgültig "
    "gesuchter gesuchtes zusammen erhält ergebnisse antworte entscheide mich für folgt daraus bleibt bleiben "
    "heißt bedeutet tout cela fait donne reste ce qui "
    "calculons opte pour propose finalmente resulta obtiene brings need tl dr kurz gesagt bref resumen breve resumo "
    "коротко da igual quedamos significa opto respondo infine ottengo risulta rimane rispondo dà enfim obtenho resta "
    "dá resultando наконец получается остаётся отвечаю думаю что всё "
    "выходит выйдет llega llegamos arriva arriviamo chega chegamos".split()
)
"""These and the words that only lead to it."""

LONGEST_BEGINNING = 6
_BEGINNINGS = frozenset(word[:LONGEST_BEGINNING] for word in FRAME if len(word) >= LONGEST_BEGINNING)


def leads(word: str) -> bool:
    """Return whether a word only leads to a conclusion, in any of its forms: a long one is known by its beginning."""
    return word in FRAME or len(word) == 1 or word[:LONGEST_BEGINNING] in _BEGINNINGS


DENSE_FRAME = re.compile(
    r"综上所述|最后|总数|因此|所以|于是|故|最终|最佳|最合适|最适合|合适|正确|答案|选项|选择|应该|应|本题|此题|该题|选|是|为|我|结果|可知|可得|得到|总共|"
    r"一共|程序|函数|代码|输出|返回|打印|运行|执行|显示|将|会|该|的|"
    r"全部で|最終的に|になり|よって|したがって|ですから|つまり|ゆえに|結論|結果|正解|正答|答え|最終的な|最も|適切|妥当|選択肢|正しい|選びます|選ぶ|合計|関数|コード|実行|"
    r"プログラム|出力|表示|返さ|返し|され|なり|です|ます|で|は|が|を|の|と|に|る|れ"
)
"""The same in scripts that put no spaces between words."""

TRUE = frozenset(
    "true correct right accurate valid yes ja stimmt richtig wahr korrekt zutreffend oui vrai exact sí cierto "
    "verdadero verdad sì vero sim verdadeiro да верно правда".split()
)
FALSE = frozenset(
    "false incorrect wrong inaccurate untrue invalid no nein falsch unwahr unzutreffend non faux inexact "
    "incorrecto falso não нет неверно неправильно ложь".split()
)
CONCERNS = frozenset(
    "absolutely certainly definitely indeed clearly not isn't aussage behauptung nicht stimmt affirmation "
    "énoncé n'est pas afirmación enunciado affermazione afirmação не утверждение assertion proposition "
    "sentence".split()
)
"""Further words of a sentence that says yes or no."""

TURNS = frozenset("not isn't nicht pas не".split())
"""Words that turn it round."""

BEFORE_VERDICT = frozenset("a an the es è é era son sono são un una eine die das la le".split())
"""Words between a "not" and what it turns round."""

IS_ANSWERED = frozenset(
    "answer result output solution option options choice letter value antwort ergebnis lösung réponse résultat choix "
    "respuesta resultado solución opción risposta risultato soluzione opzione resposta solução opção alternativa ответ "
    "результат вариант".split()
)
"""Things of which a "not" denies that they are the answer: "the option is not correct" answers nothing."""

DENSE_SHOWS = re.compile(r"输出|返回|打印|显示|出力|返さ|返し|表示")
"""Words for what a program does with its result in scripts without spaces."""
