"""The public face: `permit_accounts` and its kit re-export exactly what their stubs say, and load no more."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import permit_accounts
from permit_accounts import testing

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
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return run.stdout.strip()


LAZY = pytest.mark.parametrize("package", [permit_accounts, testing], ids=lambda package: package.__name__)


def stub_of(package: ModuleType) -> ast.Module:
    """What a type checker reads of a package."""
    return ast.parse(Path(package.__file__ or "").with_suffix(".pyi").read_text(encoding="utf-8"))


@LAZY
def test_the_stub_names_what_is_there(package: ModuleType) -> None:
    """What a type checker is told of a name is what a program gets: that very object, from that module."""
    told = {
        alias.name: getattr(importlib.import_module(node.module or ""), alias.name)
        for node in stub_of(package).body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert told == {name: getattr(package, name) for name in package.__all__}


@LAZY
def test_the_stub_promises_what_is_promised(package: ModuleType) -> None:
    """One list of public names, in one order, each once."""
    (promised,) = (
        ast.literal_eval(node.value) for node in stub_of(package).body if isinstance(node, ast.Assign)
    )
    assert sorted(set(promised)) == sorted(promised) == package.__all__


@LAZY
def test_names_are_listed_before_they_are_loaded(package: ModuleType) -> None:
    """A prompt completes all of them from the beginning."""
    program = f"import {package.__name__} as package; print(*dir(package))"
    assert set(package.__all__) <= set(_in_a_new_process(program).split())


@LAZY
def test_a_name_that_is_not_there_is_told(package: ModuleType) -> None:
    """As any module tells it."""
    with pytest.raises(AttributeError, match=f"module '{package.__name__}' has no attribute 'Acounts'"):
        package.Acounts  # noqa: B018


@pytest.mark.attack("CFG-03")
@pytest.mark.parametrize("package", OPTIONAL)
def test_importing_loads_no_extra(package: str, loaded: frozenset[str]) -> None:
    """Whoever installs the core alone can import it; an extra is loaded where it is used."""
    assert package not in loaded


@pytest.fixture(scope="module")
def loaded() -> frozenset[str]:
    """The top-level modules that a new process has after importing every public name."""
    program = "import sys; from permit_accounts import *; print(*{n.partition('.')[0] for n in sys.modules})"
    return frozenset(_in_a_new_process(program).split())


def test_the_library_was_loaded(loaded: frozenset[str]) -> None:
    """The test above looks at a process that did import the library."""
    assert {"permit_accounts", "argon2", "itsdangerous"} <= loaded


def test_importing_loads_no_way_to_send() -> None:
    """A backend is imported by who uses it: the standard library's e-mail package alone takes 20 ms."""
    program = "import sys; from permit_accounts import *; print(*sys.modules)"
    loaded = _in_a_new_process(program).split()
    assert [] == [name for name in loaded if name.startswith(("permit_accounts.email_backends", "email."))]
