"""The program that a request shows, and whether it asks what that puts out."""

import re

_FENCE = re.compile(r"```[^`\n]{0,200}\n(?P<body>.*?)(?:```|\Z)", re.DOTALL)
SPAN = re.compile(r"(?<!`)(?P<mark>`{1,2})(?!`)(?P<inner>[^`\n]{1,400})(?P=mark)(?!`)")
_IN_CODE = re.compile(r"[\[\](){}=+*/%|<>\"'$;]|\w\s\w|\s-\w")
_LINE_OF_CODE = re.compile(
    r"[\w.]+\(.*\);?|.*[;{}]|(?:(?:def|class|for|if|while|with)\s.*|else|try):|\w[\w, ]*[-+*/]?=\s?\S.*"
)
"""A line that is one of a program, without marks of code."""
_OUTPUT = re.compile(
    r"\b(?:outputs?|print(?:s|ed)?|displays?|shows?|shown|logs?|logged|returns?|results?|evaluat\w{1,3}|value|gives?|get|happens|"
    r"appears?|console|terminal|screen|konsole|ausgabe|gibt|ausgegeben|ergebnis|ergibt|liefert|passiert|wert|"
    r"sortie|affiche|renvoie|retourne|vaut|salida|imprime|muestra|devuelve|retorna|valor|stampa|restituisce|valore|saída|exibe|"
    r"impresso|mostra|вывод\w*|напечата\w*|выведет|верн[её]т|покажет|результат|значение)\b|输出|打印|返回|结果|結果|出力|表示",
    re.IGNORECASE,
)
_WHAT = re.compile(
    r"\b(?:what|which|was|welche\w?|que|qu['’]|quell?e?|quoi|qué|cuál|che|cosa|quale?|qual|что|как\w{2}|чему)(?!\w)|什么|何|どう",
    re.IGNORECASE,
)


def program(asked: str) -> str:
    """Return the program that a request shows: in blocks or marks of code, or as lines of code behind its question."""
    blocks = [one["body"] for one in _FENCE.finditer(asked)]
    spans = [one["inner"] for one in SPAN.finditer(_FENCE.sub("\n", asked)) if _IN_CODE.search(one["inner"])]
    if blocks or spans:
        return "\n".join([*spans, *blocks])
    code = asked.strip().partition("\n\n")[2]
    lines = [line.strip() for line in code.splitlines() if line.strip()]
    return code if lines and 2 * sum(map(bool, map(_LINE_OF_CODE.fullmatch, lines))) > len(lines) else ""


def wants_output(asked: str) -> bool:
    """Return whether a request shows a program and asks what it puts out."""
    code = program(asked)
    prose = SPAN.sub(" ", _FENCE.sub("\n", asked)).replace(code, "\n") if code else ""
    # "Does `5 / 2` give 2?" asks whether it does.
    asks_whether = "```" not in asked and "?" in prose and not _WHAT.search(prose)
    return bool(_OUTPUT.search(prose)) and not asks_whether
