"""The house style, as far as a program can see it: every module says its idea, and none grows too long."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from laws.source_tree import Module, functions, modules, planted, violations

MODULE_LINES = 350
#: Modules that may be longer, since their one idea is a list.
LISTS = {
    "model/records.py": 450,  # the nine records
    "accounts.py": 780,  # one method for each thing that a person does
    "aio.py": 400,  # the same methods, awaited
    "staff.py": 400,  # one method for each thing that the desk does
}
FUNCTION_LINES = 60
#: Names that say nothing and so collect everything.
EMPTY_WORDS = frozenset(
    {"abstract", "base", "common", "data", "helper", "helpers", "info", "manager", "misc", "util", "utils"}
)


def says_nothing(module: Module) -> Iterator[str]:
    """A module without a docstring, or whose first sentence does not end on its first paragraph."""
    words = ast.get_docstring(module.tree)
    if not words:
        yield module.at(module.tree, "has no docstring")
    elif words.split("\n\n")[0].rstrip()[-1] not in ".:?":
        yield module.at(module.tree, "its docstring does not begin with a sentence")


def too_long(module: Module) -> Iterator[str]:
    """A module or a function that holds more than one idea can be read at once."""
    lines = len(module.text.splitlines())
    bound = LISTS.get(module.path, MODULE_LINES)
    if lines > bound:
        yield module.at(module.tree, f"{lines} lines, more than {bound}")
    for function in functions(module.tree):
        length = (function.end_lineno or function.lineno) - function.lineno + 1
        if length > FUNCTION_LINES:
            yield module.at(function, f"{function.name} has {length} lines, more than {FUNCTION_LINES}")


def named_for_nothing(module: Module) -> Iterator[str]:
    """A module whose name has one of the words that say nothing."""
    for part in module.path.removesuffix(".py").split("/"):
        for word in EMPTY_WORDS & set(part.split("_")):
            yield module.at(module.tree, f"is named {word}")


@pytest.mark.parametrize("law", [says_nothing, too_long, named_for_nothing])
def test_the_house_style_is_kept(law: object) -> None:
    """One idea a module, said in its first sentence, under a name of its own."""
    assert callable(law)
    assert [] == violations(law, modules())


def test_a_silent_module_is_found() -> None:
    """No docstring, or one that is a heading."""
    assert 1 == len(list(says_nothing(planted("x = 1\n"))))
    assert 1 == len(list(says_nothing(planted('"""Helpers"""\n'))))


def test_a_long_module_is_found() -> None:
    """A module and a function past their bounds."""
    body = "    x = 1\n" * FUNCTION_LINES
    assert 1 == len(list(too_long(planted(f"def f():\n{body}"))))
    assert 1 == len(list(too_long(planted("x = 1\n" * (MODULE_LINES + 1)))))


def test_an_empty_name_is_found() -> None:
    """A drawer for everything is found by its label."""
    assert 1 == len(list(named_for_nothing(planted("", "tools/token_helpers.py"))))
