"""Bring the database up to date, connect the models of the environment, print what was found and a login link.

All in one process; the link is the last line.
"""

import io
import os
import sys

import django
from django.core.checks import Tags
from django.core.management import CommandError, call_command


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fusionweb.settings")
    django.setup()
    try:
        # The other checks look at the code alone: `make check` makes them. Here they would load all pages and the API.
        call_command("check", tags=[Tags.database], databases=["default"], stdout=sys.stderr)
        call_command("migrate", interactive=False, verbosity=1, stdout=sys.stderr)
    except CommandError as error:
        sys.exit(str(error))
    found = io.StringIO()
    call_command("connect", stdout=found)
    sys.stderr.write(found.getvalue())  # the log says it too
    sys.stdout.write(found.getvalue())
    call_command("login_link", base=os.environ["SITE_URL"])


if __name__ == "__main__":
    main()
