"""The addresses of the Models page."""

from django.urls import path

from apps.web.catalogue import provider_views, tool_server_views, views, web_views
from apps.web.compose import choices

PROVIDER = "models/providers/<slug:slug>/"
SERVER = "models/tool-servers/<slug:slug>/"
MODEL = "models/<int:pk>/"

models_patterns = [
    path("models/", views.models, name="models"),
    path("models/choices/", choices.choices, name="model_choices"),
    path("models/web/", web_views.web, name="web_search"),
    path("models/web/try/", web_views.try_search, name="web_search_try"),
    path("models/tool-servers/", tool_server_views.tool_servers_page, name="tool_servers"),
    path("models/tool-servers/add", tool_server_views.add, name="tool_server_add"),
    path(SERVER, tool_server_views.change, name="tool_server_change"),
    path(f"{SERVER}refresh/", tool_server_views.refresh, name="tool_server_refresh"),
    path(f"{SERVER}allow/", tool_server_views.allow, name="tool_server_allow"),
    path(f"{SERVER}connected/", tool_server_views.set_connected, name="tool_server_connected"),
    path(f"{SERVER}delete/", tool_server_views.delete, name="tool_server_delete"),
    path("models/providers/add", provider_views.add, name="provider_add"),
    path(PROVIDER, provider_views.change, name="provider_change"),
    path(f"{PROVIDER}refresh/", provider_views.refresh, name="provider_refresh"),
    path(f"{PROVIDER}state/", provider_views.refresh_state, name="provider_state"),
    path(f"{PROVIDER}connected/", provider_views.set_connected, name="provider_connected"),
    path(f"{PROVIDER}delete/", provider_views.delete, name="provider_delete"),
    path(MODEL, provider_views.model_settings, name="model_settings"),
    path(f"{MODEL}prefer/", views.prefer, name="model_prefer"),
    path(f"{MODEL}test/", views.test, name="model_test"),
    path(f"{MODEL}test/state/", views.test_state, name="model_test_state"),
]
