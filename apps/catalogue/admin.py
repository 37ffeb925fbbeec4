"""Providers, models and presets in Django's admin."""

from django.contrib import admin

from apps.catalogue.models import Model, Preset, Provider

admin.site.register(Provider, list_display=["name", "slug", "base_url", "is_connected"])
admin.site.register(Preset, list_display=["name", "position", "judge", "writer", "is_available"])


@admin.register(Model)
class ModelAdmin(admin.ModelAdmin):
    list_display = ["reference", "maker", "context_length", "price_input", "price_output", "is_available"]
    list_filter = ["provider", "maker"]
    search_fields = ["reference"]
