"""The ASGI application: pages over HTTP, runs over a websocket that only our own pages may open."""

import os

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fusionweb.settings")
pages = get_asgi_application()

from apps.web.routing import websocket_urlpatterns  # noqa: E402 - models can be imported only after Django is set up
from fusionweb.fair_beginnings import FairBeginnings  # noqa: E402 - as above
from fusionweb.origins import OwnOrigin  # noqa: E402 - as above

application = ProtocolTypeRouter(
    {
        "http": FairBeginnings(pages),
        "websocket": OwnOrigin(AuthMiddlewareStack(URLRouter(websocket_urlpatterns))),
    }
)
