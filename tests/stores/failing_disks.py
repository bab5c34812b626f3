"""A disk on which files cannot grow, for the tests of stores in a file."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """Whatever this process writes behind so many bytes of a file fails, as a write to a broken disk does.

    The system calls it EFBIG, which SQLite takes for a fault of the disk and not for a full one. Python
    ignores the signal that comes with it.
    """
    usual, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (usual, most))
