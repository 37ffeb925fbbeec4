"""The addresses of the API, and of its reference page."""

from django.urls import URLPattern, URLResolver, path

from apps.api.mcp.views import mcp
from apps.api.reference.views import chapter, openapi, overview
from apps.api.site import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/docs/", overview, name="api-docs"),
    path("api/docs/<slug:slug>/", chapter, name="api-chapter"),
    path("api/v1/openapi.json", openapi, name="openapi"),
    path("mcp", mcp),
    path("mcp/", mcp, name="mcp"),
    path("", api.urls),
]
