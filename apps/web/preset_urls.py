"""The addresses of the presets pages, and of the criteria that people keep."""

from django.urls import path

from apps.web import criteria_views, preset_views

preset_patterns = [
    path("presets/", preset_views.presets, name="presets"),
    path("presets/new/", preset_views.new, name="preset_new"),
    path("presets/<slug:slug>/", preset_views.edit, name="preset_edit"),
    path("presets/<slug:slug>/delete/", preset_views.delete, name="preset_delete"),
    path("criteria/", criteria_views.criteria, name="criteria"),
]
