"""The ASGI application: pages over HTTP, runs over a websocket that only our own pages may open."""

import os

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fusionweb.settings")
pages = get_asgi_application()

from apps.web.routing import websocket_urlpatterns  # noqa: E402 - models can be imported only after Django is set up

application = ProtocolTypeRouter(
    {
        "http": pages,
        "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(websocket_urlpatterns))),
    }
)
