"""A role as a value: the functions by which its calls differ from those of other roles."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, TypeVar

from apps.catalogue.models import Model
from apps.fusion.comparing.passages import AnswerIndex
from apps.fusion.comparing.provenance import Provenance
from apps.fusion.judging.findings import Analysis
from apps.fusion.opinions import Opinion
from apps.fusion.values import Message
from apps.runs.lifecycle.outcomes import Outcome
from apps.runs.models import Call

P = TypeVar("P")

Ahead = Mapping[str, AnswerIndex]
"""The answers that a call reads, indexed by slot, to compare its text with."""


@dataclass(frozen=True, slots=True)
class Conclusion:
    """A conclusion from an outcome: the outcome itself, perhaps changed, and what a role adds to it.

    ``html`` is safe, '' where the text is rendered later or never. ``coverage`` is the share (0 to 1) of each answer
    that the call saw, by slot, ``provenance`` where the passages of its text come from, and ``verdict`` what a peer
    reviewer says.
    """

    outcome: Outcome
    analysis: Analysis | None = None
    html: str = ""
    coverage: dict[str, float] = field(default_factory=dict)
    provenance: Provenance | None = None
    verdict: Opinion | None = None


@dataclass(frozen=True, slots=True)
class CallRole:
    """A role: what its calls send, and what is made of what they bring.

    ``messages`` makes the prompt for a model, ``schema`` the JSON schema that a vendor is to hold the model to
    (``None`` for free text). Both raise :class:`~apps.runs.execution.inputs.CannotSend`.
    ``conclude`` makes a conclusion of an outcome whose loops are cut already; ``perform_builtin`` does the work of the
    built-in model. ``read_ahead`` prepares the conclusion in another thread while the call streams: ``conclude`` gets
    what it returned, or ``None`` if that was not ready.
    ``schema_is_given``: the schema comes with the request, so it is sent also to models that may not know such.
    ``cuts_loops``: a text that repeats itself is cut, whoever wrote it. ``renders_later``: the text becomes HTML when
    the run has gone on, and not before its call ends.
    """

    messages: Callable[[Call, Model], tuple[Message, ...]]
    schema: Callable[[Call, Model], dict[str, Any] | None]
    conclude: Callable[[Call, Outcome, Ahead | None], Conclusion]
    perform_builtin: Callable[[Call], Conclusion] | None = None
    read_ahead: Callable[[Call], Ahead] | None = None
    schema_is_given: bool = False
    cuts_loops: bool = False
    renders_later: bool = False


def once_for_model(make: Callable[[Call, Model], P]) -> Callable[[Call, Model], P]:
    """Let the prompt of a call be made once for each model: its messages, its schema and its conclusion need it."""

    @wraps(make)
    def made(call: Call, model: Model) -> P:
        if model.reference not in call.prompts:
            call.prompts[model.reference] = make(call, model)
        prompt: P = call.prompts[model.reference]
        return prompt

    return made
