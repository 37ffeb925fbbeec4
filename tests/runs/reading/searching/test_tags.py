"""The tags of a person's runs."""

import pytest
from django.utils import timezone

from apps.runs.models import Run
from apps.runs.reading.searching.tags import tags_of
from tests.factories import make_local_preset, make_run, make_user

LONGEST = [chr(0x1F300 + number) * 50 for number in range(20)]
"""More tags than fit into a row of an index."""


@pytest.mark.django_db
def test_tags_are_those_of_a_persons_own_runs_that_are_not_in_the_bin():
    make_local_preset()
    alice = make_user("alice")
    tagged = {"work": {}, "binned": {"binned_at": timezone.now()}}
    for tag, values in tagged.items():
        make_run(alice, tags=[tag, "rate-limit"][: 2 - bool(values)], **values)
    make_run(alice, tags=["work"])
    make_run(alice, tags=[])
    make_run(make_user("bob"), tags=["bob's"])

    assert tags_of(alice) == ["rate-limit", "work"]


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 10, 11, 20])
def test_however_many_and_long_they_are(count):
    make_local_preset()
    alice = make_user("alice")
    run = make_run(alice, tags=LONGEST[:count])
    Run.objects.filter(pk=run.pk).update(tags=LONGEST[20 - count :])  # indexed again

    assert tags_of(alice) == LONGEST[20 - count :]
