"""`--on-servers`: every `World` of the run stands on PostgreSQL and Redis instead of memory.

So any test of the flows and pages can be put to real servers: `pytest --on-servers tests/web/portal`. A test
that gives its `World` a store of its own keeps it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from permit_accounts.testing.world import World

if TYPE_CHECKING:  # the suite begins faster where nobody asks for servers
    from servers.stands import Stands


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option of the run."""
    parser.addoption("--on-servers", action="store_true", help="every World on PostgreSQL and Redis")


@pytest.fixture(scope="session")
def stands(request: pytest.FixtureRequest) -> Iterator[Stands | None]:
    """What stands on the servers of the run, where it asks for them."""
    if not request.config.getoption("--on-servers"):
        yield None
        return
    from servers.stands import Stands

    made = Stands(request.getfixturevalue("postgres_url"), request.getfixturevalue("redis_url"))
    yield made
    made.end()


@pytest.fixture(autouse=True)
def _worlds_on_servers(stands: Stands | None, request: pytest.FixtureRequest) -> None:
    """Give them to every `World` that is not told where to stand."""
    if stands is None:
        return
    stands.begin()
    made_in_memory = World.__init__

    def made(
        self: World, policy: Any = None, *, store: Any = None, scratch: Any = None, **others: Any
    ) -> None:
        if store is None:
            store, counts = stands.stores()
            scratch = counts if scratch is None else scratch
        made_in_memory(self, policy, store=store, scratch=scratch, **others)

    request.getfixturevalue("monkeypatch").setattr(World, "__init__", made)
