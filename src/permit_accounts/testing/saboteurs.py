"""Stores that are each wrong in one way, so that the contract of stores is itself put to the test.

A kit that every store passes proves nothing. Each of these wraps the memory store, breaks one promise as a
real backend might, and names the tests of `StoreContract` that have to notice.
"""

from __future__ import annotations

from typing import Final

from permit_accounts.testing import (
    asking_saboteurs,
    commit_saboteurs,
    crowd_saboteurs,
    index_saboteurs,
    value_saboteurs,
)
from permit_accounts.testing.saboteur import Saboteur

SABOTEURS: Final[tuple[type[Saboteur], ...]] = tuple(
    kind
    for module in (commit_saboteurs, crowd_saboteurs, value_saboteurs, asking_saboteurs, index_saboteurs)
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, Saboteur) and kind.__module__ == module.__name__
    if not kind.__name__.startswith("_")
)
"""All of them."""
