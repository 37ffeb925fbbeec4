"""The addresses of the pages; those of a single run stand in ``run/urls.py``."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from apps.web import health, session_views
from apps.web.batches.urls import batch_patterns
from apps.web.calibrations.urls import calibration_patterns
from apps.web.catalogue.urls import models_patterns
from apps.web.compare.views import compare
from apps.web.compose import views as compose
from apps.web.compose.files import read_file
from apps.web.compose.saved_drafts import keep_draft
from apps.web.history import export_views, marks_views, search_views
from apps.web.history import views as history
from apps.web.history.similar_views import similar
from apps.web.leaderboard import views as leaderboard
from apps.web.presets.urls import preset_patterns
from apps.web.progress import progress
from apps.web.rules.urls import rules_patterns
from apps.web.run.formula_views import formulas
from apps.web.run.urls import run_patterns
from apps.web.settings.urls import settings_patterns

app_name = "web"

urlpatterns = [
    path("", compose.home, name="home"),
    path("setup/", compose.setup, name="setup"),
    path("estimate/", compose.estimate, name="estimate"),
    path("draft/", keep_draft, name="draft"),
    path("files/", read_file, name="files"),
    path("formulas/", formulas, name="formulas"),
    path("recent/", compose.recent, name="recent"),
    path("runs/", history.runs, name="runs"),
    path("compare/", compare, name="compare"),
    path("history/changes/", history.changes, name="history_changes"),
    path("history/columns/", history.columns, name="history_columns"),
    path("history/marks/", marks_views.set_marks, name="marks"),
    path("history/marks/<int:change_id>/", marks_views.change, name="marks_change"),
    path("history/marks/<int:change_id>/undo/", marks_views.undo, name="marks_undo"),
    path("history/export/<slug:form>/", export_views.export, name="history_export"),
    path("history/bin/", marks_views.bin_page, name="bin"),
    path("history/searches/", search_views.save_search, name="search_save"),
    path("history/searches/<int:search_id>/pin/", search_views.pin_search, name="search_pin"),
    path("history/searches/<int:search_id>/rename/", search_views.rename_search, name="search_rename"),
    path("history/searches/<int:search_id>/delete/", search_views.delete_search, name="search_delete"),
    path("runs/<slug:public_id>/details/", marks_views.details, name="run_details"),
    path("runs/<slug:public_id>/similar/", similar, name="run_similar"),
    path("progress/<slug:token>/", progress, name="progress"),
    path("leaderboard/", leaderboard.show, name="leaderboard"),
    path("login/", session_views.password_login, name="login"),
    path("login/<int:pk>/<str:token>/", session_views.login_link, name="login_link"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    *rules_patterns,
    *calibration_patterns,
    *models_patterns,
    *preset_patterns,
    *batch_patterns,
    *run_patterns,
    *settings_patterns,
]
