"""The file of an import: a path or an open one, read as often as it must be, in one of two encodings."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import BinaryIO, Final, Literal, TypeAlias

from permit_accounts.model.errors import ConfigurationError
from permit_accounts.model.files import FileFault
from permit_accounts.tools.csv_file import MAX_BYTES, Unreadable, binary, gibibytes

Source: TypeAlias = "str | os.PathLike[str] | BinaryIO"
Encoding: TypeAlias = Literal["utf-8", "windows-1252"]

#: Judgement: eight times the licenses of the largest board. Up to sixteen bytes are kept for each.
MAX_ROWS: Final = 2_000_000
#: How Python calls each encoding; a mark at the beginning is no letter of the first column.
CODECS: Final[Mapping[Encoding, str]] = {"utf-8": "utf-8-sig", "windows-1252": "windows-1252"}

_BLOCK: Final = 2**16


def check_encoding(given: object) -> None:
    """Whether this is an encoding, or none.

    Raises:
        ConfigurationError: It is neither.
    """
    if given is not None and given not in tuple(CODECS):
        raise ConfigurationError(f"encoding={given!r} must be one of {', '.join(map(repr, CODECS))}")


def encodings(given: Encoding | None, *, marked: bool) -> tuple[Encoding, ...]:
    """What a file is tried in, the first that fits winning: what was given, else UTF-8 first.

    Args:
        marked: Whether it begins with the mark of UTF-8.
    """
    if given is not None:
        return (given,)
    return ("utf-8",) if marked else ("utf-8", "windows-1252")


@contextmanager
def opened(source: Source) -> Iterator[BinaryIO]:
    """The file at a path, or the one that is open already; spooled to disk where it cannot be read twice.

    Raises:
        ConfigurationError: It is neither, or no file can have this path.
        OSError: The file cannot be opened or read.
    """
    if isinstance(source, str | os.PathLike):
        with _at(source) as file, _seekable(file) as twice:
            yield twice
    elif hasattr(source, "seekable"):
        with _seekable(source) as twice:
            yield twice
    else:
        raise ConfigurationError(
            f"source=… takes a path or a file that is open in binary mode, not a {type(source).__name__}"
        )


def _at(path: str | os.PathLike[str]) -> BinaryIO:
    try:
        return open(path, "rb")
    except ValueError:  # a NUL, or half of a character
        raise ConfigurationError(f"source={os.fspath(path)!r} cannot be the path of a file") from None


@contextmanager
def _seekable(source: BinaryIO) -> Iterator[BinaryIO]:
    if source.seekable():
        yield source
        return
    with tempfile.TemporaryFile() as spool:
        while block := source.read(_BLOCK):
            spool.write(binary(block))
            if spool.tell() > MAX_BYTES:
                raise Unreadable(FileFault.TOO_LARGE, most=gibibytes(MAX_BYTES))
        spool.seek(0)
        yield spool
