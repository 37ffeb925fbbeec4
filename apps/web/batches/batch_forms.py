"""The form of a new batch, read from a request: texts as they were typed, and the batch that they ask for."""

from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from django.core.files.uploadedfile import UploadedFile
from pydantic import ValidationError

from apps.accounts.models import User
from apps.batches.actions import BatchRequest, InvalidBatch
from apps.batches.models import PromptTemplate, PromptVersion
from apps.batches.templates import find_template, find_version
from apps.catalogue.models import Preset
from apps.catalogue.recipes.presets import find_choosable
from apps.catalogue.recipes.resolve import UnknownModel, recipe_of_preset
from apps.fusion.refusal import Refusal
from apps.fusion.value_tables import MOST_BYTES, BadTable, ValueTable, decode_table, read_table
from apps.fusion.values import Message
from apps.web.requests import SignedInRequest, plain_text

TEXTS = ("name", "preset", "prompt", "table", "checks", "repetitions", "max_cost")


@dataclass
class BatchForm:
    """A form that was sent: its texts, the version that it is of, and a sentence for each field with a problem."""

    texts: dict[str, str]
    version: PromptVersion | None = None
    problems: dict[str, str] = field(default_factory=dict)

    def refuse(self, error: Refusal) -> None:
        """Note what is wrong at its field."""
        self.problems.setdefault(error.field, error.sentence)


def version_of(user: User, public_id: str) -> PromptVersion | None:
    """Return the newest version of a template, ``None`` for none that the person may read."""
    try:
        return find_version(find_template(user, public_id)) if public_id.isalnum() else None
    except PromptTemplate.DoesNotExist:
        return None


def read_form(request: SignedInRequest) -> tuple[BatchForm, BatchRequest | None]:
    """Return the form of a POST, and the batch that it asks for; ``None`` where something is wrong."""
    texts = {name: plain_text(request.POST.get(name, "")) for name in TEXTS}
    form = BatchForm(texts, version_of(request.user, request.POST.get("template", "")))
    table = _table(form, request.FILES.get("file"))
    try:
        preset = find_choosable(request.user, texts["preset"])
        recipe = recipe_of_preset(preset, request.user)
    except (Preset.DoesNotExist, UnknownModel, ValidationError):
        form.problems["preset"] = "Choose a preset whose models are connected."
        return form, None
    repetitions, max_cost = _whole(form), _amount(form)
    if form.problems:
        return form, None
    system = [Message(role="system", text=preset.system)] if preset.system else []
    return form, BatchRequest(
        recipe=recipe,
        name=texts["name"],
        version=form.version,
        messages=(*system, Message(role="user", text=texts["prompt"].strip())),
        table=table,
        checks=texts["checks"],
        repetitions=repetitions,
        max_cost=max_cost,
    )


def _table(form: BatchForm, file: UploadedFile | None) -> ValueTable | None:
    """Return the table of an uploaded file, else the pasted one; ``None`` for none."""
    try:
        if file:
            # One byte more than a table may have: of a larger file nothing else is read.
            return read_table(decode_table(file.read(MOST_BYTES + 1)))
        return read_table(form.texts["table"]) if form.texts["table"].strip() else None
    except BadTable as error:
        form.refuse(error)
        return None


def _whole(form: BatchForm) -> int:
    text = form.texts["repetitions"].strip() or "1"
    if text.isascii() and text.isdigit() and len(text) < 5:
        return int(text)
    form.refuse(InvalidBatch("Enter a whole number.", "repetitions"))
    return 1


def _amount(form: BatchForm) -> Decimal | None:
    text = form.texts["max_cost"].strip().removeprefix("$")
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        form.refuse(InvalidBatch("Enter an amount in USD, such as 2.50.", "max_cost"))
        return None
