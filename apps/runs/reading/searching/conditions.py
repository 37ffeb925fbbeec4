"""A query as conditions on search rows."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import assert_never

from django.conf import settings
from django.contrib.postgres.search import SearchQuery, SearchQueryCombinable
from django.db import connection
from django.db.models import F, Func, Q, TextField, Value
from django.db.models.lookups import IRegex
from django.utils import timezone

from apps.accounts.models import User
from apps.catalogue.access import visible_models
from apps.catalogue.models import Model
from apps.fusion.judging.folding import words_of
from apps.fusion.vocabulary import Builtin
from apps.runs.lifecycle.search_rows import WEIGHTS, searchable
from apps.runs.reading.searching.run_query import (
    Facet,
    Figure,
    FindingWords,
    Made,
    ModelNamed,
    RunQuery,
    Words,
)

MOST_MODELS = 200
"""Models of a name that are looked for."""
LEXEMES = """
SELECT given, numnode(plainto_tsquery(%s::regconfig, given)), tsvector_to_array(to_tsvector(%s::regconfig, given))
FROM unnest(%s::text[]) WITH ORDINALITY AS one (given, place) ORDER BY place
"""


@dataclass(frozen=True, slots=True)
class Conditions:
    """The conditions of a query; the sum of its words, by which results are ranked, and their stems.

    ``ignored`` are words that say nothing: too common ones, and those without a letter or digit.
    """

    where: Q
    ranked_by: SearchQueryCombinable | None
    stems: Mapping[str, tuple[str, ...]]
    ignored: tuple[str, ...]
    is_empty: bool
    """Whether nothing is left of a query that said something."""
    has_phrase: bool
    """Whether several words are to stand, or not to stand, behind each other."""


def conditions_of(query: RunQuery, user: User) -> Conditions:
    """Return the conditions of a person's query; at most one query, and one for each name of a model."""
    stems = _stems([term.text for term in query.terms if isinstance(term, Words | FindingWords)])
    ignored = tuple(text for text, found in stems.items() if not found)
    where = Q()
    ranked_by: SearchQueryCombinable | None = None
    has_phrase = False
    for term in query.terms:
        if isinstance(term, Words | FindingWords) and term.text in ignored:
            continue
        condition = _condition(term, user)
        where &= ~condition if term.is_negated else condition
        if isinstance(term, Words) and not term.is_negated:
            ranked_by = _words(term) if ranked_by is None else ranked_by & _words(term)
        has_phrase |= isinstance(term, Words) and term.is_phrase and len(stems[term.text]) > 1
    return Conditions(where, ranked_by, stems, ignored, bool(query.terms) and len(where) == 0, has_phrase)


def _stems(texts: list[str]) -> dict[str, tuple[str, ...]]:
    """Return for each text the stems of its words, none for what PostgreSQL does not index."""
    if not texts:
        return {}
    with connection.cursor() as cursor:
        language = settings.HISTORY_LANGUAGE
        cursor.execute(LEXEMES, [language, language, [searchable(text) for text in texts]])
        found = [tuple(stems or ()) if nodes else () for _, nodes, stems in cursor.fetchall()]
    return dict(zip(texts, found, strict=True))


def _condition(term: Words | FindingWords | ModelNamed | Facet | Figure | Made, user: User) -> Q:
    match term:
        case Words():
            return Q(words=_words(term))
        case FindingWords():
            weight = WEIGHTS[term.kind]
            query = SearchQuery(f"{_quoted(term.text)}:{weight}", search_type="raw", config=settings.HISTORY_LANGUAGE)
            return Q(finding_words=query)
        case ModelNamed():
            # Of a model that the person may not see, only a reference is in their runs.
            called = Q(label__icontains=term.text, pk__in=visible_models(user).values("pk"))
            named = Q(reference__icontains=term.text) | called
            references = set(Model.objects.filter(named).values_list("reference", flat=True)[:MOST_MODELS])
            references |= {term.text, *(str(name) for name in Builtin if term.text.lower() in name)}
            return Q(facets__overlap=[f"{term.role}:{name}" for name in references]) | _of_unknown_model(term)
        case Facet():
            return Q(facets__contains=[f"{term.name}:{term.value}"])
        case Figure():
            # Without the second condition, a run without the figure would fit neither the first nor its opposite.
            return Q(**{f"{term.name}__{term.lookup}": term.bound, f"{term.name}__isnull": False})
        case Made():
            midnight = timezone.make_aware(datetime.combine(term.day, time()))
            return Q(created_at__lt=midnight) if term.is_before else Q(created_at__gte=midnight)
        case _:
            assert_never(term)


def _of_unknown_model(term: ModelNamed) -> Q:
    """Return the condition that a model has a text in its reference, also one that is not known here any more.

    The index has facets as a whole only, so it is asked for a word that begins as the longest one of the text does.
    """
    word = max(words_of(term.text), key=len, default="")
    if not word:
        return Q()
    facets = Func(F("facets"), Value("\n"), function="array_to_string", output_field=TextField())
    # First the facets: where a whole list is gone through, the words of each run would be read.
    named = IRegex(facets, rf"(^|\n){term.role}:[^\n]*{re.escape(term.text)}")
    query = SearchQuery(f"{_quoted(word)}:*", search_type="raw", config=settings.HISTORY_LANGUAGE)
    return Q(named) & Q(words=query)


def _words(term: Words) -> SearchQuery:
    if term.is_prefix:
        return SearchQuery(f"{_quoted(term.text)}:*", search_type="raw", config=settings.HISTORY_LANGUAGE)
    kind = "phrase" if term.is_phrase else "plain"
    return SearchQuery(searchable(term.text), search_type=kind, config=settings.HISTORY_LANGUAGE)


def _quoted(text: str) -> str:
    """Return a text as one operand of PostgreSQL's own query language: there it is a phrase."""
    return "'" + searchable(text).replace("'", "''") + "'"
