"""Programs of database servers that a test starts for itself, in a temporary folder and at a free port."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

_PATIENCE: Final = 60  # seconds for a server to start


def free_port() -> int:
    """A port of this machine at which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@contextmanager
def own_folder(user: str, place: Path | None = None) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """An empty folder, and as whom to run a program in it, as `subprocess` takes it.

    Args:
        user: Who that is where the test is root, whom these servers refuse; else it is whoever runs the test.
        place: The folder in which it is made; that for temporary ones by default.
    """
    who: dict[str, Any] = {"user": user, "group": user, "extra_groups": []} if os.geteuid() == 0 else {}
    with tempfile.TemporaryDirectory(prefix="server-", dir=place, ignore_cleanup_errors=True) as name:
        if who:
            shutil.chown(name, user, user)
        # Its output goes nowhere: a server keeps what it inherits open, and whoever reads that would wait.
        yield Path(name), {**who, "cwd": "/", "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def run(command: Sequence[str | Path], who: Mapping[str, Any]) -> None:
    """Run a program to its end, which must be a good one."""
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, timeout=_PATIENCE, **who)
