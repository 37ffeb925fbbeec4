"""`supervisord` as the stack runs it, with each part in a session of its own: `python -m fusionweb.local.supervisord`.

Supervisor alone gives a part a process group of its own. The leader of a session leads its process group too, so a stop
still reaches everything that the part has started.
"""

import os

from supervisor import supervisord
from supervisor.options import ServerOptions


class SessionOptions(ServerOptions):
    """The operating-system calls of supervisord, with one of them changed."""

    def setpgrp(self) -> None:
        """Start a new session in the process of a part, before its command."""
        os.setsid()


if __name__ == "__main__":
    supervisord.ServerOptions = SessionOptions  # its main() takes no class
    supervisord.main()
