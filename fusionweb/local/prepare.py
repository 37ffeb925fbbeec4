"""Bring the database up to date, connect the models of the environment, print a login link: all in one process."""

import os
import sys

import django
from django.core.management import call_command


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fusionweb.settings")
    django.setup()
    call_command("migrate", interactive=False, verbosity=1, stdout=sys.stderr)
    call_command("connect", stdout=sys.stderr)
    call_command("login_link", base=os.environ["SITE_URL"])


if __name__ == "__main__":
    main()
