"""The addresses of the API, and of its reference page."""

from django.urls import URLPattern, URLResolver, path

from apps.api.reference import reference
from apps.api.site import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/docs/", reference, name="api-docs"),
    path("", api.urls),
]
