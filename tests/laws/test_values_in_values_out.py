"""Law 2: flows take plain arguments, return frozen outcomes; a refusal is a value, an exception a fault."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from laws.source_tree import Module, dotted, planted, under, violations
from permit_accounts.model import errors, outcomes, records

OUTCOMES = {
    name
    for name, kind in vars(outcomes).items()
    if isinstance(kind, type) and issubclass(kind, outcomes.Outcome) and kind is not outcomes.Outcome
}
#: What a tuple may hold beside outcomes: frozen values all of them.
VALUES = {"LicenseId", *(kind.__name__ for kind in records.ASKED_BY)}
FAULTS = {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.PermitAccountsError)
}


def is_outcome(annotation: ast.expr | None) -> bool:
    """Whether an annotation is made of outcomes, `None`, and tuples of outcomes or other values."""
    match annotation:
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return is_outcome(left) and is_outcome(right)
        case ast.Constant(value=None):
            return True
        case ast.Name(id=name):
            return name in OUTCOMES
        case ast.Subscript(value=ast.Name(id="tuple"), slice=ast.Tuple(elts=[item, ast.Constant()])):
            return is_outcome(item) or dotted(item) in VALUES
        case _:
            return False


def returns_no_outcome(module: Module) -> Iterator[str]:
    """Public functions whose annotation is missing or is something else than an outcome."""
    for node in module.tree.body:
        public = isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
        if public and not is_outcome(node.returns):
            shown = ast.unparse(node.returns) if node.returns else "nothing"
            yield module.at(node, f"{node.name} is annotated with {shown}, which is no outcome")


def raises_a_mistake(module: Module) -> Iterator[str]:
    """`raise` of anything but a fault that the function's docstring names."""
    for function in ast.walk(module.tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        words = ast.get_docstring(function) or ""
        for node in ast.walk(function):
            if isinstance(node, ast.Raise) and node.exc is not None:
                raised = dotted(node.exc.func if isinstance(node.exc, ast.Call) else node.exc)
                name = raised.rpartition(".")[2]
                if name not in FAULTS or f"{name}:" not in words:
                    yield module.at(node, f"{function.name} raises {name or 'something'}")


def test_flows_return_outcomes() -> None:
    """Who calls a flow can `match` on everything that may have come to pass."""
    assert [] == violations(returns_no_outcome, under("flows/"))


def test_flows_raise_no_mistake() -> None:
    """A person's mistake is committed as an event and returned; only a documented fault is raised."""
    assert [] == violations(raises_a_mistake, under("flows/"))


@pytest.mark.parametrize(
    "annotation", ["", " -> bool", " -> str", " -> dict[str, object]", " -> SignedIn | bool", " -> Outcome"]
)
def test_another_annotation_is_found(annotation: str) -> None:
    """A flow whose value cannot be matched exhaustively is found."""
    assert 1 == len(list(returns_no_outcome(planted(f"def sign_in(s){annotation}:\n    return None\n"))))


@pytest.mark.parametrize(
    "annotation", ["SignedIn | Refused", "SignedOut", "tuple[Session, ...]", "SignedIn | None"]
)
def test_an_outcome_is_accepted(annotation: str) -> None:
    """Unions of outcomes, one outcome, and a tuple of records."""
    assert [] == list(returns_no_outcome(planted(f"def f(s) -> {annotation}:\n    return x\n")))


@pytest.mark.parametrize(
    "text",
    [
        "def f(s):\n    raise ValueError('wrong password')\n",
        "def f(s):\n    raise Refused\n",
        "def f(s):\n    '''No word of it.'''\n    raise Unavailable('mail')\n",
    ],
)
def test_a_raised_mistake_is_found(text: str) -> None:
    """Anything that is no fault of the library's tree, and a fault that the docstring keeps to itself."""
    assert 1 == len(list(raises_a_mistake(planted(text))))


def test_a_documented_fault_is_accepted() -> None:
    """A fault that the docstring names may leave a flow."""
    words = "X.\n\n    Raises:\n        TryAgainLater: Too many.\n    "
    text = f"def f(s):\n    '''{words}'''\n    raise TryAgainLater\n"
    assert [] == list(raises_a_mistake(planted(text)))
