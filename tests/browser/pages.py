"""All pages of the site that somebody signed in can open, from the table of addresses that every page has a row in."""

from django.test import Client
from django.urls import resolve

from tests.access.routes import PAGES
from tests.access.world import World


def addresses_of_pages(world: World) -> dict[str, str]:
    """Return an address for each page of Alice's world by the page's name, without what draws a part of one only.

    The pages of administrators are among them if she is one.
    """
    client = Client()
    client.force_login(world.run.owner)
    rows = [row for rows in PAGES.values() for row in rows if row.method == "GET"]
    rows = [row for row in rows if 200 in (row.expected["alice"], row.expected["root"])]
    found: dict[str, str] = {}
    for row in rows:
        address = row.address.format(**world.names)
        path, _, query = address.partition("?")
        name = f"{resolve(path).url_name}{'?' if query else ''}{query.partition('=')[0]}"
        if name in found:
            continue
        answer = client.get(address)
        is_page = answer["Content-Type"].startswith("text/html") and b"<html" in answer.content
        if answer.status_code == 200 and is_page:
            found[name] = address
    return found
