"""The rows of the access table for prompt templates and batches."""

from tests.access.rows import BATCH, TEMPLATE, Page, listed, private

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
        private("POST", f"{BATCH}do/", 302, do="delete"),
    ),
    r"^batches/(?P<batch_id>\w+)/results\.(?P<file>csv|jsonl)$": (
        private("GET", f"{BATCH}results.csv"),
        private("GET", f"{BATCH}results.jsonl"),
    ),
}
