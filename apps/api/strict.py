"""The bases of all parts of requests: one that refuses unknown keys, and one that ignores them."""

from pydantic import ConfigDict

from apps.api.described import Described


class Strict(Described):
    """A part of a request; an unknown key is an error."""

    model_config = ConfigDict(extra="forbid")


class Lenient(Described):
    """A part of a request as clients send it back or invent it; unknown keys are ignored."""

    model_config = ConfigDict(extra="ignore")
