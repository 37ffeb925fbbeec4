"""The API as a whole: one document of all routes, generated from their types."""

from ninja import NinjaAPI

from apps.api import model_list
from apps.api.anthropic import messages
from apps.api.body import StrictParser
from apps.api.errors import add_handlers
from apps.api.openai import batches as request_batches
from apps.api.openai import chat, completions, responses, stored
from apps.api.runs import (
    again,
    alignment,
    batches,
    binned,
    blind_votes,
    calibrations,
    comparison,
    events,
    exports,
    forks,
    leaderboard,
    marks,
    presets,
    ratings,
    routes,
    saved_searches,
    second_opinions,
    settling,
    shares,
    similar,
    templates,
    threads,
    webhooks,
)

DESCRIPTION = (
    "Ask a panel of models, get one fused answer. Routes under `/v1` take any client of OpenAI's or Anthropic's; those "
    "under `/api/v1` give everything that the page shows. Send a key from the settings page as "
    "`Authorization: Bearer …`, or as `x-api-key`."
)

api = NinjaAPI(
    title="FusionWeb",
    version="1",
    description=DESCRIPTION,
    urls_namespace="api",
    openapi_url=None,  # it would build the document at every request: reference.py has it
    docs_url=None,
    parser=StrictParser(),
)
add_handlers(api)
api.add_router("/v1", chat.router)
api.add_router("/v1", completions.router)
api.add_router("/v1", responses.router)
api.add_router("/v1", stored.router)
api.add_router("/v1", request_batches.router)
api.add_router("/v1", messages.router)
api.add_router("/v1", model_list.router)
api.add_router("/api/v1", routes.router)
api.add_router("/api/v1", forks.router)
api.add_router("/api/v1", exports.router)
api.add_router("/api/v1", saved_searches.router)
api.add_router("/api/v1", marks.router)
api.add_router("/api/v1", binned.router)
api.add_router("/api/v1", similar.router)
api.add_router("/api/v1", shares.router)
api.add_router("/api/v1", comparison.router)
api.add_router("/api/v1", alignment.router)
api.add_router("/api/v1", again.router)
api.add_router("/api/v1", second_opinions.router)
api.add_router("/api/v1", settling.router)
api.add_router("/api/v1", ratings.router)
api.add_router("/api/v1", blind_votes.router)
api.add_router("/api/v1", leaderboard.router)
api.add_router("/api/v1", calibrations.router)
api.add_router("/api/v1", presets.router)
api.add_router("/api/v1", events.router)
api.add_router("/api/v1", threads.router)
api.add_router("/api/v1", webhooks.router)
api.add_router("/api/v1", templates.router)
api.add_router("/api/v1", batches.router)
