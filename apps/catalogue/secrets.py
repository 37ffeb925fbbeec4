"""Encrypt the keys and headers of providers for storage, and decrypt them; no other file does.

They are sealed with Fernet under a key derived from ``SECRET_KEY``. Older keys in ``SECRET_KEY_FALLBACKS`` still open
what they sealed, and :func:`reseal`, at every start, brings it under the newest.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from pydantic import SecretStr

PURPOSE = b"fusionweb: secrets of providers"


class UnreadableSecrets(Exception):
    """Sealed under a secret key that is no longer known, or damaged."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """The credentials that a provider wants with every request. Neither part shows in a ``repr``."""

    api_key: SecretStr = field(default_factory=lambda: SecretStr(""))
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


def seal(secrets: Secrets) -> str:
    """Return the secrets encrypted for storage; '' if there are none."""
    key = secrets.api_key.get_secret_value()
    if not (key or secrets.headers):
        return ""
    plain = json.dumps({"api_key": key, "headers": dict(secrets.headers)})
    return _keys().encrypt(plain.encode()).decode()


def unseal(sealed: str) -> Secrets:
    """Decrypt the result of :func:`seal`. Raise :class:`UnreadableSecrets` if the key was changed."""
    if not sealed:
        return Secrets()
    try:
        plain = json.loads(_keys().decrypt(sealed.encode()))
    except InvalidToken:
        raise UnreadableSecrets from None
    return Secrets(SecretStr(plain["api_key"]), plain["headers"])


def reseal(sealed: str) -> str:
    """Encrypt the same secrets under today's ``SECRET_KEY``. Raise :class:`UnreadableSecrets`."""
    try:
        return _keys().rotate(sealed.encode()).decode()
    except InvalidToken:
        raise UnreadableSecrets from None


def _keys() -> MultiFernet:
    fernets = []
    for secret_key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        # Django signs with SECRET_KEY itself; a derived key keeps the two uses apart.
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(secret_key.encode())
        fernets.append(Fernet(base64.urlsafe_b64encode(derived)))
    return MultiFernet(fernets)
