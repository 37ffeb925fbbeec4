"""The form of rows in an archive: a table's columns as a pydantic model, made from the fields of its Django model."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.backends.base.operations import BaseDatabaseOperations
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, JsonValue, StrictBool, create_model
from pydantic_core import to_jsonable_python

from apps.fields import EnumField, ValueField

PublicId = Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,20}$")]
RENAMED = {"schema": "json_schema"}
"""Columns whose names pydantic has taken, and what they are called in an archive."""
LONGEST_TEXT = 4_000_000
"""Characters of a text without a bound of its own: more than any model writes at once."""
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def _in_this_century(moment: datetime) -> datetime:
    if not EARLIEST <= moment < LATEST:
        raise ValueError("not a moment of this century")
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_in_this_century)]


class Row(BaseModel):
    """A row of an archive. A column that is missing has its default; one that is not known is an error."""

    model_config = ConfigDict(extra="forbid")


def shape_of(model: type[models.Model], columns: tuple[str, ...], **more: Any) -> type[Any]:
    """Return the shape of rows with these columns of a model; ``more`` are pydantic's fields for what is not one."""
    fields: dict[str, Any] = {RENAMED.get(name, name): _column(model._meta.get_field(name)) for name in columns}
    return create_model(f"{model.__name__}Row", __base__=Row, **(fields | more))


def row_of(instance: models.Model, columns: tuple[str, ...]) -> dict[str, Any]:
    """Return these columns of a row as JSON."""
    return {RENAMED.get(name, name): to_jsonable_python(getattr(instance, name)) for name in columns}


def values_of(row: Any, columns: tuple[str, ...]) -> dict[str, Any]:
    """Return what a row of an archive has in these columns, by their names in the database."""
    return {name: getattr(row, RENAMED.get(name, name)) for name in columns}


def _column(field: Any) -> Any:
    kind = _kind(field)
    if field.null:
        return (kind | None, None)
    if field.has_default():
        return (kind, Field(default_factory=field.get_default))
    return (kind, "" if field.blank else ...)


def _kind(field: Any) -> Any:
    """Return the type of what a column holds. Its constraints are those that PostgreSQL would refuse it for."""
    match field:
        case ValueField():
            return field.kind
        case EnumField():
            return field.words
        case ArrayField():
            return list[_kind(field.base_field)]  # type: ignore[misc]
        case models.DecimalField():
            places: dict[str, Any] = {"max_digits": field.max_digits, "decimal_places": field.decimal_places}
            return Annotated[Decimal, Field(ge=0, **places)]
        case models.IntegerField():
            least, most = BaseDatabaseOperations.integer_field_ranges[field.get_internal_type()]
            return Annotated[int, Field(strict=True, ge=least, le=most)]
        case models.SlugField():
            return Annotated[str, Field(pattern=r"^[-a-zA-Z0-9_]+$", max_length=field.max_length)]
        case models.CharField():
            return Annotated[str, Field(max_length=field.max_length)]
    return PLAIN[type(field)]


PLAIN: dict[type[Any], Any] = {
    models.JSONField: JsonValue,
    models.BooleanField: StrictBool,
    models.FloatField: Annotated[float, Field(allow_inf_nan=False)],
    models.DateTimeField: Moment,
    models.TextField: Annotated[str, Field(max_length=LONGEST_TEXT)],
}
"""The types of columns whose fields say nothing more of them."""
