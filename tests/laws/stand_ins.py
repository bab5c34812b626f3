"""Whatever stands in for a port, found in source by the methods that it has, and whether it is a real one's.

A class is a stand-in if it defines a method that a port asks for. It is a real one's if it is derived from a
class of the library that fills the port, or if each such method hands on to one or fails: then it is held to
the contract through the one that it wraps, and its own fault is all that is not.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Mapping, Sequence, Set
from functools import cache
from pathlib import Path
from typing import Protocol

import attrs

from laws.source_tree import PACKAGE, dotted
from permit_accounts import ports

PORTS: Mapping[str, frozenset[str]] = {
    name: frozenset(method for method, what in vars(kind).items() if method[0] != "_" and callable(what))
    for name, kind in vars(ports).items()
    if inspect.isclass(kind) and issubclass(kind, Protocol) and kind.__module__ == ports.__name__  # type: ignore[arg-type]
}
"""Each port and the methods that it asks for."""

_ASKED = frozenset[str]().union(*PORTS.values())
TESTS = Path(__file__).parents[1]
_Method = ast.FunctionDef | ast.AsyncFunctionDef


@attrs.frozen
class Class:
    """A class in source: the file it stands in, and itself."""

    path: str
    node: ast.ClassDef

    @property
    def name(self) -> str:
        """As the exceptions name it."""
        return f"{self.path}:{self.node.name}"

    @property
    def parents(self) -> set[str]:
        """The names of the classes that it is derived from."""
        return {dotted(base).rpartition(".")[2] for base in self.node.bases}

    def methods(self) -> list[_Method]:
        """Those that a port asks for."""
        return [one for one in self.node.body if isinstance(one, _Method) and one.name in _ASKED]


def classes(path: str, tree: ast.AST) -> list[Class]:
    """Every class, nested ones too."""
    return [Class(path, node) for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]


def of_files(root: Path, files: Iterable[Path]) -> list[Class]:
    """The classes of these files."""
    return [
        one
        for path in sorted(files)
        for one in classes(path.relative_to(root).as_posix(), ast.parse(path.read_text(encoding="utf-8")))
    ]


@cache
def real() -> frozenset[str]:
    """The names of the library's own classes that fill a port; the kit's are judged like the tests'."""
    kit = PACKAGE / "testing"
    files = [path for path in PACKAGE.rglob("*.py") if kit not in path.parents and path.name != "ports.py"]
    return frozenset(one.node.name for one in of_files(PACKAGE, files) if one.methods())


@cache
def in_tests() -> tuple[Class, ...]:
    """The classes of all tests."""
    return tuple(of_files(TESTS, TESTS.rglob("*.py")))


def held(found: Iterable[Class]) -> set[str]:
    """Every name that a class uses which keeps a contract: the fixtures that make what is held to it."""
    return {
        node.id
        for one in found
        if any(parent == f"{port}Contract" for parent in one.parents for port in PORTS)
        for node in ast.walk(one.node)
        if isinstance(node, ast.Name)
    }


def on_their_own(found: Sequence[Class], known: Set[str]) -> list[str]:
    """The stand-ins that are neither a real one's nor held to a contract."""
    stand_ins = [one for one in found if one.methods() and one.node.name not in known]
    alone = [one for one in stand_ins if not all(map(_hands_on_or_fails, one.methods()))]
    parents = known | {one.node.name for one in stand_ins if one not in alone}
    while derived := [one for one in alone if one.parents & parents]:
        alone = [one for one in alone if one not in derived]
        parents |= {one.node.name for one in derived}
    return [one.name for one in alone]


def _hands_on_or_fails(method: _Method) -> bool:
    """Whether a method asks a real one the same, or raises at its end whatever happened before."""
    asked = {dotted(call.func).rpartition(".")[2] for call in ast.walk(method) if isinstance(call, ast.Call)}
    return method.name in asked or isinstance(method.body[-1], ast.Raise)
