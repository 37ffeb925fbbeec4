"""Say what a panel can reach on labelled items, and propose panels that can reach more for their price."""

from collections.abc import Collection
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.models import User
from apps.fusion.calibration import ENOUGH_ITEMS
from apps.fusion.ceiling import MOST_MEMBERS, Ceiling, Proposal, advise, ceiling_of
from apps.fusion.certificates import LabelledItem
from apps.runs.measuring.labelled import labelled_runs
from apps.runs.measuring.pack_labels import Finals, labelled_items
from apps.runs.measuring.packs import BadPack, load_pack
from apps.runs.measuring.replay import cost_of


class Command(BaseCommand):
    """Grow panels from the best single model by the member that adds most head-room per dollar."""

    help = "Propose panels from a pack of recorded answers, or from what a person rated, voted, had checked and ruled."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--pack", help="A .jsonl or .jsonl.gz file; costs come from models.json beside it.")
        parser.add_argument("--user", help="A person whose ratings, votes, checks and rulings are the items instead.")
        parser.add_argument("--panel", default="", help="A panel of today to hold the proposals against.")
        parser.add_argument("--most", type=int, default=MOST_MEMBERS, help="The most members (5).")
        parser.add_argument("--budget", type=Decimal, help="USD for a question, at most.")
        parser.add_argument("--finals", choices=[str(one) for one in Finals], default=str(Finals.TEXT))

    def handle(self, *_args: Any, **options: Any) -> None:
        items, models, costs = self._items(options)
        if not items or not models:
            raise CommandError("There are no labelled items with the same models.")
        panel = [one.strip() for one in options["panel"].split(",") if one.strip()]
        if unknown := set(panel) - set(models):
            raise CommandError(f"Not measured: {', '.join(sorted(unknown))}. There are: {', '.join(models)}.")
        self.stdout.write(f"{len(items)} labelled items, {len(models)} models")
        if len(items) < ENOUGH_ITEMS:
            self.stdout.write(f"These are few: below {ENOUGH_ITEMS} items a proposal says little.")
        unpriced = [model for model in models if model not in costs]
        if panel:
            today = Proposal(
                tuple(panel), ceiling_of(items, panel), sum((costs.get(m, Decimal(0)) for m in panel), Decimal(0))
            )
            self.stdout.write(f"today     {_line(today, unpriced)}")
        for proposal in advise(items, models, costs, options["most"], options["budget"]):
            self.stdout.write(
                f"{len(proposal.panel)} member{'s' if len(proposal.panel) > 1 else ' '}  {_line(proposal, unpriced)}"
            )
        if unpriced:
            self.stdout.write(f"without a price, so taken for as dear as the dearest: {', '.join(unpriced)}")

    def _items(self, options: dict[str, Any]) -> tuple[list[LabelledItem], list[str], dict[str, Decimal]]:
        """Return the items, the models that answered all of them, and what a question costs each (USD)."""
        if options["pack"]:
            try:
                pack = load_pack(Path(options["pack"]))
            except BadPack as error:
                raise CommandError(str(error)) from error
            costs = {
                model: cost / len(pack.items) for model in pack.models if (cost := cost_of(pack, [model])) is not None
            }
            return labelled_items(pack.items, Finals(options["finals"])), list(pack.models), costs
        user = User.objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError("Name a pack, or a user.")
        labelled = [one.item for one in labelled_runs(user)]
        shared = set.intersection(*(set(item.answers) for item in labelled)) if labelled else set()
        return (labelled if shared else []), sorted(shared), {}


def _line(proposal: Proposal, unpriced: Collection[str]) -> str:
    found: Ceiling = proposal.ceiling
    at_least = "≥ " if set(proposal.panel) & set(unpriced) else ""
    return (
        f"{', '.join(proposal.panel)}: ceiling {100 * found.share:.1f} %, best alone {found.best} "
        f"{100 * found.best_right / found.n:.1f} %, head-room {100 * found.headroom:.1f} points "
        f"(at most {100 * found.headroom_bound:.1f}), {at_least}${proposal.cost:.6f} a question"
    )
