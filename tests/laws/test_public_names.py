"""The public face: `permit_accounts` re-exports exactly what `__all__` says, and loads nothing optional."""

from __future__ import annotations

import subprocess
import sys
import types

import pytest

import permit_accounts

OPTIONAL = (
    "aiosmtpd",
    "click",
    "django",
    "flask",
    "hypothesis",
    "pytest",
    "redis",
    "rich",
    "sqlalchemy",
    "starlette",
    "typer",
)


def _in_a_new_process(program: str) -> str:
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return run.stdout.strip()


def test_all_is_the_namespace() -> None:
    """Nothing public by accident, nothing promised that is not there."""
    public = {
        name
        for name, value in vars(permit_accounts).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType) and name != "annotations"
    }
    assert public == set(permit_accounts.__all__)


def test_all_names_each_once() -> None:
    """The list is as long as it seems; the linter keeps it in order."""
    assert len(set(permit_accounts.__all__)) == len(permit_accounts.__all__)


@pytest.mark.attack("CFG-03")
@pytest.mark.parametrize("package", OPTIONAL)
def test_importing_loads_no_extra(package: str, loaded: frozenset[str]) -> None:
    """Whoever installs the core alone can import it; an extra is loaded where it is used."""
    assert package not in loaded


@pytest.fixture(scope="module")
def loaded() -> frozenset[str]:
    """The top-level modules that a new process has after importing the library."""
    program = "import permit_accounts, sys; print(*{name.partition('.')[0] for name in sys.modules})"
    return frozenset(_in_a_new_process(program).split())


def test_the_library_was_loaded(loaded: frozenset[str]) -> None:
    """The test above looks at a process that did import the library."""
    assert "permit_accounts" in loaded


def test_importing_loads_no_way_to_send() -> None:
    """A backend is imported by who uses it: the standard library's e-mail package alone takes 20 ms."""
    program = "import permit_accounts, sys; print(*sys.modules)"
    loaded = _in_a_new_process(program).split()
    assert [] == [name for name in loaded if name.startswith(("permit_accounts.email_backends", "email."))]
