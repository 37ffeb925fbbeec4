"""Steps of look-ups as rows."""

import pytest
from django.db import IntegrityError

from apps.runs.lifecycle import lookups
from tests.factories import make_local_preset, make_run, make_user
from tests.web.run_factories import make_call


@pytest.mark.django_db
def test_refusal_of_the_database_is_no_step_that_was_stored(monkeypatch):
    def refuse(*given):
        raise IntegrityError("another row is in the way")

    make_local_preset()
    call = make_call(make_run(make_user("alice")), text="Let me look.")
    monkeypatch.setattr(lookups, "_stored_step", refuse)

    with pytest.raises(IntegrityError):
        lookups.begin_step(call, 1, "Let me look.", None, (), ())
