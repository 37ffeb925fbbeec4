"""`LOG_LEVEL` counts for workers and for the clock, whatever Celery would log."""

import os
import subprocess
import sys

import pytest

LEVEL = """
import logging
from {module} import app
app.loader.init_worker()
app.log.setup("INFO")
print(logging.getLevelName(logging.getLogger().level))
"""


@pytest.mark.parametrize("module", ["fusionweb.celery", "fusionweb.clock"])
def test_log_level_of_the_settings_counts_where_celery_runs(module):
    command = [sys.executable, "-c", LEVEL.format(module=module)]
    environment = os.environ | {"LOG_LEVEL": "WARNING"}

    done = subprocess.run(command, check=True, env=environment, capture_output=True, text=True, timeout=60)

    assert done.stdout.split() == ["WARNING"]
