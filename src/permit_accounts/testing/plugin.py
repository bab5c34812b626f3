"""The kit inside pytest: marks, a broken promise in words, and a city in memory to try things in.

pytest finds it where the library is installed; `-p no:permit_accounts` leaves it out, and the contracts pass
and fail without it. It is imported at every start, so it imports nothing of the library: what a fixture needs
is loaded when somebody asks for the fixture.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import Any, Final

import pytest

CONTRACT: Final = "permit_accounts_contract"
RACE: Final = "permit_accounts_race"

_KIT: Final = "permit_accounts.testing."
_RACES: Final = frozenset({f"{_KIT}adapter_crowd", f"{_KIT}store_racing"})


def pytest_configure(config: pytest.Config) -> None:
    """Make the marks known, so that `--strict-markers` accepts them."""
    config.addinivalue_line(
        "markers", f"{CONTRACT}: a promise that a contract of permit_accounts.testing asks for"
    )
    config.addinivalue_line("markers", f"{RACE}: one of those that lets threads or processes race")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark the tests that come from a contract, whoever subclassed it."""
    if not isinstance(item, pytest.Function) or not _is_promised(item):
        return
    item.add_marker(CONTRACT)
    if item.function.__module__ in _RACES:
        item.add_marker(RACE)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Say below a failed test of a contract what was promised."""
    report = yield
    if report.when == "call" and report.failed and isinstance(item, pytest.Function) and _is_promised(item):
        report.sections.append(("what is promised", _promise_of(item)))
    return report


@pytest.fixture
def permit_accounts_policy() -> Any:
    """The policy of a city that does not exist; override it with your own."""
    from permit_accounts.testing.world import city_policy  # noqa: PLC0415 - see the docstring above

    return city_policy()


@pytest.fixture
def permit_accounts_store() -> Any:
    """A store in memory that fails when it is told to; override it with your own."""
    from permit_accounts.stores.memory import MemoryStore  # noqa: PLC0415
    from permit_accounts.testing.faulty import FaultyStore  # noqa: PLC0415

    return FaultyStore(MemoryStore())


@pytest.fixture
def permit_accounts_world(permit_accounts_policy: Any, permit_accounts_store: Any) -> Any:
    """The library in memory: `accounts`, a clock that you move, a mailbox, and hashes that cost nothing."""
    from permit_accounts.testing.world import World  # noqa: PLC0415

    return World(permit_accounts_policy, store=permit_accounts_store)


@pytest.fixture
def permit_accounts_browser(permit_accounts_world: Any) -> Any:
    """Somebody at the pages of that city, without a network; needs the extra `web`."""
    from permit_accounts.testing.browser import Browser  # noqa: PLC0415
    from permit_accounts.web import Site  # noqa: PLC0415

    return Browser(Site(permit_accounts_world.accounts), permit_accounts_world.policy.base_url)


def _is_promised(item: pytest.Function) -> bool:
    """Whether the test was written in the kit, whoever subclassed the contract."""
    return item.cls is not None and str(item.function.__module__).startswith(_KIT)


def _promise_of(item: pytest.Function) -> str:
    """The contract, its promise where the module of its tests says one, and the rule that the test says."""
    test: Any = item.function
    parents = item.cls.__mro__ if item.cls is not None else ()
    contract = next(one.__name__ for one in parents if one.__module__.startswith(_KIT))
    promise = (sys.modules[test.__module__].__doc__ or "").partition("\n\n")[0]
    rule = " ".join((test.__doc__ or "").split())
    lines = (f"{contract}.{test.__name__}", promise if "promise:" in promise else "", rule)
    return "\n".join(filter(None, lines))
