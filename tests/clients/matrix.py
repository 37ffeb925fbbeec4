"""The clients of other makers that must run unchanged, the environment of each, and the features that are tried."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
HOME = ROOT / ".clients"
RESULTS = HOME / "results.json"
"""Made by the tests, for the table in the documents."""
FEATURES = (
    "answer",
    "stream",
    "next turn",
    "typed answer",
    "picture",
    "responses",
    "tools offered",
    "calls of tools",
    "unknown model",
    "failure paid once",
)
"""In the table's order. A script need not have all: some clients know no responses, or no pictures."""


@dataclass(frozen=True, slots=True)
class Client:
    """A client: its name, its script, the environment that it runs in, and the package whose version counts.

    ``lacks`` are the features that it does not have itself, ``is_core`` says whether every test run includes it.
    """

    name: str
    script: str
    environment: str
    package: str
    lacks: tuple[str, ...] = ()
    is_core: bool = False
    features: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "features", tuple(one for one in FEATURES if one not in self.lacks))

    @property
    def is_npm(self) -> bool:
        return self.script.endswith(".mjs")

    @property
    def version(self) -> str:
        """The version in the lock of the environment."""
        if self.is_npm:
            lock = json.loads((HERE / self.environment / "package-lock.json").read_text())
            return str(lock["packages"][f"node_modules/{self.package}"]["version"])
        lines = (HERE / self.environment / "requirements.lock").read_text()
        found = re.search(rf"^{re.escape(self.package)}==(\S+)", lines, re.MULTILINE)
        assert found, f"{self.package} is not in the lock of {self.environment}"
        return found[1]

    @property
    def command(self) -> list[str]:
        home = HOME / self.environment
        return ["node", str(home / self.script)] if self.is_npm else [str(home / "venv/bin/python"), self.path]

    @property
    def path(self) -> str:
        return str(HERE / "scripts" / self.script)


CLIENTS = (
    Client("OpenAI, Python", "openai_py.py", "core", "openai", is_core=True),
    Client("OpenAI, JavaScript", "openai_js.mjs", "npm-core", "openai", is_core=True),
    Client("Anthropic, Python", "anthropic_py.py", "core", "anthropic", lacks=("responses",), is_core=True),
    Client("Anthropic, JavaScript", "anthropic_js.mjs", "npm-core", "@anthropic-ai/sdk", ("responses",), is_core=True),
    Client("AI SDK", "ai_sdk_js.mjs", "npm-core", "ai", is_core=True),
    Client("LangChain, Python", "langchain_py.py", "core", "langchain-openai", is_core=True),
    Client("Pydantic AI", "pydantic_ai_py.py", "core", "pydantic-ai-slim", is_core=True),
    Client("LangChain, JavaScript", "langchain_js.mjs", "npm-more", "@langchain/openai"),
    Client("LlamaIndex", "llamaindex_py.py", "llamaindex", "llama-index-llms-openai-like", lacks=("responses",)),
    Client("LiteLLM", "litellm_py.py", "litellm", "litellm"),
    Client(
        *("Instructor", "instructor_py.py", "instructor", "instructor"),
        lacks=("answer", "responses", "tools offered"),
    ),
    Client("OpenAI Agents", "openai_agents_py.py", "agents", "openai-agents"),
    Client("OpenRouter, Python", "openrouter_py.py", "openrouter", "openrouter", lacks=("responses",)),
    Client("OpenRouter, JavaScript", "openrouter_js.mjs", "npm-more", "@openrouter/sdk", lacks=("responses",)),
    Client(
        *("OpenRouter for the AI SDK", "openrouter_ai_sdk_js.mjs", "npm-more", "@openrouter/ai-sdk-provider"),
        lacks=("responses",),
    ),
)
