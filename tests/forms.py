"""Forms as a program fills them in."""

import re


def form_token(html: str) -> str:
    """The token against cross-site requests that a page's form carries."""
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', html)
    assert found, html
    return found[1]
