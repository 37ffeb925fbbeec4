"""The rows of the access table for prompt templates and batches."""

from tests.access.rows import BATCH, TEMPLATE, Page, Route, listed, private

BATCH_PAGES: dict[str, tuple[Page, ...]] = {
    "templates/": (listed("GET", "/templates/"),),
    "templates/new/": (listed("GET", "/templates/new/"),),
    "templates/<slug:template_id>/": (
        private("GET", TEMPLATE),
        private("POST", TEMPLATE, 302, name="other", prompt="Why?"),
    ),
    "templates/<slug:template_id>/fill/": (private("POST", f"{TEMPLATE}fill/"),),
    "templates/<slug:template_id>/delete/": (private("POST", f"{TEMPLATE}delete/", 302),),
    "batches/": (listed("GET", "/batches/"),),
    "batches/new/": (
        listed("GET", "/batches/new/"),
        listed("GET", "/batches/new/?template={template}"),
        listed("POST", "/batches/new/", 302, prompt="Why?", preset="local"),
    ),
    "batches/<slug:batch_id>/": (private("GET", BATCH),),
    "batches/<slug:batch_id>/do/": (
        private("POST", f"{BATCH}do/", 302, do="start"),
        private("POST", f"{BATCH}do/", 302, do="cancel"),
        private("POST", f"{BATCH}do/", 302, do="tell"),
        private("POST", f"{BATCH}do/", 302, do="checks", checks="contains: old"),
        private("POST", f"{BATCH}do/", 302, do="delete"),
    ),
    "batches/<slug:batch_id>/webhook/send/": (private("POST", f"{BATCH}webhook/send/", 302),),
    r"^batches/(?P<batch_id>\w+)/results\.(?P<file>csv|jsonl)$": (
        private("GET", f"{BATCH}results.csv"),
        private("GET", f"{BATCH}results.jsonl"),
    ),
}

API_TEMPLATE, API_BATCH = "/api/v1/templates/{template}", "/api/v1/batches/{batch}"
OWN_ONLY = "It names nothing: each key gets what its owner's is, which the test reads."
TEXTS = {"name": "other", "prompt": "Why?"}

REQUESTS, FILE = "/v1/batches/batch_{request_batch}", "/v1/files/file-{file}"
ORDER = {"input_file_id": "file-{file}", "endpoint": "/v1/chat/completions"}
RESULTS = ("/v1/files/file-output-{request_batch}", "/v1/files/file-errors-{request_batch}")

BATCH_ROUTES: dict[str, tuple[Route, ...]] = {
    "POST /v1/files": (
        Route("/v1/files", "run", own=400, foreign=400, body={}, why="It takes a form with a file, and is sent none."),
    ),
    "GET /v1/files": (Route("/v1/files", "read", foreign=200, why=OWN_ONLY),),
    "GET /v1/files/{file_id}": (Route(FILE, "read"), *(Route(one, "read") for one in RESULTS)),
    "GET /v1/files/{file_id}/content": (
        Route(f"{FILE}/content", "read"),
        *(Route(f"{one}/content", "read") for one in RESULTS),
    ),
    "DELETE /v1/files/{file_id}": (Route(FILE, "admin"),),
    "POST /v1/batches": (Route("/v1/batches", "run", body=ORDER),),
    "GET /v1/batches": (
        Route("/v1/batches", "read", foreign=200, why=OWN_ONLY),
        Route("/v1/batches?after=batch_{request_batch}", "read"),
    ),
    "GET /v1/batches/{batch_id}": (Route(REQUESTS, "read"), Route("/v1/batches/batch_{batch}", "read", own=404)),
    "POST /v1/batches/{batch_id}/cancel": (Route(f"{REQUESTS}/cancel", "run"),),
    "POST /api/v1/templates": (
        Route(
            "/api/v1/templates",
            "run",
            own=400,
            foreign=400,
            body={**TEXTS, "name": " "},
            why="Each key makes its owner's own; without a name it is refused, so that one can ask as often.",
        ),
    ),
    "GET /api/v1/templates": (Route("/api/v1/templates", "read", foreign=200, why=OWN_ONLY),),
    "GET /api/v1/templates/{template_id}": (Route(API_TEMPLATE, "read"),),
    "PUT /api/v1/templates/{template_id}": (Route(API_TEMPLATE, "run", body=TEXTS),),
    "DELETE /api/v1/templates/{template_id}": (Route(API_TEMPLATE, "admin", own=204),),
    "GET /api/v1/templates/{template_id}/versions": (Route(f"{API_TEMPLATE}/versions", "read"),),
    "POST /api/v1/templates/{template_id}/fill": (Route(f"{API_TEMPLATE}/fill", "read", body={}),),
    "POST /api/v1/batches": (
        Route("/api/v1/batches", "run", own=201, body={"template": "{template}", "model": "{reference}"}),
        Route("/api/v1/batches", "run", own=201, body={"prompt": "Why?", "model": "{reference}"}),
    ),
    "GET /api/v1/batches": (Route("/api/v1/batches", "read", foreign=200, why=OWN_ONLY),),
    "GET /api/v1/batches/{batch_id}": (Route(API_BATCH, "read"),),
    "DELETE /api/v1/batches/{batch_id}": (Route(API_BATCH, "admin", own=204),),
    "GET /api/v1/batches/{batch_id}/rows": (Route(f"{API_BATCH}/rows", "read"),),
    "POST /api/v1/batches/{batch_id}/start": (Route(f"{API_BATCH}/start", "run"),),
    "POST /api/v1/batches/{batch_id}/pause": (Route(f"{API_BATCH}/pause", "run"),),
    "POST /api/v1/batches/{batch_id}/resume": (Route(f"{API_BATCH}/resume", "run"),),
    "POST /api/v1/batches/{batch_id}/retry": (
        Route(f"{API_BATCH}/retry", "run", own=409, body={}, why="No row has failed."),
    ),
    "POST /api/v1/batches/{batch_id}/repeat": (Route(f"{API_BATCH}/repeat", "run", own=201),),
    "POST /api/v1/batches/{batch_id}/cancel": (Route(f"{API_BATCH}/cancel", "run"),),
    "POST /api/v1/batches/{batch_id}/checks": (
        Route(f"{API_BATCH}/checks", "run", body={"checks": ["contains: old"]}),
    ),
    "POST /api/v1/batches/{batch_id}/webhook/send": (Route(f"{API_BATCH}/webhook/send", "run", own=202),),
    "POST /api/v1/batches/{batch_id}/cap": (Route(f"{API_BATCH}/cap", "run", body={"cap": 2}),),
}
