"""One-time login links: a signed token that dies at the user's next sign-in, or after ``LOGIN_LINK_SECONDS``."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.utils.http import base36_to_int

from apps.accounts.models import User


class LoginTokenGenerator(PasswordResetTokenGenerator):
    """Django's reset token under a salt of its own; it covers ``last_login``, so signing in uses it up."""

    key_salt = "apps.accounts.login_links"

    def check_token(self, user: User | None, token: str | None) -> bool:
        if not super().check_token(user, token):
            return False
        # Django checks the age against PASSWORD_RESET_TIMEOUT, which is far longer than a login link should live.
        stamp = base36_to_int((token or "").split("-")[0])
        age_s = (self._now() - datetime(2001, 1, 1)).total_seconds() - stamp  # noqa: DTZ001 - Django's own epoch, naive
        return bool(age_s <= settings.LOGIN_LINK_SECONDS)


tokens = LoginTokenGenerator()


def make_login_path(user: User) -> str:
    """Return the path of a fresh link that signs ``user`` in once."""
    return f"/login/{user.pk}/{tokens.make_token(user)}/"


def user_for_link(pk: int, token: str) -> User | None:
    """Return the user that a link signs in, or ``None`` if it was used, is too old or was never made."""
    user = User.objects.filter(pk=pk, is_active=True).first()
    return user if user and tokens.check_token(user, token) else None
