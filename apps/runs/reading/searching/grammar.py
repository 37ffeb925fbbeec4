"""The grammar of the search box: it cuts a query into terms and says where one is wrong. Their meaning is elsewhere."""

from dataclasses import dataclass

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput, UnexpectedToken

from apps.fusion.refusal import Refusal

GRAMMAR = r"""
start: _SPACE? (term (_SPACE term)*)? _SPACE?
term: NOT? (NAME OPERATOR value | value)
value: PHRASE | WORD

NOT.3: /-(?=[^\s-])/
NAME.2: /[A-Za-z][A-Za-z_-]*(?=[:<>=])/
OPERATOR.2: /:?(?:<=|>=|<|>|=)|:/
PHRASE.2: /"[^"]*"/
WORD: /[^\s"]+/
_SPACE: /\s+/
"""
PARSER = Lark(GRAMMAR, parser="lalr")
QUOTES = str.maketrans("“”„«»", '"' * 5)
"""Quotes as telephones and word processors write them; each is one character, so columns stay what they are."""


class BadQuery(Refusal):
    """A query that cannot be understood.

    ``column`` counts from 0 in ``text``, the query, and ``length`` is that of the wrong part; ``suggestion`` is the
    whole query with the nearest word in its place, '' if none is near.
    """

    def __init__(self, sentence: str, column: int, length: int = 1, suggestion: str = "", text: str = "") -> None:
        super().__init__(sentence, "q")
        self.column, self.length, self.suggestion, self.text = column, length, suggestion, text

    @property
    def parts(self) -> tuple[str, str, str]:
        """The query before its wrong part, that part, and the rest."""
        end = self.column + self.length
        return self.text[: self.column], self.text[self.column : end], self.text[end:]


@dataclass(frozen=True, slots=True)
class RawTerm:
    """A term as it stands in a query; ``name`` and ``operator`` are '' for words and phrases."""

    name: str
    operator: str
    value: str
    column: int
    value_column: int
    is_negated: bool = False
    is_phrase: bool = False


def read_terms(text: str, most: int) -> list[RawTerm]:
    """Return the terms of a query in its order, at most so many. Raises :class:`BadQuery`."""
    text = text.translate(QUOTES)
    try:
        tree = PARSER.parse(text)
    except UnexpectedInput as error:
        raise _explained(error, text) from error
    terms = [_raw_term(term) for term in tree.children if isinstance(term, Tree)]
    if len(terms) > most:
        raise BadQuery(f"A search takes at most {most} words and conditions.", terms[most].column)
    return terms


def _raw_term(term: Tree[Token]) -> RawTerm:
    parts = {str(token.type): token for token in term.scan_values(lambda value: isinstance(value, Token))}
    value = parts.get("PHRASE") or parts["WORD"]
    first = next(term.scan_values(lambda value: isinstance(value, Token)))
    return RawTerm(
        name=str(parts.get("NAME", "")).lower(),
        operator=str(parts.get("OPERATOR", "")),
        value=str(value)[1:-1].strip() if "PHRASE" in parts else str(value),
        column=first.start_pos or 0,
        value_column=value.start_pos or 0,
        is_negated="NOT" in parts,
        is_phrase="PHRASE" in parts,
    )


def _explained(error: UnexpectedInput, text: str) -> BadQuery:
    """Return the fault in a person's words: there are three that a query can have."""
    at = error.pos_in_stream if error.pos_in_stream is not None else len(text)
    if isinstance(error, UnexpectedToken) and error.accepts & {"WORD", "PHRASE"} and "NAME" not in error.accepts:
        before = (text if error.token.type == "$END" else text[:at]).rstrip()
        sentence = f"“{before.split()[-1]}” needs a value right after it, without a space."
        return BadQuery(sentence, max(0, len(before) - 1))
    if text[at : at + 1] == '"' and text.count('"', at) == 1:
        return BadQuery("This quote is never closed.", at)
    return BadQuery("Put a space here, between two words of the search.", at)
