"""The ASGI application: pages over HTTP, runs over a websocket that only our own pages may open."""

import asyncio
import os
from typing import Any

import django
from asgiref.sync import sync_to_async
from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.handlers.asgi import ASGIHandler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fusionweb.settings")
django.setup(set_prefix=False)


class Pages(ASGIHandler):
    """Django with middleware and view of a request in one thread, as they would be under WSGI.

    All middleware is synchronous. Django's own handler goes back to the loop behind it, and from there into the thread
    again for each ``process_view`` and for the view. An asynchronous view still runs in the loop.
    """

    _middleware_chain: Any

    def load_middleware(self, is_async: bool = False) -> None:  # noqa: ARG002 - Django's name; the chain has one way
        super().load_middleware(is_async=False)
        self._middleware_chain = sync_to_async(self._middleware_chain, thread_sensitive=True)

    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        """Handle a request. Stop its run if the client hung up before anybody waited for the answer."""
        try:
            await super().handle(scope, receive, send)
        finally:
            if stop := scope.pop(UNHEARD, None):
                await asyncio.shield(stop())

    async def run_get_response(self, request: Any) -> Any:
        """Note that the client hung up: a view that its thread has yet to come to is not cancelled."""
        try:
            return await super().run_get_response(request)
        except asyncio.CancelledError:
            request.scope[GONE] = True
            raise


pages = Pages()

import fusionweb.urls  # noqa: E402, F401 - with all views, which the first request would load
from apps.api.run_requests import GONE, UNHEARD  # noqa: E402 - models can be imported only after Django is set up
from apps.web.routing import websocket_urlpatterns  # noqa: E402 - as above
from fusionweb.fair_beginnings import FairBeginnings  # noqa: E402 - as above
from fusionweb.origins import OwnOrigin  # noqa: E402 - as above

application = ProtocolTypeRouter(
    {
        "http": FairBeginnings(pages),
        "websocket": OwnOrigin(AuthMiddlewareStack(URLRouter(websocket_urlpatterns))),
    }
)
