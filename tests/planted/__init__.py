"""Faults to plant: for each gravest attack, the library with that one guard removed.

Each module here has a mapping `FAULTS` from a case's id to a function that takes a `pytest.MonkeyPatch` and
removes the guard, in a flow, a rule, a tool or a store. `test_planted_faults.py` runs the case's own tests
against it and demands that one of them fails: a test that survives its fault proves nothing.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable

import pytest

Fault = Callable[[pytest.MonkeyPatch], None]


def faults() -> dict[str, Fault]:
    """Every fault that is written down, by the id of its case."""
    found: dict[str, Fault] = {}
    for module in pkgutil.iter_modules(__path__):
        found |= importlib.import_module(f"{__name__}.{module.name}").FAULTS
    return found
