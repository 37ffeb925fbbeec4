"""The roles that calls have, each in a file: what its calls send, and what is made of what they bring.

A strategy chooses the role of a call; nothing else in this wing depends on it.
"""

from collections.abc import Mapping

from apps.fusion.vocabulary import Role
from apps.runs.execution.roles.check import CHECK
from apps.runs.execution.roles.claims import CLAIMS
from apps.runs.execution.roles.judge import JUDGE
from apps.runs.execution.roles.pairwise import COMPARISON
from apps.runs.execution.roles.panel import PANEL
from apps.runs.execution.roles.preference import PREFERENCE
from apps.runs.execution.roles.ranking import RANKING
from apps.runs.execution.roles.review import REVIEW
from apps.runs.execution.roles.revision import REVISION
from apps.runs.execution.roles.role import CallRole
from apps.runs.execution.roles.settlement import SETTLEMENT
from apps.runs.execution.roles.support import SUPPORT
from apps.runs.execution.roles.synthesis import SYNTHESIS
from apps.runs.models import Call

ROLES: Mapping[Role, CallRole] = {
    Role.PANEL: PANEL,
    Role.JUDGE: JUDGE,
    Role.SYNTHESIS: SYNTHESIS,
    Role.CHECK: CHECK,
    Role.RANKING: RANKING,
    Role.PREFERENCE: PREFERENCE,
    Role.COMPARISON: COMPARISON,
    Role.REVIEW: REVIEW,
    Role.REVISION: REVISION,
    Role.CLAIMS: CLAIMS,
    Role.SUPPORT: SUPPORT,
    Role.SETTLEMENT: SETTLEMENT,
}


def role_of(call: Call) -> CallRole:
    """Return the role of a call."""
    return ROLES[call.role]
