"""Fresh lists and tests of models, over real HTTP, as the worker's tasks carry them out."""

import logging

import pytest
from django.core.management import call_command
from pydantic import SecretStr

from apps.catalogue import tasks
from apps.catalogue.actions import ask_speeds
from apps.catalogue.connecting import checks
from apps.catalogue.models import Model, Provider
from apps.catalogue.secrets import Secrets, seal
from fusionweb import settings as site
from fusionweb.celery import app
from tests.upstream import Upstream

pytestmark = pytest.mark.django_db

KEY = "sk-entered-by-hand-1234567890"


@pytest.fixture
def upstream():
    server = Upstream().start()
    yield server
    server.stop()


@pytest.fixture
def provider(upstream):
    secrets = seal(Secrets(SecretStr(KEY), {"x-account": "acct-9876543210"}))
    return Provider.objects.create(
        slug="up", name="Upstream", base_url=upstream.url, is_from_environment=False, secrets=secrets
    )


def make_model(provider, name):
    return Model.objects.create(provider=provider, name=name, reference=f"up/{name}", label=name)


def after_test(provider, name):
    model = make_model(provider, name)
    tasks.test_model(model.pk)
    model.refresh_from_db()
    return model


def test_test_asks_for_one_token_with_the_key_and_the_headers(upstream, provider):
    model = after_test(provider, "ok")

    [entry] = upstream.ledger("ok")
    assert entry["body"]["max_tokens"] == 1
    assert (entry["headers"]["authorization"], entry["headers"]["x-account"]) == (f"Bearer {KEY}", "acct-9876543210")
    assert model.test_latency_s > 0
    assert (model.test_failure, model.test_asked_at) == ("", None)


def test_test_measures_to_the_first_token_and_hangs_up(upstream, provider):
    upstream.script("slow", first_delay_s=0.4, gate_after=1)

    model = after_test(provider, "slow")

    assert model.test_latency_s >= 0.4
    [entry] = upstream.wait_for("slow", ended=True)
    assert entry["closed_early"]


def test_test_of_a_model_that_says_nothing_measures_to_its_end(upstream, provider):
    assert after_test(provider, "empty").test_latency_s > 0


@pytest.mark.parametrize(
    "behaviour, words",
    [
        ("401", "did not accept the key"),
        ("404", "does not know"),
        ("429", "limiting requests"),
        ("529", "overloaded"),
        ("html", "web page"),
        ("redirect", "the key was not sent there"),
    ],
)
def test_test_that_fails_says_why_in_the_vendors_words_and_without_the_key(
    upstream, provider, caplog, behaviour, words
):
    upstream.script(behaviour, behaviour, message=f"no, and your key is {KEY}")

    with caplog.at_level(logging.DEBUG):
        model = after_test(provider, behaviour)

    assert words in model.test_failure
    assert [text for text in (model.test_failure, caplog.text) if KEY in text or "acct-9876543210" in text] == []


def test_test_that_works_again_forgets_its_failure(upstream, provider):
    upstream.script("flaky", "500", times=1)
    model = after_test(provider, "flaky")
    failure = model.test_failure

    tasks.test_model(model.pk)

    model.refresh_from_db()
    assert ("error of its own" in failure, model.test_failure) == (True, "")


def test_refresh_lists_what_is_new_and_marks_what_is_gone(upstream, provider):
    make_model(provider, "old")
    upstream.serve("/v1/models", {"data": [{"id": "new"}]})

    tasks.refresh(provider.pk)

    provider.refresh_from_db()
    assert dict(provider.models.values_list("name", "is_available")) == {"new": True, "old": False}
    assert provider.refreshed_at is not None
    assert (provider.refresh_failure, provider.refresh_asked_at) == ("", None)


def test_refresh_that_fails_keeps_the_models_and_says_why(upstream, provider):
    make_model(provider, "old")
    upstream.serve("/v1/models", {"error": {"message": f"out of order for {KEY}"}}, status=503)

    tasks.refresh(provider.pk)

    provider.refresh_from_db()
    assert dict(provider.models.values_list("name", "is_available")) == {"old": True}
    assert "out of order" in provider.refresh_failure
    assert KEY not in provider.refresh_failure


def test_refresh_without_a_readable_key_says_so(provider, settings):
    settings.SECRET_KEY = "the-next-one"

    tasks.refresh(provider.pk)

    provider.refresh_from_db()
    assert provider.refresh_failure.startswith("The key of Upstream cannot be decrypted")


def test_daily_refresh_that_breaks_says_so(provider, monkeypatch):
    monkeypatch.setattr(checks, "refresh", lambda providers: 1 / 0)

    tasks.refresh_all()

    provider.refresh_from_db()
    assert provider.refresh_failure == tasks.BROKEN


def test_daily_refresh_asks_every_connected_provider_but_this_machine(upstream, provider):
    for slug, is_connected in [("local", True), ("away", False)]:
        Provider.objects.create(slug=slug, name=slug, base_url=upstream.url, is_connected=is_connected)

    tasks.refresh_all()

    assert list(Provider.objects.filter(refreshed_at__isnull=False)) == [provider]


def test_task_that_breaks_lets_the_page_stop_waiting(provider, monkeypatch):
    def explode(_):
        raise RuntimeError("bug")

    monkeypatch.setattr(checks, "refresh", explode)
    monkeypatch.setattr(checks, "test_models", explode)
    model = make_model(provider, "ok")

    tasks.refresh(provider.pk)
    tasks.test_model(model.pk)

    assert (Provider.objects.get().refresh_failure, Model.objects.get().test_failure) == (tasks.BROKEN, tasks.BROKEN)


def test_clock_refreshes_once_a_day_by_a_task_that_workers_know():
    task = site.CELERY_BEAT_SCHEDULE["refresh"]["task"]

    app.loader.import_default_modules()
    assert task in app.tasks


def test_speed_of_local_models_is_measured_with_a_prompt_that_is_new_to_them(upstream):
    here = Provider.objects.create(slug="local", name="This machine", base_url=upstream.url)
    for name in ("small", "gone"):
        Model.objects.create(provider=here, name=name, reference=f"local/{name}", label=name, prompt_speed=5)
    Model.objects.create(
        provider=Provider.objects.create(slug="up", name="Up", base_url=upstream.url),
        name="other",
        reference="up/other",
    )
    upstream.script("small", first_delay_s=0.5, usage={"prompt_tokens": 300, "completion_tokens": 1})
    upstream.script("gone", "401")

    for _ in range(2):
        tasks.measure_speeds()

    speeds = dict(Model.objects.values_list("reference", "prompt_speed"))
    asked = [entry["body"] for entry in upstream.ledger("small")]
    assert 20 < speeds["local/small"] <= 600
    assert (speeds["local/gone"], speeds["up/other"]) == (5, None)
    assert [body["max_tokens"] for body in asked] == [1, 1]
    first, second = (body["messages"][0]["content"] for body in asked)
    assert first.split()[:8] != second.split()[:8]


def test_speed_is_not_taken_of_a_prompt_that_the_server_knew(upstream):
    here = Provider.objects.create(slug="local", name="This machine", base_url=upstream.url)
    Model.objects.create(provider=here, name="small", reference="local/small", label="small")
    known = {"prompt_tokens": 300, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": 290}}
    upstream.script("small", usage=known)

    tasks.measure_speeds()

    assert Model.objects.get().prompt_speed is None


def test_start_asks_for_the_speed_of_local_models_alone(monkeypatch, db):
    sent = []
    monkeypatch.setattr(app, "send_task", lambda name, **_: sent.append(name))

    call_command("connect")
    Provider.objects.create(slug="local", name="This machine", base_url="http://127.0.0.1:9/v1")
    Model.objects.create(provider=Provider.objects.get(), name="small", reference="local/small", label="small")
    ask_speeds()

    assert sent == ["catalogue.measure_speeds"]
