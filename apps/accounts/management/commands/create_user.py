"""`manage.py create_user NAME`: make an ordinary account and print a link that signs in to it once."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.login_links import make_login_path
from apps.accounts.models import User


class Command(BaseCommand):
    help = "Make an account without rights to the administration; prints a one-time login link and nothing else."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--base", default=settings.SITE_URL or "http://127.0.0.1:8000", help="where the site is")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User(username=User.normalize_username(options["name"]))
        # The link is the way in; who wants a password sets one on the settings page.
        user.set_unusable_password()
        try:
            user.full_clean()
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        user.save()
        self.stdout.write(options["base"].rstrip("/") + make_login_path(user))
