"""Runs, calls, findings and shares. Written only through actions.py; nothing here decides what happens next."""

from apps.runs.models.alignments import Alignment
from apps.runs.models.calls import Attempt, Call, CallOutput, CallQuerySet
from apps.runs.models.columns import UNFINISHED, seconds
from apps.runs.models.files import PendingFile
from apps.runs.models.findings import Assessment, Evidence, Finding
from apps.runs.models.lookups import Citation, LookupStep, Source, ToolUse
from apps.runs.models.marks import BulkChange, SavedSearch
from apps.runs.models.runs import (
    FEW_TAGS,
    MANY_TAGS,
    PastSpending,
    Run,
    RunQuerySet,
    SharedCap,
    new_public_id,
    new_share_code,
)
from apps.runs.models.search import SearchRow
from apps.runs.models.sent import SentRequest
from apps.runs.models.shares import Share
from apps.runs.models.vectors import RunVector
from apps.runs.models.webhooks import Delivery, DeliveryAttempt, DeliveryStatus, WebhookDelivery, new_message_id

__all__ = [
    "FEW_TAGS",
    "MANY_TAGS",
    "UNFINISHED",
    "Alignment",
    "Assessment",
    "Attempt",
    "BulkChange",
    "Call",
    "CallOutput",
    "CallQuerySet",
    "Citation",
    "Delivery",
    "DeliveryAttempt",
    "DeliveryStatus",
    "Evidence",
    "Finding",
    "LookupStep",
    "PastSpending",
    "PendingFile",
    "Run",
    "RunQuerySet",
    "RunVector",
    "SavedSearch",
    "SearchRow",
    "SentRequest",
    "Share",
    "SharedCap",
    "Source",
    "ToolUse",
    "WebhookDelivery",
    "new_message_id",
    "new_public_id",
    "new_share_code",
    "seconds",
]
