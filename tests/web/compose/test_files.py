"""Files in the form of a new run and below a run: read at once, kept with the form, refused beside their field."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.accounts.models import FormDraft, User
from apps.fusion.values import Message
from apps.runs.models import PendingFile, Run
from tests.web.run_factories import make_finished_run

PEARS = b"Pears keep for three weeks.\nApples keep longer."


def upload(name: str = "pears.txt", body: bytes = PEARS) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, body)


@pytest.fixture(autouse=True)
def signed_in(client: Client, alice: User, local: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.runs.lifecycle.transitions.enqueue", lambda calls: None)
    client.force_login(alice)


def attach(client: Client, **changes: object) -> str:
    answer = client.post("/files/", {"upload": upload(**changes)})
    assert answer.status_code == 200
    return PendingFile.objects.latest("pk").public_id


def form(**fields: object) -> dict[str, object]:
    return {"prompt": "How long?", "model": "local/smollm2-135m", "judge": "auto", "writer": "auto", **fields}


def test_file_is_read_at_once_and_shown(client: Client) -> None:
    answer = client.post("/files/", {"upload": upload("<pears>.md")})

    shown = answer.json()["html"]
    assert "&lt;pears&gt;.md" in shown
    assert "47 bytes, about 12 tokens" in shown
    assert "Pears keep for three weeks.\nApples keep longer.</pre>" in shown
    assert f'name="file" value="{PendingFile.objects.get().public_id}" checked' in shown


def test_file_that_is_no_text_is_refused_with_a_sentence(client: Client) -> None:
    answer = client.post("/files/", {"upload": upload("pears.bin", b"a\0b")})

    assert answer.json() == {"problem": "“pears.bin” is no text. Attach text, Markdown, CSV or PDF."}
    assert client.post("/files/").json() == {"problem": "Attach one file at a time."}
    assert not PendingFile.objects.exists()


def test_estimate_counts_the_file(client: Client) -> None:
    kept = attach(client, body=b"word " * 30_000)

    facts = [client.post("/estimate/", form(**fields)).content.decode() for fields in ({}, {"file": kept})]

    assert "tokens" not in facts[0]
    assert "it has about 37," in facts[1]  # and does not fit the context


def test_run_gets_the_files_in_order_and_they_wait_no_longer(client: Client) -> None:
    first, second = attach(client, name="a.txt"), attach(client, name="b.txt", body=b"Quinces.")

    answer = client.post("/", form(file=[second, first], upload=upload("c.csv", b"sort,weeks")))

    run = Run.objects.get()
    assert answer.url == f"/runs/{run.public_id}/"
    assert [file.name for file in run.messages[-1].files] == ["b.txt", "a.txt", "c.csv"]
    assert [source.number for source in run.sources.order_by("number")] == [1, 2, 3]
    assert not PendingFile.objects.exists()


def test_form_that_comes_back_has_all_but_the_file_that_is_wrong(client: Client) -> None:
    kept = attach(client)

    sent = form(file=kept, system="Be kind.", upload=[upload("a.pdf", b"%PDF-"), upload("ok.txt", b"Fine.")])
    answer = client.post("/", sent)

    page = answer.content.decode()
    assert answer.status_code == 400
    assert "“a.pdf” is damaged and cannot be read" in page
    assert page.count('name="file" value="') == 2
    assert all(word in page for word in ("How long?", "Be kind.", "pears.txt", "ok.txt"))
    assert not Run.objects.exists()


def test_file_that_is_gone_or_anothers_is_missed_and_not_shown(client: Client, django_user_model: type[User]) -> None:
    other = attach(client)
    client.force_login(django_user_model.objects.create(username="charlie"))

    page = client.post("/", form(file=[other, "nothing"])).content.decode()

    assert "A file is not kept any more. Attach it again." in page
    assert "pears.txt" not in page


def test_too_many_files_are_refused(client: Client, settings: object) -> None:
    settings.FILES_PER_PROMPT = 1  # type: ignore[attr-defined]

    page = client.post("/", form(file=attach(client), upload=upload())).content.decode()

    assert "A prompt takes at most 1 files. Remove some." in page


def test_kept_draft_has_its_files(client: Client) -> None:
    kept = attach(client)
    client.post("/draft/", form(file=kept))

    assert FormDraft.objects.get().fields["file"] == [kept]
    assert f'value="{kept}" checked' in client.get("/").content.decode()


def test_copy_of_a_run_keeps_the_files_that_are_ticked(client: Client, alice: User) -> None:
    attach(client)
    file = PendingFile.objects.get().content
    names = [file.model_copy(update={"name": name, "sha256": name}) for name in ("a.txt", "b.txt")]
    run = make_finished_run(alice, messages=[Message(role="user", text="How long?", files=names)])

    page = client.get(f"/?from={run.public_id}").content.decode()
    client.post("/", form(**{"from": run.public_id, "keep_file": "1"}))

    assert page.count('name="keep_file" value="') == 2
    copy = Run.objects.latest("pk")
    assert [one.name for one in copy.messages[-1].files] == ["b.txt"]


def test_next_turn_takes_files_and_says_what_is_wrong_with_them(client: Client, alice: User) -> None:
    run = make_finished_run(alice)
    address, kept = f"/runs/{run.public_id}/follow/", attach(client)

    refused = client.post(address, {"prompt": "And?", "file": kept, "upload": upload("a.txt", b"")})
    answer = client.post(address, {"prompt": "And?", "file": kept})

    assert refused.status_code == 400
    assert "“a.txt” is empty." in refused.content.decode()
    assert f'value="{kept}" checked' in refused.content.decode()
    turn = Run.objects.latest("pk")
    assert answer.url == turn.get_turn_url()
    assert [file.name for file in turn.messages[-1].files] == ["pears.txt"]
