"""The cost of a run in words, and below its bill the comparisons: with its estimate, and with one model alone."""

from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import quote, unquote

from django.http import HttpRequest, HttpResponse

from apps.accounts.models import User
from apps.catalogue.models import Model
from apps.catalogue.recipes import estimates
from apps.runs.reading.snapshot import RunSnapshot
from apps.runs.spending.answer_lengths import habits_of
from apps.web.formats import SMALLEST, money, money_range

COOKIE = "baseline"
COOKIE_SECONDS = 365 * 86_400


@dataclass(frozen=True, slots=True)
class Baseline:
    """A model that one could have asked alone, those that it can be exchanged for, and what it would have cost."""

    model: Model
    choices: list[Model]
    cost: str


def cost_words(run: RunSnapshot) -> str:
    """Say what a run cost so far: ``unknown`` is never nought, ``≥`` says that a part is missing, ``≈`` that one is
    still running and counted by us."""
    cost, cost_so_far = run.cost, run.cost_so_far
    if cost_so_far:
        return f"{'≈' if run.cost_is_complete else '≥'} {money((cost or 0) + cost_so_far)} so far"
    if cost is None or is_unknown(run):
        return "cost unknown" if run.is_final else "no cost yet"
    if run.cost_is_complete:
        return money(cost)
    return f"≥ {money(cost)}" if cost >= SMALLEST else "more than $0"


def is_unknown(run: RunSnapshot) -> bool:
    """Return whether nothing is known of a cost but what was free, such as the comparison of words."""
    return not run.cost and not run.cost_is_complete


def baseline_of(run: RunSnapshot, wanted: str, user: User) -> Baseline | None:
    """Compare with a model by reference, or with the dearest that ``user`` may ask; ``None`` where none has a price."""
    choices = estimates.baselines(user)
    if not choices:
        return None
    model = next((model for model in choices if model.reference == wanted), choices[0])
    likely = estimates.estimate_of_one(model, run.messages, habits_of)
    return Baseline(model, choices, money_range(likely.low, likely.high))


def wanted_baseline(request: HttpRequest) -> str:
    """Return the reference of the model that a person compares with: just chosen, or remembered; '' for none."""
    return request.POST.get("baseline", "") or unquote(request.COOKIES.get(COOKIE, ""))


def remember_baseline(response: HttpResponse, reference: str, user: User) -> None:
    """Keep the choice for this browser if there is such a model. Cookies hold ASCII alone, names may hold more."""
    if any(model.reference == reference for model in estimates.baselines(user)):
        response.set_cookie(COOKIE, quote(reference), max_age=COOKIE_SECONDS, samesite="Lax", httponly=True)


def against_estimate(run: RunSnapshot) -> str:
    """Return ``Estimated $0.01–0.02, was $0.014.`` with the miss; '' while it runs or where nothing is known."""
    if run.is_live or run.cost is None or is_unknown(run) or run.estimate_low is None or run.estimate_high is None:
        return ""
    was = money(run.cost) if run.cost_is_complete else f"at least {money(run.cost)}"
    return f"Estimated {money_range(run.estimate_low, run.estimate_high)}, was {was}{_miss(run)}."


def _miss(run: RunSnapshot) -> str:
    low, high, cost = run.estimate_low or Decimal(0), run.estimate_high or Decimal(0), run.cost or Decimal(0)
    if cost > high:
        return f": {money(cost - high)} more"
    if cost < low and run.cost_is_complete:
        return f": {money(low - cost)} less"
    return ""
