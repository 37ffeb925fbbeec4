"""The addresses of the settings page."""

from django.urls import path

from apps.web.settings import views
from apps.web.settings.account_export import export_own_data
from apps.web.settings.import_views import import_page
from apps.web.settings.password import OwnPassword

settings_patterns = [
    path("settings/", views.settings, name="settings"),
    path("settings/keys/", views.create_key, name="key_create"),
    path("settings/keys/<int:key_id>/revoke/", views.revoke_key, name="key_revoke"),
    path("settings/webhooks/<str:public_id>/send/", views.send_webhook_again, name="webhook_send"),
    path("settings/caps/", views.save_caps, name="caps_save"),
    path("settings/preferences/", views.save_preferences, name="preferences_save"),
    path("settings/export/", export_own_data, name="account_export"),
    path("settings/import/", import_page, name="import"),
    path("settings/password/", OwnPassword.as_view(), name="password"),
]
