"""Presets on the scriptable vendor, for tests of the API."""

from apps.catalogue.models import Preset
from apps.fusion.values import Parameters, SlotSpec
from apps.fusion.vocabulary import SLOTS, Builtin
from tests.runs.stack import Bench

ANSWERS = {
    "oak": "The Eiffel Tower is 330 metres high. It opened in 1889.",
    "elm": "The Eiffel Tower is 300 metres high. It opened in 1889.",
    "yew": "The Eiffel Tower is 330 metres high. It is painted every seven years.",
}
FUSED = "The Eiffel Tower is 330 metres high; one answer says 300. It opened in 1889."


def make_preset(bench: Bench, slug: str = "trees") -> Preset:
    """A preset of three models, and a writer that says FUSED."""
    references = [bench.model(name, "ok", text=text) for name, text in ANSWERS.items()]
    writer = bench.model("writer", "ok", text=FUSED)
    specs = tuple(
        SlotSpec(slot=slot, model=model, parameters=Parameters(temperature=0.5))
        for slot, model in zip(SLOTS, references, strict=False)
    )
    return Preset.objects.create(slug=slug, name=slug.title(), panel=specs, judge=Builtin.OVERLAP, writer=writer)
