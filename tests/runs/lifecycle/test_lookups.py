"""Steps of look-ups as rows."""

import pytest
from django.db import IntegrityError

from apps.fusion.tools import ToolCall
from apps.fusion.vocabulary import Status
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


@pytest.mark.django_db
def test_step_that_is_finished_twice_has_the_words_for_the_model_once():
    """Its worker does it again where the connection breaks before it is told that it is done."""
    make_local_preset()
    call = make_call(make_run(make_user("alice")), status=Status.RUNNING)
    asked = (ToolCall(id="a", name="web_search", arguments="{}"),)
    step, _ = lookups.begin_step(call, 1, "Let me look.", None, asked, ())
    lookups.end_use(step.uses[0], lookups.Found("330 m"), 5)

    for _ in range(2):
        lookups.finish_step(call, step, (), "Answer now.")

    assert [use.result for use in lookups.steps_of(call.pk)[0].uses] == ["330 m\n\nAnswer now."]
