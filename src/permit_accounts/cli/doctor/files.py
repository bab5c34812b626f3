"""The database's file looked over: who can read it, how long its log is, how much room is left."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from permit_accounts.cli.doctor.findings import Finding, error, note, ok, warning

_MEBIBYTE: Final = 1 << 20
#: Room for some hours of a busy portal, and for a backup of a small one.
_LITTLE_ROOM: Final = 1024 * _MEBIBYTE
_NO_ROOM: Final = 100 * _MEBIBYTE
#: The store carries the log into the file every 16 MiB; a longer one means that somebody reads without end.
_LONG_LOG: Final = 256 * _MEBIBYTE


def of_the_file(file: Path) -> Iterator[Finding]:
    """Everything about the file that can be seen from outside."""
    yield from _who_reads(file)
    yield from _log_length(file)
    yield from _room(file)


def _who_reads(file: Path) -> Iterator[Finding]:
    if os.name != "posix":
        return
    mode = stat.S_IMODE(file.stat().st_mode)
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield warning(
            "file-mode", f"{file} has mode {mode:04o}, so that others can open it: chmod 600 {file}"
        )
    else:
        yield ok("file-mode", f"{file} has mode {mode:04o}")
    folder = stat.S_IMODE(file.parent.stat().st_mode)
    if folder & stat.S_IWOTH and not folder & stat.S_ISVTX:
        yield error(
            "folder-mode", f"everybody can write to {file.parent} and take the database away: chmod o-w"
        )
    elif folder & (stat.S_IROTH | stat.S_IXOTH):
        yield note("folder-mode", f"{file.parent} has mode {folder:04o}: other users can look into it.")
    else:
        yield ok("folder-mode", f"{file.parent} has mode {folder:04o}")


def _log_length(file: Path) -> Iterator[Finding]:
    log = Path(f"{file}-wal")
    length = log.stat().st_size if log.exists() else 0
    if length > _LONG_LOG:
        yield warning("wal", f"{log} has {_mebibytes(length)}: some program holds a read open without end.")
    else:
        yield ok("wal", f"write-ahead log of {_mebibytes(length)}")


def _room(file: Path) -> Iterator[Finding]:
    free = shutil.disk_usage(file.parent).free
    if free < _NO_ROOM:
        yield error(
            "disk", f"{_mebibytes(free)} are left on the disk of {file}: nothing can be written soon."
        )
    elif free < _LITTLE_ROOM:
        yield warning("disk", f"{_mebibytes(free)} are left on the disk of {file}")
    else:
        yield ok("disk", f"{_mebibytes(free)} are free")


def _mebibytes(size: int) -> str:
    return f"{size // _MEBIBYTE} MiB"
