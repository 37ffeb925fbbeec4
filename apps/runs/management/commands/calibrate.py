"""Make a calibration of a panel from recorded answers or from a person's runs, and keep it under a name."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.models import User
from apps.catalogue.models import Preset
from apps.catalogue.recipes.calibrations import BadCalibration, save_calibration
from apps.catalogue.recipes.presets import find_choosable
from apps.fusion.calibration import ENOUGH_ITEMS, CalibrationSource, CountingRule
from apps.fusion.certificates import DELTA, calibrate
from apps.fusion.confidence import certificate_words
from apps.fusion.values import Calibration, SlotSpec
from apps.fusion.vocabulary import SLOTS, FinalKind
from apps.fusion.weights import weights_of
from apps.runs.measuring.counting import add_counting, counting_of
from apps.runs.measuring.own_items import calibration_of, own_items, tied_to
from apps.runs.measuring.pack_labels import Finals, labelled_items
from apps.runs.measuring.packs import BadPack, fault_of, load_pack
from apps.runs.measuring.replay_recipes import Counting


class Command(BaseCommand):
    """Measure the members of a panel, choose how their votes are counted, and certify the result."""

    help = (
        "Keep a calibration NAME of a panel, from a pack of recorded answers or from your own ratings, blind votes, "
        "output checks and rulings (docs/strategies.md)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--user", required=True, help="The person who keeps it.")
        parser.add_argument("--site", action="store_true", help="Keep it as the site's, for everybody.")
        parser.add_argument("--preset", help="Take the panel, its parameters and the system prompt of this preset.")
        parser.add_argument("--panel", default="", help="References provider/model with commas between, instead.")
        parser.add_argument("--pack", help="A .jsonl or .jsonl.gz file; else what the person ruled, rated and voted.")
        parser.add_argument("--answers", default="", help="The pack's names of the members, in the panel's order.")
        parser.add_argument("--finals", choices=[str(one) for one in Finals], default=str(Finals.TEXT))
        parser.add_argument("--task", default="", help="The kind of task, in words.")
        parser.add_argument("--kind", choices=[str(one) for one in FinalKind], help="The kind of final answers.")
        add_counting(parser)
        parser.add_argument("--rule", choices=[str(one) for one in CountingRule], help="Count so; else it is chosen.")
        parser.add_argument("--alpha", type=float, help="Certify at most this share of errors, such as 0.03.")
        parser.add_argument("--delta", type=float, default=DELTA, help="The chance that this is wrong (0.1).")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            user = User.objects.get(username=options["user"])
            panel, system = _panel(user, options)
            counting = counting_of(options)
            make = _of_pack if options["pack"] else _of_own
            calibration = make(user, panel, system, options, counting)
        except User.DoesNotExist:
            raise CommandError(f"There is nobody called “{options['user']}”.") from None
        except Preset.DoesNotExist:
            raise CommandError(f"There is no preset “{options['preset']}”.") from None
        except (BadPack, ValueError) as error:
            raise CommandError(fault_of(error)) from error
        changes = {"task": options["task"], **({"kind": FinalKind(options["kind"])} if options["kind"] else {})}
        try:
            owner = None if options["site"] else user
            saved = save_calibration(owner, options["name"], calibration.model_copy(update=changes))
        except BadCalibration as error:
            raise CommandError(error.sentence) from error
        self.stdout.write("\n".join(lines_of(saved.value)))


def lines_of(calibration: Calibration) -> list[str]:
    """Return a calibration as lines for a terminal."""
    weights = weights_of(calibration)
    lines = [
        f"{calibration.name}, version {calibration.version}: {calibration.items} labelled items, "
        f"all members wrong on {calibration.all_wrong}, counted by the rule: {calibration.rule}",
        *(
            f"  {one.model:<44} right on {one.correct} of {one.items}, weight {weights[one.model]:.2f}"
            for one in calibration.members
        ),
    ]
    if calibration.certificate:
        words = certificate_words(calibration.certificate, calibration.task)
        lines.append(f"with {calibration.certificate.threshold:.0%} of the weight: {words}")
    if calibration.items < ENOUGH_ITEMS:
        lines.append(f"These are few: below {ENOUGH_ITEMS} items every run that uses it says so.")
    return lines


def _panel(user: User, options: dict[str, Any]) -> tuple[tuple[SlotSpec, ...], str]:
    """Return the panel with parameters, and the system prompt; raises ``ValueError``, ``Preset.DoesNotExist``."""
    if options["preset"]:
        preset = find_choosable(user, options["preset"])
        return preset.panel, preset.system
    named = [one.strip() for one in options["panel"].split(",") if one.strip()]
    if not 2 <= len(named) <= len(SLOTS):
        raise ValueError(f"Name a preset, or a panel of 2 to {len(SLOTS)} models.")
    return tuple(SlotSpec(slot=slot, model=model) for slot, model in zip(SLOTS, named, strict=False)), ""


def _of_own(
    user: User, panel: tuple[SlotSpec, ...], system: str, options: dict[str, Any], counting: Counting
) -> Calibration:
    """Return the calibration from what a person rated, voted, had checked and ruled."""
    found = own_items(user, panel, counting)
    return calibration_of(found, panel, system, counting, options["alpha"], options["delta"], _rule(options))


def _of_pack(
    _user: User, panel: tuple[SlotSpec, ...], system: str, options: dict[str, Any], counting: Counting
) -> Calibration:
    """Return the calibration from recorded answers, whose models stand for those of the panel in order."""
    models = [spec.model for spec in panel]
    pack = load_pack(Path(options["pack"]))
    named = [one.strip() for one in options["answers"].split(",") if one.strip()] or models
    if len(named) != len(models) or set(named) - set(pack.models):
        raise ValueError(f"Name {len(models)} of the pack’s models with --answers: {', '.join(pack.models)}.")
    reference = dict(zip(named, models, strict=True))
    items = [
        replace(
            item,
            answers={reference[name]: answer for name, answer in item.answers.items() if name in reference},
            right=frozenset(reference[name] for name in item.right if name in reference),
        )
        for item in labelled_items(pack.items, Finals(options["finals"]), counting, named)
    ]
    families = {reference[name]: pack.families.get(name, "") for name in named}
    members = list(dict.fromkeys(models))
    made = calibrate(items, members, families, _rule(options), options["alpha"], options["delta"])
    return made.model_copy(update={**tied_to(panel, system, counting), "source": CalibrationSource.PACK})


def _rule(options: dict[str, Any]) -> CountingRule | None:
    return CountingRule(options["rule"]) if options["rule"] else None
