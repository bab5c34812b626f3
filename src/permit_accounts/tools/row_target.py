"""A CSV file that is written for people: UTF-8 with the mark by which spreadsheet programs know it."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO, TypeAlias

Target: TypeAlias = "str | os.PathLike[str] | BinaryIO"


@contextmanager
def rows_to(target: Target, header: Sequence[str]) -> Iterator[Callable[[Sequence[str]], object]]:
    """What writes one row after the other below this header, every cell in quotation marks.

    Args:
        target: A path, whose file is replaced, or a file that is open in binary mode and stays open.
        header: The names of the columns.

    Raises:
        OSError: The file cannot be written.
    """
    with _writable(target) as file:
        text = io.TextIOWrapper(file, "utf-8-sig", newline="")
        writer = csv.writer(text, quoting=csv.QUOTE_ALL)
        writer.writerow(header)
        try:
            yield writer.writerow
        finally:
            # Flushes, and leaves the file open for whoever opened it.
            text.detach()


@contextmanager
def _writable(target: Target) -> Iterator[BinaryIO]:
    if isinstance(target, str | os.PathLike):
        with open(target, "wb") as file:
            yield file
    else:
        yield target
