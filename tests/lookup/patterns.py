"""The regular expressions of ``apps/lookup``, for ``tests/test_patterns.py``, which says what the tables mean."""

from collections.abc import Callable
from typing import Any

from apps.lookup import addresses, charset, injection
from apps.lookup.engines import base as engines

LOOKUPS: dict[str, tuple[Callable[[str], Any], tuple[str, ...]]] = {
    "apps.lookup.engines.base.TAG": (engines.plain, ("<", "<a", "</", "<a ", "<b<")),
    "apps.lookup.charset.META": (
        lambda text: charset.decoded(text.encode(), "no"),
        ("<meta ", "<meta charset=", "charset= "),
    ),
    "apps.lookup.addresses.BETWEEN": (lambda text: [*addresses.addresses_in(text)], (" ", "<", "a.b ", "a <")),
    "apps.lookup.addresses.SCHEME": (lambda text: [*addresses.addresses_in(text)], ("http", "https://", "ht", "://")),
    "apps.lookup.addresses.NOT_ASCII": (lambda text: [*addresses.addresses_in(text)], ("https://ä", "https://a")),
    "apps.lookup.addresses.BARE": (lambda text: [*addresses.addresses_in(text)], ("a.", "a-.", "a.b:1", "a.bc/", "](")),
    "apps.lookup.injection.OVERRIDE": (
        injection.injection_warnings,
        ("ignore ", "ignore all ", "ignore previous instruct"),
    ),
    "apps.lookup.injection.ADDRESSED": (injection.injection_warnings, ("note to ", "message ", "note to a")),
    "apps.lookup.injection.ROLE": (injection.injection_warnings, ("you are now ", "you are ", "you are now adminw")),
    "apps.lookup.injection.SECRECY": (injection.injection_warnings, ("do not ", "never tell ", "don't tell the ")),
    "apps.lookup.injection.LEAK": (injection.injection_warnings, ("print ", "send the ", "reveal system ")),
    "apps.lookup.injection.MARKS": (injection.injection_warnings, ("<|", "[", "<", "</s")),
    "apps.lookup.injection.OTHERS": (injection.injection_warnings, ("ignorier ", "ignora ", "игнорируй ", "忽略")),
}

OF_LOOKUPS = {
    "apps.lookup.addresses.normalised": "an address of at most 2,000 characters (`addresses.checked`)",
    "apps.lookup.engines.base.request_json": "a key that an administrator entered",
    "apps.lookup.engines.base._wait": "the first item of a header, matched whole by one class of characters",
    "apps.lookup.html_text.HIDING": "the style of an element, cut to 2,000 characters",
    "apps.lookup.html_text.COLOUR": "the same",
    "apps.lookup.html_text.BACKGROUND": "the same",
    "apps.lookup.html_text._is_hidden": "the same",
}
