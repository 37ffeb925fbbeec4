"""Database fields that hold values: a pydantic value in a JSONB column, and a word of an enum in a text column.

An attribute has its column's name and holds the value itself, read and written alike. To migrations both are Django's
own fields, so that no old migration depends on the classes of today.
"""

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.expressions import Combinable, Expression
from django.db.models.fields.json import KeyTransform
from pydantic import TypeAdapter
from pydantic import ValidationError as InvalidValue
from pydantic_core import to_jsonable_python

V = TypeVar("V")
E = TypeVar("E", bound=StrEnum)
_Set_contra = TypeVar("_Set_contra", contravariant=True)
_Get_co = TypeVar("_Get_co", covariant=True)

if TYPE_CHECKING:
    _JSONField = models.JSONField[_Set_contra, _Get_co]
    _CharField = models.CharField[_Set_contra, _Get_co]
else:  # Django's fields are generic for the type checker alone

    class _Subscriptable:
        def __class_getitem__(cls, _: Any) -> Any:
            return cls

    class _JSONField(_Subscriptable, models.JSONField):
        pass

    class _CharField(_Subscriptable, models.CharField):
        pass


_NEITHER, _BOTH = (models.Q(owner__isnull=is_null, team__isnull=is_null) for is_null in (True, False))
THE_SITES_OR_A_TEAMS = _NEITHER | _BOTH
"""The condition that owner and team of a row go together; without both it is the site's."""


class ValueEncoder(json.JSONEncoder):
    """JSON of values and of what holds them, also for Django's admin."""

    def default(self, o: Any) -> Any:
        return to_jsonable_python(o)


class ValueField(_JSONField[_Set_contra, _Get_co]):
    """A JSONB column that holds a value of ``kind``, which is whatever a pydantic ``TypeAdapter`` takes.

    Writing checks that it is one: it raises ``TypeError`` for its JSON, ``pydantic.ValidationError`` for all else. So
    does reading what does not fit the ``kind`` any more. ``values()`` and ``values_list()`` give values too, but a key
    inside (``usage__output_tokens``) is plain JSON there and in filters. ``None`` is stored as NULL.
    """

    @overload
    def __init__(self: "ValueField[V, V]", kind: type[V], *, default: Any = ..., blank: bool = ...) -> None: ...
    @overload
    def __init__(
        self: "ValueField[V | None, V | None]", kind: type[V], *, null: Literal[True], blank: bool = ...
    ) -> None: ...
    def __init__(self, kind: Any, **options: Any) -> None:
        self.kind = kind
        self._adapter: TypeAdapter[Any] = TypeAdapter(kind)
        super().__init__(encoder=ValueEncoder, **options)

    def clone(self) -> Any:
        _, _, args, options = super(_JSONField, self).deconstruct()
        return type(self)(self.kind, *args, **{name: value for name, value in options.items() if name != "encoder"})

    def deconstruct(self) -> Any:
        name, _, args, options = super().deconstruct()
        for name_of_code in ("encoder", "default"):
            options.pop(name_of_code, None)
        return name, "django.db.models.JSONField", args, options

    def from_db_value(self, value: Any, expression: Expression, connection: Any) -> Any:
        if value is None:
            return None
        if isinstance(expression, KeyTransform):
            return super().from_db_value(value, expression, connection)
        return self._adapter.validate_json(value)

    def to_python(self, value: Any) -> Any:
        """Return the value that a form or a fixture gives as JSON; raises Django's ``ValidationError``."""
        try:
            return None if value is None else self._adapter.validate_python(value)
        except InvalidValue as error:
            raise ValidationError(str(error)) from error

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        is_value = value is not None and not isinstance(value, Combinable)
        if is_value and self._adapter.validate_python(value, strict=True) != value:  # it reads a dict as a model
            raise TypeError(f"{self.name} takes {self.kind}, not its JSON.")
        return super().get_db_prep_save(value, connection)

    def value_to_string(self, obj: models.Model) -> Any:
        return to_jsonable_python(self.value_from_object(obj))


class EnumField(_CharField[_Set_contra, _Get_co]):
    """A text column that holds a word of an enum; ``None`` is NULL. ``values()`` gives the enum's words too."""

    @overload
    def __init__(
        self: "EnumField[E, E]", words: type[E], *, max_length: int, default: E = ..., choices: Any = ...
    ) -> None: ...
    @overload
    def __init__(
        self: "EnumField[E | None, E | None]",
        words: type[E],
        *,
        max_length: int,
        null: Literal[True],
        blank: bool = ...,
    ) -> None: ...
    def __init__(self, words: Any, **options: Any) -> None:
        self.words = words
        super().__init__(**options)

    def clone(self) -> Any:
        _, _, args, options = super(_CharField, self).deconstruct()
        return type(self)(self.words, *args, **options)

    def deconstruct(self) -> Any:
        name, _, args, options = super().deconstruct()
        if "default" in options:
            options["default"] = str(options["default"])
        return name, "django.db.models.CharField", args, options

    def from_db_value(self, value: Any, *_: Any) -> Any:
        return None if value is None else self.words(value)

    def to_python(self, value: Any) -> Any:
        """Return the word that a form or a fixture names; raises Django's ``ValidationError``."""
        try:
            return None if value in (None, "") else self.words(value)
        except ValueError as error:
            raise ValidationError(str(error)) from error

    def get_prep_value(self, value: Any) -> Any:
        return None if value is None else str(value)
