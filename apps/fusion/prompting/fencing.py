"""Putting untrusted text into a prompt so that it cannot break out: between marks that it does not contain."""

import hashlib
from collections.abc import Iterable


def fence_for(texts: Iterable[str], seed: int = 0) -> str:
    """Return a word that is in none of the texts and cannot be guessed without them; the same for the same input."""
    together = "\0".join(sorted(texts))
    attempt = 0
    while True:
        # Half of a surrogate pair, which a text may hold, cannot be encoded.
        digest = hashlib.sha256(f"{seed}:{attempt}:{together}".encode(errors="replace")).hexdigest()[:12]
        if digest not in together:
            return digest
        attempt += 1


def fenced(name: str, text: str, fence: str) -> str:
    """Return the text between two marked lines."""
    return f"[{name} {fence}]\n{text}\n[END OF {name} {fence}]"
