"""Quiet warnings about a recipe before it runs, the settings that will not be sent, and the receivers of the prompt."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from apps.catalogue.models import Model
from apps.fusion.strategies import planned_calls, strategy_of
from apps.fusion.values import JudgedSettings, Message, Parameters, Recipe
from apps.fusion.vocabulary import Builtin, Role
from apps.providers import dialects
from apps.providers.base import Endpoint, Request

LOCAL = "local"
"""The slug of the site's own preset of models on this machine."""
THIS_MACHINE = "this machine"
LLAMA_CPP = "local"
"""The slug of the provider whose models `make run` serves itself."""
ON_THIS_MACHINE = (LLAMA_CPP, "ollama")
WORDS = {
    "top_p": "top p",
    "max_tokens": "max tokens",
    "reasoning_effort": "reasoning effort",
    "stop": "stop texts",
    "frequency_penalty": "frequency penalty",
    "presence_penalty": "presence penalty",
    "web_search": "the vendor’s own web search",
}
"""Names of parameters where people read; the others by their own names."""

Panel = Sequence[tuple[str, Model]]


@dataclass(frozen=True, slots=True)
class ModelUse:
    """A model that a recipe may call, under its name on the page. ``reads``: its call reads those of others."""

    name: str
    model: Model
    parameters: Parameters
    reads: bool


def warnings(recipe: Recipe, models: Mapping[str, Model], messages: Sequence[Message] = ()) -> list[str]:
    """Return the warnings about a recipe, a sentence each; none forbids the run.

    ``models`` are the recipe's by reference; those of its panel must be among them.
    """
    asked = list(_model_uses(recipe, models))
    return [
        *(_similarity_warnings(recipe, models) if recipe.preset != LOCAL else ()),
        *(_image_warnings(asked) if any(message.images for message in messages) else ()),
        *_parameter_warnings(asked),
    ]


def receivers(recipe: Recipe, models: Mapping[str, Model]) -> list[str]:
    """Return the companies that will receive the prompt, or "this machine"; each once, in order of appearance."""
    asked = (models[reference] for reference in references_of(recipe) if reference in models)
    return list(dict.fromkeys(company_of(model) for model in asked))


def company_of(model: Model) -> str:
    """Return the provider, and the maker behind it if they differ: a router passes the prompt on."""
    if model.provider.slug in ON_THIS_MACHINE:
        return THIS_MACHINE
    if model.maker and model.maker != model.provider.name:
        return f"{model.maker} (through {model.provider.name})"
    return model.provider.name


def references_of(recipe: Recipe) -> list[str]:
    """Return every model that a recipe may ask, fallbacks last; a judge that is built in is none."""
    planned = planned_calls(recipe)
    fallbacks = (call.fallback for call in planned if call.fallback)
    models = (call.model for call in planned if call.role is not Role.JUDGE or call.model != Builtin.OVERLAP)
    return [*models, *fallbacks]


def in_words(parameters: Iterable[str]) -> str:
    """Return names of parameters in words: ``seed``, ``seed and top p``."""
    names = [WORDS.get(name, name) for name in parameters]
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def _model_uses(recipe: Recipe, models: Mapping[str, Model]) -> Iterable[ModelUse]:
    """Yield every model that the strategy plans to call, and its fallback; built-in ones are left out."""
    strategy, default = strategy_of(recipe), JudgedSettings.model_fields["judge_parameters"].default
    for call in planned_calls(recipe):
        name, parameters = call.slot or strategy.title_of(call), call.parameters
        if (call.role is Role.CHECK or call.role.urgency is Role.JUDGE) and parameters == default:
            parameters = Parameters()  # nobody chose a default, so none needs a warning
        asked = {name: call.model, f"{name}’s fallback": call.fallback if call.fallback != call.model else ""}
        for who, reference in asked.items():
            if reference in models:
                yield ModelUse(who, models[reference], parameters, reads=bool(call.reads))


def _similarity_warnings(recipe: Recipe, models: Mapping[str, Model]) -> list[str]:
    """Warn about models that are too alike. The preset Local is exempt: it has no others to choose from."""
    strategy = strategy_of(recipe)
    panel = [(spec.slot, models[spec.model]) for spec in recipe.panel]
    found = _kinship_warnings(panel)
    for call in reversed(planned_calls(recipe)):
        if call.most and not call.slot and not call.role.is_beside:
            found = _judge_or_writer_warnings(strategy.title_of(call).lower(), models.get(call.model), panel) + found
    return found


def _judge_or_writer_warnings(role: str, judge_or_writer: Model | None, panel: Panel) -> list[str]:
    if judge_or_writer is None:
        return []
    same_model = [slot for slot, model in panel if model.reference == judge_or_writer.reference]
    same_maker = [slot for slot, model in panel if model.maker and model.maker == judge_or_writer.maker]
    if same_model:
        return [f"The {role} is on the panel too ({', '.join(same_model)})."]
    if same_maker:
        return [f"The {role} and {', '.join(same_maker)} come from the same maker, {judge_or_writer.maker}."]
    return []


def _kinship_warnings(panel: Panel) -> list[str]:
    """Return a sentence for each group of slots with one model or one family."""
    models, families = defaultdict(list), defaultdict(list)
    for slot, model in panel:
        models[model.reference].append(slot)
        families[model.family].append((slot, model.reference))
    same = [
        f"{in_words(slots)} are the same model and may make the same mistakes."
        for slots in models.values()
        if len(slots) > 1
    ]
    kin = [
        f"{in_words(slot for slot, _ in slots)} are of the same family ({family}) and may make the same mistakes."
        for family, slots in families.items()
        if family and len({reference for _, reference in slots}) > 1
    ]
    return same + kin


def _image_warnings(asked: Sequence[ModelUse]) -> list[str]:
    """Warn about models that cannot see the images; a judge or writer among them has the panel's word for them."""
    blind = [one.name for one in asked if not one.reads and not one.model.sees_images]
    verb = "cannot see images and receives" if len(blind) == 1 else "cannot see images and receive"
    found = [f"{in_words(blind)} {verb} the text alone."] if blind else []
    readers = [one.name.lower() for one in asked if one.reads and not one.model.sees_images]
    if readers:
        know = "knows" if len(readers) == 1 else "know"
        found.append(f"The {in_words(readers)} {know} the images only from what the panel says about them.")
    return found


def _parameter_warnings(asked: Iterable[ModelUse]) -> list[str]:
    """Return a sentence for each model that does not accept some of its settings."""
    found = []
    for one in asked:
        model, request = one.model, Request(model=one.model.name, messages=(), parameters=one.parameters)
        endpoint = Endpoint(model.provider.name, model.base_url or model.provider.base_url)
        dialect = model.provider.dialect
        names = dialects.dropped(dialect, endpoint, request)
        if names:
            found.append(f"{one.name}: {in_words(names)} will not be sent; {model.label} does not take it.")
    return found
