"""The addresses of the websockets."""

from typing import Any

from django.urls import path, re_path

from apps.web.run.consumer import UNKNOWN, RunConsumer
from apps.web.run.share_consumer import ShareConsumer


async def nowhere(_scope: Any, receive: Any, send: Any) -> None:
    """Close a socket of any other address; without this, each would leave a traceback in the log."""
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": UNKNOWN})


websocket_urlpatterns = [
    path("ws/runs/<slug:public_id>/", RunConsumer.as_asgi()),
    path("ws/shares/<slug:code>/", ShareConsumer.as_asgi()),
    re_path("", nowhere),  # type: ignore[arg-type]  # Channels routes ASGI applications
]
