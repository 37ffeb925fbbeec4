"""The search of the reference: where its words stand, the best place first."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from django.utils.html import strip_tags

from apps.api.reference.operations import Chapter, Field, chapters

MAX_FOUND = 30


@dataclass(frozen=True, slots=True)
class Found:
    """A card of the reference that has all words; ``about`` is its method and path, or what it is."""

    chapter: Chapter
    anchor: str
    title: str
    about: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    found: Found
    head: str
    text: str


def search(query: str) -> list[Found]:
    """Return at most ``MAX_FOUND`` cards with all words of a query: those first that have them in their heads."""
    words = query.casefold().split()
    if not words:
        return []
    hits = [entry for entry in _entries() if all(word in entry.text for word in words)]
    hits.sort(key=lambda entry: -sum(word in entry.head for word in words))  # stable: else the order of the pages
    return [
        Found(
            *(entry.found.chapter, entry.found.anchor, entry.found.title, entry.found.about),
            fields=tuple(name for name in entry.found.fields if any(word in name.casefold() for word in words)),
        )
        for entry in hits[:MAX_FOUND]
    ]


@cache
def _entries() -> tuple[_Entry, ...]:
    return tuple(entry for chapter in chapters() for entry in _entries_of(chapter))


def _entries_of(chapter: Chapter) -> Iterator[_Entry]:
    for one in chapter.operations:
        about = f"{one.method} {one.path}"
        yield _entry(chapter, one.anchor, one.summary, about, (*one.parameters, *one.body), one.description)
    for form in chapter.forms:
        yield _entry(chapter, form.anchor, form.name, "schema", form.fields, form.description)


def _entry(chapter: Chapter, anchor: str, title: str, about: str, fields: tuple[Field, ...], words: str) -> _Entry:
    names = tuple(field.name for field in fields)
    text = " ".join([title, about, words, *(f"{field.name} {field.description}" for field in fields)])
    found = Found(chapter, anchor, title, about, names)
    return _Entry(found, f"{title} {about}".casefold(), strip_tags(text).casefold())
