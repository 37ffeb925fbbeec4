#!/usr/bin/env python3
"""Django's command line; `up`, which starts the whole stack on one machine; `backup` and `restore` of its database."""

import os
import sys


def main() -> int | None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fusionweb.settings")
    if sys.argv[1:2] == ["up"]:
        from fusionweb.local.up import up  # noqa: PLC0415 - only this command needs it

        return up(sys.argv[2:])
    if sys.argv[1:2] in (["backup"], ["restore"]):
        from fusionweb.local import backup  # noqa: PLC0415 - as above

        return backup.main(sys.argv[1:])
    from django.core.management import BaseCommand, execute_from_command_line  # noqa: PLC0415 - `up` needs no Django

    from fusionweb.local.environment import join_running_stack  # noqa: PLC0415 - as above

    join_running_stack()
    # Django's checks would load all pages and the API into every command, which doubles its CPU. `check` and `migrate`
    # make them all the same.
    BaseCommand.requires_system_checks = []
    execute_from_command_line(sys.argv)
    return None


if __name__ == "__main__":
    sys.exit(main())
