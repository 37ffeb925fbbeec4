"""The addresses of the rules page."""

from django.urls import path

from apps.web.rules import views

rules_patterns = [
    path("models/routes/", views.rules, name="rules"),
    path("models/routes/new/", views.new, name="rule_new"),
    path("models/routes/<int:pk>/", views.edit, name="rule_edit"),
    path("models/routes/<int:pk>/move/", views.move, name="rule_move"),
    path("models/routes/<int:pk>/delete/", views.delete, name="rule_delete"),
]
