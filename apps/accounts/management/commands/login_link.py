"""`manage.py login_link`: print a fresh one-time link that signs in the user `admin`."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from apps.accounts.login_links import make_login_path
from apps.accounts.models import User


class Command(BaseCommand):
    help = "Print a fresh one-time login link for the user admin, who is created if missing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--base", default=settings.SITE_URL or "http://127.0.0.1:8000", help="where the site is")

    def handle(self, *args: Any, **options: Any) -> None:
        user, created = User.objects.get_or_create(username="admin", defaults={"is_staff": True, "is_superuser": True})
        if created:
            user.set_unusable_password()
            user.save()
        self.stdout.write(options["base"].rstrip("/") + make_login_path(user))
