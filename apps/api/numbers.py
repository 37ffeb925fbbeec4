"""Numbers of our own requests: what is no number there is refused, where pydantic would make one of it.

OpenAI's parameters are not among them: those are read as kindly as clients are used to.
"""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Strict
from pydantic_core import PydanticCustomError


def _digits(value: Any) -> Any:
    if isinstance(value, str) and not re.fullmatch("-?[0-9]+", value):
        raise PydanticCustomError("no_digits", "Input should be a valid integer")
    return value


Whole = Annotated[int, Strict()]
"""A whole number in a body: not ``true``, ``2.0`` or ``"2"``."""
Number = Annotated[float, Strict()]
"""A number in a body: not ``true`` or ``"2"``."""
IN_DIGITS = BeforeValidator(_digits)
"""Of a whole number in an address: not ``2.0`` or ``1_000``."""
