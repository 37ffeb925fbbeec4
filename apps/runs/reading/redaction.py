"""The copy of a run that strangers read: what its owner chose to show, in no vendor's words. Sharing: ``actions.py``.

Left out in any case: caps, the names of keys and providers, the run before and the columns' answers in it, the origin
of a fork, and what a vendor said of a failure, which names organisations, deployments and hosts.
"""

import re
from collections.abc import Iterable
from functools import reduce

from apps.fusion.sharing import EVERYDAY, Shown
from apps.fusion.tools import ToolSet
from apps.fusion.values import Failure, Guidance, JudgedSettings, Recipe, StrategySettings
from apps.fusion.vocabulary import FailureCode
from apps.runs.reading.annotations import BlindVoteSnapshot
from apps.runs.reading.blacked_out import without_passages
from apps.runs.reading.call_snapshot import AttemptSnapshot, CallSnapshot
from apps.runs.reading.snapshot import RunSnapshot
from apps.runs.reading.thread_snapshot import ThreadSnapshot

CAPPED = "Stopped at a cap."
REFUSED = "The provider did not accept the request."
BUSY = "The provider was too busy."
BROKEN = "The provider's reply did not arrive whole."
PLAIN = {
    FailureCode.CAPPED: CAPPED,
    FailureCode.INVALID_REQUEST: REFUSED,
    FailureCode.AUTHENTICATION: REFUSED,
    FailureCode.PERMISSION: REFUSED,
    FailureCode.INSUFFICIENT_CREDITS: REFUSED,
    FailureCode.INVALID_MODEL: "The model could not be asked.",
    FailureCode.CONTEXT_TOO_LONG: "The prompt is longer than the model's context.",
    FailureCode.TOO_LARGE: "The request or the reply was too large.",
    FailureCode.RATE_LIMITED: BUSY,
    FailureCode.OVERLOADED: BUSY,
    FailureCode.CIRCUIT_OPEN: BUSY,
    FailureCode.UPSTREAM_ERROR: "The provider had an error of its own.",
    FailureCode.CONNECTION: BROKEN,
    FailureCode.BAD_STREAM: BROKEN,
    FailureCode.REFUSED: "The model refused to answer.",
}
"""Sentences for strangers in place of those that may quote a vendor or name a cap."""


IDENTIFIERS = re.compile(
    r"https?://[^\s“”\"'<>]{1,2000}|\b(?:org|req|proj|acct)[-_][\w-]{4,80}|\b(?:user|key|sk)[-_](?=[\w-]*\d)[\w-]{4,80}"
    r"|\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b|\b[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}\.[a-z]{2,12}(?::\d{1,5})?\b",
)
"""Addresses, hosts and the ids of organisations and requests, in sentences of our own that may hold them."""
UNNAMED = "…"


def for_strangers(run: RunSnapshot, shown: Shown = EVERYDAY, providers: Iterable[str] = ()) -> RunSnapshot:
    """Return a copy with what is ``shown``, and without the names of ``providers`` in what is said of failures."""
    return without_passages(Redactor(run, shown, providers).redact(run), shown.passages)


def thread_for_strangers(
    thread: ThreadSnapshot, shown: Shown = EVERYDAY, providers: Iterable[str] = ()
) -> ThreadSnapshot:
    """Return a copy of a thread, each turn as :func:`for_strangers` shows a run."""
    names = list(providers)
    return thread.model_copy(update={"turns": tuple(for_strangers(turn, shown, names) for turn in thread.turns)})


class Redactor:
    """Puts plain sentences in place of what the failures of a run say, wherever another text quotes them."""

    def __init__(self, run: RunSnapshot, shown: Shown, providers: Iterable[str]) -> None:
        self._shown = shown
        said = {failure.sentence: PLAIN[failure.code] for failure in _failures(run) if failure.code in PLAIN}
        # The longest first: one may be the beginning of another.
        self._plain = dict(sorted(said.items(), key=lambda item: -len(item[0])))
        # A name of one letter would stand in any sentence.
        names = sorted((re.escape(name) for name in providers if len(name) > 1), key=len, reverse=True)
        self._names = re.compile(rf"(?<!\w)(?:{'|'.join(names)})(?!\w)") if names else None

    def redact(self, run: RunSnapshot) -> RunSnapshot:
        changes = {
            "messages": tuple(one for one in run.messages if self._shown.system_prompt or one.role != "system"),
            "recipe": self._recipe(run.recipe),
            "tools": self._tools(run.tools),
            "failure": self._failure(run.failure),
            "answer": self._call(run.answer) if run.answer else None,
            "stages": tuple(
                stage.model_copy(update={"calls": tuple(map(self._call, stage.calls))}) for stage in run.stages
            ),
            "has_uncounted_cost": False,
            "parent": None,
            "thread": "",
            "cache_hit": run.cache_hit and run.cache_hit.model_copy(update={"run": ""}),
            "forked_from": None,
            "changes": (),
            "own_answers": run.own_answers_without_texts,
            "rulings": tuple(one.model_copy(update={"author": ""}) for one in run.rulings if self._shown.rulings),
            "ratings": tuple(one.model_copy(update={"author": ""}) for one in run.ratings if self._shown.ratings),
            "blind_votes": tuple(map(self._vote, run.blind_votes)) if self._shown.ratings else (),
        }
        if not self._shown.costs:
            nothing = {"cost": None, "cost_is_complete": True, "estimate_low": None, "estimate_high": None}
            changes |= nothing | {"hides_costs": True}
        return run.model_copy(update=changes)

    def _recipe(self, recipe: Recipe) -> Recipe:
        """Leave out the cap, and the name and reason of the rule that chose it, which may name keys.

        The columns' own prompts are private as the system prompt is, and so are their names.
        """
        hidden: dict[str, object] = {
            "max_cost": None,
            "route": None,
            "cache": None,
            "settings": self._settings(recipe.settings),
        }
        if not self._shown.system_prompt:
            hidden["panel"] = tuple(spec.model_copy(update={"variant": None}) for spec in recipe.panel)
        return recipe.model_copy(update=hidden)

    def _vote(self, vote: BlindVoteSnapshot) -> BlindVoteSnapshot:
        hidden = {} if self._shown.system_prompt else {"variant": ""}
        answers = tuple(one.model_copy(update=hidden) for one in vote.answers)
        return vote.model_copy(update={"author": "", "answers": answers})

    def _call(self, call: CallSnapshot) -> CallSnapshot:
        analysis = call.analysis
        changes = {
            "failure": self._failure(call.failure),
            "attempts": tuple(map(self._attempt, call.attempts)),
            "analysis": analysis and analysis.model_copy(update={"note": self._text(analysis.note)}),
            "provider": "",
            "guidance": call.guidance and self._guidance(call.guidance),
            "lookups": tuple(one.model_copy(update={"sentence": self._text(one.sentence)}) for one in call.lookups),
        }
        if not self._shown.reasoning:
            changes["reasoning"] = ""
        if not self._shown.system_prompt:
            changes["variant"] = ""
        if not self._shown.costs:
            changes |= {"cost": None, "cost_so_far": None, "lookup_cost": None}
        return call.model_copy(update=changes)

    def _guidance(self, guidance: Guidance) -> Guidance:
        changes: dict[str, object] = {} if self._shown.rulings else {"rulings": ()}
        return guidance.model_copy(update=changes if self._shown.system_prompt else changes | {"instructions": ""})

    def _settings(self, settings: StrategySettings) -> StrategySettings:
        """Leave out the instructions of judge and writer, which are private as a system prompt is."""
        if self._shown.system_prompt or not isinstance(settings, JudgedSettings):
            return settings
        return settings.model_copy(update={"judge_instructions": "", "writer_instructions": ""})

    def _tools(self, tools: ToolSet | None) -> ToolSet | None:
        """Leave out the client's tools, whose descriptions are instructions, but not that the panel was skipped."""
        if tools is None or self._shown.system_prompt:
            return tools
        return ToolSet(mode=tools.mode, skips_panel=tools.skips_panel)

    def _attempt(self, attempt: AttemptSnapshot) -> AttemptSnapshot:
        hidden = {} if self._shown.costs else {"cost": None, "may_cost": None}
        return attempt.model_copy(update={"failure": self._failure(attempt.failure), **hidden})

    def _failure(self, failure: Failure | None) -> Failure | None:
        """Return a failure as strangers read it; also that of an event."""
        return failure and failure.model_copy(update={"sentence": self._text(failure.sentence)})

    def _text(self, text: str) -> str:
        text = reduce(lambda said, sentence: said.replace(sentence, self._plain[sentence]), self._plain, text)
        text = self._names.sub(_provider, text) if self._names else text
        return IDENTIFIERS.sub(UNNAMED, text)


def _provider(match: re.Match[str]) -> str:
    return "The provider" if re.search(r"(?:^|[.:]\s)$", match.string[: match.start()]) else "the provider"


def _failures(run: RunSnapshot) -> Iterable[Failure]:
    found = [run.failure]
    for call in run.calls:
        found += [call.failure, *(attempt.failure for attempt in call.attempts)]
    return [failure for failure in found if failure and failure.sentence]
