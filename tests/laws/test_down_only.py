"""Law 1: a module imports from lower floors only; no late imports, no cycles behind `TYPE_CHECKING`.

The contracts stand in `.importlinter`; here each is broken on purpose, in a copy of the tree.
"""

from __future__ import annotations

import ast
import configparser
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from laws.source_tree import PACKAGE, ROOT, Module, dotted, modules, planted, violations

CONTRACTS = ROOT / ".importlinter"

PLANTED = {
    "Law 1: a module imports from lower floors only": (
        "model/errors.py",
        "from permit_accounts.rules import policy",
    ),
    "Floors 0 to 4 do not know what is plugged in": ("tools/services.py", "import permit_accounts.stores"),
    "What is plugged in sees model and ports only": (
        "registers/__init__.py",
        "from permit_accounts.rules.policy import Policy",
    ),
    "What is plugged in stands alone": ("email_backends/__init__.py", "from permit_accounts import stores"),
    "Only floor 5 imports flows": ("cli/__init__.py", "from permit_accounts.flows import sign_in"),
    "Law 7: only these flows open a session": (
        "flows/request_password_reset.py",
        "from permit_accounts.tools import admission",
    ),
    "No floor imports the testing kit": ("tools/keyring.py", "from permit_accounts import testing"),
    "No floor imports the root, which only re-exports": (
        "rules/policy.py",
        "from permit_accounts import __doc__ as words",
    ),
    "Pages and adapters see of the core what any application sees": (
        "web/request.py",
        "from permit_accounts.tools import tokens",
    ),
}


def _lint(folder: Path) -> dict[str, str]:
    """Each contract's name and its verdict, for the package in this folder."""
    run = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command as run; run()",
            "--no-cache",
            "--config",
            str(CONTRACTS),
        ],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    verdicts = dict(re.findall(r"^(.+?) (KEPT|BROKEN)(?: \(.*\))?$", run.stdout, re.MULTILINE))
    assert verdicts, f"import-linter said nothing:\n{run.stdout}{run.stderr}"
    return verdicts


@pytest.fixture(scope="module")
def broken_tree(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The verdicts on a copy of the tree that breaks every contract."""
    folder = tmp_path_factory.mktemp("broken")
    shutil.copytree(PACKAGE, folder / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))
    for path, line in PLANTED.values():
        with (folder / PACKAGE.name / path).open("a", encoding="utf-8") as module:
            module.write(f"\n{line}\n")
    return _lint(folder)


def test_imports_go_down_only() -> None:
    """Every contract holds on the tree as it stands."""
    assert dict.fromkeys(PLANTED, "KEPT") == _lint(PACKAGE.parent)


@pytest.mark.parametrize("contract", PLANTED)
def test_an_import_upwards_is_found(contract: str, broken_tree: dict[str, str]) -> None:
    """One forbidden line breaks its contract."""
    assert "BROKEN" == broken_tree[contract]


def test_what_is_plugged_in_is_kept_from_every_floor() -> None:
    """A new module is forbidden to it as well: the list of the contract has everything above the ports."""
    contracts = configparser.ConfigParser()
    contracts.read(CONTRACTS)
    contract = contracts["importlinter:contract:plugs-see-no-rules"]
    plugs, forbidden = (set(contract[key].split()) for key in ("source_modules", "forbidden_modules"))
    tops = {f"permit_accounts.{module.path.split('/')[0].removesuffix('.py')}" for module in modules()}
    seen = {f"permit_accounts.{name}" for name in ("__init__", "model", "ports", "testing")}
    assert tops - plugs - seen == forbidden


def late_imports(module: Module) -> Iterator[str]:
    """Imports that wait until something is called, or that only the type checker sees."""
    for outer in ast.walk(module.tree):
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            for node in ast.walk(outer):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    yield module.at(node, "import inside a function")
                elif isinstance(node, ast.Call) and dotted(node.func) in _IMPORTERS:
                    yield module.at(node, "import by name inside a function")
        elif isinstance(outer, ast.If) and dotted(outer.test).endswith("TYPE_CHECKING"):
            yield module.at(outer, "import for the type checker only")


_IMPORTERS = {"__import__", "import_module", "importlib.import_module"}

#: What may be imported late: a command loads what it needs when it is called; the root, which stands on no
#: floor, loads a public name when it is asked for, and so does the kit, which pytest imports at every start;
#: what an extra brings is loaded when a URL asks for it.
_LATE = ("cli/", "__init__.py", "stores/by_url.py", "testing/__init__.py", "testing/plugin.py")


def test_nothing_is_imported_late() -> None:
    """A cycle hidden in a function is still a cycle; only the command line, the root, the kit and the
    table of stores by URL may."""
    rest = [module for module in modules() if not module.path.startswith(_LATE)]
    assert [] == violations(late_imports, rest)


@pytest.mark.parametrize(
    "text",
    [
        "def f():\n    from permit_accounts import accounts\n",
        "class C:\n    def f(self):\n        import json\n",
        "import importlib\ndef f():\n    importlib.import_module('permit_accounts.accounts')\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from permit_accounts import accounts\n",
    ],
)
def test_a_late_import_is_found(text: str) -> None:
    """In a function, in a method, by name, or behind `TYPE_CHECKING`."""
    assert 1 == len(list(late_imports(planted(text))))
