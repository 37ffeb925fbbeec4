"""The addresses of a single run, its calls and its shares."""

from django.urls import path, re_path

from apps.web import findings_views, image_views, run_views, share_views

RUN = "runs/<slug:public_id>/"

run_patterns = [
    path(RUN, run_views.run, name="run"),
    re_path(
        r"^runs/(?P<public_id>\w+)/export\.(?P<form>md|json)$",
        run_views.export_run,
        name="run_export",
    ),
    path(f"{RUN}fragments/<str:names>/", run_views.fragments, name="run_fragments"),
    path(f"{RUN}findings/<int:judge>/<slug:kind>/", findings_views.run_findings, name="run_findings"),
    path(f"{RUN}images/<int:turn>/<int:number>/", image_views.run_image, name="run_image"),
    path(f"{RUN}cancel/", run_views.cancel, name="run_cancel"),
    path(f"{RUN}fuse-now/", run_views.fuse_now, name="run_fuse_now"),
    path(f"{RUN}fuse-again/", run_views.fuse_again, name="run_fuse_again"),
    path(f"{RUN}continue/", run_views.go_on, name="run_continue"),
    path(f"{RUN}compare/", run_views.compare, name="run_compare"),
    path(f"{RUN}share/", run_views.share, name="run_share"),
    path(f"{RUN}delete/", run_views.delete, name="run_delete"),
    path("calls/<int:call_id>/cancel/", run_views.cancel_call, name="call_cancel"),
    path("calls/<int:call_id>/retry/", run_views.retry, name="call_retry"),
    path("shares/<int:share_id>/revoke/", run_views.revoke, name="share_revoke"),
    path("s/<slug:code>/", share_views.share, name="share"),
    path("s/<slug:code>/findings/<int:judge>/<slug:kind>/", findings_views.share_findings, name="share_findings"),
    path("s/<slug:code>/images/<int:turn>/<int:number>/", image_views.share_image, name="share_image"),
    re_path(r"^s/(?P<code>[\w-]+)\.(?P<form>md|json)$", share_views.export_share, name="share_export"),
]
