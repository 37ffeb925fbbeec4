"""Descriptions of fields: those that pydantic would find, read when a schema is asked for."""

from typing import Any, Generic, TypeVar

import pytest
from pydantic import BaseModel, ConfigDict, Field

from apps.api import described
from apps.api.described import Described, docstrings

T = TypeVar("T")


class Theirs(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)


class Tree(Described):
    height: int
    """In metres,
    without its roots."""
    kind: str = Field("elm", alias="species")
    """Its species."""
    age: int = Field(0, description="Given.")
    """Read past."""
    width: int = 0


class TreeOfTheirs(Theirs):
    height: int
    """In metres,
    without its roots."""
    kind: str = Field("elm", alias="species")
    """Its species."""
    age: int = Field(0, description="Given.")
    """Read past."""
    width: int = 0


class Wood(Tree):
    height: float  # type: ignore[assignment]  # in another unit, and with no word on it
    nearest: Tree | None = None
    """The tree beside it."""
    tallest: Tree
    """The tree above it."""


class WoodOfTheirs(TreeOfTheirs):
    height: float  # type: ignore[assignment]
    nearest: TreeOfTheirs | None = None
    """The tree beside it."""
    tallest: TreeOfTheirs
    """The tree above it."""


class Shelf(Described, Generic[T]):
    books: list[T]
    """From left to right."""


def schema(form: type[BaseModel]) -> Any:
    return form.model_json_schema()


def renamed(value: Any) -> Any:
    """Return a schema of theirs with the names of ours."""
    if isinstance(value, dict):
        return {key.removesuffix("OfTheirs"): renamed(one) for key, one in value.items()}
    if isinstance(value, list):
        return [renamed(one) for one in value]
    return value.removesuffix("OfTheirs") if isinstance(value, str) else value


def test_schema_is_the_one_that_pydantic_makes_of_docstrings() -> None:
    assert schema(Tree)["properties"]["species"]["description"] == "Its species."
    assert schema(Tree) == renamed(schema(TreeOfTheirs))
    assert schema(Wood) == renamed(schema(WoodOfTheirs))


def test_docstrings_are_found_where_a_class_keeps_its_annotations_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(Wood, "__annotations__")  # as from Python 3.14 on

    assert schema(Wood) == renamed(schema(WoodOfTheirs))


def test_modules_of_others_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def read(module: str) -> dict[str, dict[str, str | None]]:
        asked.append(module)
        return docstrings(module)

    monkeypatch.setattr(described, "docstrings", read)

    assert schema(Shelf[int])["properties"]["books"]["description"] == "From left to right."
    assert set(asked) == {__name__}
