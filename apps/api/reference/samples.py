"""Samples of the reference: the same request as a shell, Python and JavaScript would send it."""

import json
import re
import shlex
from dataclasses import dataclass
from typing import Any

SITE = "https://fusionweb.example"
"""The site's address in a sample; each page puts its own in place of it."""
KEY = "FUSIONWEB_API_KEY"
"""The environment variable with the key, as the command line reads it."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A request in one language; ``language`` is its name for people, ``slug`` that of its style."""

    language: str
    slug: str
    text: str


def samples_of(method: str, path: str, body: Any) -> tuple[Sample, ...]:
    """Return a request in every language; what a path wants to know stands in it in capitals: ``RUN_ID``."""
    url = SITE + re.sub(r"{(\w+)}", lambda found: found[1].upper(), path)
    return (
        Sample("curl", "curl", _curl(method, url, body)),
        Sample("Python", "python", _python(method, url, body)),
        Sample("JavaScript", "javascript", _javascript(method, url, body)),
    )


def first_steps() -> tuple[Sample, ...]:
    """Return a first question: by curl, and by OpenAI's own libraries."""
    body = {"model": "fusion", "messages": [{"role": "user", "content": "How high is the Eiffel Tower?"}]}
    return (
        Sample("curl", "curl", _curl("POST", f"{SITE}/v1/chat/completions", body)),
        Sample("Python", "python", OPENAI_PYTHON),
        Sample("JavaScript", "javascript", OPENAI_JAVASCRIPT),
    )


def _curl(method: str, url: str, body: Any) -> str:
    lines = [f"curl {url}" if method in ("GET", "POST") else f"curl -X {method} {url}"]
    if method == "POST" and body is None:
        lines[0] = f"curl -X POST {url}"
    lines.append(f'-H "Authorization: Bearer ${KEY}"')
    if body is not None:
        lines += ['-H "Content-Type: application/json"', f"-d {shlex.quote(json.dumps(body, indent=2))}"]
    return " \\\n  ".join(lines)


def _python(method: str, url: str, body: Any) -> str:
    value = json.dumps(body, indent=4).replace("\n", "\n    ")  # Python too, but for true, false and null
    lines = [
        "import os",
        "",
        "import httpx",
        "",
        f"answer = httpx.{method.lower()}(",
        f'    "{url}",',
        f'    headers={{"Authorization": f"Bearer {{os.environ[\'{KEY}\']}}"}},',
        *([f"    json={value},"] if body is not None else []),
        "    timeout=None,  # a panel may think for minutes",
        ")",
        "print(answer.raise_for_status().text)",
    ]
    return "\n".join(lines)


def _javascript(method: str, url: str, body: Any) -> str:
    value = json.dumps(body, indent=2).replace("\n", "\n  ")
    content_type = ', "Content-Type": "application/json"' if body is not None else ""
    lines = [
        f'const answer = await fetch("{url}", {{',
        *([f'  method: "{method}",'] if method != "GET" else []),
        f"  headers: {{ Authorization: `Bearer ${{process.env.{KEY}}}`{content_type} }},",
        *([f"  body: JSON.stringify({value}),"] if body is not None else []),
        "});",
        "if (!answer.ok) throw new Error(await answer.text());",
        "console.log(await answer.text());",
    ]
    return "\n".join(lines)


OPENAI_PYTHON = f"""\
import os

from openai import OpenAI

client = OpenAI(base_url="{SITE}/v1", api_key=os.environ["{KEY}"])
stream = client.chat.completions.create(
    model="fusion",
    messages=[{{"role": "user", "content": "How high is the Eiffel Tower?"}}],
    stream=True,
)
for chunk in stream:
    if chunk.choices:
        print(chunk.choices[0].delta.content or "", end="", flush=True)"""

OPENAI_JAVASCRIPT = f"""\
import OpenAI from "openai";

const client = new OpenAI({{ baseURL: "{SITE}/v1", apiKey: process.env.{KEY} }});
const stream = await client.chat.completions.create({{
  model: "fusion",
  messages: [{{ role: "user", content: "How high is the Eiffel Tower?" }}],
  stream: true,
}});
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta?.content ?? "");"""
