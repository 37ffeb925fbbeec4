"""What can be said of a run before any money is spent: how many calls, what they may cost, who receives the prompt."""

from dataclasses import dataclass

from pydantic import ValidationError

from apps.catalogue import estimates, recipes
from apps.runs.history_of_outputs import habits_of
from apps.web.drafts import Draft, messages_of, recipe_of
from apps.web.formats import counted, joined, money_range


@dataclass(frozen=True, slots=True)
class Forecast:
    """The facts beside the Run button, and quiet warnings that forbid nothing."""

    estimate: estimates.Estimate
    receivers: list[str]
    warnings: list[str]

    @property
    def calls(self) -> str:
        return counted(self.estimate.calls, "call")

    @property
    def stays_here(self) -> bool:
        return self.receivers == [recipes.THIS_MACHINE]

    @property
    def cost(self) -> str:
        """The likely cost as a range, or that it is free or unknown."""
        low, high, is_complete = self.estimate.low, self.estimate.high, self.estimate.is_complete
        if is_complete and not high:
            return "free, on this machine" if self.stays_here else "free"
        if not high:
            return "cost unknown"
        return f"about {money_range(low, high)}" if is_complete else f"{money_range(low, high)} or more"

    @property
    def note(self) -> str:
        """What the range leaves out."""
        return "" if self.estimate.is_complete or not self.estimate.high else "The price of a model is unknown."

    @property
    def destination(self) -> str:
        """Who receives the prompt, as a sentence."""
        companies = [name for name in self.receivers if name != recipes.THIS_MACHINE]
        if not companies:
            return "Your prompt stays on this machine."
        beside = ", and to models on this machine" if len(companies) < len(self.receivers) else ""
        return f"Your prompt goes to {joined(companies)}{beside}."


def forecast(draft: Draft) -> Forecast | None:
    """The forecast of a draft, or ``None`` while it cannot run."""
    try:
        recipe = recipe_of(draft)
        messages = messages_of(draft, ())
        warnings = [*estimates.context_warnings(recipe, messages), *recipes.warnings(recipe)]
        return Forecast(estimates.estimate(recipe, messages, habits_of), recipes.receivers(recipe), warnings)
    except (recipes.UnknownModel, ValidationError):
        return None
