"""The base of all frozen values. The values themselves: ``values.py``, and those of tools in ``tools.py``."""

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """A frozen value with a JSON form; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")
