"""The usual length of a model's answers, read from the calls of everybody: forecasts of cost rest on it."""

from collections.abc import Iterable

from django.db import connection

from apps.catalogue.recipes.estimates import Habits
from apps.fusion.cost import Lengths
from apps.fusion.vocabulary import Role

NEWEST = 100
"""Calls of a model and role that are looked at: models change under their names."""
ENOUGH = 8
"""Fewer say nothing about a model."""

# LATERAL reads the newest calls of each pair from the index ``call_lengths``, and none of the older ones.
MIDDLE_HALF = """
SELECT asked.model, asked.role,
    percentile_cont(0.25) WITHIN GROUP (ORDER BY newest.tokens),
    percentile_cont(0.75) WITHIN GROUP (ORDER BY newest.tokens)
FROM unnest(%s::text[], %s::text[]) AS asked (model, role)
CROSS JOIN LATERAL (
    SELECT (usage ->> 'output_tokens')::int AS tokens FROM runs_call
    WHERE model = asked.model AND role = asked.role AND status = 'done' AND NOT is_copy
        AND usage -> 'output_tokens' > '0'
    ORDER BY id DESC LIMIT %s
) AS newest
GROUP BY asked.model, asked.role HAVING count(*) >= %s
"""


def habits_of(pairs: Iterable[tuple[str, Role]]) -> Habits:
    """Return the middle half of the newest answers' lengths by model and role, in output tokens; one query."""
    asked = list(dict.fromkeys(pairs))
    if not asked:
        return {}
    models, roles = [model for model, _ in asked], [str(role) for _, role in asked]
    with connection.cursor() as cursor:
        cursor.execute(MIDDLE_HALF, [models, roles, NEWEST, ENOUGH])
        rows = cursor.fetchall()
    return {(model, Role(role)): Lengths(low=round(low), high=round(high)) for model, role, low, high in rows}
