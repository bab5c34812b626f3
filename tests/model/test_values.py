"""What all values share: compared, hashed and shown by their fields, and no field shown that is a secret."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import attrs
import pytest

import permit_accounts
from permit_accounts.model.values import Value


@attrs.frozen(eq=False, repr=False)
class Plain(Value):
    name: str
    secret: str = attrs.field(default="", repr=False)
    noted: str = attrs.field(default="", eq=False)


@attrs.frozen(eq=False, repr=False)
class Other(Value):
    name: str
    secret: str = attrs.field(default="", repr=False)
    noted: str = attrs.field(default="", eq=False)


@attrs.frozen(eq=False, repr=False)
class Narrower(Plain):
    """The same fields under another name."""


_RUN_BY_ALEMBIC = "permit_accounts.stores.sqlalchemy.migrations.env"


def every_value() -> Iterator[type]:
    """Every class of the library that is a value."""
    for module in pkgutil.walk_packages(permit_accounts.__path__, "permit_accounts."):
        if not module.name.startswith(("permit_accounts.cli", "permit_accounts.testing", _RUN_BY_ALEMBIC)):
            importlib.import_module(module.name)
    yield from _below(Value)


def _below(root: type) -> Iterator[type]:
    for kind in root.__subclasses__():
        yield kind
        yield from _below(kind)


def test_equal_fields_are_equal_values() -> None:
    """Equal values are one key of a mapping."""
    assert Plain("a", "b") == Plain("a", "b")
    assert 1 == len({Plain("a", "b"), Plain("a", "b")})


@pytest.mark.parametrize(
    "other", [Plain("a", "c"), Plain("b", "b"), Other("a", "b"), Narrower("a", "b"), "a"]
)
def test_another_value_is_not_equal(other: object) -> None:
    """One field, or the class, is enough; a class below is another class."""
    assert Plain("a", "b") != other
    assert other != Plain("a", "b")


def test_a_field_that_does_not_count_does_not_count() -> None:
    """What attrs is told of a field with `eq=False` holds for comparing and for hashing."""
    assert Plain("a", noted="x") == Plain("a", noted="y")
    assert hash(Plain("a", noted="x")) == hash(Plain("a", noted="y"))


def test_two_kinds_with_the_same_fields_are_two_keys() -> None:
    """The class counts for the hash too."""
    assert 2 == len({Plain("a"), Other("a")})


def test_what_cannot_be_hashed_makes_no_key() -> None:
    """As with attrs: a value that holds a mapping has no hash."""
    with pytest.raises(TypeError):
        hash(Plain({}))  # type: ignore[arg-type]


@pytest.mark.attack("LOG-01")
def test_a_hidden_field_is_not_shown() -> None:
    """A field with `repr=False` never reaches a log line or a traceback."""
    assert "Plain(name='a', noted='n')" == repr(Plain("a", "hidden", "n"))


def test_a_value_is_frozen_and_has_nothing_but_its_fields() -> None:
    """The root adds no dictionary, so that a value stays as small and as quick to make as attrs makes it."""
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        Plain("a").name = "b"  # type: ignore[misc]
    assert not hasattr(Plain("a"), "__dict__")


def test_every_value_is_shown_without_what_it_hides() -> None:
    """Whichever way a class has its `repr`, inherited or from attrs, hidden fields stay hidden."""
    kinds = [kind for kind in every_value() if kind.__module__.startswith("permit_accounts.")]
    assert len(kinds) > 80
    for kind in kinds:
        made = object.__new__(kind)
        for field in attrs.fields(kind):
            object.__setattr__(made, field.name, f"<{field.name}>")
        shown = {field.name for field in attrs.fields(kind) if f"<{field.name}>" in repr(made)}
        assert {field.name for field in attrs.fields(kind) if field.repr} == shown, kind
