"""What is said of a fault: its kind and its place to the log, nothing to the person (ASVS 5.0, 16.2.5)."""

from __future__ import annotations

import traceback
from pathlib import Path

import attrs

from permit_accounts.web.request import Request


def places(error: BaseException) -> str:
    """Where it was raised, without a word of what was in the variables or in the message."""
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames[-8:]))


def without_credentials(request: Request) -> Request:
    """The same request of nobody in particular, who still reads the same language."""
    kept = tuple(pair for pair in request.headers if pair[0] == "accept-language")
    return attrs.evolve(request, headers=kept)
