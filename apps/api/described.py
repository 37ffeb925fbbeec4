"""The base of documents and of parts of requests: each field's docstring is its description in JSON schemas.

Pydantic would read the source of each class while it is made, which is an eighth of the time in which a site starts.
Here sources are read when somebody asks for a schema, each file once.
"""

import ast
import inspect
import sys
from functools import cache
from itertools import pairwise

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
    found: dict[str, str] = {}
    for base in reversed(form.__mro__):
        own = {} if base in (Described, *Described.__mro__) else docstrings(base.__module__).get(base.__qualname__, {})
        for name in vars(base).get("__annotations__", {}):
            found.pop(name, None)
        found |= {name: text for name, text in own.items() if name in form.model_fields}
    return found


@cache
def docstrings(module: str) -> dict[str, dict[str, str]]:
    """Return the docstrings of all annotated names in the classes of a module, by class and name."""
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {
        one.name: {
            field.target.id: inspect.cleandoc(text.value.value)
            for field, text in pairwise(one.body)
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
            if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) and isinstance(text.value.value, str)
        }
        for one in tree.body
        if isinstance(one, ast.ClassDef)
    }
