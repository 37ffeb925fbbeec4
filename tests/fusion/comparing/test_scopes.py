"""A sentence and the same in another scope ("only", "nearly", "far from", "at least") are not the same."""

import pytest

from apps.fusion.comparing.opposites import hedges, limits
from apps.fusion.comparing.passages import supporters
from tests.fusion.comparing.agreeing import agrees

SCOPES = {
    "en": (
        "The plan is {}complete.",
        ("far from ", "anything but ", "barely ", "hardly ", "nearly ", "almost ", "only "),
    ),
    "de": (
        "Der Plan ist {}fertig.",
        ("weit davon entfernt, ", "alles andere als ", "kaum ", "fast ", "nur "),
    ),
    "fr": ("Le plan est {}terminé.", ("loin d'être ", "tout sauf ", "à peine ", "presque ", "seulement ")),
    "es": ("El plan está {}terminado.", ("lejos de estar ", "todo menos ", "apenas ", "casi ", "solo ")),
    "it": ("Il piano è {}finito.", ("lontano da ", "tutt'altro che ", "a malapena ", "quasi ", "solo ")),
    "pt": ("O plano está {}pronto.", ("longe de estar ", "tudo menos ", "quase ", "apenas ")),
    "ru": ("План {}готов.", ("далеко не ", "едва ", "почти ", "только ")),
    "zh": ("这个计划{}完成了。", ("远未", "勉强", "几乎", "只")),
    "ja": ("計画は{}終わりました。", ("ほとんど", "かろうじて", "ほぼ")),
}
SCOPED = (
    *((frame.format(""), frame.format(scope)) for frame, scopes in SCOPES.values() for scope in scopes),
    ("The museum is open on Monday.", "The museum is open only on Monday."),
    ("The museum is open on Monday.", "The museum is open just on Monday."),
    ("All shops are open on Monday.", "All shops except bakeries are open on Monday."),
    ("The hall holds 300 guests.", "The hall holds at least 300 guests."),
    ("The hall holds 300 guests.", "The hall holds at most 300 guests."),
    ("The hall holds 300 guests.", "The hall holds up to 300 guests."),
    ("Most of the 30 tests pass.", "Up to 30 tests pass."),
    ("Most of the 30 tests pass.", "At most 30 tests pass."),
    ("Der Saal fasst 300 Gäste.", "Der Saal fasst mindestens 300 Gäste."),
    ("Der Saal fasst 300 Gäste.", "Der Saal fasst höchstens 300 Gäste."),
    ("Der Saal fasst 300 Gäste.", "Der Saal fasst bis zu 300 Gäste."),
    ("La salle contient 300 personnes.", "La salle contient au moins 300 personnes."),
    ("La salle contient 300 personnes.", "La salle contient jusqu'à 300 personnes."),
    ("La sala admite 300 personas.", "La sala admite al menos 300 personas."),
    ("La sala admite 300 personas.", "La sala admite hasta 300 personas."),
    ("Das Museum ist am Montag offen.", "Das Museum ist nur am Montag offen."),
    ("Le musée est ouvert le lundi.", "Le musée n'est ouvert que le lundi."),
    ("El museo abre el lunes.", "El museo solo abre el lunes."),
    ("Il museo apre il lunedì.", "Il museo apre soltanto il lunedì."),
    ("O museu abre na segunda.", "O museu só abre na segunda."),
    ("Музей открыт в понедельник.", "Музей открыт только в понедельник."),
    ("博物馆周一开放。", "博物馆只在周一开放。"),
    ("博物館は月曜日に開きます。", "博物館は月曜日だけ開きます。"),
)


@pytest.mark.parametrize("one, other", SCOPED)
def test_sentence_and_the_same_in_another_scope_neither_agree_nor_support_each_other(one, other):
    assert not agrees((one, other))
    assert not any(passage.slots for passage in supporters(one, {"A": other}))
    assert not any(passage.slots for passage in supporters(other, {"A": one}))


@pytest.mark.parametrize(
    "text, found",
    [
        ("Up to 30 tests pass.", {"at_most"}),
        ("At least 30 tests pass.", {"at_least"}),
        ("Most tests pass.", {"most"}),
        # English "fast" and "save for" limit nothing, as German "fast" does.
        ("The train is fast.", set()),
        ("Fast trains stop here.", set()),
        ("They save for a house.", set()),
        ("Fast alle Züge halten.", {"nearly", "all"}),
        ("Der Zug ist fast leer.", {"nearly"}),
        ("Es kommt fast nie ein Zug.", {"nearly"}),
    ],
)
def test_scope_of_a_sentence_is_told(text, found):
    assert limits(text) == found


def test_most_takes_nothing_back():
    assert hedges("Most tests pass.") == set()
    assert hedges("Up to 30 tests pass.") == {"at_most"}
