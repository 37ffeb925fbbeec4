"""The language of searches: `migrate`, the first step of every start, refuses one that the database does not know."""

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.test import override_settings


@pytest.mark.django_db
@override_settings(HISTORY_LANGUAGE="klingon")
def test_unknown_language_of_searches_is_named_with_the_known() -> None:
    with pytest.raises(SystemCheckError, match=r"HISTORY_LANGUAGE=klingon is not allowed: it takes one of .*english"):
        call_command("migrate", skip_checks=False, verbosity=0)


@pytest.mark.django_db
@override_settings(HISTORY_LANGUAGE="german")
def test_known_language_of_searches_is_taken() -> None:
    call_command("check", databases=["default"])
