"""Files that a command makes: for their owner's eyes, and never in the place of something by accident."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

import click

from permit_accounts.model.errors import ConfigurationError

_ALONE: Final = 0o600
# A symbolic link is not followed: somebody else may have put it there.
_FLAGS: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
#: What SQLite keeps beside a database; whoever loses one of them may lose what was committed last.
_OF_A_DATABASE: Final = ("", "-wal", "-shm", "-journal")


@contextmanager
def new_file(path: str, *, database: Path | None, overwrite: bool = False) -> Iterator[BinaryIO]:
    """A file of its own, readable and writable by its owner only.

    One that replaces another is written beside it and takes its place at the end, so that there is always a
    whole one. Where what writes it breaks off, nothing of it stays: half of it would pass for the whole, and
    be in the way of the next attempt.

    Args:
        path: Named by whoever runs the command, never by the content of a file.
        database: The city's database, which is never replaced; None where it is no file.
        overwrite: Whether a file that is there may be replaced.

    Raises:
        ConfigurationError: Its folder does not exist.
        UsageError: There is such a file, or what is there must not be replaced.
        OSError: It cannot be made.
    """
    if database is not None:
        _refuse_database(path, database)
    folder = Path(path).parent
    if not folder.is_dir():
        raise ConfigurationError(f"the folder {folder} does not exist: make it, or mend the path")
    if overwrite:
        _refuse_special(path)
        handle, place = tempfile.mkstemp(prefix=".permit-accounts-", dir=os.path.dirname(path) or os.curdir)
    else:
        handle, place = _exclusive(path), path
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        if overwrite:
            os.replace(place, path)
    except BaseException:
        os.unlink(place)
        raise


def _exclusive(path: str) -> int:
    try:
        return os.open(path, _FLAGS, _ALONE)
    except FileExistsError:
        raise click.UsageError(f"{path} is there already; name another file, or remove it") from None


def _refuse_database(path: str, database: Path) -> None:
    """By whatever name it goes: through a link to its folder, or in letters of another case."""
    for ending in _OF_A_DATABASE:
        kept = f"{database}{ending}"
        if os.path.realpath(path) == os.path.realpath(kept) or _same(path, kept):
            raise click.UsageError(f"{path} belongs to the city's database; name another file")


def _same(path: str, kept: str) -> bool:
    return os.path.exists(path) and os.path.exists(kept) and os.path.samefile(path, kept)


def _refuse_special(path: str) -> None:
    """Only an ordinary file is replaced: no folder, no device, no link that somebody else may own."""
    if os.path.lexists(path) and not stat.S_ISREG(os.lstat(path).st_mode):
        raise click.UsageError(f"{path} is no ordinary file; name another file")
