"""Providers, models and presets in Django's admin, to look at only: the Models page checks what it is given, and never
shows a key."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from apps.catalogue.models import Model, Preset, Provider


class ReadOnly(admin.ModelAdmin):
    """Rows that nobody adds or changes here."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django asks so
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - as above
        return False


@admin.register(Provider)
class ProviderAdmin(ReadOnly):
    list_display = ["name", "slug", "team", "base_url", "is_connected"]
    list_select_related = ["team__personal_of"]
    exclude = ["secrets"]


@admin.register(Preset)
class PresetAdmin(ReadOnly):
    """A version that runs name never changes."""

    list_display = ["name", "version", "owner", "team", "is_current", "judge", "writer", "is_available"]
    list_select_related = ["owner", "team__personal_of"]


@admin.register(Model)
class ModelAdmin(ReadOnly):
    """Another address or provider would have a key sent elsewhere."""

    list_display = ["reference", "maker", "context_length", "price_input", "price_output", "is_available"]
    list_filter = ["provider", "maker"]
    search_fields = ["reference"]
