"""Who uses the site."""

from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """A person with an account; a model of our own so that it can grow fields."""
