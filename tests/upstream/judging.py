"""A judge that reads the answers of its prompt, so that what it finds may depend on the order in which they stand."""

import json
import re

LISTS = ("bottom_lines", "contradictions", "consensus", "partial_coverage", "unique_insights", "blind_spots")


def analysis_of(prompt: str, favours: str = "", best: object = None, settled: str = "") -> str:
    """Return a reply in the form asked for: sentences that all answers have, and those that differ in their figures.

    One that ``favours`` what stands ``first`` also reports a sentence of that answer as its insight. ``best`` is its
    suggestion to give one answer as it is: the letter that it sees (``answer``) and a ``reason``. ``settled`` are the
    words with which it settles what the answers contradict each other on.
    """
    answers = dict(re.findall(r"\[ANSWER (\w) \w+\]\n(.*?)\n\[END OF ANSWER", prompt, re.DOTALL))
    said = {letter: re.findall(r"[^.]+\.", text) for letter, text in answers.items()}
    first = next(iter(said))
    reply: dict[str, list[object]] = {name: [] for name in LISTS}
    for sentence in sorted(map(str.strip, said[first])):
        alike = {letter: like for letter in said if (like := _like(sentence, said[letter]))}
        views = sorted(set(alike.values()))
        if len(alike) < 2:
            continue
        stances = [
            {"stance": v, "support": [_quote(one, v) for one in sorted(alike) if alike[one] == v]} for v in views
        ]
        if len(views) > 1:
            reply["contradictions"].append({"topic": f"{_blank(sentence)} {settled}".strip(), "stances": stances})
        else:
            reply["consensus"].append({"point": sentence, "support": stances[0]["support"]})
    if favours == "first":
        words = said[first][0].strip()
        reply["unique_insights"].append({"answer": first, "insight": f"As the first says: {words}", "quote": words})
    reply["best_as_is"] = [best] if best else []
    return json.dumps(reply)


def choice_of(prompt: str, words: str) -> str:
    """Return the reply of an evaluator that prefers the answer with these words, or else what stands first."""
    answers = dict(re.findall(r"\[ANSWER (\w) \w+\]\n(.*?)\n\[END OF ANSWER", prompt, re.DOTALL))
    better = next((letter for letter, text in answers.items() if words in text), next(iter(answers), "X"))
    return json.dumps({"reason": "It serves the request better.", "better": better})


def revision_of(prompt: str, text: str, accepts: bool) -> str:
    """Return the reply of an author who decides alike on every issue, and writes a text."""
    issues = re.findall(r"^(\d+)\. \(severity", prompt, re.MULTILINE)
    decisions = [{"issue": int(number), "accepted": accepts, "reason": "I looked it up."} for number in issues]
    mark = re.search(r"\[REVISED ANSWER \w+\]", prompt)
    return f"{json.dumps({'decisions': decisions})}\n{mark[0] if mark else ''}\n{text}"


def _blank(sentence: str) -> str:
    return re.sub(r"\d+", "…", sentence)


def _like(sentence: str, sentences: list[str]) -> str:
    """Return the sentence that says the same, whatever its figures."""
    return next((one.strip() for one in sentences if _blank(one.strip()) == _blank(sentence)), "")


def _quote(letter: str, words: str) -> dict[str, str]:
    return {"answer": letter, "quote": words}
