"""Law 8: whatever stands in for a port is held to the same contract as the real one, so each port has one."""

from __future__ import annotations

import inspect
from typing import Protocol

from permit_accounts import ports, testing

PORTS = {
    name
    for name, kind in vars(ports).items()
    if inspect.isclass(kind) and issubclass(kind, Protocol) and kind.__module__ == ports.__name__  # type: ignore[arg-type]
}


def test_every_port_was_found() -> None:
    """The list below is read from the module, so a new port cannot be forgotten."""
    assert {"Store", "EmailBackend", "LicenseRegister", "Hasher", "Catalog"} <= PORTS


def test_every_port_has_a_contract() -> None:
    """`permit_accounts.testing` has a `<Port>Contract` for each, with tests in it."""
    contracts = {name: getattr(testing, f"{name}Contract", None) for name in PORTS}
    assert [] == [name for name, contract in contracts.items() if contract is None]
    empty = [
        name
        for name, contract in contracts.items()
        if not any(method.startswith("test_") for method in dir(contract))
    ]
    assert [] == empty
