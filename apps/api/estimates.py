"""The expected cost of a run request, before it is made."""

from apps.accounts.models import ApiKey
from apps.api.run_requests import RunRequest, in_thread, resolve_request
from apps.catalogue.recipes.estimates import RunEstimate, estimate
from apps.fusion.vocabulary import EarlierAnswers
from apps.runs.reading.threads import own_answers
from apps.runs.spending.answer_lengths import habits_of


def estimate_request(run_request: RunRequest, key: ApiKey) -> RunEstimate:
    """Return what a run would cost that is made of a request; raise where making it would."""
    run_request = in_thread(run_request, key)
    (recipe, models, _system), run_request = resolve_request(run_request, key)
    parent = run_request.parent
    is_own = parent is not None and run_request.options.earlier_answers is EarlierAnswers.OWN
    own = own_answers(parent, recipe.panel, run_request.messages) if parent and is_own else {}
    return estimate(recipe, run_request.messages, models, habits_of, own, run_request.tools)
