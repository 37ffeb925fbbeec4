"""The addresses of the page of calibrations."""

from django.urls import path

from apps.web.calibrations import views

calibration_patterns = [
    path("calibrations/", views.calibrations, name="calibrations"),
    path("calibrations/new/", views.new, name="calibration_new"),
    path("calibrations/<int:pk>/delete/", views.delete, name="calibration_delete"),
]
