"""Providers, their models with prices, and presets. Keys stay in the environment; a row names the variable only."""

from django.db import models

from apps.fusion.values import Parameters, Price, SlotSpec
from apps.fusion.vocabulary import PromptStyle
from apps.providers.dialects import Dialect


class Provider(models.Model):
    """A company or server that answers requests. ``api_key_env`` names the environment variable with its key."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=100)
    dialect = models.CharField(max_length=30, default=Dialect.OPENAI, choices=[(d, d) for d in Dialect])
    base_url = models.CharField(max_length=500)
    api_key_env = models.CharField(max_length=100, blank=True)
    headers = models.JSONField(default=dict, blank=True)
    is_connected = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class Model(models.Model):
    """A model that a provider serves. ``reference`` is ``provider slug/model name``; prices are USD per million tokens.

    ``base_url`` overrides the provider's where each model has a server of its own; ``context_length`` counts tokens.
    """

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="models")
    name = models.CharField(max_length=200)
    reference = models.CharField(max_length=255, unique=True)
    label = models.CharField(max_length=200)
    maker = models.CharField(max_length=100, blank=True)
    family = models.CharField(max_length=100, blank=True)
    base_url = models.CharField(max_length=500, blank=True)
    style = models.CharField(max_length=10, choices=[(style, style) for style in PromptStyle], default=PromptStyle.CHAT)
    context_length = models.PositiveIntegerField(null=True, blank=True)
    supports_json_schema = models.BooleanField(default=False)
    price_input = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)
    price_cached = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)
    price_output = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)
    is_available = models.BooleanField(default=True)

    class Meta:
        ordering = ["provider__slug", "name"]
        constraints = [
            models.CheckConstraint(condition=models.Q(style__in=list(PromptStyle)), name="model_style_is_known"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def price(self) -> Price:
        return Price(input=self.price_input, output=self.price_output, cached=self.price_cached)


class Preset(models.Model):
    """A named recipe: a panel, a judge, a writer. ``position`` orders the chips; the first is the default."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=50)
    version = models.PositiveIntegerField(default=1)
    position = models.PositiveIntegerField(default=0)
    panel = models.JSONField()
    judge = models.CharField(max_length=255)
    judge_parameters = models.JSONField(default=dict)
    writer = models.CharField(max_length=255)
    writer_parameters = models.JSONField(default=dict)
    is_available = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.name

    @property
    def slots(self) -> tuple[SlotSpec, ...]:
        return tuple(SlotSpec.model_validate(slot) for slot in self.panel)

    @property
    def parameters_of_writer(self) -> Parameters:
        return Parameters.model_validate(self.writer_parameters)
