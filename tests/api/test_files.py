"""Files in requests: read in every form, sources of the run, or refused with the name of their parameter."""

import base64
import tracemalloc
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from django.test import Client

from apps.accounts import api_keys
from apps.accounts.api_keys import Scope
from apps.api import files as given
from apps.api.errors import ApiError
from apps.runs.models import Run
from tests.factories import make_local_preset, make_user
from tests.lookup.pdfs import pdf

Body = dict[str, Any]
Ask = Callable[[str], tuple[str, Body, str]]


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


PDF = f"data:application/pdf;base64,{encoded(pdf('Pears keep.'))}"


def chat(data: str) -> tuple[str, Body, str]:
    """Return path and body of a request with a file, and the parameter that names it."""
    part = {"type": "file", "file": {"filename": "a.pdf", "file_data": data}}
    content = [part, {"type": "text", "text": "What?"}]
    body = {"model": "fusion", "messages": [{"role": "user", "content": content}], "fusion": {"detach": True}}
    return "/v1/chat/completions", body | {"stream": True}, "messages.0.content.0.file.file_data"


def response(data: str) -> tuple[str, Body, str]:
    part = {"type": "input_file", "filename": "a.pdf", "file_data": data}
    turn = {"role": "user", "content": [part, {"type": "input_text", "text": "What?"}]}
    return "/v1/responses", {"model": "fusion", "input": [turn], "background": True}, "input.0.content.0.file_data"


def message(data: str) -> tuple[str, Body, str]:
    source = {"type": "base64", "media_type": "application/pdf", "data": data.partition(",")[2] or data}
    content = [{"type": "document", "title": "a.pdf", "source": source}, {"type": "text", "text": "What?"}]
    turns = [{"role": "user", "content": content}]
    body = {"model": "claude-fusion", "max_tokens": 99, "messages": turns, "stream": True}
    return "/v1/messages", body, "messages.0.content.0.source.data"


def turn(data: str) -> tuple[str, Body, str]:
    files = [{"filename": "a.pdf", "file_data": data}]
    return (
        "/api/v1/runs",
        {"messages": [{"role": "user", "text": "What?", "files": files}]},
        "messages.0.files.0.file_data",
    )


def run(data: str) -> tuple[str, Body, str]:
    return "/api/v1/runs", {"prompt": "What?", "files": [{"filename": "a.pdf", "file_data": data}]}, "files.0.file_data"


def option(data: str) -> tuple[str, Body, str]:
    given = {"files": [{"filename": "a.pdf", "file_data": data}], "detach": True}
    turns = [{"role": "user", "content": "What?"}]
    body = {"model": "fusion", "messages": turns, "fusion": given, "stream": True}
    return "/v1/chat/completions", body, "fusion.files.0.file_data"


FORMS: list[Ask] = [chat, response, message, turn, run, option]


@pytest.fixture
def program(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A client with a key; no call is sent to a worker."""
    monkeypatch.setattr("apps.runs.lifecycle.transitions.enqueue", lambda calls: None)
    make_local_preset()
    secret = api_keys.make_key(make_user("alice"), "test", [Scope.RUN])[1]
    return Client(headers={"Authorization": f"Bearer {secret}"})


@pytest.mark.parametrize("ask", FORMS)
def test_file_is_read_and_a_source_of_the_run(program: Client, ask: Ask) -> None:
    path, body, _ = ask(PDF)

    answer = program.post(path, body, content_type="application/json")

    assert answer.status_code < 300
    made = Run.objects.get()
    [file] = made.messages[-1].files
    assert (file.name, file.media_type, file.text, file.pages) == ("a.pdf", "application/pdf", "Pears keep.", 1)
    assert made.messages[-1].text == "What?"
    assert list(made.sources.values_list("number", "title", "pages")) == [(1, "a.pdf", 1)]


BAD = {
    "https://files.example/a.pdf": "nothing is fetched",
    "====": "A file is not sound base64",
    encoded(b"\x89PNG"): "“a.pdf” is a picture, not a text",
    encoded(pdf("Pears", password="quince")): "“a.pdf” is locked with a password.",
}


@pytest.mark.parametrize("ask", FORMS)
def test_file_that_cannot_be_read_is_named(program: Client, ask: Ask) -> None:
    for data, sentence in BAD.items():
        path, body, param = ask(data)

        answer = program.post(path, body, content_type="application/json")

        error = answer.json()["error"]
        assert answer.status_code == 400
        assert sentence in error["message"]
        assert (error["code"], error["param"]) == ("unsupported_file", param)
    assert not Run.objects.exists()


def test_text_and_documents_are_files_too(program: Client) -> None:
    source = {"type": "text", "media_type": "text/plain", "data": "Pears.\nApples."}
    turns = [{"role": "user", "content": [{"type": "document", "source": source}, {"type": "text", "text": "What?"}]}]

    program.post("/v1/messages", {"model": "claude-fusion", "max_tokens": 9, "messages": turns, "stream": True},
                 content_type="application/json")  # fmt: skip
    program.post("/api/v1/runs", {"prompt": "What?", "files": [{"filename": "b.csv", "text": "sort,weeks"}]},
                 content_type="application/json")  # fmt: skip

    first, second = Run.objects.order_by("pk")
    assert [(file.name, file.text) for file in first.messages[-1].files] == [("document", "Pears.\nApples.")]
    assert [(file.name, file.media_type) for file in second.messages[-1].files] == [("b.csv", "text/csv")]


@pytest.mark.parametrize("ask", FORMS)
def test_too_many_files_are_refused_before_one_is_read(program: Client, ask: Ask, monkeypatch: Any) -> None:
    path, body, _ = ask(PDF)
    monkeypatch.setattr(given, "read_prompt_file", lambda *_: pytest.fail("a file was read"))

    answer = program.post(path, times(6, body), content_type="application/json")

    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "unsupported_file")
    assert error["message"] == "A prompt takes at most 5 files. Remove some."


@pytest.mark.parametrize("ask", FORMS)
def test_as_many_files_as_the_site_allows_go_with_a_prompt(program: Client, ask: Ask, settings: Any) -> None:
    settings.FILES_PER_PROMPT = 17
    path, body, _ = ask(f"data:text/plain;base64,{encoded(b'Pears.')}")

    answer = program.post(path, times(17, body), content_type="application/json")

    assert answer.status_code < 300
    assert len(Run.objects.get().messages[-1].files) == 17


@pytest.mark.parametrize("ask", [chat, response, message, turn])
def test_files_of_all_turns_are_counted_together(program: Client, ask: Ask, monkeypatch: Any) -> None:
    path, body, _ = ask(PDF)
    name = "input" if "input" in body else "messages"
    body = {**body, name: [{**one} for one in times(5, body)[name] for _ in range(11)]}
    monkeypatch.setattr(given, "read_prompt_file", lambda *_: pytest.fail("a file was read"))

    error = program.post(path, body, content_type="application/json").json()["error"]

    assert error["message"] == "A request takes at most 50 files. Remove some of earlier turns."
    assert error["param"].startswith(f"{name}.10")


def test_documents_of_several_results_are_counted_apart(program: Client) -> None:
    document = {"type": "document", "source": {"type": "text", "data": "Pears."}}
    calls = [{"type": "tool_use", "id": name, "name": "look", "input": {}} for name in "ab"]
    results = [{"type": "tool_result", "tool_use_id": name, "content": [document] * 3} for name in "ab"]
    turns = [
        *({"role": "user", "content": "Look"}, {"role": "assistant", "content": calls}),
        {"role": "user", "content": results},
    ]
    body = {"model": "claude-fusion", "max_tokens": 9, "messages": turns, "stream": True}

    assert program.post("/v1/messages", body, content_type="application/json").status_code == 200


def times(count: int, value: Any) -> Any:
    """Return a body with each of its files so many times."""
    if isinstance(value, list):
        files = [one for one in value if isinstance(one, dict) and {"file", "file_data", "source"} & one.keys()]
        return [one for one in files for _ in range(count)] + [times(count, one) for one in value if one not in files]
    return {name: times(count, one) for name, one in value.items()} if isinstance(value, dict) else value


def test_file_has_one_content(program: Client) -> None:
    two, strange = {"text": "a", "file_data": "YQ=="}, {"text": "a", "url": "b"}

    for files in ([{"filename": "a"}], [two], [{"text": "a"}] * 17, [strange]):
        answer = program.post("/api/v1/runs", {"prompt": "What?", "files": files}, content_type="application/json")

        assert answer.status_code == 400
        assert answer.json()["error"]["param"].startswith("files")


def test_too_many_files_and_those_of_an_answer_are_refused(program: Client) -> None:
    many = [{"filename": f"{number}.txt", "text": f"Pear {number}"} for number in range(6)]
    turns = [{"role": "assistant", "text": "So.", "files": many[:1]}, {"role": "user", "text": "What?"}]

    answers = [
        program.post("/api/v1/runs", body, content_type="application/json").json()["error"]
        for body in ({"prompt": "What?", "files": many}, {"messages": turns})
    ]

    assert [(one["param"], one["message"].partition(". ")[0]) for one in answers] == [
        ("files", "A prompt takes at most 5 files"), ("files", "Only a user's turn can have files."),
    ]  # fmt: skip


def test_estimate_counts_files_and_the_document_names_them(program: Client) -> None:
    secret = api_keys.make_key(Run._meta.get_field("owner").related_model.objects.get(), "all", [Scope.ADMIN])[1]
    program = Client(headers={"Authorization": f"Bearer {secret}"})
    text = "Pears keep. " * 500

    made = program.post("/api/v1/runs", {"prompt": "What?", "files": [{"filename": "b.md", "text": text}]},
                        content_type="application/json").json()  # fmt: skip
    document = program.get(f"/api/v1/runs/{made['id']}").json()

    [source] = document["sources"]
    assert (source["number"], source["title"], source["size"], source["pages"], source["cited_by"]) == (
        1, "b.md", 6_000, None, [],
    )  # fmt: skip
    assert document["messages"][0]["files"][0]["name"] == "b.md"
    counted = program.post(
        "/v1/messages/count_tokens",
        {"model": "claude-fusion", "messages": [{"role": "user", "content": [
            {"type": "document", "source": {"type": "text", "data": text}}, {"type": "text", "text": "What?"},
        ]}]},
        content_type="application/json",
    )  # fmt: skip
    assert counted.json()["input_tokens"] > 1_500


@pytest.mark.parametrize("text", ["%", "%%41%4", "a%c3%a9b" * 20_000, "%41" * 40_000 + "%", "é%20" * 30_000])
def test_an_escaped_file_is_read_whole(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = unquote_to_bytes(text)

    for piece in (3, 4, 5, 50_000) if len(text) < 10 else (50_000, 49_999):
        monkeypatch.setattr(given, "PIECE", piece)
        assert given._unescaped(text) == whole


@pytest.mark.parametrize("data", ["data:text/plain," + "%" * 2_000_000, "data:text/plain;base64," + "ab " * 700_000])
def test_a_file_of_many_small_parts_takes_no_memory_of_its_own(data: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(ApiError) as refused:
            given.data_file("a.pdf", data, "file")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert refused.value.code == "unsupported_file"
    assert peak < 20_000_000
