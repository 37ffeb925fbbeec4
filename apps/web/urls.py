"""The addresses of the pages; those of a single run stand in ``run_urls``."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from apps.web import health, history_views, home_views, session_views
from apps.web.models_urls import models_patterns
from apps.web.preset_urls import preset_patterns
from apps.web.run_urls import run_patterns
from apps.web.settings_urls import settings_patterns

app_name = "web"

urlpatterns = [
    path("", home_views.home, name="home"),
    path("setup/", home_views.setup, name="setup"),
    path("estimate/", home_views.estimate, name="estimate"),
    path("runs/", history_views.runs, name="runs"),
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
