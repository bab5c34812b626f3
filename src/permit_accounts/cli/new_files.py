"""Files that a command makes: for their owner's eyes, and never in the place of something by accident."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final

import click

_ALONE: Final = 0o600
# A symbolic link is not followed: somebody else may have put it there.
_FLAGS: Final = os.O_WRONLY | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)


@contextmanager
def new_file(path: str, *, overwrite: bool = False) -> Iterator[BinaryIO]:
    """A file that was not there before, readable and writable by its owner only.

    Where what writes it breaks off, a new file is taken away again: half of it would pass for the whole, and
    be in the way of the next attempt.

    Args:
        path: Named by whoever runs the command, never by the content of a file.
        overwrite: Whether a file that is there may be replaced.

    Raises:
        UsageError: There is such a file.
        OSError: It cannot be made.
    """
    flags = _FLAGS | (os.O_TRUNC if overwrite else os.O_EXCL)
    try:
        handle = os.open(path, flags, _ALONE)
    except FileExistsError:
        raise click.UsageError(f"{path} is there already; name another file, or remove it") from None
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
    except BaseException:
        if not overwrite:
            os.unlink(path)
        raise
