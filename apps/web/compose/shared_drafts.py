"""The form filled from a shared run: its prompt and its set-up, for somebody who goes on with it as their own."""

from dataclasses import replace

from apps.runs.models import Run, Share
from apps.web.compose import drafts
from apps.web.compose.drafts import Draft

CLOSED = "The link that this was made from is closed, and its pictures and files with it. Run it without them?"


def draft_of_share(run: Run, share: Share) -> Draft:
    """Return the form filled with what a link shows of a run. Models that its reader lacks are named by the form."""
    return replace(drafts.draft_of_run(run, is_edit=True), preset="", origin="", share=share.code)
