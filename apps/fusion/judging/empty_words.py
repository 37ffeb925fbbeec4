"""Entries with which a judge says in words that a list is empty: "None", "N/A", "No contradictions found."."""

import re

from apps.fusion.judging.reply_forms import PointForm, ReplyForm

LONGEST = 80
"""Characters of such words."""
_EMPTY = frozenset(
    (
        "none|n/a|n.a|nil|null|nothing|not applicable|nothing to report|nothing to add|nothing of note|"
        "keine|keiner|keines|keins|nichts|entfällt|nicht zutreffend|aucun|aucune|rien|néant|sans objet|"
        "ninguno|ninguna|nada|no aplica|nessuno|nessuna|niente|nenhum|nenhuma|não se aplica|"
        "нет|не обнаружено|не выявлено|отсутствуют|geen|brak|yok|لا يوجد|"
        "无|無|没有|沒有|无明显|なし|特になし|該当なし|없음|해당 없음"
    ).split("|")
)
_HOW = "significant|major|notable|direct|clear|obvious|real|material|substantive|further|other|factual"
_LISTED = (
    "contradiction|conflict|disagreement|discrepanc(?:y|ie)|blind spot|gap|omission|unique insight|insight|"
    "unique point|consensus|agreement|partial coverage|issue|fault|finding|problem|error"
)
_NONE_FOUND = re.compile(
    rf"(?:none|nothing|keine|(?:there (?:is|are) )?no (?:(?:{_HOW}) )?(?:{_LISTED})s?)"
    r"(?: (?:between|among|across|in) (?:the |any |these )?(?:answers|responses|models))?"
    r"(?: (?:were|was|are|is|have been))?"
    r"(?: (?:found|identified|noted|detected|observed|present|apparent|evident|listed|gefunden|erkennbar))?"
)


def is_empty_word(text: str) -> bool:
    """Return whether a text only says that there is nothing."""
    words = " ".join(text[: LONGEST + 1].casefold().strip(" \t\r\n.!。()[]*_-–—\"'“”").split())
    return len(words) <= LONGEST and (words in _EMPTY or _NONE_FOUND.fullmatch(words) is not None)


def without_empty_words(form: ReplyForm) -> ReplyForm:
    """Return a reply without the points, insights, blind spots and suggestions that say that there are none.

    A point with the words of an answer behind it stays: these may be what is said. So do bottom lines and stances.
    """
    return form.model_copy(
        update={
            "consensus": [point for point in form.consensus if _says_something(point)],
            "partial_coverage": [point for point in form.partial_coverage if _says_something(point)],
            "contradictions": [
                one
                for one in form.contradictions
                if not is_empty_word(one.topic) or any(side.support for side in one.stances)
            ],
            "unique_insights": [
                one for one in form.unique_insights if not (is_empty_word(one.insight) and _is_blank(one.quote))
            ],
            "best_as_is": [one for one in form.best_as_is if not is_empty_word(one.answer)],
            "blind_spots": [text for text in form.blind_spots if not is_empty_word(text)],
        }
    )


def _says_something(point: PointForm) -> bool:
    return not is_empty_word(point.point) or not all(_is_blank(one.quote) for one in point.support)


def _is_blank(quote: str) -> bool:
    return not quote.strip() or is_empty_word(quote)
