"""The addresses of a single run, its calls and its shares."""

from django.urls import path, re_path

from apps.web.run import (
    again_views,
    beside_views,
    compared_views,
    findings_views,
    image_views,
    ruling_views,
    sent_views,
    share_views,
    thread_views,
    views,
)

RUN, THREAD = "runs/<slug:public_id>/", "threads/<slug:thread_id>/"

run_patterns = [
    path(RUN, views.run, name="run"),
    re_path(
        r"^runs/(?P<public_id>\w+)/export\.(?P<form>md|json)$",
        views.export_run,
        name="run_export",
    ),
    path(f"{RUN}fragments/<str:names>/", views.fragments, name="run_fragments"),
    path(f"{RUN}findings/<int:judge>/<slug:kind>/", findings_views.run_findings, name="run_findings"),
    re_path(
        r"^runs/(?P<public_id>\w+)/(?P<view>aligned|whole|changes)/$",
        compared_views.run_compared,
        name="run_compared",
    ),
    path(f"{RUN}images/<int:turn>/<int:number>/", image_views.run_image, name="run_image"),
    path(f"{RUN}cancel/", views.cancel, name="run_cancel"),
    path(f"{RUN}fuse-now/", views.fuse_now, name="run_fuse_now"),
    path(f"{RUN}fuse-again/", views.fuse_again, name="run_fuse_again"),
    path(f"{RUN}renew/", again_views.renew, name="run_renew"),
    path(f"{RUN}renew/<slug:form>/price/", again_views.price, name="run_renew_price"),
    path(f"{RUN}rejudge/", again_views.rejudge, name="run_rejudge"),
    path(f"{RUN}order-check/", beside_views.check_order, name="run_order_check"),
    path(f"{RUN}order-check/price/", beside_views.order_check_price, name="run_order_check_price"),
    path(f"{RUN}rewrite/", again_views.rewrite, name="run_rewrite"),
    path(f"{RUN}add-model/", again_views.add_model, name="run_add_model"),
    path(f"{RUN}rulings/", ruling_views.rulings, name="run_rulings"),
    path(f"{RUN}rulings/save/", ruling_views.save, name="run_rulings_save"),
    path(f"{RUN}choose/", again_views.choose, name="run_choose"),
    path(f"{RUN}retry-failed/", views.retry_failed, name="run_retry_failed"),
    path(f"{RUN}continue/", views.continue_run, name="run_continue"),
    path(f"{RUN}compare/", views.compare, name="run_compare"),
    path(f"{RUN}share/", views.share, name="run_share"),
    path(f"{RUN}delete/", views.delete, name="run_delete"),
    path(f"{RUN}follow/", thread_views.follow_up, name="run_follow"),
    path(f"{RUN}follow/estimate/", thread_views.follow_up_estimate, name="run_follow_estimate"),
    path(f"{RUN}turn/", thread_views.turn, name="turn"),
    path(f"{RUN}answers/", thread_views.turn_answers, name="turn_answers"),
    path(THREAD, thread_views.thread, name="thread"),
    path(f"{THREAD}state/", thread_views.thread_state, name="thread_state"),
    path(f"{THREAD}share/", thread_views.share_thread, name="thread_share"),
    path(f"{THREAD}delete/", thread_views.delete_thread, name="thread_delete"),
    re_path(
        r"^threads/(?P<thread_id>\w+)/export\.(?P<form>md|json)$",
        thread_views.export_thread,
        name="thread_export",
    ),
    path("calls/<int:call_id>/cancel/", views.cancel_call, name="call_cancel"),
    path("calls/<int:call_id>/sent/", sent_views.sent, name="call_sent"),
    path("calls/<int:call_id>/retry/", views.retry, name="call_retry"),
    path("shares/<int:share_id>/revoke/", thread_views.revoke, name="share_revoke"),
    path("s/<slug:code>/", share_views.share, name="share"),
    path("s/<slug:code>/findings/<int:judge>/<slug:kind>/", findings_views.share_findings, name="share_findings"),
    re_path(
        r"^s/(?P<code>[\w-]+)/(?P<view>aligned|whole|changes)/$",
        compared_views.share_compared,
        name="share_compared",
    ),
    path("s/<slug:code>/images/<int:turn>/<int:number>/", image_views.share_image, name="share_image"),
    re_path(r"^s/(?P<code>[\w-]+)\.(?P<form>md|json)$", share_views.export_share, name="share_export"),
]
