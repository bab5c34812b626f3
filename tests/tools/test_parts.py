"""Parts that cannot work together are told when a city is opened, by the name of the argument."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import attrs
import pytest

from permit_accounts import ConfigurationError, Policy
from permit_accounts.rules.patterns import Pattern
from permit_accounts.testing.world import World
from permit_accounts.tools.parts import check_parts, check_settings


class Half:
    """Looks like a store, a hasher, a catalog and a mailbox, and cannot do what they do."""

    max_changes = 3
    languages = ("en",)

    def select(self) -> None: ...
    def commit(self) -> None: ...
    def text(self) -> None: ...

    async def send(self, message: object) -> None: ...


@pytest.mark.attack("CFG-01")
@pytest.mark.parametrize(
    ("argument", "value"),
    [("policy", None), ("keys", "a text"), ("create", "yes"), ("registers", ["us-ca-cslb"])],
)
def test_an_argument_that_is_not_what_it_is_called_is_refused(argument: str, value: Any) -> None:
    """Nothing is taken for something else."""
    world = World()
    given = {"policy": world.policy, "keys": world.keys, "create": True, "registers": None}

    check_settings(**given)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match=argument):
        check_settings(**{**given, argument: value})


@pytest.mark.attack("CFG-01", "CFG-05", "API-08")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("store", object()),
        ("store", Half()),
        ("store", Half),
        ("scratch", object()),
        ("hasher", object()),
        ("catalog", Half()),
        ("catalog", object()),
        ("registers", {"us-nowhere": object()}),
        ("registers", {"us-ca-cslb": object()}),
        ("now", lambda: datetime(2026, 1, 1)),  # noqa: DTZ001 - a naive moment is the fault
        ("now", None),
        ("random", lambda n: b"x"),
        ("random", None),
    ],
)
def test_a_part_that_lacks_something_is_refused_by_name(field: str, value: Any) -> None:
    """It would fail at somebody's first sign-in, or answer yes to everything."""
    world = World()
    check_parts(world.services, world.mailbox)

    with pytest.raises(ConfigurationError, match=f"{field}|languages"):
        check_parts(attrs.evolve(world.services, **{field: value}), world.mailbox)


@pytest.mark.attack("API-08")
def test_an_async_part_is_no_part() -> None:
    """What it returns counts as yes and does nothing."""
    with pytest.raises(ConfigurationError, match="not async"):
        check_parts(World().services, Half())


@pytest.mark.attack("CFG-01")
@pytest.mark.parametrize(
    ("setting", "value"), [("languages", (1,)), ("context_words", "permit"), ("breach_check", "yes")]
)
def test_collections_and_functions_are_looked_at(setting: str, value: Any) -> None:
    """A text is no tuple of texts, and no function."""
    with pytest.raises(ConfigurationError, match=setting):
        Policy(**{setting: value})


def test_a_pattern_shows_its_text() -> None:
    """So that a test that fails says which it was."""
    assert "Pattern('[0-9]{6}')" == repr(Pattern("[0-9]{6}"))
