"""The library's own source, parsed once, and the few questions that the laws' tests ask of it.

A law is a function from one `Module` to its violations, so that a test can give it a planted one.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import attrs

_found = find_spec("permit_accounts")
assert _found is not None
assert _found.origin is not None
PACKAGE = Path(_found.origin).parent
ROOT = Path(__file__).parents[2]


@attrs.frozen
class Module:
    """One source file: its path inside the package and its syntax tree."""

    path: str
    text: str
    tree: ast.Module

    def at(self, node: ast.AST, words: str) -> str:
        """A violation, told with its place."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}: {words}"


Law = Callable[[Module], Iterable[str]]


def planted(text: str, path: str = "flows/planted.py") -> Module:
    """A module that breaks a law on purpose."""
    return Module(path, text, ast.parse(text))


@cache
def modules() -> tuple[Module, ...]:
    """Every module of the library, by path."""
    paths = sorted(PACKAGE.rglob("*.py"))
    texts = [(path.relative_to(PACKAGE).as_posix(), path.read_text(encoding="utf-8")) for path in paths]
    return tuple(Module(path, text, ast.parse(text, path)) for path, text in texts)


def under(*prefixes: str) -> Iterator[Module]:
    """The modules whose path begins with one of these."""
    return (module for module in modules() if module.path.startswith(prefixes))


def violations(law: Law, where: Iterable[Module]) -> list[str]:
    """What breaks a law in these modules."""
    return [violation for module in where for violation in law(module)]


def dotted(node: ast.AST) -> str:
    """`a.b.c` for an attribute of an attribute of a name; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""


def imported(tree: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Every name that is imported, in full, with the statement that does it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield node, f"{node.module or '.'}.{alias.name}"


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method, nested ones too."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
