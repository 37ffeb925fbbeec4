"""One local model behind llama.cpp's HTTP server: `python -m fusionweb.local.model_server --name=… --port=…`."""

import argparse
import signal
import threading
from pathlib import Path

from xllamacpp import CommonParams, Server

from apps.fusion.vocabulary import PromptStyle
from fusionweb.local.models import url, weights
from fusionweb.local.warm_up import warm_up


def parameters(options: argparse.Namespace) -> CommonParams:
    """Return llama.cpp's settings for one small model: loopback only, no pages of its own, no cross-origin requests."""
    params = CommonParams()
    params.model.path = str(weights(options.name, options.folder))
    params.model_alias = {options.name}
    params.hostnames = ["127.0.0.1"]
    params.port = options.port
    params.n_parallel = options.slots
    params.n_ctx = options.context * options.slots
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = options.threads
    params.n_threads_http = 4 * options.slots
    params.cache_ram_mib = 256
    params.swa_full = True  # without it Gemma reads the same opening anew for every prompt
    params.ui = False
    params.fit_params = False  # it would load the model twice to see whether it fits
    return params


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--style", type=PromptStyle, required=True)
    for number in ("port", "threads", "slots", "context"):
        parser.add_argument(f"--{number}", type=int, required=True)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    server = Server(parameters(options))
    print(f"{options.name} listens on {server.listening_address}", flush=True)
    # Half of the slots: judge and writer begin otherwise, and to read a beginning costs each slot a second of a core.
    warmed = max(1, options.slots // 2)
    threading.Thread(target=warm_up, args=(url(options.port), options.style, warmed), daemon=True).start()
    signal.pause()  # SIGTERM ends the process at once: llama.cpp may hang in an orderly end, and nothing needs saving


if __name__ == "__main__":
    main()
