"""Law 8: whatever stands in for a port is held to the same contract as the real one, so each port has one."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
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


def test_every_contract_is_kept_by_somebody() -> None:
    """A contract that nobody is held to proves nothing: some test subclasses each."""
    texts = (path.read_text(encoding="utf-8") for path in Path(__file__).parents[1].rglob("test_*.py"))
    held = {
        ast.unparse(parent).rpartition(".")[2]
        for text in texts
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ClassDef)
        for parent in node.bases
    }
    assert {f"{name}Contract" for name in PORTS} <= held
