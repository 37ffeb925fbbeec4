"""The addresses of prompt templates and batches."""

from django.urls import path, re_path

from apps.web.batches import batch_views, template_views

batch_patterns = [
    path("templates/", template_views.templates, name="templates"),
    path("templates/new/", template_views.new, name="template_new"),
    path("templates/<slug:template_id>/", template_views.template, name="template"),
    path("templates/<slug:template_id>/fill/", template_views.fill_in, name="template_fill"),
    path("templates/<slug:template_id>/delete/", template_views.delete, name="template_delete"),
    path("batches/", batch_views.batches, name="batches"),
    path("batches/new/", batch_views.new, name="batch_new"),
    path("batches/<slug:batch_id>/", batch_views.batch, name="batch"),
    path("batches/<slug:batch_id>/do/", batch_views.act, name="batch_act"),
    path("batches/<slug:batch_id>/webhook/send/", batch_views.send_webhook_again, name="batch_webhook_send"),
    re_path(r"^batches/(?P<batch_id>\w+)/results\.(?P<file>csv|jsonl)$", batch_views.results, name="batch_results"),
]
