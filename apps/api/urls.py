"""The addresses of the API, and of its reference page."""

from django.urls import URLPattern, URLResolver, path

from apps.api.reference import openapi, reference
from apps.api.site import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/docs/", reference, name="api-docs"),
    path("api/v1/openapi.json", openapi, name="openapi"),
    path("", api.urls),
]
