"""The configuration of the pages, the last application: with them, the open sockets hear of the end of a session."""

import gc

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Connects what listens to changes of accounts, also in commands that change one, and begins to collect garbage."""

    name = "apps.web"

    def ready(self) -> None:
        from apps.web.run import session_ends  # noqa: F401, PLC0415 - models can be imported only from here on

        gc.freeze()  # this is the last application, and what was loaded stays
        gc.enable()
