"""The words of FusionWeb, spelled once: enums only. Database choices, JS, CSS and docs are tested against them."""

from enum import StrEnum

SLOTS = "ABCDEFGH"
"""The letters that panel slots may carry; a panel has at most ``len(SLOTS)`` members."""


class Role(StrEnum):
    """The purpose of a call."""

    PANEL = "panel"
    JUDGE = "judge"
    SYNTHESIS = "synthesis"
    CHECK = "check"
    RANKING = "ranking"
    PREFERENCE = "preference"
    COMPARISON = "comparison"
    REVIEW = "review"
    REVISION = "revision"
    CLAIMS = "claims"
    SUPPORT = "support"
    SETTLEMENT = "settlement"

    @property
    def is_beside(self) -> bool:
        """Return whether its calls comment on an answer that stands: they change nothing of the run."""
        return self in (Role.CHECK, Role.SETTLEMENT) or self.is_review

    @property
    def is_review(self) -> bool:
        """Return whether its calls are those of the panel about each other's answers."""
        return self in (Role.RANKING, Role.PREFERENCE)

    @property
    def urgency(self) -> "Role":
        """Return the role beside whose calls its own stand in the queue: the nearer to the end, the earlier."""
        if self in (Role.COMPARISON, Role.REVIEW, Role.CLAIMS, Role.SUPPORT):
            return Role.JUDGE
        if self is Role.REVISION:
            return Role.SYNTHESIS
        return Role.PANEL if self.is_beside else self


LOOKING_UP = (Role.PANEL, Role.JUDGE, Role.SETTLEMENT)
"""The roles whose calls may look things up: settlements always, the others where the recipe lets them."""


class StrategyName(StrEnum):
    """The ways to an answer, each in a file of ``strategies``."""

    FUSE = "fuse"
    SINGLE = "single"
    VOTE = "vote"
    CASCADE = "cascade"
    WEIGHTED = "weighted"
    EARLY_EXIT = "early_exit"
    BEST_OF = "best_of"
    CRITIQUE = "critique"
    LAYERS = "layers"
    VERIFY = "verify"


class Status(StrEnum):
    """Where a run or a call stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        return self in (Status.DONE, Status.FAILED, Status.CANCELLED)


class FinishReason(StrEnum):
    """Why a model stopped writing."""

    STOP = "stop"
    TOOL_CALLS = "tool_calls"
    LENGTH = "length"
    REFUSAL = "refusal"
    CONTENT_FILTER = "content_filter"
    LOOP = "loop"
    UNKNOWN = "unknown"


class FailureCode(StrEnum):
    """Why a call or a run failed or was cancelled. The sentence beside it is for a person; this is for programs."""

    INVALID_REQUEST = "invalid_request"
    AUTHENTICATION = "authentication"
    PERMISSION = "permission"
    INSUFFICIENT_CREDITS = "insufficient_credits"
    INVALID_MODEL = "invalid_model"
    CONTEXT_TOO_LONG = "context_too_long"
    RATE_LIMITED = "rate_limited"
    OVERLOADED = "overloaded"
    UPSTREAM_ERROR = "upstream_error"
    CONNECTION = "connection"
    BAD_STREAM = "bad_stream"
    TIMEOUT = "timeout"
    TOO_LARGE = "too_large"
    REFUSED = "refused"
    EMPTY = "empty"
    BAD_REPLY = "bad_reply"
    WORKER_LOST = "worker_lost"
    TOO_SLOW = "too_slow"
    CIRCUIT_OPEN = "circuit_open"
    CAPPED = "capped"
    CANCELLED = "cancelled"
    ALL_PANELS_FAILED = "all_panels_failed"
    UNEXPECTED_ERROR = "unexpected_error"


class Channel(StrEnum):
    """The text of a call that a delta extends."""

    TEXT = "text"
    REASONING = "reasoning"


class CostSource(StrEnum):
    """The source of a call's cost."""

    REPORTED = "reported"
    COMPUTED = "computed"
    UNKNOWN = "unknown"


class Billing(StrEnum):
    """Whether a vendor bills an attempt: what came of it is paid for, it was turned away, or nobody knows."""

    BILLED = "billed"
    NOT_BILLED = "not_billed"
    UNCERTAIN = "uncertain"


class AnswerKind(StrEnum):
    """The kind of answer that a run has."""

    FUSED = "fused"
    ONLY = "only"
    CLOSEST = "closest"
    VOTED = "voted"
    AS_IS = "as_is"
    ESCALATED = "escalated"
    BEST = "best"
    REVISED = "revised"


class VoteResult(StrEnum):
    """The ends of a vote: more than half agree, most do, a tie is broken by measured accuracy, or it is undecided.

    In a cascade a whole stage agrees, or the answer of the last one stands. Of answers in JSON each field's winner may
    be the answer; where a field has no majority that may be undecided too.
    """

    MAJORITY = "majority"
    PLURALITY = "plurality"
    TIE_BROKEN = "tie_broken"
    TIE = "tie"
    NOT_APPLICABLE = "not_applicable"
    AGREED = "agreed"
    ESCALATED = "escalated"
    FIELDS = "fields"
    NO_MAJORITY = "no_majority"

    @property
    def is_decided(self) -> bool:
        return self not in (VoteResult.TIE, VoteResult.NOT_APPLICABLE, VoteResult.NO_MAJORITY)


class WeightBasis(StrEnum):
    """The reasons for the weight of a vote: none (all weigh the same), measured accuracy, price, or a person's word."""

    EQUAL = "equal"
    ACCURACY = "accuracy"
    COST = "cost"
    HAND = "hand"


class ExitReason(StrEnum):
    """The reasons to stop waiting for votes: all were counted, the leader cannot be overtaken, or it is certified."""

    COUNTED = "counted"
    CERTAIN = "certain"
    CERTIFIED = "certified"


class FindingKind(StrEnum):
    """The kinds of findings in an analysis."""

    CONSENSUS = "consensus"
    CONTRADICTION = "contradiction"
    PARTIAL_COVERAGE = "partial_coverage"
    UNIQUE_INSIGHT = "unique_insight"
    BLIND_SPOT = "blind_spot"
    ANSWER_CHECK = "answer_check"


class CheckFault(StrEnum):
    """The faults that a check finds in a fused answer: against an answer, without its warning, or of its own making."""

    CONTRADICTS = "contradicts"
    DROPS_WARNING = "drops_warning"
    UNSUPPORTED = "unsupported"


class ClaimLabel(StrEnum):
    """The labels of a claim: another answer says the same, another denies it, or nobody else says anything of it."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    UNSUPPORTED = "unsupported"


class ClaimStance(StrEnum):
    """The stances of an answer on a claim that another one makes; one that is silent on it has none."""

    ENTAILS = "entails"
    CONTRADICTS = "contradicts"


class PeerChoice(StrEnum):
    """The answers between which a peer reviewer chooses: the fused one, or its own."""

    FUSED = "fused"
    OWN = "own"


class RowKind(StrEnum):
    """The kinds of rows in the aligned view: how the answers in a row differ in their words on one subject."""

    SAME = "same"
    REWORDED = "reworded"
    NUMBERS = "numbers"
    OPPOSED = "opposed"
    ALONE = "alone"


class QuoteState(StrEnum):
    """The states of a quote: it stands in the answer word for word, nearly, or not."""

    VERIFIED = "verified"
    SIMILAR = "similar"
    UNVERIFIED = "unverified"


class DecisionKind(StrEnum):
    """Decisions of a person on a proposed ruling."""

    ACCEPTED = "accepted"
    DROPPED = "dropped"


class CitationOrigin(StrEnum):
    """The origins of a citation: a mark in the model's text, or a note of its vendor beside it."""

    TEXT = "text"
    VENDOR = "vendor"


class RulingKind(StrEnum):
    """A person's ruling on a point of an analysis: what the next fused answer is to make of it."""

    SIDE = "side"
    STATEMENT = "statement"
    IMMATERIAL = "immaterial"
    DROP = "drop"
    ADD = "add"
    COMMENT = "comment"


class FinalKind(StrEnum):
    """The kinds of final answers: what an answer concludes, read from its text."""

    NUMBER = "number"
    CHOICE = "choice"
    BOOLEAN = "boolean"
    LITERAL = "literal"
    FORMULA = "formula"
    TEXT = "text"
    CODE = "code"


class CountedKind(StrEnum):
    """The answers that a vote counts: all final ones, those of a kind, labels of a list, or short texts by meaning."""

    AUTO = "auto"
    NUMBER = "number"
    CHOICE = "choice"
    LABEL = "label"
    FORMULA = "formula"
    JSON = "json"
    TEXT = "text"
    MEANING = "meaning"

    @property
    def is_lasting(self) -> bool:
        """Return whether two answers are equal or not whoever else answers: a further text may divide meanings anew."""
        return self is not CountedKind.MEANING


class AnalysisStatus(StrEnum):
    """The reliability of an analysis: as replied, after repair, or by the built-in fallback."""

    OK = "ok"
    REPAIRED = "repaired"
    DEGRADED = "degraded"


class AnswerOrder(StrEnum):
    """The orders in which a judge reads the answers: that of the run's seed, its reverse, and its halves exchanged."""

    SHUFFLED = "shuffled"
    REVERSED = "reversed"
    ROTATED = "rotated"


class PromptStyle(StrEnum):
    """The style of prompt that suits a model: full chat, plain chat for a small model, or a base model's completion."""

    CHAT = "chat"
    SMALL = "small"
    BASE = "base"


class ReasoningEffort(StrEnum):
    """The amount of thinking asked of a reasoning model; each vendor has words or figures of its own for it."""

    MINIMAL = "minimal"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Priority(StrEnum):
    """The urgency of a run: somebody waits for it, or nobody in particular (hundreds of runs in one go)."""

    INTERACTIVE = "interactive"
    BULK = "bulk"


class EarlierAnswers(StrEnum):
    """The earlier answers that the panel goes on with in a thread: the run's answers, or each column's own."""

    FUSED = "fused"
    OWN = "own"


class WaitReason(StrEnum):
    """Why a queued call waits before it may be claimed."""

    RATE_LIMIT = "rate_limit"
    CONCURRENCY = "concurrency"
    RETRY_AFTER = "retry_after"


class PriceSource(StrEnum):
    """Where a model's price comes from: its provider's list, the built-in price table, or a person."""

    PROVIDER = "provider"
    TABLE = "table"
    MANUAL = "manual"
    UNKNOWN = "unknown"


AUTO = "auto"
"""In place of a judge or writer: the strongest connected model whose maker is not on the panel."""


class MarkKind(StrEnum):
    """The marks that people set on runs, and their opposites."""

    TAG = "tag"
    UNTAG = "untag"
    STAR = "star"
    UNSTAR = "unstar"
    ARCHIVE = "archive"
    UNARCHIVE = "unarchive"
    BIN = "bin"
    RESTORE = "restore"


class Builtin(StrEnum):
    """The models that live in this program: word overlap as a judge, the closest answer and a vote's as writers."""

    OVERLAP = "builtin/overlap"
    CLOSEST = "builtin/closest"
    FIELDS = "builtin/fields"
