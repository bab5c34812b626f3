"""Law 2: flows take plain arguments, return frozen outcomes; a refusal is a value, an exception a fault."""

from __future__ import annotations

import ast
import inspect
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import Enum
from importlib import import_module
from typing import Any, Union, get_args, get_origin, get_type_hints

import attrs
import pytest

from laws.source_tree import Module, dotted, planted, under, violations
from permit_accounts.model import errors, outcomes, records
from permit_accounts.model.codes import Purpose
from permit_accounts.model.people import Visitor
from permit_accounts.model.secret import Secret
from permit_accounts.ports import Store
from permit_accounts.rules.account_types import AccountType
from permit_accounts.tools.desk import Who
from permit_accounts.tools.services import Services
from permit_accounts.tools.throttle import Attempt, Reservation

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
PLAIN = {str, int, bool, bytes, date, datetime, timedelta, Secret, types.NoneType}
#: A form as it was filled in: whatever stands in it is judged by the flow.
FORMS: tuple[object, ...] = (Mapping[str, object], Mapping[str, str])
#: No value, and handed in all the same: whom staff meant, who stays the same each time that a flow is told.
REMEMBERED = {Who}


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


def is_value(hint: object, above: frozenset[type] = frozenset()) -> bool:
    """Whether a type is plain, a form, or a frozen class or collection of such, all the way down.

    Args:
        above: The classes whose field this is; a class that contains itself is not looked at twice.
    """
    if hint in FORMS:
        return True
    origin = get_origin(hint)
    if origin in {Union, types.UnionType, Sequence, tuple, frozenset, Mapping}:
        return all(item is ... or is_value(item, above) for item in get_args(hint))
    if not isinstance(hint, type):
        return False
    if hint in PLAIN | REMEMBERED | above or issubclass(hint, Enum):
        return True
    return is_frozen(hint) and all(
        is_value(get_type_hints(hint)[field.name], above | {hint}) for field in attrs.fields(hint)
    )


def is_frozen(kind: type) -> bool:
    """Whether attrs lets nobody set a field of such an object."""
    try:
        kind.__setattr__(object.__new__(kind), "planted", None)
    except AttributeError as error:
        return isinstance(error, attrs.exceptions.FrozenInstanceError)
    return False


def flows(module: types.ModuleType) -> Iterator[Callable[..., object]]:
    """The public functions that stand in a module of flows."""
    for name, flow in vars(module).items():
        if inspect.isfunction(flow) and flow.__module__ == module.__name__ and not name.startswith("_"):
            yield flow


def takes_no_value(flow: Callable[..., object]) -> Iterator[str]:
    """Parameters that are neither `Services`, which come first, nor values."""
    hints = get_type_hints(flow)
    first, *others = inspect.signature(flow).parameters
    if hints.get(first) is not Services:
        yield f"{flow.__name__} does not take Services first"
    for name in others:
        hint = hints.get(name, Any)
        if not is_value(hint):
            yield f"{flow.__name__} takes {name}, which is no value"


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


def test_flows_take_values() -> None:
    """What a flow decides by can be written down: no store, no count in one, and nothing to call back."""
    paths = [module.path.removesuffix("/__init__.py").removesuffix(".py") for module in under("flows/")]
    found = [
        flow for path in paths for flow in flows(import_module(f"permit_accounts.{path}".replace("/", ".")))
    ]

    assert [] == [breach for flow in found for breach in takes_no_value(flow)]
    assert {"sign_in", "register", "transfer"} <= {flow.__name__ for flow in found}


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


class Open:
    """A class whose objects anybody may change."""


def taking(hint: object) -> Callable[..., object]:
    """A flow that takes one thing besides its services."""

    def flow(s: Services, *, given: object) -> None: ...

    flow.__annotations__["given"] = hint
    return flow


def frozen_with(hint: object) -> type:
    """A frozen class that holds such a thing."""
    return attrs.make_class("Holder", {"held": attrs.field(type=hint)}, frozen=True)


NO_VALUES = {
    "a store": Store,
    "a reservation, which holds counts in stores": Reservation,
    "services, but not first": Services,
    "a callback": Callable[[], None],
    "a list": list[str],
    "a dictionary": dict[str, str],
    "anything": object,
    "what is not annotated": Any,
    "an object that can change": Open,
    "perhaps a store": Store | None,
    "stores": tuple[Store, ...],
    "stores by name": Mapping[str, Store],
    "a frozen class that holds a store": frozen_with(Store),
    "one that holds a callback": frozen_with(Callable[[], None]),
    "one in another": frozen_with(frozen_with(Store)),
}


@pytest.mark.parametrize("hint", NO_VALUES.values(), ids=NO_VALUES)
def test_a_parameter_that_is_no_value_is_found(hint: object) -> None:
    """Whatever can act, wait or change behind the flow's back is found, however deep it is put."""
    assert ["flow takes given, which is no value"] == list(takes_no_value(taking(hint)))


@pytest.mark.parametrize(
    "hint",
    [
        str,
        bool,
        datetime | None,
        Secret,
        Purpose,
        FORMS[0],
        Visitor,
        Attempt,
        AccountType,
        Sequence[AccountType],
    ],
    ids=str,
)
def test_a_value_is_accepted(hint: object) -> None:
    """Plain arguments, a form, and frozen classes of such."""
    assert [] == list(takes_no_value(taking(hint)))


def test_services_that_are_not_first_are_found() -> None:
    """A flow whose first parameter is something else."""

    def flow(name: str) -> None: ...

    assert ["flow does not take Services first"] == list(takes_no_value(flow))


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
