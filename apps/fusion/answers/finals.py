"""A conclusion as it is compared."""

from fractions import Fraction
from typing import NamedTuple

from apps.fusion.vocabulary import FinalKind


class Final(NamedTuple):
    """A classified conclusion. ``start`` and ``end`` slice the words that were classified.

    ``canonical`` is equal for what is the same however it is written. Of a number, ``dimension`` is what its unit
    measures ('' for a bare number or a counted thing), ``value`` the number as written and ``base`` the same in base
    units; ``places`` are its decimal places, ``None`` for a fraction or for one in quotation marks of code.
    """

    kind: FinalKind
    canonical: str
    start: int
    end: int
    dimension: str = ""
    value: Fraction | None = None
    base: Fraction | None = None
    places: int | None = None
