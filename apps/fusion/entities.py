"""Entities of HTML in foreign text: "&#68;" is a character in disguise, and no 68."""

import html
import re

_ENTITY = re.compile(r"&(?:#(?:\d{1,7}|[xX][\da-fA-F]{1,6});?|[A-Za-z]{2,8}\d{0,2};)")


def without_entities(text: str) -> str:
    """Return a text of the same length with a sign for each entity of one, and spaces for any other.

    A letter or figure in disguise is to be read by nobody.
    """
    return _ENTITY.sub(_plain, text) if "&" in text else text


def _plain(entity: re.Match[str]) -> str:
    sign = html.unescape(entity.group())
    is_sign = len(sign) == 1 and sign.isprintable() and not sign.isalnum()
    return (sign if is_sign else " ").ljust(len(entity.group()))
