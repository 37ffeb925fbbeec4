"""The addresses of the API."""

from django.urls import URLPattern, URLResolver, path

from apps.api.site import api

urlpatterns: list[URLPattern | URLResolver] = [path("", api.urls)]
