"""The webhook of a request: an address that the key allows, for a run or a batch that goes on by itself."""

import httpx

from apps.accounts.models import ApiKey
from apps.api.errors import ApiError
from apps.outbound.addresses import asked_host, url_of
from apps.runs.models import WebhookDelivery

LONGEST = WebhookDelivery._meta.get_field("url").max_length or 0
EXAMPLE = "A webhook is a web address, such as https://hooks.example/fusionweb."


def checked_webhook(text: str, key: ApiKey, param: str) -> str:
    """Return the address of a webhook as it is requested; raise :class:`ApiError` if this key may not name it.

    Plain http is for administrators, whose receivers may be inside this network.
    """
    try:
        url = url_of(text.strip())
    except httpx.InvalidURL:
        raise _refused(EXAMPLE, param) from None
    if url.scheme not in ("https", "http") or not url.host:
        raise _refused(EXAMPLE, param)
    if url.scheme == "http" and not key.owner.is_superuser:
        raise _refused("A webhook is sent over https only.", param)
    if url.userinfo or url.fragment:
        raise _refused("Leave user name, password and “#” out of a webhook. Messages are signed instead.", param)
    host = asked_host(url)
    if (host if url.port is None else f"{host}:{url.port}") not in key.webhook_hosts:
        allowed = ", ".join(key.webhook_hosts)
        sentence = f"to {allowed} only" if allowed else "to no host"
        raise _refused(f"This key may send webhooks {sentence}. Make a key for this host on the Settings page.", param)
    if len(str(url)) > LONGEST:
        raise _refused(f"A webhook has at most {LONGEST} characters; “é” counts as the six that are sent.", param)
    return str(url)


def _refused(sentence: str, param: str) -> ApiError:
    return ApiError(400, "invalid_parameter", sentence, param)
