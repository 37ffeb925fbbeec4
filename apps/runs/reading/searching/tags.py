"""The tags that a person has given to runs."""

from django.db.models import Func

from apps.accounts.models import User
from apps.runs.reading import access

MOST_TAGS = 200


def tags_of(user: User) -> list[str]:
    """Return the tags of a person's runs in their order."""
    tagged = access.visible_to(user).exclude(tags=[]).order_by()
    names = tagged.annotate(name=Func("tags", function="unnest")).values_list("name", flat=True).distinct()
    return sorted(names)[:MOST_TAGS]
