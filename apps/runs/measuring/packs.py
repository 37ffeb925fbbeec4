"""Packs of recorded answers: what models answered to the same prompts, and which of the answers are right.

A pack is a file of JSON lines, gzipped if its name ends in ``.gz``; ``docs/strategies.md`` has its form. Prices and
latencies of models come from ``models.json`` beside it, where there is one.
"""

import gzip
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from apps.fusion.tokens import count_tokens
from apps.fusion.values import Price

_PER = Decimal(1_000_000)


class BadPack(ValueError):
    """A pack cannot be read; the sentence says where and why."""


def _as_text(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, int | float) else value


Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Latencies = Mapping[str, tuple[float, ...]]
"""Seconds that each model took for an answer, as samples to draw from."""
_Samples = Seconds | Annotated[tuple[Seconds, ...], Field(min_length=1)]
_SAMPLES = TypeAdapter(dict[str, _Samples])
_Amount = Annotated[Decimal, Field(ge=0, allow_inf_nan=False)]


class _Prices(BaseModel):
    """USD per million tokens, ``None`` where the price is unknown."""

    input: _Amount | None = None
    output: _Amount | None = None


class _Known(BaseModel):
    """A model as ``models.json`` tells of it."""

    vendor: str | None = None
    price_usd_per_1m_tokens: _Prices | None = None
    latency_s: _Samples | None = None


_KNOWN = TypeAdapter(dict[str, _Known])


class Recorded(BaseModel):
    """A model's answer: its text, the final answer that was found in it (``None``: none), and whether it is right.

    ``latency_s`` is the time to its end in seconds, where it was recorded.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    text: str
    answer: Annotated[str | None, BeforeValidator(_as_text)] = None
    correct: bool
    latency_s: Seconds | None = None


class RecordedComparison(BaseModel):
    """An evaluator's reply on two answers, in the order in which it read them; ``better`` is ``None`` for neither."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    first: str
    second: str
    better: str | None = None


class Item(BaseModel):
    """A prompt and the recorded answers to it, by model, with comparisons of them where an evaluator made any."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    task: str = ""
    id: str
    prompt: str | None = None
    answers: Mapping[str, Recorded] = Field(min_length=1)
    comparisons: tuple[RecordedComparison, ...] = ()


@dataclass(frozen=True, slots=True)
class Pack:
    """Recorded items with the prices and latencies of their models, and the makers whose models err alike.

    ``left_out`` items are not among them, as a model in question did not answer them.
    """

    name: str
    items: Sequence[Item]
    prices: Mapping[str, Price]
    families: Mapping[str, str]
    latencies: Latencies = field(default_factory=dict)
    left_out: int = 0

    @property
    def models(self) -> tuple[str, ...]:
        """Return the models that answered every item, in the order of the first."""
        first = self.items[0].answers
        return tuple(model for model in first if all(model in item.answers for item in self.items))

    @property
    def has_finals(self) -> bool:
        """Return whether any answer has a recorded final answer."""
        return any(one.answer is not None for item in self.items for one in item.answers.values())

    def answered_by(self, models: Iterable[str]) -> "Pack":
        """Return the pack with the items alone that all of these models answered."""
        wanted = set(models)
        items = [item for item in self.items if wanted <= item.answers.keys()]
        return replace(self, items=items, left_out=len(self.items) - len(items))

    def is_priced(self, model: str) -> bool:
        """Return whether what a call to a model costs can be estimated."""
        price = self.prices.get(model)
        return price is not None and price.input is not None and price.output is not None

    def cost(self, item: Item, asked: Iterable[str]) -> Decimal:
        """Return the USD for an item's calls to the models that have a price, from the characters of their texts."""
        prompt, total = count_tokens(item.prompt or ""), Decimal(0)
        for model in asked:
            price = self.prices.get(model, Price())
            if price.input is not None and price.output is not None:
                total += prompt * price.input + count_tokens(item.answers[model].text) * price.output
        return total / _PER

    def seconds(self, item: Item, model: str) -> float | None:
        """Return the time of a model's answer to an item: the recorded one, or one drawn by the item; else ``None``."""
        samples = self.latencies.get(model, ())
        if (told := item.answers[model].latency_s) is not None or not samples:
            return told
        return samples[int(sha256(f"{item.id} {model} latency".encode()).hexdigest(), 16) % len(samples)]


def load_pack(path: Path) -> Pack:
    """Read a pack; raises :class:`BadPack` for a file that is none."""
    lines_of: dict[str, int] = {}
    items = []
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    items.append(_item(path, number, line))
                    # Items that stand there twice would be measured and tested on the same answers.
                    if (first := lines_of.setdefault(items[-1].id, number)) != number:
                        raise BadPack(f"{path}, line {number}: the id {items[-1].id} stands in line {first} too.")
    except UnicodeDecodeError as error:
        raise BadPack(f"{path} is no text in UTF-8; the name of a gzipped pack ends in .gz.") from error
    except (OSError, EOFError, zlib.error) as error:
        raise BadPack(f"{path} cannot be read: {error}") from error
    if not items:
        raise BadPack(f"{path} has no items.")
    prices, families, latencies = _models(path.parent / "models.json")
    return Pack(path.name.split(".")[0], items, prices, families, latencies)


def load_latencies(path: Path) -> Latencies:
    """Read a table of latencies: seconds by model, a number or a list to draw from; raises :class:`BadPack`."""
    try:
        told = _SAMPLES.validate_python(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError) as error:
        raise BadPack(f"{path} is no table of seconds by model: {fault_of(error)}") from error
    return {model: _listed(one) for model, one in told.items()}


def _listed(samples: float | tuple[float, ...]) -> tuple[float, ...]:
    return samples if isinstance(samples, tuple) else (samples,)


def _item(path: Path, number: int, line: str) -> Item:
    try:
        return Item.model_validate_json(line)
    except ValidationError as error:
        raise BadPack(f"{path}, line {number}: {fault_of(error, 'the line')}") from error


def _models(path: Path) -> tuple[dict[str, Price], dict[str, str], Latencies]:
    """Return the prices (USD per million tokens), makers and latencies that a file tells of models, if there is one."""
    if not path.exists():
        return {}, {}, {}
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        known = _KNOWN.validate_python(told.get("models", told) if isinstance(told, dict) else told)
    except (OSError, ValueError, RecursionError) as error:
        raise BadPack(f"{path} has not the form of prices: {fault_of(error)}") from error
    amounts = {name: one.price_usd_per_1m_tokens or _Prices() for name, one in known.items()}
    prices = {name: Price(input=one.input, output=one.output) for name, one in amounts.items()}
    families = {name: one.vendor or "" for name, one in known.items()}
    return prices, families, {name: _listed(one.latency_s) for name, one in known.items() if one.latency_s is not None}


def fault_of(error: Exception, whole: str = "") -> str:
    """Return the first fault that a validation found, with its place or as one of the ``whole``; others as they say."""
    if not isinstance(error, ValidationError):
        return str(error)
    found = error.errors()[0]
    message = found["msg"].removeprefix("Value error, ").removesuffix(".")
    place = ".".join(str(part) for part in found["loc"]) or whole
    return f"{place}: {message}." if place else f"{message}."
