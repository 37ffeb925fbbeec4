"""Static vectors of words: a text as the mean of the rows of its tokens, from the files of the package wordllama.

Nothing is downloaded and nothing of the package is run: its own loader asks for a tokenizer in the net. The files are
16 MB, are read when first needed, and do not change. A vector says what a text is about and nothing of what it says:
texts that differ in a figure, a name or a negation alone have nearly the same.
"""

from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

WEIGHTS = Path("weights") / "l2_supercat_256.safetensors"
TOKENIZER = Path("tokenizers") / "l2_supercat_tokenizer_config.json"


def likeness(one: str, other: str) -> float:
    """Return the cosine of two texts, -1 to 1; 0 where one has no known token."""
    return float(_vector(one) @ _vector(other))


def matrix(texts: Sequence[str]) -> Any:
    """Return the vectors of texts as the rows of a matrix, each of length 1, or 0 without a known token."""
    return np.stack([_vector(text) for text in texts])


def packed(texts: Sequence[str]) -> list[bytes]:
    """Return the vectors of texts as they are stored: 256 numbers of two bytes each."""
    return [_vector(text).astype(np.float16).tobytes() for text in texts]


def nearest(text: str, stored: Sequence[bytes], most: int) -> list[tuple[int, float]]:
    """Return the places of the stored vectors that are most like a text, with their cosines, the most alike first."""
    if not stored:
        return []
    rows = np.frombuffer(b"".join(stored), np.float16).reshape(len(stored), -1)
    alike = rows.astype(np.float32) @ _vector(text)
    return [(int(place), float(alike[place])) for place in np.argsort(-alike, kind="stable")[:most]]


@lru_cache(maxsize=4096)
def _vector(text: str) -> Any:
    rows, tokenizer = _model()
    ids = tokenizer.encode(text, add_special_tokens=False).ids
    mean = rows[ids].astype(np.float32).mean(axis=0) if ids else np.zeros(rows.shape[1], np.float32)
    length = float(np.linalg.norm(mean))
    return mean / length if length else mean


@cache
def _model() -> tuple[Any, Tokenizer]:
    spec = find_spec("wordllama")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("The package wordllama is not installed; its files are needed to compare meanings.")
    folder = Path(spec.submodule_search_locations[0])
    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return next(iter(load_file(folder / WEIGHTS).values())), tokenizer
