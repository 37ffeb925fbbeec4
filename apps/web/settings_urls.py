"""The addresses of the settings page."""

from django.urls import path

from apps.web import settings_views

settings_patterns = [
    path("settings/", settings_views.settings, name="settings"),
    path("settings/keys/", settings_views.create_key, name="key_create"),
    path("settings/keys/<int:key_id>/revoke/", settings_views.revoke_key, name="key_revoke"),
    path("settings/caps/", settings_views.save_caps, name="caps_save"),
]
