"""The expected status of every address for every person: one row or more for each page, route and socket.

A row asks with the names of Alice's things (:attr:`World.names`) and gives a status for each person. It is 404 for
whoever may not see the thing, so that nobody learns that it exists. The exceptions are said in the row's ``why``.
"""

from tests.access.annotation_routes import ANNOTATION_PAGES, ANNOTATION_ROUTES
from tests.access.batch_routes import BATCH_PAGES, BATCH_ROUTES
from tests.access.history_routes import HISTORY_ROUTES
from tests.access.rows import (
    API_RUN,
    API_THREAD,
    FORM,
    FUSION,
    OWN_ONLY,
    PEOPLE,
    PROVIDER,
    RUN,
    SITE_PROVIDER,
    THREAD,
    TOOL_SERVER,
    Page,
    Route,
    listed,
    of_keys,
    of_site,
    of_team,
    private,
    public,
    shared,
    signed_in,
)

PAGES: dict[str, tuple[Page, ...]] = {
    "": (
        listed("GET", "/"),
        private("GET", "/?from={run}"),
        signed_in("GET", "/?share={code}", "Whoever has the link goes on with what it shows."),
        private("GET", "/?follow={run}"),
        private("POST", "/", **{**FORM, "from": "{run}"}),
        private("POST", "/", **FORM, follow="{run}"),
    ),
    "recent/": (listed("GET", "/recent/"),),
    "history/changes/": (listed("GET", "/history/changes/?live={run}"),),
    "setup/": (
        listed("POST", "/setup/", **FORM),
        private("POST", "/setup/", **{**FORM, "from": "{run}"}),
    ),
    "formulas/": (signed_in("POST", "/formulas/", "Draws what it is given.", formulas='[["x^2", false]]'),),
    "estimate/": (
        signed_in("POST", "/estimate/", "Figures only.", **FORM),
        private("POST", "/estimate/", **FORM, follow="{run}"),
    ),
    "files/": (signed_in("POST", "/files/", "Reads the file that it is given, here none."),),
    "draft/": (
        signed_in("POST", "/draft/", "Each person keeps a text of their own.", 204, prompt="Why?", place="{run}"),
    ),
    "compare/": (private("GET", "/compare/?runs={run},{turn}"),),
    "runs/": (listed("GET", "/runs/"), listed("GET", "/runs/?q=orchard")),
    "login/": (
        Page("GET", "/login/", {**dict.fromkeys(PEOPLE, 302), "nobody": 200}, why="Who is signed in goes to the form."),
    ),
    "login/<int:pk>/<str:token>/": (
        Page(
            "GET", "/login/1/used/", {**dict.fromkeys(PEOPLE, 302), "nobody": 403}, why="A dead link signs nobody in."
        ),
    ),
    "logout/": (public("POST", "/logout/", 302),),
    "healthz": (public("GET", "/healthz"),),
    "readyz": (public("GET", "/readyz", 503),),
    "models/": (listed("GET", "/models/"), private("GET", "/models/?provider={provider}")),
    "models/choices/": (listed("GET", "/models/choices/"),),
    "models/web/": (of_site("GET", "/models/web/"), of_site("POST", "/models/web/", own=302, engine="")),
    "models/web/try/": (of_site("POST", "/models/web/try/", query="pears"),),
    "models/providers/add": (of_site("GET", "/models/providers/add"),),
    "models/providers/<slug:slug>/": (of_team("GET", PROVIDER), of_site("GET", SITE_PROVIDER)),
    "models/providers/<slug:slug>/refresh/": (
        of_team("POST", f"{PROVIDER}refresh/"),
        of_site("POST", f"{SITE_PROVIDER}refresh/", 302),
    ),
    "models/providers/<slug:slug>/state/": (private("GET", f"{PROVIDER}state/"),),
    "models/providers/<slug:slug>/connected/": (
        of_team("POST", f"{PROVIDER}connected/", connected="no"),
        of_site("POST", f"{SITE_PROVIDER}connected/", 302, connected="yes"),
    ),
    "models/providers/<slug:slug>/delete/": (
        of_team("POST", f"{PROVIDER}delete/"),
        of_site("POST", f"{SITE_PROVIDER}delete/", 302),
    ),
    "models/tool-servers/": (of_site("GET", "/models/tool-servers/"),),
    "models/tool-servers/add": (of_site("GET", "/models/tool-servers/add"),),
    "models/tool-servers/<slug:slug>/": (of_site("GET", TOOL_SERVER),),
    "models/tool-servers/<slug:slug>/refresh/": (of_site("POST", f"{TOOL_SERVER}refresh/", 302),),
    "models/tool-servers/<slug:slug>/allow/": (of_site("POST", f"{TOOL_SERVER}allow/", 302),),
    "models/tool-servers/<slug:slug>/connected/": (of_site("POST", f"{TOOL_SERVER}connected/", 302, connected="no"),),
    "models/tool-servers/<slug:slug>/delete/": (of_site("POST", f"{TOOL_SERVER}delete/", 302),),
    "models/routes/": (listed("GET", "/models/routes/"), listed("POST", "/models/routes/", prompt="Why?")),
    "models/routes/new/": (listed("GET", "/models/routes/new/"),),
    "models/routes/<int:pk>/": (
        private("GET", "/models/routes/{rule}/"),
        private("POST", "/models/routes/{rule}/", 400, name="{run}"),
    ),
    "models/routes/<int:pk>/move/": (private("POST", "/models/routes/{rule}/move/", 302, do="up"),),
    "models/routes/<int:pk>/delete/": (private("POST", "/models/routes/{rule}/delete/", 302),),
    "models/<int:pk>/": (of_team("GET", "/models/{model}/"), of_site("GET", "/models/{site_model}/")),
    "models/<int:pk>/prefer/": (private("POST", "/models/{model}/prefer/", 302, do="star"),),
    "models/<int:pk>/test/": (private("POST", "/models/{model}/test/", 302),),
    "models/<int:pk>/test/state/": (private("GET", "/models/{model}/test/state/"),),
    "calibrations/": (listed("GET", "/calibrations/"),),
    "calibrations/new/": (listed("GET", "/calibrations/new/"), listed("GET", "/calibrations/new/?preset={preset}")),
    "calibrations/<int:pk>/delete/": (private("POST", "/calibrations/{calibration}/delete/", 302),),
    "presets/": (listed("GET", "/presets/"),),
    "presets/new/": (listed("GET", "/presets/new/"), private("GET", "/presets/new/?copy={preset}")),
    "presets/<slug:slug>/": (private("GET", "/presets/{preset}/"), private("POST", "/presets/{preset}/", **FORM)),
    "presets/<slug:slug>/prefer/": (private("POST", "/presets/{preset}/prefer/", 302, do="default"),),
    "presets/<slug:slug>/delete/": (private("POST", "/presets/{preset}/delete/", 302),),
    "criteria/": (
        listed("POST", "/criteria/", **{**FORM, "edit": "use:{criteria}"}),
        listed("POST", "/criteria/", **{**FORM, "edit": "delete:{criteria}"}),
    ),
    **ANNOTATION_PAGES,
    **BATCH_PAGES,
    "runs/<slug:public_id>/": (private("GET", RUN),),
    r"^runs/(?P<public_id>\w+)/export\.(?P<form>md|json|csv|jsonl)$": (
        private("GET", f"{RUN}export.md"),
        private("GET", f"{RUN}export.csv"),
        private("GET", f"{RUN}export.json"),
    ),
    "runs/<slug:public_id>/fragments/<str:names>/": (private("GET", f"{RUN}fragments/header+column-A/"),),
    "runs/<slug:public_id>/findings/<int:judge>/<slug:kind>/": (private("GET", f"{RUN}findings/{{judge}}/{{kind}}/"),),
    r"^runs/(?P<public_id>\w+)/(?P<view>aligned|whole|changes)/$": (
        private("GET", f"{RUN}aligned/"),
        private("GET", f"{RUN}whole/"),
        private("GET", f"{RUN}changes/"),
    ),
    "runs/<slug:public_id>/files/<int:number>/": (private("GET", f"{RUN}files/1/"),),
    "runs/<slug:public_id>/images/<int:turn>/<int:number>/": (private("GET", f"{RUN}images/0/0/"),),
    "runs/<slug:public_id>/cancel/": (private("POST", f"{RUN}cancel/", 302),),
    "runs/<slug:public_id>/fuse-now/": (private("POST", f"{RUN}fuse-now/", 302),),
    "runs/<slug:public_id>/fuse-again/": (private("POST", f"{RUN}fuse-again/", 302, slot=["A", "B"]),),
    "runs/<slug:public_id>/renew/": (private("GET", f"{RUN}renew/"),),
    "runs/<slug:public_id>/renew/<slug:form>/price/": (private("POST", f"{RUN}renew/rejudge/price/"),),
    "runs/<slug:public_id>/order-check/": (private("POST", f"{RUN}order-check/", 302),),
    "runs/<slug:public_id>/order-check/price/": (private("GET", f"{RUN}order-check/price/"),),
    "runs/<slug:public_id>/second-judge/": (
        private("GET", f"{RUN}second-judge/"),
        private("POST", f"{RUN}second-judge/", 302, judge="local/gemma3-270m"),
    ),
    "runs/<slug:public_id>/second-judge/price/": (private("POST", f"{RUN}second-judge/price/"),),
    "runs/<slug:public_id>/rejudge/": (private("POST", f"{RUN}rejudge/", 302, judge="builtin/overlap"),),
    "runs/<slug:public_id>/rewrite/": (private("POST", f"{RUN}rewrite/", 302),),
    "runs/<slug:public_id>/check/": (private("POST", f"{RUN}check/", 302),),
    "runs/<slug:public_id>/check/form/": (private("GET", f"{RUN}check/form/"),),
    "runs/<slug:public_id>/peer-review/": (private("POST", f"{RUN}peer-review/", 302),),
    "runs/<slug:public_id>/peer-review/price/": (private("GET", f"{RUN}peer-review/price/"),),
    "runs/<slug:public_id>/add-model/": (private("POST", f"{RUN}add-model/", 302, model="{reference}"),),
    "runs/<slug:public_id>/choose/": (private("POST", f"{RUN}choose/", 302, analysis="{judge}"),),
    "runs/<slug:public_id>/continue/": (private("POST", f"{RUN}continue/", 302),),
    "runs/<slug:public_id>/compare/": (private("POST", f"{RUN}compare/", 302),),
    "runs/<slug:public_id>/retry-failed/": (private("POST", f"{RUN}retry-failed/", 302),),
    "runs/<slug:public_id>/share/": (private("POST", f"{RUN}share/", 302),),
    "runs/<slug:public_id>/delete/": (private("POST", f"{RUN}delete/", 302),),
    "runs/<slug:public_id>/again/": (private("POST", f"{RUN}again/", 302),),
    "runs/<slug:public_id>/follow/": (private("POST", f"{RUN}follow/", 302, prompt="Why?"),),
    "runs/<slug:public_id>/follow/estimate/": (private("POST", f"{RUN}follow/estimate/", prompt="Why?"),),
    "runs/<slug:public_id>/turn/": (private("GET", f"{RUN}turn/"),),
    "runs/<slug:public_id>/answers/": (private("GET", f"{RUN}answers/"),),
    "threads/<slug:thread_id>/": (private("GET", THREAD),),
    "threads/<slug:thread_id>/state/": (private("GET", f"{THREAD}state/"),),
    "threads/<slug:thread_id>/files/<int:number>/": (private("GET", f"{THREAD}files/1/", 302),),
    "threads/<slug:thread_id>/share/": (private("POST", f"{THREAD}share/", 302),),
    r"^threads/(?P<thread_id>\w+)/export\.(?P<form>md|json)$": (
        private("GET", f"{THREAD}export.md"),
        private("GET", f"{THREAD}export.json"),
    ),
    "threads/<slug:thread_id>/delete/": (private("POST", f"{THREAD}delete/", 302),),
    "calls/<int:call_id>/cancel/": (private("POST", "/calls/{call}/cancel/", 302),),
    "calls/<int:call_id>/sent/": (private("GET", "/calls/{call}/sent/"),),
    "calls/<int:call_id>/retry/": (private("POST", "/calls/{call}/retry/", 302),),
    "shares/": (listed("GET", "/shares/"),),
    "shares/<int:share_id>/revoke/": (private("POST", "/shares/{share}/revoke/", 302),),
    "s/<slug:code>/": (shared("GET", "/s/{code}/"),),
    "s/<slug:code>/embed/": (shared("GET", "/s/{code}/embed/"),),
    "s/<slug:code>/fragments/<str:names>/": (shared("GET", "/s/{code}/fragments/header/"),),
    "s/<slug:code>/preview.png": (shared("GET", "/s/{code}/preview.png"),),
    "s/<slug:code>/findings/<int:judge>/<slug:kind>/": (shared("GET", "/s/{code}/findings/{judge}/{kind}/"),),
    r"^s/(?P<code>[\w-]+)/(?P<view>aligned|whole|changes)/$": (shared("GET", "/s/{code}/aligned/"),),
    "s/<slug:code>/files/<int:number>/": (shared("GET", "/s/{code}/files/1/"),),
    "s/<slug:code>/images/<int:turn>/<int:number>/": (shared("GET", "/s/{code}/images/0/0/"),),
    r"^s/(?P<code>[\w-]+)\.(?P<form>md|json)$": (shared("GET", "/s/{code}.md"), shared("GET", "/s/{code}.json")),
    "settings/": (listed("GET", "/settings/"),),
    "settings/keys/": (
        Page(
            "POST",
            "/settings/keys/",
            dict.fromkeys(PEOPLE, 302),
            {"name": "new", "scopes": ["read"]},
            why="Each person makes a key of their own; who is signed out goes to the login.",
        ),
    ),
    "history/columns/": (listed("POST", "/history/columns/", 302, column="cost"),),
    "history/marks/": (listed("POST", "/history/marks/", 302, star="{run}"),),
    "history/marks/<int:change_id>/": (private("GET", "/history/marks/{change}/", 302),),
    "history/marks/<int:change_id>/undo/": (private("POST", "/history/marks/{change}/undo/", 302),),
    "history/export/<slug:form>/": (listed("GET", "/history/export/csv/"),),
    "history/bin/": (listed("GET", "/history/bin/"),),
    "history/searches/": (listed("POST", "/history/searches/", 302, q="status:done", name="Done"),),
    "history/searches/<int:search_id>/pin/": (private("POST", "/history/searches/{search}/pin/", 302),),
    "history/searches/<int:search_id>/rename/": (private("POST", "/history/searches/{search}/rename/", 302, name="x"),),
    "history/searches/<int:search_id>/delete/": (private("POST", "/history/searches/{search}/delete/", 302),),
    "runs/<slug:public_id>/similar/": (private("GET", f"{RUN}similar/"),),
    "runs/<slug:public_id>/details/": (private("GET", "/runs/{run}/details/"),),
    "settings/keys/<int:key_id>/revoke/": (private("POST", "/settings/keys/{key}/revoke/", 302),),
    "settings/preferences/": (
        Page(
            "POST",
            "/settings/preferences/",
            dict.fromkeys(PEOPLE, 302),
            why="Each person sets preferences of their own.",
        ),
    ),
    "settings/export/": (listed("POST", "/settings/export/"),),
    "settings/import/": (
        listed("GET", "/settings/import/"),
        signed_in("POST", "/settings/import/", "It imports for whoever sends an archive; none is sent here.", 400),
    ),
    "progress/<slug:token>/": (
        signed_in("GET", "/progress/none/", "The line of a request of one's own; there is none.", 204),
    ),
    "settings/password/": (listed("GET", "/settings/password/"),),
    "settings/webhooks/<str:public_id>/send/": (private("POST", "/settings/webhooks/{run}/send/", own=302),),
    "settings/caps/": (
        Page("POST", "/settings/caps/", dict.fromkeys(PEOPLE, 302), why="Each person sets caps of their own."),
    ),
    "mcp": (of_keys("POST", "/mcp"),),
    "mcp/": (of_keys("POST", "/mcp/"),),
    "api/docs/": (public("GET", "/api/docs/"),),
    "api/docs/<slug:slug>/": (public("GET", "/api/docs/runs/"),),
    "api/v1/openapi.json": (public("GET", "/api/v1/openapi.json"),),
}
ADMIN_PREFIX = "admin/"
"""Django's admin: administrators of the site alone. Its addresses are walked one by one; all others are sent to its
login, so there is no 404 that could tell one object from another."""
OPEN_IN_ADMIN = {"admin/login/"}

SOCKETS = {
    "ws/runs/<slug:public_id>/": ("/ws/runs/{run}/", {"bob": 4404, "charlie": 4404, "root": 4404, "nobody": 4401}),
    "ws/shares/<slug:code>/": ("/ws/shares/{code}/", dict.fromkeys(PEOPLE, 1000)),
    "": ("/ws/elsewhere/", dict.fromkeys(PEOPLE, 4404)),
}


QUESTION, CHAT = {"prompt": "Why?"}, {"messages": [{"role": "user", "content": "Why?"}], "stream": True}
ASKED = {"role": "user", "content": "Why?"}
GO_ON = {"model": "local/smollm2-135m", "stream": True}

OPEN = ""
"""The scope of a route that needs no key, and says nothing."""
NOBODYS = "It reads nothing of anybody's: it says that it is there, or counts what it is sent."

STREAMED = "It is streamed: tests/runs/reading/test_bulk_export.py reads whose runs are in it."

ROUTES: dict[str, tuple[Route, ...]] = {
    **ANNOTATION_ROUTES,
    **HISTORY_ROUTES,
    "POST /v1/chat/completions": (
        Route("/v1/chat/completions", "run", body={**CHAT, "model": FUSION}),
        Route("/v1/chat/completions", "run", body={**CHAT, "model": "{reference}"}),
        Route("/v1/chat/completions", "run", body={**CHAT, **GO_ON, "fusion": {"thread": "{run}"}}),
    ),
    "POST /v1/responses": (
        Route("/v1/responses", "run", body={"model": FUSION, "input": "Why?", "stream": True}),
        Route("/v1/responses", "run", body={"model": "{reference}", "input": "Why?", "stream": True}),
        Route("/v1/responses", "run", body={**GO_ON, "input": "Why?", "previous_response_id": "resp_{run}"}),
        Route("/v1/responses", "run", body={**GO_ON, "input": [{"type": "item_reference", "id": "msg_{run}"}, ASKED]}),
    ),
    "GET /v1/responses/{response_id}": (Route("/v1/responses/resp_{run}", "read"),),
    "DELETE /v1/responses/{response_id}": (Route("/v1/responses/resp_{run}", "admin"),),
    "POST /v1/responses/{response_id}/cancel": (Route("/v1/responses/resp_{run}/cancel", "run"),),
    "GET /v1/responses/{response_id}/input_items": (Route("/v1/responses/resp_{run}/input_items", "read"),),
    "POST /v1/responses/input_tokens": (
        Route("/v1/responses/input_tokens", "read", foreign=200, body={"input": "Why?"}, why=NOBODYS),
        Route("/v1/responses/input_tokens", "read", body={"input": "Why?", "previous_response_id": "resp_{run}"}),
    ),
    "POST /v1/completions": (
        Route("/v1/completions", "run", body={"model": FUSION, "prompt": "Why?", "stream": True}),
        Route("/v1/completions", "run", body={"model": "{reference}", "prompt": "Why?", "stream": True}),
    ),
    "POST /v1/messages": (
        Route("/v1/messages", "run", body={**CHAT, "max_tokens": 9, "model": "claude-fusion-{preset}"}),
        Route("/v1/messages", "run", body={**CHAT, "max_tokens": 9, "model": "{reference}"}),
        Route(
            "/v1/messages",
            "run",
            body={**CHAT, "max_tokens": 9, "model": "local/smollm2-135m", "fusion": {"thread": "{run}"}},
        ),
    ),
    "HEAD /v1/messages": (Route("/v1/messages", OPEN, foreign=200, why=NOBODYS),),
    "POST /v1/messages/count_tokens": (
        Route("/v1/messages/count_tokens", "read", foreign=200, body={"model": "x", "messages": [ASKED]}, why=NOBODYS),
    ),
    "GET /v1/models": (Route("/v1/models", "read", foreign=200, why=OWN_ONLY),),
    "GET /v1/models/{path:model_id}": (
        Route("/v1/models/fusion/{preset}", "read"),
        Route("/v1/models/{reference}", "read"),
    ),
    "POST /api/v1/runs": (
        Route("/api/v1/runs", "run", own=201, body={**QUESTION, "model": "{reference}"}),
        Route("/api/v1/runs", "run", own=201, body={**QUESTION, "panel": ["{reference}", "local/smollm2-135m"]}),
        Route("/api/v1/runs", "run", own=201, body={**QUESTION, "model": FUSION}),
        Route("/api/v1/runs", "run", own=201, body={**QUESTION, "model": "local/smollm2-135m", "thread": "{run}"}),
        Route(
            "/api/v1/runs",
            "run",
            own=201,
            foreign=400,
            body={**QUESTION, "preset": "{preset}"},
            why="The preset is an option, refused in the words for one that does not exist.",
        ),
    ),
    "GET /api/v1/runs": (
        Route("/api/v1/runs", "read", foreign=200, why=OWN_ONLY),
        Route("/api/v1/runs?q=status:done", "read", foreign=200, why=OWN_ONLY),
        Route("/api/v1/runs?preset=&model=local/smollm2-135m", "read", foreign=200, why=OWN_ONLY),
    ),
    "GET /api/v1/calibrations": (Route("/api/v1/calibrations", "read", foreign=200, why=OWN_ONLY),),
    "GET /api/v1/compare": (Route("/api/v1/compare?runs={run},{turn}", "read"),),
    "GET /api/v1/runs/{run_id}": (Route(API_RUN, "read"),),
    "DELETE /api/v1/runs/{run_id}": (Route(API_RUN, "admin", own=204),),
    "POST /api/v1/runs/{run_id}/fork": (
        Route(f"{API_RUN}/fork", "run", own=201),
        Route(f"{API_RUN}/fork", "run", own=201, body={"prompt": "Why?"}),
    ),
    "POST /api/v1/runs/{run_id}/cancel": (Route(f"{API_RUN}/cancel", "run"),),
    "POST /api/v1/runs/{run_id}/fuse-now": (Route(f"{API_RUN}/fuse-now", "run"),),
    "POST /api/v1/runs/{run_id}/fuse-again": (Route(f"{API_RUN}/fuse-again", "run", body={"slots": ["A", "B"]}),),
    "POST /api/v1/runs/{run_id}/order-check": (Route(f"{API_RUN}/order-check", "run", own=201, body={}),),
    "POST /api/v1/runs/{run_id}/second-judge": (
        Route(f"{API_RUN}/second-judge", "run", own=201, body={"judge": "local/gemma3-270m"}),
    ),
    "POST /api/v1/runs/{run_id}/rejudge": (
        Route(f"{API_RUN}/rejudge", "run", own=201, body={"judge": "builtin/overlap"}),
    ),
    "POST /api/v1/runs/{run_id}/rewrite": (
        Route(f"{API_RUN}/rewrite", "run", own=201, body={"writers": ["{reference}"]}),
    ),
    "POST /api/v1/runs/{run_id}/answer-check": (
        Route(f"{API_RUN}/answer-check", "run", own=201, body={"model": "{reference}"}),
    ),
    "POST /api/v1/runs/{run_id}/peer-review": (Route(f"{API_RUN}/peer-review", "run", own=201, body={}),),
    "POST /api/v1/runs/{run_id}/columns": (Route(f"{API_RUN}/columns", "run", own=201, body={"model": "{reference}"}),),
    "POST /api/v1/runs/{run_id}/current": (Route(f"{API_RUN}/current", "run", body={}),),
    "GET /api/v1/runs/{run_id}/analyses": (Route(f"{API_RUN}/analyses", "read"),),
    "GET /api/v1/runs/{run_id}/answers": (Route(f"{API_RUN}/answers", "read"),),
    "POST /api/v1/runs/{run_id}/continue": (Route(f"{API_RUN}/continue", "run", own=409, body={}),),
    "GET /api/v1/runs/{run_id}/export": (Route(f"{API_RUN}/export", "read"),),
    "GET /api/v1/runs/{run_id}/alignment": (Route(f"{API_RUN}/alignment", "read"),),
    "GET /api/v1/runs/{run_id}/webhook": (Route(f"{API_RUN}/webhook", "read"),),
    "POST /api/v1/runs/{run_id}/webhook/send": (Route(f"{API_RUN}/webhook/send", "run", own=202),),
    "POST /api/v1/runs/{run_id}/shares": (Route(f"{API_RUN}/shares", "admin", own=201),),
    "GET /api/v1/export": (Route("/api/v1/export?query=status:done", "read", foreign=200, why=STREAMED),),
    "GET /api/v1/shares": (Route("/api/v1/shares", "admin", foreign=200, why=OWN_ONLY),),
    "POST /api/v1/shares/{code}/fork": (
        Route("/api/v1/shares/{code}/fork", "run", foreign=201, own=201, why="The link is enough."),
    ),
    "DELETE /api/v1/shares/{code}": (Route("/api/v1/shares/{code}", "admin", own=204),),
    "GET /api/v1/calls/{call_id}/sent": (Route("/api/v1/calls/{call}/sent", "read"),),
    "POST /api/v1/calls/{call_id}/retry": (Route("/api/v1/calls/{call}/retry", "run", own=201),),
    "POST /api/v1/calls/{call_id}/cancel": (Route("/api/v1/calls/{call}/cancel", "run"),),
    "POST /api/v1/estimates": (
        Route("/api/v1/estimates", "read", body={**QUESTION, "model": "{reference}"}),
        Route("/api/v1/estimates", "read", body={**QUESTION, "model": FUSION}),
        Route("/api/v1/estimates", "read", body={**QUESTION, "model": "local/smollm2-135m", "thread": "{run}"}),
    ),
    **BATCH_ROUTES,
    "GET /api/v1/threads/{thread_id}": (Route(API_THREAD, "read"),),
    "GET /api/v1/threads/{thread_id}/export": (Route(f"{API_THREAD}/export", "read"),),
    "POST /api/v1/threads/{thread_id}/shares": (Route(f"{API_THREAD}/shares", "admin", own=201),),
    "DELETE /api/v1/threads/{thread_id}": (Route(API_THREAD, "admin", own=204),),
    "GET /api/v1/runs/{run_id}/events": (Route(f"{API_RUN}/events", "read"),),
}
