"""The library's log at a terminal: warnings and worse, each as one line on the standard error output."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from permit_accounts.cli.report import plain

_LIBRARY: Final = "permit_accounts"


class _Lines(logging.Handler):
    """Writes to whatever the standard error output is at that moment."""

    def emit(self, record: logging.LogRecord) -> None:
        """One line; no traceback, for it may name people."""
        print(f"{record.levelname.lower()}: {plain(record.getMessage())}", file=sys.stderr)


@contextmanager
def listening() -> Iterator[None]:
    """Show the library's warnings while a command runs."""
    lines = _Lines(logging.WARNING)
    library = logging.getLogger(_LIBRARY)
    throttle = logging.getLogger(f"{_LIBRARY}.throttle")
    level = throttle.level
    library.addHandler(lines)
    # Nobody at a terminal has a client address, so that its absence is no news.
    throttle.setLevel(logging.ERROR)
    try:
        yield
    finally:
        library.removeHandler(lines)
        throttle.setLevel(level)
