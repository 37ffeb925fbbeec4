"""The addresses of the presets pages, and of the criteria that people keep."""

from django.urls import path

from apps.web.compose import criteria_views
from apps.web.presets import views

preset_patterns = [
    path("presets/", views.presets, name="presets"),
    path("presets/new/", views.new, name="preset_new"),
    path("presets/<slug:slug>/", views.edit, name="preset_edit"),
    path("presets/<slug:slug>/prefer/", views.prefer, name="preset_prefer"),
    path("presets/<slug:slug>/delete/", views.delete, name="preset_delete"),
    path("criteria/", criteria_views.criteria, name="criteria"),
]
