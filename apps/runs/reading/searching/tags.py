"""The tags that a person has given to runs."""

from typing import Any

from django.db.models import Func, Q, QuerySet

from apps.accounts.models import User
from apps.runs.models import FEW_TAGS, MANY_TAGS
from apps.runs.reading import access

MOST_TAGS = 200


def tags_of(user: User) -> list[str]:
    """Return the tags of a person's runs in their order."""

    def names_of(tagged: Q) -> QuerySet[Any, Any]:
        runs = access.visible_to(user).filter(tagged).order_by()
        return runs.annotate(name=Func("tags", function="unnest")).values_list("name", flat=True)

    # Two queries in one, since each has an index: that of the first holds the tags, and no run is read.
    return sorted(names_of(FEW_TAGS).union(names_of(MANY_TAGS)))[:MOST_TAGS]
