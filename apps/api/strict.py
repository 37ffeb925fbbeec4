"""The bases of all parts of requests: one that refuses unknown keys, and one that ignores them."""

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """A part of a request; an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class Lenient(BaseModel):
    """A part of a request as clients send it back or invent it; unknown keys are ignored."""

    model_config = ConfigDict(extra="ignore", use_attribute_docstrings=True)
