"""`manage.py create_api_key --user NAME --scope run`: make a key and print it, and nothing else, for scripts."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.api_keys import BadHost, Scope, make_key, webhook_host, webhook_secret
from apps.accounts.models import ApiKey, User


class Command(BaseCommand):
    help = "Make an API key and print it once; nothing else goes to the standard output."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", required=True, help="whose key it is")
        parser.add_argument("--scope", action="append", choices=list(Scope), help="may be given several times")
        parser.add_argument(
            "--webhook-host",
            action="append",
            default=[],
            help="may be told of the ends of its runs and batches; several times",
        )
        parser.add_argument("--name", default="made on the command line", help="what the settings page calls it")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError(f"There is no user “{options['user']}”. Choose one that exists.")
        longest = ApiKey._meta.get_field("name").max_length or 0
        if not 0 < len(options["name"]) <= longest:
            raise CommandError(f"A key has a name of up to {longest} characters.")
        try:
            hosts = [webhook_host(text, user) for text in dict.fromkeys(options["webhook_host"])]
        except BadHost as error:
            raise CommandError(str(error)) from None
        scopes = [Scope(scope) for scope in options["scope"] or [Scope.RUN]]
        key, secret = make_key(user, options["name"], scopes, webhook_hosts=hosts)
        self.stdout.write(secret)
        if key.webhook_hosts:
            self.stderr.write(f"Webhooks are signed with {webhook_secret(key)}")
