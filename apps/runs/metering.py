"""What a call has used by our own count: while it runs, and where its vendor does not say. Caps are in ``caps.py``."""

from dataclasses import dataclass
from decimal import Decimal

from apps.catalogue.models import Model
from apps.fusion.cost import INSTRUCTIONS, Expected, cost_so_far, is_free, is_known, least_cost
from apps.fusion.tokens import IMAGE_TOKENS, count_tokens
from apps.fusion.values import Price, Reply, Usage
from apps.fusion.vocabulary import Builtin, CostSource, Role, Status
from apps.runs.models import Call


@dataclass(frozen=True, slots=True)
class Meter:
    """The price of a call and the tokens that it reads, counted once, before it starts."""

    price: Price | None
    tokens_read: int
    max_tokens: int | None

    @property
    def is_free(self) -> bool:
        return is_free(self.price)

    @property
    def least(self) -> Decimal | None:
        """The least that the call should cost in USD: its input and a short answer; ``None`` if it cannot be said."""
        return least_cost(Expected(price=self.price, max_tokens=self.max_tokens), self.tokens_read)

    def so_far(self, text: str, reasoning: str) -> Decimal | None:
        """What the call costs in USD with this text; ``None`` if it cannot be said."""
        if not is_known(self.price):
            return None
        return cost_so_far(self.price, self.tokens_read, count_tokens(text) + count_tokens(reasoning))


def meter_of(call: Call) -> Meter:
    """The meter of a call; tokens are counted only where they cost something.

    A call with a fallback is reckoned at the dearer of the two.
    """
    price = price_of(call.model)
    if call.fallback:
        price = max(price, price_of(call.fallback), key=_dearness)
    costs = is_known(price) and not is_free(price)
    return Meter(price, tokens_read(call) if costs else 0, call.sampling.max_tokens)


def _dearness(price: Price | None) -> tuple[bool, Decimal]:
    """Where a price stands among others: what is unknown is the lowest."""
    return (is_known(price), price.output or Decimal(0)) if price else (False, Decimal(0))


def price_of(reference: str) -> Price | None:
    """The price of a model, connected or not; ``None`` for one that is gone."""
    if reference in list(Builtin):
        return Price(input=Decimal(0), output=Decimal(0))
    model = Model.objects.filter(reference=reference).first()
    return model.price if model else None


def tokens_read(call: Call) -> int:
    """The tokens that a call is sent, by our count: the conversation, and for judge and writer what they compare."""
    conversation = call.run.conversation
    asked = sum(count_tokens(message.text) + IMAGE_TOKENS * len(message.images) for message in conversation)
    if call.role == Role.PANEL:
        return asked
    read = Call.objects.filter(pk__in=call.inputs).values_list("text", flat=True)
    return asked + INSTRUCTIONS + sum(count_tokens(text) for text in read)


def used(call: Call, reply: Reply, *, was_answered: bool) -> Usage:
    """The vendor's figures, with ours where it sent none.

    ``was_answered``: the request was taken, so its input counts even if no word of an answer came.
    """
    said, text = reply.usage, reply.text + reply.reasoning
    if said.input_tokens is not None and said.output_tokens is not None:
        return said
    if not (was_answered or text or said != Usage()):
        return said
    asked = tokens_read(call) if said.input_tokens is None else said.input_tokens
    written = count_tokens(text) if said.output_tokens is None else said.output_tokens
    return said.model_copy(update={"input_tokens": asked, "output_tokens": written, "estimated": True})


def carry(call: Call) -> None:
    """Keep what a running request cost whose text is lost, since the call starts again; the caller saves the row."""
    if call.status == Status.RUNNING and (call.text or call.reasoning) and call.accrued is not None:
        call.carried = call.accrued


def settle(call: Call) -> None:
    """Price a call that ends without its worker, by the text that was stored last; the caller saves the row."""
    carry(call)
    if call.carried:
        call.cost, call.cost_source = call.carried, CostSource.COMPUTED
        call.usage = used(call, Reply(text=call.text, reasoning=call.reasoning), was_answered=True).model_dump(
            mode="json", exclude_none=True
        )


def in_all(call: Call, usage: Usage, cost: Decimal | None, source: CostSource) -> tuple[Decimal | None, CostSource]:
    """A call's cost with what its earlier requests cost: known in part if the last one's is unknown, and called so."""
    if not call.carried:
        return cost, source
    is_known = cost is not None or usage == Usage()
    return call.carried + (cost or Decimal(0)), CostSource.COMPUTED if is_known else CostSource.UNKNOWN


def is_partly_unknown(call: Call) -> bool:
    """Whether an ended call may have cost more than its row says."""
    if call.cost is None and (call.text or call.reasoning or call.used != Usage()):
        return True
    if call.carried and call.cost_source == CostSource.UNKNOWN:
        return True
    return any(one.may_be_billed and not is_free(price_of(one.model)) for one in call.requests)
