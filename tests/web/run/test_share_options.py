"""The options of a link: who may read it, how long, in which forms and where; and what a closed one still says."""

import re
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.fusion.sharing import Shown
from apps.fusion.vocabulary import MarkKind, Status
from apps.runs import actions, marks, sharing
from apps.runs.models import Call, CallOutput, Run, Share
from apps.runs.sharing import BadShare, Terms
from apps.web.run.share_consumer import ShareConsumer
from tests.factories import make_local_preset
from tests.web.run_factories import make_finished_run, make_live_run


@pytest.fixture(autouse=True)
def models(db) -> None:
    make_local_preset()


@pytest.fixture
def run(alice) -> Run:
    return make_finished_run(alice)


def told(response) -> tuple[int, str, dict[str, str]]:
    """Return all that an answer tells, without its token against forgery, which is new in each."""
    body = re.sub(r'X-CSRFToken": "\w+|value="\w{64}"', "", response.content.decode())
    return response.status_code, body, {name: value for name, value in response.items() if name != "Set-Cookie"}


def test_revoked_expired_deleted_binned_and_unknown_links_look_the_same(client: Client, alice, run: Run):
    revoked, expired = actions.share_run(run), sharing.share_run(run, terms=Terms(lasts=timedelta(days=1)))
    actions.revoke_share(revoked)
    Share.objects.filter(pk=expired.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    gone, binned = make_finished_run(alice), make_finished_run(alice)
    deleted, in_bin = actions.share_run(gone), actions.share_run(binned)
    actions.delete_run(gone)
    marks.change_marks(alice, MarkKind.BIN, public_ids=[binned.public_id])

    for form in ("/", ".md", ".json", "/embed/", "/preview.png", "/aligned/", "/fragments/header/"):
        unknown = told(client.get(f"/s/{'x' * 32}{form}"))
        assert unknown[0] == 404
        for share in (revoked, expired, deleted, in_bin):
            assert told(client.get(f"/s/{share.code}{form}")) == unknown, (form, share)


HUGE = "9" * 30
FORGED = [
    *(f"findings/{HUGE}/contradiction/", "findings/0/contradiction/", "findings/1/nothing/"),
    *(f"files/{HUGE}/", "files/0/", "files/1/", f"images/{HUGE}/{HUGE}/", "images/0/0/", "images/7/0/"),
    *("embed/", "preview.png/", "export.json", "../../settings/", "%00/", "whole/x/"),
]
"""Addresses below an open link that lead nowhere."""


def test_forged_addresses_and_codes_find_nothing(client: Client, as_charlie: Client, run: Run):
    share = actions.share_run(run)
    address = share.get_absolute_url()

    for forged in FORGED:
        answer = client.get(f"{address}{forged}")
        assert answer.status_code == 404, forged
    part = client.get(f"{address}fragments/header/")
    assert len(client.get(f"{address}fragments/{'header+' * 500}nothing+%00/").content) == len(part.content)
    for code in (share.code[:-1], f"{share.code}x", share.code.swapcase(), "%00", "é", "x" * 5_000, "' OR 1=1 --"):
        assert client.get(f"/s/{code}/").status_code == 404, code
        assert as_charlie.get("/", {"share": code}).context["draft"].share == "", code
    for method in ("post", "put", "patch", "delete"):
        assert getattr(client, method)(address).status_code == 405, method
    assert client.get(f"{address}?turn={HUGE}&view=%00&all=x&takes=\x00").status_code == 200
    assert client.get(address).status_code == 200


def test_expired_link_loses_its_copy(run: Run):
    share = sharing.share_run(run, terms=Terms(lasts=timedelta(days=1)))
    Share.objects.filter(pk=share.pk).update(expires_at=timezone.now() - timedelta(seconds=1))

    sharing.close_expired()

    share.refresh_from_db()
    assert (share.snapshot, share.shown, share.revoked_at is None) == ({}, None, False)


def test_link_for_members_leads_strangers_to_the_login(client: Client, as_charlie: Client, run: Run):
    address = sharing.share_run(run, terms=Terms(for_members=True)).get_absolute_url()

    for form in ("", "embed/", "preview.png", "aligned/"):
        stranger = client.get(f"{address}{form}")
        assert (stranger.status_code, stranger["Location"].split("?")[0]) == (302, "/login/")
        assert stranger["X-Robots-Tag"] == "noindex, nofollow"
    assert as_charlie.get(address).status_code == 200


def test_dialog_says_who_reads_what_and_how_long(as_alice: Client, client: Client, run: Run):
    chosen = {"without_json": "on", "lasts": "7", "passages": "330 metres\n\n", "embed_origins": "https://a.test"}
    as_alice.post(reverse("web:run_share", args=[run.public_id]), chosen)

    share = run.shares.get()
    address = share.get_absolute_url()
    assert share.shown == Shown(passages=("330 metres",))
    assert timedelta(days=6) < share.expires_at - timezone.now() < timedelta(days=7)
    assert client.get(address.rstrip("/") + ".json").status_code == 404
    text = client.get(address).content.decode() + client.get(address.rstrip("/") + ".md").content.decode()
    assert "[redacted]" in text
    assert re.findall(r"330\W+metres", text) == []
    assert "export.json" not in text


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ({"passages": "é"}, "too short"),
        ({"passages": "x" * 2001}, "2,000 characters"),
        ({"passages": "\n".join(f"word {n}" for n in range(51))}, "at most 50 passages"),
        ({"embed_origins": "https://a.test/path"}, "is no site"),
        ({"embed_origins": "https://*.test"}, "is no site"),
        ({"embed_origins": "javascript:alert(1)"}, "is no site"),
        ({"embed_origins": "https://a.test;"}, "is no site"),
        ({"embed_origins": "https://a.test:99999"}, "is no site"),
        ({"embed_origins": "https://a.test", "for_members": "on"}, "cannot be embedded"),
    ],
)
def test_wrong_option_makes_no_link(as_alice: Client, run: Run, chosen, sentence):
    page = as_alice.post(reverse("web:run_share", args=[run.public_id]), chosen, follow=True)

    assert sentence in page.content.decode()
    assert run.shares.count() == 0


def test_run_is_embedded_by_the_named_sites_alone(client: Client, run: Run):
    share = sharing.share_run(run, terms=Terms(embed_origins=("https://A.test/", "http://b.test:8000")))

    framed, page = client.get(f"{share.get_absolute_url()}embed/"), client.get(share.get_absolute_url())

    assert "frame-ancestors https://a.test http://b.test:8000;" in f"{framed['Content-Security-Policy']};"
    assert "X-Frame-Options" not in framed
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
    assert page["X-Frame-Options"] == "DENY"
    assert client.get(f"{actions.share_run(run).get_absolute_url()}embed/").status_code == 404


def test_views_of_others_are_counted(as_alice: Client, client: Client, run: Run):
    share = actions.share_run(run)
    address = share.get_absolute_url()

    for visitor in (client, client, as_alice):
        visitor.get(address)
    client.head(address)
    client.get(f"{address}aligned/")
    Share.objects.update(embed_origins=["https://example.com"])
    for ask in (client.head, as_alice.get):
        assert ask(f"{address}embed/").status_code == 200

    share.refresh_from_db()
    assert share.views == 2
    assert f'data-shared="{address}"' in client.get(f"{address}aligned/").content.decode()
    assert "2 views" in as_alice.get("/shares/").content.decode()


def test_page_of_all_links_lists_own_open_ones_and_revokes(as_alice: Client, as_charlie: Client, run: Run):
    share, closed = actions.share_run(run), actions.share_run(run)
    actions.revoke_share(closed)

    page = as_alice.get("/shares/").content.decode()
    assert (share.code in page, closed.code in page) == (True, False)
    assert share.code not in as_charlie.get("/shares/").content.decode()

    answer = as_alice.post(reverse("web:share_revoke", args=[share.pk]), {"of_all": "1"})
    assert answer["Location"] == "/shares/"
    assert "Nothing is shared" in as_alice.get("/shares/").content.decode()


def test_page_of_all_links_goes_on(as_alice: Client, run: Run, django_assert_max_num_queries):
    codes = [actions.share_run(run).code for _ in range(52)]

    with django_assert_max_num_queries(8):
        first = as_alice.get("/shares/")
    older = as_alice.get(f"/shares/?before={first.context['older']}").content.decode()

    assert [code in older for code in codes] == [True] * 2 + [False] * 50


def test_reader_goes_on_with_prompt_and_set_up_as_their_own(as_charlie: Client, client: Client, run: Run):
    share = sharing.share_run(run, Shown(passages=("height",)))

    page = as_charlie.get(share.get_absolute_url()).content.decode()
    form = as_charlie.get(f"/?share={share.code}")

    assert f"/?share={share.code}" in page
    assert f"/?share={share.code}" not in client.get(share.get_absolute_url()).content.decode()
    draft = form.context["draft"]
    assert draft.prompt == run.prompt
    assert [slot.model for slot in draft.slots] == [spec.model for spec in run.recipe.panel]
    assert (draft.origin, draft.follow) == ("", "")
    actions.revoke_share(share)
    assert as_charlie.get(f"/?share={share.code}").context["draft"].prompt == ""


def test_live_run_is_shared_and_frozen_when_it_has_ended(alice, client: Client):
    run = make_live_run(alice, {"A": "The secret name is Nightjar."})
    share = sharing.share_run(run, Shown(passages=("Nightjar",)))

    live = client.get(share.get_absolute_url()).content.decode()
    assert (share.is_frozen, share.snapshot) == (False, {})
    assert "The secret name is [redacted]." in live
    assert "Nightjar" not in live
    assert f'data-socket="/ws/shares/{share.code}/"' in live
    assert re.findall(r'action="/(?:runs|calls)/[^"]*"', live) == []
    part = client.get(reverse("web:share_fragments", args=[share.code, "column-A+header"]))
    assert "[redacted]" in part.content.decode()

    call = run.calls.filter(slot="B").get()
    CallOutput.objects.filter(call=call).update(text="Or Nightjar, says B.")
    Call.objects.filter(run=run).update(status=Status.DONE)
    Run.objects.filter(pk=run.pk).update(status=Status.DONE, ended_at=timezone.now())
    sharing.freeze_ended()

    share.refresh_from_db()
    CallOutput.objects.filter(call=call).update(text="Changed later.")
    frozen = client.get(share.get_absolute_url()).content.decode()
    assert share.is_frozen
    assert "Or [redacted], says B." in frozen
    assert "data-socket" not in frozen


def test_live_link_that_is_revoked_is_not_frozen(alice):
    run = make_live_run(alice)
    share = actions.share_run(run)
    actions.revoke_share(share)

    with pytest.raises(Share.DoesNotExist):
        sharing.freeze(share.pk)
    with pytest.raises(BadShare):
        sharing.share_run(run, terms=Terms(embed_origins=("nowhere",)))


@pytest.mark.parametrize("title", ["Why?", "塔はどのくらい高いですか", "a" * 400, "x " * 199, "", "🗼 " * 40])
def test_preview_is_drawn_of_every_title(client: Client, run: Run, title: str):
    run.title = title[:200]
    run.save()

    picture = client.get(f"{actions.share_run(run).get_absolute_url()}preview.png")

    assert picture.content.startswith(b"\x89PNG")
    assert picture["X-Robots-Tag"] == "noindex, nofollow"


@pytest.mark.django_db(transaction=True)  # a socket gives its connection back
def test_looks_at_an_open_link_fetch_neither_its_copy_nor_the_run(client: Client, run: Run):
    share = sharing.share_run(run, Shown(costs=False))
    consumer = ShareConsumer()
    consumer.code = share.code

    with CaptureQueriesContext(connection) as asked:
        assert client.head(share.get_absolute_url()).status_code == 200
        of_page = len(asked)
        looked = async_to_sync(consumer._share)()
        assert (looked.run.public_id, looked.shown, looked.for_members) == (run.public_id, share.shown, False)

    assert (of_page, len(asked)) == (1, 2)
    for query in asked.captured_queries:
        assert [name for name in ("snapshot", "messages", "recipe", "prompt") if name in (query["sql"] or "")] == []
