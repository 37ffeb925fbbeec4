"""The fused answer's record in a sentence, for the leaderboard and the home page."""

from apps.fusion.leaderboard import FEWEST, Record
from apps.web.formats import counted


def record_sentence(record: Record) -> str:
    """Say how often the fused answer beat the best single model, or how many votes are missing to say so."""
    if record.has_too_few:
        return f"Too few votes to say: {record.n} of {FEWEST} that choose between the fused answer and your best model."
    low, high = (round(100 * bound) for bound in record.interval)
    return f"The fused answer beat your best single model {record.wins} of {record.n} times ({low}–{high} %)."


def left_out_sentence(record: Record) -> str:
    """Say which votes the record leaves out; '' for none."""
    parts = [counted(record.ties, "tie")] if record.ties else []
    if record.neither:
        parts.append(f"{counted(record.neither, 'vote')} for neither")
    verb = "is" if record.ties + record.neither == 1 else "are"
    return f"{' and '.join(parts)} between these two {verb} left out." if parts else ""
