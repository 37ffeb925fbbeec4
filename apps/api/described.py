"""The base of documents and of parts of requests: each field's docstring is its description in JSON schemas.

Pydantic would read the source of each class while it is made, which is an eighth of the time in which a site starts.
Here sources are read when somebody asks for a schema, each file once. A form stands at the top of its module: of one
inside a class or a function no docstring is found.
"""

import ast
import inspect
import sys
from functools import cache

from pydantic import BaseModel, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema


class Described(BaseModel):
    """A form whose fields are described by their docstrings."""

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Return the schema that pydantic makes, with the descriptions that it would find."""
        schema = handler(core_schema)
        properties = handler.resolve_ref_schema(schema).get("properties", {})
        for name, description in descriptions(cls).items():
            for key in {name, cls.model_fields[name].alias} & properties.keys():
                properties[key].setdefault("description", description)
        return schema


def descriptions(form: type[BaseModel]) -> dict[str, str]:
    """Return the docstrings of a form's fields. A field that a class declares anew has the docstring of that class."""
    found: dict[str, str | None] = {}
    for base in reversed(form.__mro__):
        if issubclass(base, Described) and base is not Described:
            found |= docstrings(base.__module__).get(base.__qualname__, {})
    return {name: text for name, text in found.items() if text is not None and name in form.model_fields}


@cache
def docstrings(module: str) -> dict[str, dict[str, str | None]]:
    """Return all annotated names in the classes of a module, by class, with their docstrings or ``None``."""
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {
        one.name: {
            field.target.id: _text(following)
            for field, following in zip(one.body, [*one.body[1:], None], strict=True)
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        }
        for one in tree.body
        if isinstance(one, ast.ClassDef)
    }


def _text(statement: ast.stmt | None) -> str | None:
    """Return the docstring that a statement is, ``None`` for another statement."""
    match statement:
        case ast.Expr(value=ast.Constant(value=str(text))):
            return inspect.cleandoc(text)
    return None
