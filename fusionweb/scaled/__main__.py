"""`python -m fusionweb.scaled`: several of each part behind a load balancer, on a folder that is removed at the end."""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from rich.console import Console

from fusionweb.local.display import say
from fusionweb.local.environment import read_env_file
from fusionweb.local.errors import StackError
from fusionweb.local.folders import lock, open_folder
from fusionweb.local.up import check_settings, run, stop_event
from fusionweb.scaled.plan import make_plan
from fusionweb.setting_rules import given


def main(arguments: Sequence[str]) -> int:
    """Run until a signal stops it, and leave nothing. Gives the exit status."""
    parser = argparse.ArgumentParser(prog="python -m fusionweb.scaled", description=__doc__)
    parser.add_argument("--web", type=int, default=2, choices=range(1, 10), help="web processes (2)", metavar="N")
    parser.add_argument("--workers", type=int, default=3, choices=range(1, 10), help="workers (3)", metavar="N")
    options = parser.parse_args(arguments)
    read_env_file()
    console = Console()
    path = Path(tempfile.mkdtemp(prefix="fusionweb-scaled-"))
    with stop_event() as stop:
        try:
            check_settings()
            folder = open_folder(str(path))
            with lock(folder):
                run(
                    folder,
                    console,
                    stop,
                    partial(make_plan, web=options.web, workers=options.workers, given=os.environ | given(os.environ)),
                )
        except StackError as error:
            say(console, str(error), style="bold red")
            return 1
        finally:
            shutil.rmtree(path, ignore_errors=True)
            say(console, f"{path} is removed.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
