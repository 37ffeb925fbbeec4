"""The addresses of the pages; those of a single run stand in ``run/urls.py``."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from apps.web import health, session_views
from apps.web.catalogue.urls import models_patterns
from apps.web.compose import views as compose
from apps.web.compose.saved_drafts import keep_draft
from apps.web.history import views as history
from apps.web.presets.urls import preset_patterns
from apps.web.run.formula_views import formulas
from apps.web.run.urls import run_patterns
from apps.web.settings.urls import settings_patterns

app_name = "web"

urlpatterns = [
    path("", compose.home, name="home"),
    path("setup/", compose.setup, name="setup"),
    path("estimate/", compose.estimate, name="estimate"),
    path("draft/", keep_draft, name="draft"),
    path("formulas/", formulas, name="formulas"),
    path("recent/", compose.recent, name="recent"),
    path("runs/", history.runs, name="runs"),
    path("history/changes/", history.changes, name="history_changes"),
    path("login/", session_views.password_login, name="login"),
    path("login/<int:pk>/<str:token>/", session_views.login_link, name="login_link"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    *models_patterns,
    *preset_patterns,
    *run_patterns,
    *settings_patterns,
]
