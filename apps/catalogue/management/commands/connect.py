"""`manage.py connect`: fill the catalogue from the environment and say what was found."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from apps.catalogue.actions import ask_speeds
from apps.catalogue.connecting.environment import connect, connected
from apps.catalogue.connecting.known_vendors import environment_names


class Command(BaseCommand):
    help = "Connect the providers that the environment names: list their models, fill the presets."

    def handle(self, *args: Any, **options: Any) -> None:
        environment = {name: getattr(settings, name) for name in environment_names()}
        lines = connect(environment)
        self.stdout.write(connected())
        for line in lines:
            self.stdout.write(f"  {line}")
        ask_speeds()
