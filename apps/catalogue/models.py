"""Providers, their models with prices, presets and sets of criteria. Keys are stored encrypted or not at all."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from apps.catalogue.native_search import can_search_natively
from apps.fields import THE_SITES_OR_A_TEAMS, EnumField, ValueField
from apps.fusion.caching import CacheSettings
from apps.fusion.lookup_steps import LookupSettings
from apps.fusion.lookups import SearchMode
from apps.fusion.routing import RoutingRule
from apps.fusion.targets import Targets
from apps.fusion.values import Calibration, Parameters, Price, SlotSpec, VoteOptions
from apps.fusion.vocabulary import PriceSource, PromptStyle, StrategyName
from apps.providers.dialects import Dialect


class Provider(models.Model):
    """A company or server that answers requests.

    One that the environment configures names the variable with its key (``api_key_env``); one that was entered on the
    Models page keeps key and headers encrypted in ``secrets``. Limits (``None``: none) are per provider:
    ``requests_per_minute``, and ``max_streams`` at the same time. ``only_public``: entered by somebody who may not
    enter private addresses, so none is asked. ``refresh_asked_at`` is set while the list of models is being fetched.
    Without a ``team`` it is the site's: everybody sees it, administrators change it.
    ``model_names``, one a line, were entered by hand: then they are its models, and it is not asked for a list.
    """

    slug = models.SlugField(unique=True)
    team = models.ForeignKey("accounts.Team", null=True, blank=True, on_delete=models.CASCADE, related_name="providers")
    name = models.CharField(max_length=100)
    dialect = EnumField(Dialect, max_length=30, default=Dialect.OPENAI, choices=[(d, d) for d in Dialect])
    base_url = models.CharField(max_length=500)
    api_key_env = models.CharField(max_length=100, blank=True)
    is_from_environment = models.BooleanField(default=True)
    secrets = models.TextField(blank=True)
    requests_per_minute = models.PositiveIntegerField(null=True, blank=True)
    max_streams = models.PositiveIntegerField(null=True, blank=True)
    only_public = models.BooleanField(default=False)
    is_connected = models.BooleanField(default=True)
    model_names = models.TextField(blank=True)
    refresh_asked_at = models.DateTimeField(null=True, blank=True)
    refreshed_at = models.DateTimeField(null=True, blank=True)
    refresh_failure = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.name

    @property
    def names_by_hand(self) -> tuple[str, ...]:
        """Return the names of the models that were entered by hand."""
        return tuple(self.model_names.splitlines())

    @property
    def is_limited(self) -> bool:
        """Return whether requests have to ask for a place."""
        return self.max_streams is not None or self.requests_per_minute is not None


class Model(models.Model):
    """A model that a provider serves. ``reference`` is ``provider slug/model name``; prices are USD per million tokens.

    ``base_url`` overrides the provider's where each model has a server of its own; ``context_length`` and
    ``max_output`` count tokens. Timeouts are seconds, ``None`` for the site's own. ``None`` for what a model supports
    is unknown. ``test_asked_at`` is set while a test runs; ``test_latency_s`` is the seconds to its first token.
    ``prompt_speed``: tokens a second of a prompt that it reads on this machine. ``search``: how it looks things up.
    """

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="models")
    name = models.CharField(max_length=200)
    reference = models.CharField(max_length=255, unique=True)
    label = models.CharField(max_length=200)
    maker = models.CharField(max_length=100, blank=True)
    family = models.CharField(max_length=100, blank=True)
    base_url = models.CharField(max_length=500, blank=True)
    style = EnumField(PromptStyle, max_length=10, choices=[(s, s) for s in PromptStyle], default=PromptStyle.CHAT)
    context_length = models.PositiveIntegerField(null=True, blank=True)
    max_output = models.PositiveIntegerField(null=True, blank=True)
    supports_json_schema = models.BooleanField(default=False)
    supports_vision = models.BooleanField(null=True, blank=True)
    supports_reasoning = models.BooleanField(null=True, blank=True)
    supports_tools = models.BooleanField(null=True, blank=True)
    connect_s = models.FloatField(null=True, blank=True)
    first_token_s = models.FloatField(null=True, blank=True)
    idle_s = models.FloatField(null=True, blank=True)
    total_s = models.FloatField(null=True, blank=True)
    price_source = EnumField(PriceSource, max_length=10, default=PriceSource.UNKNOWN)
    price_input = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)
    price_cached = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)
    price_output = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)
    is_available = models.BooleanField(default=True)
    test_asked_at = models.DateTimeField(null=True, blank=True)
    tested_at = models.DateTimeField(null=True, blank=True)
    test_latency_s = models.FloatField(null=True, blank=True)
    test_failure = models.TextField(blank=True)
    prompt_speed = models.FloatField(null=True, blank=True)
    search = EnumField(SearchMode, max_length=10, default=SearchMode.OWN)

    class Meta:
        ordering = ["provider__slug", "name"]
        constraints = [
            models.CheckConstraint(condition=Q(style__in=list(PromptStyle)), name="model_style_is_known"),
            models.CheckConstraint(condition=Q(price_source__in=list(PriceSource)), name="model_price_source_is_known"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def can_be_asked(self) -> bool:
        """Return whether its vendor offers it and is connected."""
        return self.is_available and self.provider.is_connected

    @property
    def sees_images(self) -> bool:
        """Whether images are sent to it: not where its vendor says that it has no vision, nor to a small model."""
        return self.supports_vision is not False and self.style == PromptStyle.CHAT

    @property
    def takes_tools(self) -> bool:
        """Whether tools are sent to it: not where its vendor says that it takes none, nor to a small model."""
        return self.supports_tools is not False and self.style == PromptStyle.CHAT

    @property
    def searches_natively(self) -> bool:
        """Whether its vendor searches in place of the site; where that cannot be asked any more, the site does."""
        return self.search is SearchMode.NATIVE and can_search_natively(self)

    @property
    def looks_things_up(self) -> bool:
        """Whether it looks things up in a run that allows it: with the site's tools, or by its vendor."""
        return self.searches_natively or (self.takes_tools and self.search is not SearchMode.OFF)

    @property
    def price(self) -> Price:
        return Price(input=self.price_input, output=self.price_output, cached=self.price_cached)


class ModelPreference(models.Model):
    """A model that a person has starred, so that it is offered first, or hidden, so that it is not offered."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="model_preferences")
    model = models.ForeignKey(Model, on_delete=models.CASCADE, related_name="preferences")
    is_starred = models.BooleanField(default=False)
    is_hidden = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "model"], name="model_preference_is_unique")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.model_id}"


class Preset(models.Model):
    """One version of a named recipe; an edit writes a new row, and only the newest ``is_current``.

    One without ``owner`` and ``team``, which go together, is the site's. ``position`` orders the chips of whoever has
    not ordered them. Judge and writer may be ``auto``. What is ``None`` is the recipe's own default. ``note`` says how
    the site chose the models, or what its owner wrote. ``system`` is the system prompt; '' leaves a draft its own, as
    with the other texts. One that ``routes`` lets its owner's rules, or the question's form, choose who is asked.
    ``targets`` are its owner's for its runs; as they say nothing of how to ask, a change of them makes no version.
    """

    slug = models.SlugField()
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, "presets", null=True, blank=True)
    team = models.ForeignKey("accounts.Team", null=True, blank=True, on_delete=models.RESTRICT, related_name="presets")
    is_current = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)
    name = models.CharField(max_length=50)
    version = models.PositiveIntegerField(default=1)
    position = models.PositiveIntegerField(default=0)
    strategy = EnumField(StrategyName, max_length=20, default=StrategyName.FUSE)
    panel = ValueField(tuple[SlotSpec, ...])
    judge = models.CharField(max_length=255)
    judge_parameters = ValueField(Parameters, null=True, blank=True)
    writer = models.CharField(max_length=255)
    writer_parameters = ValueField(Parameters, default=Parameters)
    system = models.TextField(blank=True)
    criteria = models.TextField(blank=True)
    judge_instructions = models.TextField(blank=True)
    writer_instructions = models.TextField(blank=True)
    quorum = models.PositiveSmallIntegerField(null=True, blank=True)
    grace_s = models.FloatField(null=True, blank=True)
    grace_is_auto = models.BooleanField(default=False)
    hard_limit_s = models.FloatField(null=True, blank=True)
    max_cost = models.DecimalField(max_digits=14, decimal_places=6, null=True, blank=True)
    votes = ValueField(VoteOptions, null=True, blank=True)
    answer_check = models.BooleanField(default=False)
    peer_review = models.BooleanField(default=False)
    web = ValueField(LookupSettings, null=True, blank=True)
    routes = models.BooleanField(default=False)
    cache = ValueField(CacheSettings, null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)
    targets = ValueField(Targets, null=True, blank=True)
    is_available = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "slug"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "slug", "version"], name="preset_version_is_unique", nulls_distinct=False
            ),
            models.UniqueConstraint(
                fields=["owner", "slug"],
                name="preset_has_one_current_version",
                condition=Q(is_current=True),
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=THE_SITES_OR_A_TEAMS, name="preset_is_the_sites_or_a_teams"),
        ]

    def __str__(self) -> str:
        return self.name


class PresetPreference(models.Model):
    """The place of a preset in a person's order, and whether it is their default.

    It names the slug, which all versions share; one person sees a slug once. ``position`` is ``None`` where the person
    has chosen the default alone.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="preset_preferences")
    slug = models.SlugField()
    position = models.PositiveIntegerField(null=True, blank=True)
    is_default = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "slug"], name="preset_preference_is_unique"),
            models.UniqueConstraint(
                fields=["user"], name="person_has_one_default_preset", condition=Q(is_default=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.slug}"


class SavedRule(models.Model):
    """A rule by which a person's questions are routed; the one with the lowest ``position`` is asked first."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="routing_rules")
    team = models.ForeignKey("accounts.Team", on_delete=models.RESTRICT, related_name="routing_rules")
    position = models.PositiveIntegerField(default=0)
    value = ValueField(RoutingRule)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.value.name


class CriteriaSet(models.Model):
    """Criteria for the judge, and instructions for judge and writer, that a person keeps under a name."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="criteria_sets")
    team = models.ForeignKey("accounts.Team", on_delete=models.RESTRICT, related_name="criteria_sets")
    name = models.CharField(max_length=60)
    text = models.TextField(blank=True)
    judge_instructions = models.TextField(blank=True)
    writer_instructions = models.TextField(blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="criteria_set_is_unique")]

    def __str__(self) -> str:
        return self.name

    @property
    def guidance(self) -> tuple[str, str, str]:
        """Return criteria, the instructions for the judge and those for the writer."""
        return self.text, self.judge_instructions, self.writer_instructions


class SavedCalibration(models.Model):
    """A calibration with a name, in versions; without ``owner`` and ``team`` the site's. Recipes have copies of it."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, "calibrations", null=True, blank=True)
    team = models.ForeignKey("accounts.Team", models.RESTRICT, "calibrations", null=True, blank=True)
    name = models.CharField(max_length=60)
    version = models.PositiveIntegerField(default=1)
    value = ValueField(Calibration)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name", "-version"]
        constraints = [
            # Finds the newest of a name, and all of a person.
            models.UniqueConstraint(
                fields=["owner", "name", "version"], name="calibration_version_is_unique", nulls_distinct=False
            ),
            models.CheckConstraint(condition=THE_SITES_OR_A_TEAMS, name="calibration_is_the_sites_or_a_teams"),
        ]

    def __str__(self) -> str:
        return f"{self.name}, version {self.version}"


class SearchSettings(models.Model):
    """The entries of the Web page on search and fetch: one row, or none where nobody has entered anything.

    ``engine`` '' leaves the engine to the environment, "off" is none. The key lies in ``secrets``, encrypted.
    ``base_url`` '' and ``price_per_1000`` searches ``None`` (USD) are the engine's own. ``obeys_robots_for_named``:
    robots.txt also counts for addresses that a person wrote.
    """

    engine = models.CharField(max_length=20, blank=True)
    base_url = models.CharField(max_length=500, blank=True)
    secrets = models.TextField(blank=True)
    price_per_1000 = models.DecimalField(max_digits=8, decimal_places=4, null=True, blank=True)
    obeys_robots_for_named = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.engine or "the environment's engine"


class LookupEntry(models.Model):
    """A result that look-ups keep: a page, the results of a search, the robots.txt of a host.

    ``key`` is a hash of kind and name; ``validators`` are headers for the next request. ``stored_at`` is ``None``
    before the first result. Until ``leased_until`` one process fetches it, and the others wait.
    """

    key = models.CharField(max_length=64, primary_key=True)
    kind = models.CharField(max_length=10)
    value = models.TextField(blank=True)
    validators = models.JSONField(default=dict)
    stored_at = models.DateTimeField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        # For catalogue/lookup/entries.py, which forgets the old ones.
        indexes = [models.Index(fields=["stored_at"], name="lookup_entry_by_age")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key[:8]}"


class ToolServer(models.Model):
    """A server of the Model Context Protocol that an administrator connected; its tools are the site's.

    Token and headers are encrypted in ``secrets``. ``only_public``: it may not be inside this network, whatever its
    name resolves to. ``failure`` says why its tools could not be listed; those known from before stay.
    """

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=60)
    url = models.CharField(max_length=500)
    secrets = models.TextField(blank=True)
    only_public = models.BooleanField(default=True)
    is_connected = models.BooleanField(default=True)
    listed_at = models.DateTimeField(null=True, blank=True)
    failure = models.TextField(blank=True)

    class Meta:
        ordering = ["name", "slug"]

    def __str__(self) -> str:
        return self.name


class ServerTool(models.Model):
    """A tool of such a server, as it described it last.

    ``is_allowed`` is an administrator's word, ``None`` for none: then a tool is allowed if its server says that it only
    reads. One that the server no longer lists is not ``is_offered``.
    """

    server = models.ForeignKey(ToolServer, on_delete=models.CASCADE, related_name="tools")
    name = models.CharField(max_length=128)
    title = models.CharField(max_length=200, blank=True)
    description = models.TextField(blank=True)
    input_schema = models.JSONField(default=dict)
    is_read_only = models.BooleanField(default=False)
    is_allowed = models.BooleanField(null=True, blank=True)
    has_changed = models.BooleanField(default=False)
    is_offered = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["server", "name"], name="server_tool_is_unique")]

    def __str__(self) -> str:
        return f"{self.server_id}: {self.name}"

    @property
    def argument_names(self) -> list[str]:
        """Return the names of its arguments, as its server describes them."""
        properties = self.input_schema.get("properties")
        return list(properties) if isinstance(properties, dict) else []

    @property
    def can_be_called(self) -> bool:
        """Return whether it is offered and allowed."""
        return self.is_offered and (self.is_read_only if self.is_allowed is None else self.is_allowed)
