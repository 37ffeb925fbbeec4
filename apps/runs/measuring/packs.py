"""Packs of recorded answers: what models answered to the same prompts, and which of the answers are right.

A pack is a file of JSON lines, gzipped if its name ends in ``.gz``; ``docs/strategies.md`` has its form. Prices come
from ``models.json`` beside it, where there is one.
"""

import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from apps.fusion.values import Price


class BadPack(ValueError):
    """A pack cannot be read; the sentence says where and why."""


class Recorded(BaseModel):
    """A model's answer: its text, the final answer that was found in it (``None``: none), and whether it is right.

    ``latency_s`` is the time to its end in seconds, where it was recorded.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    text: str
    answer: str | None
    correct: bool
    latency_s: float | None = Field(default=None, ge=0)


class Item(BaseModel):
    """A prompt and the recorded answers to it, by model."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    task: str = ""
    id: str
    prompt: str | None = None
    answers: Mapping[str, Recorded] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Pack:
    """Recorded items with the prices of their models, and the makers whose models err alike."""

    name: str
    items: Sequence[Item]
    prices: Mapping[str, Price]
    families: Mapping[str, str]

    @property
    def models(self) -> tuple[str, ...]:
        """Return the models that answered every item, in the order of the first."""
        first = self.items[0].answers
        return tuple(model for model in first if all(model in item.answers for item in self.items))


def load_pack(path: Path) -> Pack:
    """Read a pack; raises :class:`BadPack` for a file that is none."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
            items = [_item(path, number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise BadPack(f"{path} cannot be read: {error}") from error
    if not items:
        raise BadPack(f"{path} has no items.")
    prices, families = _models(path.parent / "models.json")
    return Pack(path.name.split(".")[0], items, prices, families)


def _item(path: Path, number: int, line: str) -> Item:
    try:
        return Item.model_validate_json(line)
    except ValidationError as error:
        found = error.errors()[0]
        where = ".".join(str(part) for part in found["loc"])
        raise BadPack(f"{path}, line {number}: {where or 'the line'}: {found['msg']}.") from error


def _models(path: Path) -> tuple[dict[str, Price], dict[str, str]]:
    """Return the prices (USD per million tokens) and the makers that a file tells of models; nothing without one."""
    if not path.exists():
        return {}, {}
    try:
        told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        models = told.get("models", told)
        prices = {name: _price(one.get("price_usd_per_1m_tokens") or {}) for name, one in models.items()}
        return prices, {name: str(one.get("vendor") or "") for name, one in models.items()}
    except (ValueError, AttributeError, ArithmeticError) as error:
        raise BadPack(f"{path} has not the form of prices: {error}") from error


def _price(told: Mapping[str, Any]) -> Price:
    amounts = {name: None if told.get(name) is None else Decimal(str(told[name])) for name in ("input", "output")}
    return Price(**amounts)
