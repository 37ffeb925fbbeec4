"""The usage of a call by our own count: while it runs, and where its vendor does not say. Caps are in ``caps.py``."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from apps.catalogue.recipes.estimates import tool_tokens
from apps.fusion.cost import INSTRUCTIONS, Expected, cost_of, cost_so_far, is_free, is_known, least_cost
from apps.fusion.prompting.files import with_files
from apps.fusion.prompting.tool_turns import as_text
from apps.fusion.strategies import tools_for
from apps.fusion.tokens import IMAGE_TOKENS, count_tokens
from apps.fusion.values import Attempt, Failure, Message, Price, Reply, Usage
from apps.fusion.vocabulary import Billing, Builtin, CostSource, FailureCode, Role, Status
from apps.providers.base import End
from apps.runs.models import Call, LookupStep

INTERRUPTED = (FailureCode.WORKER_LOST, FailureCode.CANCELLED)


@dataclass(frozen=True, slots=True)
class Meter:
    """The price of a call and the tokens that it reads, counted once, before it starts.

    ``price`` is the dearer of its model's and its fallback's, until it is known who answers.
    """

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

    def so_far(
        self, text: str, reasoning: str, price: Price | None, *, more_read: int = 0, least_read: int = 0
    ) -> Decimal | None:
        """Return the cost in USD with this text, at the price of the model that answers; ``None`` if unknown.

        ``more_read`` are tokens of earlier steps, which the request under way has on top of the prompt; of one that
        goes on with a paused answer, ``least_read`` is known.
        """
        if self.is_free or not is_known(price):
            return None
        read = max(self.tokens_read + more_read, least_read)
        return cost_so_far(price, read, count_tokens(text) + count_tokens(reasoning))


def meter_of(call: Call) -> Meter:
    """Return the meter of a call; tokens are counted only where they cost something.

    A call with a fallback is reckoned at the dearer of the two, until it is the fallback's turn.
    """
    price = price_for(call, call.next_model)
    if call.fallback:
        price = max(price, price_for(call, call.fallback), key=_dearness)
    costs = is_known(price) and not is_free(price)
    return Meter(price, tokens_read(call) if costs else 0, call.parameters.max_tokens)


def _dearness(price: Price | None) -> tuple[bool, Decimal]:
    """Return where a price stands among others: what is unknown is the lowest."""
    return (is_known(price), price.output or Decimal(0)) if price else (False, Decimal(0))


def price_for(call: Call, reference: str) -> Price | None:
    """Return the price of a model that may answer a call, connected or not; ``None`` for one that is gone."""
    model = call.models_by_reference.get(reference)
    return model.price if model else None


def tokens_read(call: Call) -> int:
    """Return the tokens that a call is sent, by our count: conversation, tools, and the texts of the calls it reads.

    Images, those of earlier turns too, go to calls that read no others.
    """
    conversation = with_files(call.own_messages)
    tools = tools_for(call.run.recipe, Role(call.role), call.run.tools)
    defined = tool_tokens([tool.model_dump(exclude_none=True) for tool in tools.tools]) if tools else 0
    if not call.inputs:
        return tokens_sent(conversation) + defined
    asked = sum(count_tokens(message.text) for message in as_text(conversation))
    return asked + defined + INSTRUCTIONS + sum(count_tokens(one.output.text) for one in call.input_calls)


def tokens_sent(messages: Iterable[Message]) -> int:
    """Return the tokens of these messages, files and images included, by our count."""
    read = as_text(with_files(tuple(messages)))
    return sum(count_tokens(message.text) + IMAGE_TOKENS * len(message.images) for message in read)


def used(call: Call, reply: Reply, *, was_answered: bool, sent: Sequence[Message] = (), least_read: int = 0) -> Usage:
    """Return the vendor's figures, with ours where it sent none.

    ``was_answered``: the request was taken, so its input counts even if no word of an answer came. ``sent`` are its
    messages; where they are not at hand, what the call should have been sent is counted. ``least_read`` is the least
    that the request has read (tokens).
    """
    said = reply.usage
    text = "".join([reply.text, reply.reasoning, *(call.name + call.arguments for call in reply.tool_calls)])
    # The vendor never had the request, so there is nothing to count.
    if not (was_answered or text or said != Usage()):
        return said
    return completed(said, lambda: max(least_read, tokens_sent(sent) if sent else tokens_read(call)), text)


def completed(said: Usage, read: Callable[[], int], written: str) -> Usage:
    """Return a vendor's figures of a request that it took, with our count of what was read and written for a gap."""
    if said.input_tokens is not None and said.output_tokens is not None:
        return said
    asked = read() if said.input_tokens is None else said.input_tokens
    wrote = count_tokens(written) if said.output_tokens is None else said.output_tokens
    return said.model_copy(update={"input_tokens": asked, "output_tokens": wrote, "estimated": True})


def lost_attempt(call: Call) -> Attempt | None:
    """Return the attempt that was under way when its worker was lost, as far as that can be known."""
    if call.model in list(Builtin) or call.started_at is None:
        return None
    # Between two requests, while it looked things up, none was under way.
    if call.may_look_up and LookupStep.objects.filter(call=call, is_done=False).exists():
        return None
    failure = Failure(code=FailureCode.WORKER_LOST, sentence="The worker was lost; the call went on elsewhere.")
    attempt = Attempt(model=call.next_model, started_at=call.started_at.timestamp(), failure=failure)
    if call.output.text or call.output.reasoning:
        # The vendor may have written and billed more than the last heartbeat stored.
        return attempt.model_copy(update={"cost": call.cost_so_far, "billing": Billing.UNCERTAIN})
    return failed_attempt(attempt, price_for(call, call.next_model), call.own_messages, may_be_billed=True)


def with_lost_cost(call: Call, attempts: Sequence[Attempt]) -> tuple[Attempt, ...]:
    """Return the attempts of a call that starts again, with what a text that is lost had cost on the last of them."""
    has_text = call.output.text or call.output.reasoning
    # A request that ended before has its cost; only that of one which was interrupted is known by our count alone.
    has_ended = bool(attempts) and (attempts[-1].failure is None or attempts[-1].failure.code not in INTERRUPTED)
    if call.status is not Status.RUNNING or not has_text or call.cost_so_far is None or has_ended:
        return tuple(attempts)
    last = attempts[-1] if attempts else lost_attempt(call)
    return (*attempts[:-1], last.model_copy(update={"cost": call.cost_so_far})) if last else ()


def price_lost_call(call: Call, attempts: Sequence[Attempt]) -> None:
    """Price a call that ends without its worker, by its attempts; the caller saves the row."""
    call.possible_extra_cost = possible_cost(attempts)
    if spent := cost_of_earlier_attempts(attempts):
        call.cost, call.cost_source = spent, CostSource.COMPUTED
    lost = [one for one in attempts if one.failure and one.failure.code is FailureCode.WORKER_LOST]
    if any(one.cost is not None and one.usage is None for one in lost):  # a text of it is lost
        reply = Reply(text=call.output.text, reasoning=call.output.reasoning)
        call.usage = used(call, reply, was_answered=True)


def failed_attempt(
    attempt: Attempt,
    price: Price | None,
    sent: Sequence[Message],
    told: End | None = None,
    *,
    may_be_billed: bool,
) -> Attempt:
    """Return a request that brought no word with its cost: by the vendor's count, else what its input would cost."""
    usage = told.usage if told else Usage()
    billing = Billing.UNCERTAIN if may_be_billed else Billing.NOT_BILLED
    if usage != Usage() or (told and told.cost is not None):
        read = usage.model_copy(update={"output_tokens": usage.output_tokens or 0})
        cost, _ = cost_of(read, price, told.cost if told else None)
        billing = Billing.UNCERTAIN if may_be_billed else Billing.BILLED
        return attempt.model_copy(update={"usage": read, "cost": cost, "billing": billing})
    possible = cost_so_far(price, tokens_sent(sent), 0) if may_be_billed else None
    return attempt.model_copy(update={"billing": billing, "possible_cost": possible})


def cost_of_failed_attempts(attempts: Iterable[Attempt]) -> Decimal:
    """Return the known or possible cost of requests that brought no word, in USD, as it counts under caps."""
    return sum((one.cost or one.possible_cost or Decimal(0) for one in attempts), Decimal(0))


def possible_cost(attempts: Iterable[Attempt]) -> Decimal:
    """Return the possible cost beyond the known one of requests that brought no word, in USD."""
    return sum((one.possible_cost or Decimal(0) for one in attempts), Decimal(0))


def cost_of_earlier_attempts(attempts: Iterable[Attempt]) -> Decimal:
    """Return what the attempts of a call cost that did not bring its answer, in USD, as far as that is known."""
    return sum((one.cost or Decimal(0) for one in attempts), Decimal(0))


def running_cost(call: Call, attempts: Iterable[Attempt]) -> Decimal | None:
    """Return what a running call has cost by our count, attempts included whose text is lost; ``None`` if unknown."""
    if call.cost_so_far is None:
        return None
    return call.cost_so_far + cost_of_earlier_attempts(attempts)


def total_cost(
    attempts: Iterable[Attempt], usage: Usage, cost: Decimal | None, source: CostSource
) -> tuple[Decimal | None, CostSource]:
    """Return the total cost of a call, earlier attempts included; the source is UNKNOWN if any part is."""
    spent = cost_of_earlier_attempts(attempts)
    if not spent:
        return cost, source
    # Without any usage the last attempt cost nothing, so the earlier ones are all there is.
    is_known = cost is not None or usage == Usage()
    return spent + (cost or Decimal(0)), CostSource.COMPUTED if is_known else CostSource.UNKNOWN


def is_partly_unknown(call: Call, attempts: Iterable[Attempt]) -> bool:
    """Return whether a call that has ended just now may have cost more than its row says."""
    if call.cost is None and (call.output.text or call.output.reasoning or call.usage != Usage()):
        return True
    if call.cost is not None and call.cost_source is CostSource.UNKNOWN:
        return True
    return any(_is_open(call, one) for one in attempts)


def _is_open(call: Call, attempt: Attempt) -> bool:
    """Return whether an attempt that brought no word may have cost more than is known."""
    if attempt.usage and attempt.cost is None:
        return True
    return attempt.billing is Billing.UNCERTAIN and not is_free(price_for(call, attempt.model))
