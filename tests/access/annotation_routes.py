"""The rows of the access table for what people add to runs: rulings, settlements, ratings, blind votes."""

from tests.access.rows import API_RUN, OWN_ONLY, RUN, Page, Route, listed, private

ANNOTATION_PAGES: dict[str, tuple[Page, ...]] = {
    "leaderboard/": (listed("GET", "/leaderboard/"), listed("GET", "/leaderboard/?tag=orchard&preset=quick")),
    "runs/<slug:public_id>/rulings/": (private("GET", f"{RUN}rulings/"),),
    "runs/<slug:public_id>/rulings/save/": (private("POST", f"{RUN}rulings/save/", 302, judge="{judge}"),),
    "runs/<slug:public_id>/rate/": (private("POST", f"{RUN}rate/", 302, call="{call}", thumb="up"),),
    "runs/<slug:public_id>/vote/": (private("GET", f"{RUN}vote/"), private("POST", f"{RUN}vote/", all_bad="yes")),
    "runs/<slug:public_id>/settle/": (
        private("GET", f"{RUN}settle/?finding=k1"),
        private("POST", f"{RUN}settle/", 302, finding="k1", model="local/gemma3-270m"),
    ),
    "runs/<slug:public_id>/settle/price/": (private("POST", f"{RUN}settle/price/", finding="k1"),),
    "runs/<slug:public_id>/settlements/": (private("GET", f"{RUN}settlements/"),),
    "runs/<slug:public_id>/settlements/<int:call_id>/": (
        private("POST", f"{RUN}settlements/1/", 404, decision="dropped"),
    ),
}

ANNOTATION_ROUTES: dict[str, tuple[Route, ...]] = {
    "GET /api/v1/presets": (Route("/api/v1/presets", "read", foreign=200, why=OWN_ONLY),),
    "PUT /api/v1/presets/{slug}/targets": (Route("/api/v1/presets/{preset}/targets", "run", body={"seconds": 20}),),
    "GET /api/v1/leaderboard": (Route("/api/v1/leaderboard", "read", foreign=200, why=OWN_ONLY),),
    "GET /api/v1/runs/{run_id}/rulings": (Route(f"{API_RUN}/rulings", "read"),),
    "PUT /api/v1/runs/{run_id}/rulings": (
        Route(f"{API_RUN}/rulings", "run", body={"verdict": "comment", "comment": "Good."}),
    ),
    "DELETE /api/v1/runs/{run_id}/rulings/{ruling_id}": (
        Route(f"{API_RUN}/rulings/1", "run", own=404, why="The run has no ruling."),
    ),
    "GET /api/v1/runs/{run_id}/ratings": (Route(f"{API_RUN}/ratings", "read"),),
    "PUT /api/v1/runs/{run_id}/ratings": (Route(f"{API_RUN}/ratings", "run", body={"thumb": "up"}),),
    "DELETE /api/v1/runs/{run_id}/ratings/{call_id}": (
        Route(f"{API_RUN}/ratings/1", "run", own=404, why="The answer is not rated."),
    ),
    "GET /api/v1/runs/{run_id}/blind-vote": (Route(f"{API_RUN}/blind-vote", "read"),),
    "POST /api/v1/runs/{run_id}/blind-vote": (
        Route(f"{API_RUN}/blind-vote", "run", own=409, body={"sheet": "0" * 20, "chosen": []}, why="Another sheet."),
    ),
    "POST /api/v1/runs/{run_id}/settle": (
        Route(
            f"{API_RUN}/settle",
            "run",
            own=409,
            body={"finding": "contradiction-1", "model": "{reference}"},
            why="Web search is off.",
        ),
    ),
    "GET /api/v1/runs/{run_id}/settlements": (Route(f"{API_RUN}/settlements", "read"),),
    "POST /api/v1/runs/{run_id}/settlements/{call_id}": (
        Route(
            f"{API_RUN}/settlements/1",
            "run",
            own=404,
            body={"decision": "dropped"},
            why="The run has no settlement.",
        ),
    ),
}
