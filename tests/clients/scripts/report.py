"""The frame of a client's script: run each feature, and print a line of JSON for each."""

import json
import os
import traceback
from collections.abc import Callable
from typing import Any

BASE_URL, KEY = os.environ["CLIENT_BASE_URL"], os.environ["CLIENT_KEY"]
ANSWER, FUSED = os.environ["CLIENT_ANSWER"], os.environ["CLIENT_FUSED"]
QUESTION = "How high is the Eiffel Tower?"
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
PICTURE = f"data:image/png;base64,{PIXEL}"


def run(features: dict[str, Callable[[], Any]]) -> None:
    """Run the features and report each."""
    for name, check in features.items():
        try:
            check()
            print(json.dumps({"feature": name, "problem": ""}), flush=True)
        except Exception:  # noqa: BLE001 - whatever a client raises is its report
            print(json.dumps({"feature": name, "problem": traceback.format_exc()[-3000:]}), flush=True)


def equal(got: Any, wanted: Any) -> None:
    """Raise unless both are equal."""
    if got != wanted:
        raise AssertionError(f"got {got!r}, wanted {wanted!r}")


def raises(kind: type[Exception], check: Callable[[], Any]) -> Exception:
    """Return the exception of a kind that the check raises."""
    try:
        got = check()
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__}, but {got!r}")
