"""The rows of the access table for the list of runs, by programs: saved searches, marks of runs, and the bin."""

from tests.access.rows import API_RUN, OWN_ONLY, Route

SEARCH, CHANGE = "/api/v1/searches/{search}", "/api/v1/marks/{change}"

HISTORY_ROUTES: dict[str, tuple[Route, ...]] = {
    "GET /api/v1/searches": (Route("/api/v1/searches", "read", foreign=200, why=OWN_ONLY),),
    "POST /api/v1/searches": (
        Route("/api/v1/searches", "run", own=400, foreign=400, body={"query": ""}, why="A search without a term."),
    ),
    "PATCH /api/v1/searches/{search_id}": (Route(SEARCH, "run", body={"name": "Other", "pinned": False}),),
    "DELETE /api/v1/searches/{search_id}": (Route(SEARCH, "run", own=204),),
    "GET /api/v1/runs/{run_id}/similar": (Route(f"{API_RUN}/similar", "read"),),
    "GET /api/v1/runs/{run_id}/details": (Route(f"{API_RUN}/details", "read"),),
    "PATCH /api/v1/runs/{run_id}/details": (
        Route(f"{API_RUN}/details", "run", body={"note": "Mine.", "tags": ["mine"], "starred": True}),
    ),
    "POST /api/v1/marks": (Route("/api/v1/marks", "run", body={"mark": "star", "runs": ["{run}"]}),),
    "GET /api/v1/marks/{change_id}": (Route(CHANGE, "read"),),
    "POST /api/v1/marks/{change_id}/undo": (Route(f"{CHANGE}/undo", "run"),),
    "GET /api/v1/bin": (Route("/api/v1/bin", "read", foreign=200, why=OWN_ONLY),),
    "POST /api/v1/bin": (Route("/api/v1/bin", "admin", body={"runs": ["{run}"]}),),
    "POST /api/v1/bin/restore": (Route("/api/v1/bin/restore", "admin", body={"runs": ["{binned}"]}),),
}
