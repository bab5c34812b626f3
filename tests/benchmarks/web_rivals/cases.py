"""What is asked of an application under test: it writes that down, and `web_side_by_side.py` reads it.

Every application is told by an environment variable in which folder its database lies, and is imported by a
server from there. Run as a program, it fills the database and writes its cases.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, TypedDict
from urllib.parse import urlencode

FOLDER: Final = Path(os.environ.get("WEB_BENCH_FOLDER", "."))
DATABASE: Final = FOLDER / "accounts.db"
ACCOUNTS: Final = 1_000
#: Those that are signed in to in turn: many, so that none is signed in to all the time, and without the one
#: whose pages are asked for, since more sessions than a policy allows end the oldest.
SIGNING_IN: Final = range(1, ACCOUNTS)
PASSWORD: Final = "seven quiet lanterns drift"
SECRET: Final = "a secret of the benchmark, which protects nothing"
#: The cheapest hash that Argon2 has: passes, memory in KiB, lanes.
CHEAPEST: Final = (1, 8, 1)


class Case(TypedDict):
    """One request, and what its answer must be for it to count.

    `shows` is a piece of the body, and `bodies` are sent in turn.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    bodies: list[str]
    status: int
    shows: str


def reads(path: str, cookie: str, shows: str) -> Case:
    """Something read with a session's cookie."""
    return Case(method="GET", path=path, headers={"Cookie": cookie}, bodies=[], status=200, shows=shows)


def posts(path: str, forms: Iterable[Mapping[str, str]], *, status: int, cookie: str = "") -> Case:
    """Forms that are posted in turn."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if cookie:
        headers["Cookie"] = cookie
    return Case(
        method="POST",
        path=path,
        headers=headers,
        bodies=[urlencode(form) for form in forms],
        status=status,
        shows="",
    )


def write(cases: Mapping[str, Case]) -> None:
    """Keep the cases beside the database."""
    (FOLDER / "cases.json").write_text(json.dumps(cases))


def address(i: int) -> str:
    """The e-mail address of the i-th account of a rival."""
    return f"member{i}@mail.example.org"
