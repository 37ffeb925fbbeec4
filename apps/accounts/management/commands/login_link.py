"""`manage.py login_link`: print a fresh one-time link that signs in the user `admin`, or another with `--user`."""

from typing import Any

import psycopg
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from apps.accounts.login_links import make_login_path
from apps.accounts.models import User

ADMIN = "admin"


class Command(BaseCommand):
    help = "Print a fresh one-time login link for the user admin, who is created if missing, or for another."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", default=ADMIN, help="whom it signs in")
        parser.add_argument("--base", default=settings.SITE_URL or "http://127.0.0.1:8000", help="where the site is")

    def handle(self, *args: Any, **options: Any) -> None:
        self._check_database()
        if options["user"] == ADMIN:
            rights = {"is_staff": True, "is_superuser": True, "password": make_password(None)}
            User.objects.get_or_create(username=ADMIN, defaults=rights)
        user = User.objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError(f"There is no user “{options['user']}”. `manage.py create_user` makes one.")
        if not user.is_active:
            self.stderr.write(f"The account “{user}” is closed; the link signs nobody in until it is opened again.")
        self.stdout.write(options["base"].rstrip("/") + make_login_path(user))

    def _check_database(self) -> None:
        """Say at once, and without the pool's patience, that the site is not running; raises ``CommandError``."""
        settings_of_database = connection.settings_dict
        try:
            psycopg.connect(
                host=settings_of_database["HOST"],
                port=settings_of_database["PORT"] or None,
                user=settings_of_database["USER"],
                password=settings_of_database["PASSWORD"],
                dbname=settings_of_database["NAME"],
                connect_timeout=3,
            ).close()
        except psycopg.OperationalError:
            sentence = (
                "The site's database does not answer. Start the site with `make run`; if it runs with FUSIONWEB_DATA"
            )
            raise CommandError(f"{sentence} set, set that here too.") from None
