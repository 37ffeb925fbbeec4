"""Everything that a person or a vendor names, with the longest name that it may have, in one word."""

from typing import Any

from django.db.models import Model as Row

from apps.accounts.models import ApiKey, User
from apps.batches.models import Batch, BatchFile, BatchRow, PromptTemplate
from apps.catalogue.models import (
    CriteriaSet,
    Model,
    Preset,
    Provider,
    SavedCalibration,
    SavedRule,
    ServerTool,
    ToolServer,
)
from apps.fusion.values import PromptVariant
from apps.runs.models import BulkChange, Run, SavedSearch, Share, Source, WebhookDelivery

WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
NAMED: dict[type[Row], tuple[str, ...]] = {
    User: ("display_name",),
    ApiKey: ("name",),
    PromptTemplate: ("name",),
    Batch: ("name", "reason"),
    BatchFile: ("name",),
    BatchRow: ("custom_id",),
    Provider: ("name", "base_url", "refresh_failure"),
    Model: ("label", "maker", "family", "test_failure"),
    Preset: ("name", "note", "criteria", "system"),
    CriteriaSet: ("name", "text"),
    SavedCalibration: ("name",),
    ToolServer: ("name", "url", "failure"),
    Run: ("title", "note", "failure_sentence"),
    SavedSearch: ("name", "query"),
    BulkChange: ("tag",),
    Source: ("title", "snippet"),
    WebhookDelivery: ("url", "site"),
}


def name_all_long() -> None:
    """Rename all that there is; two of a kind keep different names."""
    for kind, fields in NAMED.items():
        for row in kind._default_manager.all():
            kind._default_manager.filter(pk=row.pk).update(**{field: long_name(row, field) for field in fields})
    for server in ToolServer.objects.all():
        schema = {"properties": {WORD: {}}}
        ServerTool.objects.create(server=server, name=WORD, title=WORD, description=WORD, input_schema=schema)
    for rule in SavedRule.objects.all():
        rule.value = rule.value.model_copy(update={"name": WORD[:60], "words": (WORD,), "key": WORD, "tag": WORD})
        rule.save()
    for calibration in SavedCalibration.objects.all():
        calibration.value = calibration.value.model_copy(update={"task": WORD})
        calibration.save()
    Share.objects.update(embed_origins=[f"https://{WORD[:60]}.example"])
    for run in Run.objects.all():
        run.tags = [WORD[:50], f"{WORD[:40]}-2"]
        run.messages = tuple(message.model_copy(update=files_of(message.files)) for message in run.messages)
        own = PromptVariant(name=WORD[:40], system=WORD)
        panel = tuple(spec.model_copy(update={"variant": own}) for spec in run.recipe.panel)
        run.recipe = run.recipe.model_copy(update={"panel": panel})
        run.save(update_fields=["tags", "messages", "recipe"])


def long_name(row: Row, field: str) -> str:
    """Return one that no other row has: it begins with the number of the row."""
    longest: int | None = row._meta.get_field(field).max_length  # type: ignore[union-attr]
    return f"{'https://host.example/' if 'url' in field else ''}{row.pk}{WORD * 2}"[:longest]


def files_of(files: tuple[Any, ...]) -> dict[str, Any]:
    return {"files": tuple(file.model_copy(update={"name": f"{WORD}.txt"}) for file in files)}
