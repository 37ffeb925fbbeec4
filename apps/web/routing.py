"""The addresses of the websockets."""

from django.urls import path

from apps.web.run.consumer import RunConsumer

websocket_urlpatterns = [path("ws/runs/<slug:public_id>/", RunConsumer.as_asgi())]
