"""A progress bar on the standard error output, where that is a terminal; nothing at all elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

#: Told what is being done, how much of it is done, and how much there is in all.
Advance: TypeAlias = Callable[[str, int, int], None]


@contextmanager
def bar() -> Iterator[Advance]:
    """A bar that is gone once the work is."""
    if not sys.stderr.isatty():
        yield _nothing
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None)

        def advance(words: str, done: int, total: int) -> None:
            progress.update(task, description=words, completed=done, total=total)

        yield advance


def _nothing(words: str, done: int, total: int) -> None:
    """Nobody is looking."""
