"""Formulas as final answers: one canonical form for what is the same however it is written, within strict bounds.

The parser of math-verify reads them and sympy brings them into a normal form, so that equality is that of keys and
hence an equivalence. Both would work for hours at a hostile formula, and no clock ends them here: a formula is parsed
only if it is short, flat and made of known signs, and reckoned with only if its expansion is small.
"""

import re
from fractions import Fraction
from functools import lru_cache, reduce
from math import comb
from threading import Lock
from typing import Any

from apps.fusion.numerals import plain_form

LONGEST = 200
"""Characters of a formula that is read."""
DEEPEST = 4
"""Levels of round brackets, each of which makes the parser three times slower; braces may be twice as deep."""
MOST_TERMS, HIGHEST_DEGREE, MOST_SYMBOLS, MOST_DENOMINATORS = 150, 24, 4, 6
"""The size of a formula when it is multiplied out; the degree of its numbers is an eighth of their digits."""
LARGEST_FACTOR = 100
"""The largest number in an exponent with letters."""

_COMMANDS = (
    "frac dfrac tfrac sqrt pi cdot times div left right sin cos tan ln log exp infty cup alpha beta gamma delta theta "
    "lambda mu phi omega sigma rho tau quad"
).split()
_WORDS = "sin|cos|tan|ln|log|exp|sqrt|pi|infty|inf"
_SIGNS = re.compile(
    rf"(?:\\(?:{'|'.join(_COMMANDS)})(?![A-Za-z])|\\[{{}},;! ]|(?:{_WORDS})(?![A-Za-z])|[A-Za-z]{{1,2}}(?![A-Za-z])|"
    r"\d{1,15}(?:\.\d{1,15})?(?![\d.])|\.\d{1,15}|[-+*/^_=(){}\[\],\s|π∞∪·×÷−²³√])*+"
)
_OPERATES = re.compile(
    rf"[\^²³√π∞∪]|\\(?!quad|left|right|[{{}},;! ])|(?:{_WORDS})\s*\(|"
    r"[A-Za-z)]\s*[+*·×]\s*[\w(\\]|[\d)]\s*[+*·×]\s*[A-Za-z\\]"
)
_OPERATES_IN_MATHS = re.compile(r"[A-Za-z)]\s*[-+*/=·×÷−]|[-+*/=·×÷−]\s*[A-Za-z(]|[\d)]\s?[A-Za-z(]|[A-Za-z]\(|\|")
_COLLECTION = re.compile(r"\\\{.*\\\}$|\[[^\[\]]*,[^\[\]]*\)$|\([^()]*,[^()]*\]$")
_LETTER = re.compile(r"[A-Za-z\\^²³√π∞∪]")
# Numbers as programs write them, and names with a digit behind the letter, as of substances.
_NO_FORMULA = re.compile(r"\d[eE][-+]?\d|\b0[xXbBoO][\da-fA-F]|(?<![\\A-Za-z])[A-Za-z]{1,2}\d")
_SPELLED = (
    (re.compile(r"\\(?:left|right)(?![A-Za-z])|\\[,;! ]|\\quad"), " "),
    (re.compile(r"\\[dt]frac"), r"\\frac"),
    (re.compile(r"\\frac\s*(\d|(?<=\s)[A-Za-z])\s*(\d|[A-Za-z])"), r"\\frac{\1}{\2}"),
    (re.compile(r"\\sqrt\s*(\d|(?<=\s)[A-Za-z])"), r"\\sqrt{\1}"),
    (re.compile(rf"(?<![\\A-Za-z])({_WORDS})(?![A-Za-z])"), r"\\\1"),
    (re.compile(r"\\inf(?![A-Za-z])|∞"), r"\\infty"),
    (re.compile(r"∪"), r"\\cup "),
    (re.compile(r"√\s*(\d+|[A-Za-z])"), r"\\sqrt{\1}"),
    (re.compile(r"(?:√|\\sqrt\s*)\(([^()]*)\)"), r"\\sqrt{\1}"),
    (re.compile(r"π"), r"\\pi "),
    (re.compile(r"\*\*"), "^"),
    (re.compile(r"[·×*]"), r"\\cdot "),
    (re.compile(r"÷"), "/"),
    (re.compile(r"−"), "-"),
    (re.compile(r"²"), "^2"),
    (re.compile(r"³"), "^3"),
    (re.compile(r"\^\s*(-?\d+(?:\.\d+)?|-[A-Za-z])"), r"^{\1}"),
    (re.compile(r"\^\s*\(([^()]*)\)"), r"^{\1}"),
)
_POWER = r"(?:\^(?:\{[^{}]*\}|[A-Za-z]))?"
_BELOW = re.compile(
    rf"/\s*(?:-?\d+(?:\.\d+)?|\\[A-Za-z]+|[A-Za-z]|\([^()]*\)|\\sqrt\{{[^{{}}]*\}}){_POWER}\s*(?=[-+=,/)\]}}]|\\cdot|\\times|$)"
)
_NAMED = re.compile(r"\s*[A-Za-z](?:_\w|\([a-z]\))?\s*=\s*(?=[^=]*$)")
_LOCK = Lock()


class _TooLarge(ValueError):
    """A formula whose normal form might take long."""


def may_be_formula(text: str, is_maths: bool = True) -> bool:
    """Return whether words are made of the signs of a formula and nothing else, and are no plain number or sum.

    ``is_maths`` says that they stand between the marks of a formula, where "2x" and "x - 1" are some too.
    """
    if not 2 <= len(text) <= LONGEST or not _SIGNS.fullmatch(text) or _NO_FORMULA.search(text):
        return False
    is_formula = _OPERATES.search(text) or (is_maths and _OPERATES_IN_MATHS.search(text))
    return bool(_COLLECTION.match(text) or (is_formula and _LETTER.search(text))) and _is_flat(text)


def named_value(text: str) -> int:
    """Return where the value begins of an equation that names it, such as ``x = 5``; 0 if it names none."""
    found = _NAMED.match(text)
    return found.end() if found else 0


def closing_brace(text: str, start: int, end: int) -> int | None:
    """Return the place of the brace that closes the one at ``start``; other brackets may be those of an interval."""
    depth, at = 0, start
    while at < end:
        at += text[at] == "\\"
        depth += (text[at : at + 1] == "{") - (text[at : at + 1] == "}")
        if not depth:
            return at
        at += 1
    return None


@lru_cache(maxsize=2_000)
def formula_form(text: str) -> str | None:
    """Return the canonical form of a formula, a set, an interval or a tuple of them; ``None`` if it has none.

    A formula that is a rational number is "number:…", one whose letters are only added, multiplied and divided
    "rational:…", which decides equality, and any other "formula:…", which may differ for equal ones.
    """
    if not may_be_formula(text):
        return None
    for pattern, written in _SPELLED:
        text = pattern.sub(written, text)
    try:
        with _LOCK:
            return _union(text.strip())
    # Whatever a foreign parser makes of foreign text, the words are then compared as they are written.
    except Exception:  # noqa: BLE001 - as above
        return None


def _is_flat(text: str) -> bool:
    depth = {"(": 0, "{": 0, "[": 0}
    opened = {")": "(", "}": "{", "]": "["}
    for char in text:
        if char in depth:
            depth[char] += 1
        elif char in opened:
            depth[opened[char]] -= 1
        if depth["("] + depth["["] > DEEPEST or depth["{"] > 2 * DEEPEST:
            return False
    return text.count("|") in (0, 2)


def _union(text: str) -> str | None:
    """Return the form of a set, a tuple or a union of intervals, or that of a formula."""
    parts = [part.strip() for part in text.split("\\cup")]
    if len(parts) > 1:
        forms = [_collection(part) for part in parts]
        return "literal:" + "∪".join(sorted(form for form in forms if form)) if all(forms) else None
    listed = _collection(text)
    return f"literal:{listed}" if listed else _form(text)


def _collection(text: str) -> str | None:
    """Return the form of what stands in brackets with commas between, or in the braces of a set."""
    is_set = text.startswith("\\{") and text.endswith("\\}")
    inner = text[2:-2] if is_set else text[1:-1]
    if not is_set and not (text[:1] in ("(", "[") and text[-1:] in (")", "]") and "," in text):
        return None
    forms = [_form(part.strip()) for part in _split(inner)]
    if not all(forms):
        return None
    plain = [form.removeprefix("number:") for form in forms if form]
    if is_set:
        return "{" + ",".join(sorted(set(plain))) + "}"
    return text[0] + ",".join(plain) + text[-1]


def _split(text: str) -> list[str]:
    """Return the parts between the commas that stand in no brackets; raise ``ValueError`` if one closes too early."""
    parts, depth = [""], 0
    for char in text:
        depth += (char in "({[") - (char in ")}]")
        if depth < 0:
            raise ValueError("A bracket closes that was not opened.")
        if char == "," and not depth:
            parts.append("")
        else:
            parts[-1] += char
    return parts


def _form(text: str) -> str | None:
    """Return the form of one formula or equation."""
    # What "a/bc" divides by is left open. The parser would refuse a part of a formula too, after much work.
    if "," in text or len(_BELOW.findall(text)) != text.count("/") or not text or not _is_whole(text):
        return None
    import sympy  # noqa: PLC0415 - fifty megabytes, for answers that are formulas only
    from latex2sympy2_extended import latex2sympy  # noqa: PLC0415 - math-verify's parser, as above
    from latex2sympy2_extended.latex2sympy2 import ConversionConfig  # noqa: PLC0415 - as above

    # `math_verify.parse` itself takes R for r, and ends its work by a signal, which no thread may set.
    config = ConversionConfig(lowercase_symbols=False)
    parsed = latex2sympy(text, normalization_config=None, conversion_config=config)
    if isinstance(parsed, sympy.Equality):
        left, right = (_built(sympy, side) for side in parsed.args)
        found = _normal(sympy, left - right).primitive()[1]
        found = -found if found.could_extract_minus_sign() else found
        return f"formula:{sympy.srepr(found)}=0"
    found = _normal(sympy, _built(sympy, parsed))
    if found.is_Rational:
        return f"number:{plain_form(Fraction(int(found.p), int(found.q)))}"
    if found.has(sympy.nan, sympy.zoo):
        return None
    # What else letters stand for, as i for a root of -1, two normal forms may be equal.
    letters = {str(symbol) for symbol in found.free_symbols}
    is_plain = all(part.is_Symbol or part.is_Rational for part in found.atoms())
    is_plain = is_plain and not found.atoms(sympy.Function) and all(p.exp.is_Integer for p in found.atoms(sympy.Pow))
    is_decided = is_plain and not letters & {"i", "j"}
    return f"{'rational' if is_decided else 'formula'}:{sympy.srepr(found)}"


def _is_whole(text: str) -> bool:
    """Return whether as many brackets of each kind close as open."""
    bare = text.replace("\\{", "").replace("\\}", "")
    return all(bare.count(opening) == bare.count(closing) for opening, closing in ("()", "[]", "{}"))


def _built(sympy: Any, parsed: Any) -> Any:
    """Return a parsed formula with its operations carried out, which the parser leaves undone; raise if it is large."""
    if len(parsed.free_symbols) > MOST_SYMBOLS:
        raise _TooLarge
    terms, degree = _size(sympy, parsed)
    denominators = [part for part in sympy.preorder_traversal(parsed) if part.is_Pow and not part.args[0].is_Number]
    if sum(part.args[1].could_extract_minus_sign() for part in denominators) > MOST_DENOMINATORS:
        raise _TooLarge
    if terms > MOST_TERMS or degree > HIGHEST_DEGREE:
        raise _TooLarge

    def carried_out(one: Any) -> Any:
        if one.is_Float:
            return sympy.Rational(str(one))
        if not one.args:
            return one
        if one.func is sympy.UnevaluatedExpr:
            return carried_out(one.args[0])
        return one.func(*map(carried_out, one.args))

    return carried_out(parsed)


def _size(sympy: Any, one: Any) -> tuple[int, int]:
    """Return the most terms that a formula has when it is multiplied out, and its degree."""
    if not one.args:
        return 1, max(1, len(str(one)) // 8) if one.is_Number else 1
    sizes = [_size(sympy, part) for part in one.args]
    if one.is_Add:
        return sum(terms for terms, _ in sizes), max(degree for _, degree in sizes)
    if one.is_Mul:
        terms = reduce(lambda product, size: min(product * size[0], MOST_TERMS + 1), sizes, 1)
        return terms, sum(degree for part, (_, degree) in zip(one.args, sizes, strict=True) if not part.is_Number)
    if one.is_Pow:
        return _size_of_power(sympy, one, sizes)
    if one.func in (sympy.sin, sympy.cos, sympy.tan, sympy.log, sympy.exp, sympy.Abs, sympy.UnevaluatedExpr):
        if one.func is sympy.exp:
            _check_exponent(sympy, one.args[0])
        return 1, max(degree for _, degree in sizes)
    raise _TooLarge


def _size_of_power(sympy: Any, one: Any, sizes: list[tuple[int, int]]) -> tuple[int, int]:
    base, exponent = one.args
    terms, degree = sizes[0]
    _check_exponent(sympy, exponent)
    if exponent.free_symbols or exponent.has(sympy.Symbol, sympy.pi):
        return 1, sizes[1][1] + degree
    number = exponent.doit()
    if not number.is_Rational or number.q > 6:
        raise _TooLarge
    power = max(1, abs(int(number)))
    if base.is_Integer:
        return 1, max(1, power * len(str(base)) // 8)
    if power > HIGHEST_DEGREE:
        raise _TooLarge
    return min(comb(terms + power - 1, power), MOST_TERMS + 1), power * degree


def _check_exponent(sympy: Any, exponent: Any) -> None:
    """Raise if an exponent holds a power of numbers or a large number beside letters."""
    for part in sympy.preorder_traversal(exponent):
        if part.is_Pow and not (part.args[1].is_Integer and abs(int(part.args[1])) <= 2):
            raise _TooLarge
        if part.is_Number and part.is_finite and abs(part) > (LARGEST_FACTOR if exponent.free_symbols else 200):
            raise _TooLarge
    if not exponent.free_symbols and not exponent.is_Number and len(exponent.args) > 2:
        raise _TooLarge


def _normal(sympy: Any, one: Any) -> Any:
    """Return a formula as a fraction of polynomials without common factor, in its letters, roots and functions."""
    roots = one.atoms(sympy.Pow)
    if not one.free_symbols and any(root.exp.is_Rational and not root.exp.is_Integer for root in roots):
        one = sympy.radsimp(sympy.sqrtdenest(one))
    return sympy.cancel(sympy.expand(one))
