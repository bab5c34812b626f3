"""What holds for the whole suite: nothing skipped in the gate, no way out of the machine, one random seed.

* `PERMIT_ACCOUNTS_NO_SKIPS=1` turns a skip into a failure. The gate sets it, so that a test which needs
  something of the machine cannot quietly stay away.
* Sockets reach the loopback addresses only; a name that is looked up must be one of this machine.
* Tests that take `unmeasured` add nothing to the coverage of the run, where it is measured.
* Tests marked `long` run only where they are asked for: `pytest -m long`, as `.ci/long` does.
* Tests that take `postgres_url`, `mariadb_url` or `redis_url` need a server (see `servers`) and are skipped
  where none is named.
* With `--on-servers` every `World` stands on PostgreSQL and Redis (see `servers.worlds`).
* Tests that take `page` or `visits` need a browser (see `browsing`) and are skipped where there is none.
* `HYPOTHESIS_PROFILE` chooses `dev`, `ci` (the same examples each time) or `long`.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from coverage import Coverage
from hypothesis import HealthCheck, settings

#: `page` and `visits`, for the tests that look at pages in a real browser; the URLs of real servers.
pytest_plugins = ("browsing.fixtures", "servers.fixtures", "servers.worlds")

settings.register_profile("dev", deadline=None, max_examples=60)
settings.register_profile(
    "ci",
    deadline=None,
    max_examples=100,
    derandomize=True,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "long",
    deadline=None,
    max_examples=5000,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long tests out, unless an `-m` expression says which are wanted."""
    if config.getoption("markexpr"):
        return
    long = [item for item in items if item.get_closest_marker("long")]
    if long:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]


def _no_skips() -> bool:
    return os.environ.get("PERMIT_ACCOUNTS_NO_SKIPS") == "1"


def _as_failure(report: pytest.TestReport | pytest.CollectReport) -> None:
    if _no_skips() and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which PERMIT_ACCOUNTS_NO_SKIPS=1 forbids: {report.longrepr}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[Any]:
    """A skipped test is a failed one, where skips are forbidden."""
    report = yield
    _as_failure(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[Any]:
    """A skipped module is a failed one, where skips are forbidden."""
    report = yield
    _as_failure(report)
    return report


class StrangerError(AssertionError):
    """A test tried to reach another machine."""


def _refuse_strangers(address: object) -> None:
    host = address[0] if isinstance(address, tuple) else None
    if host is None or isinstance(address, str | bytes):  # a Unix socket has a path for an address
        return
    text = host.decode() if isinstance(host, bytes) else str(host)
    if text in {"", "localhost", socket.gethostname()}:
        return
    try:
        is_own = ipaddress.ip_address(text.partition("%")[0]).is_loopback
    except ValueError:
        is_own = False
    if not is_own:
        raise StrangerError(f"the suite talks to loopback addresses only, not to {text!r}")


@pytest.fixture(autouse=True, scope="session")
def _loopback_only() -> Iterator[None]:
    patch = pytest.MonkeyPatch()

    def guarded(original: Callable[..., Any], *, position: int) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            if len(args) > position:
                _refuse_strangers(args[position])
            return original(*args, **kwargs)

        return call

    def guarded_lookup(original: Callable[..., Any]) -> Callable[..., Any]:
        def look_up(host: Any, *args: Any, **kwargs: Any) -> Any:
            if host is not None:
                _refuse_strangers((host,))
            return original(host, *args, **kwargs)

        return look_up

    for name in ("connect", "connect_ex"):
        patch.setattr(socket.socket, name, guarded(getattr(socket.socket, name), position=1))
    # sendto takes its address last, after optional flags
    patch.setattr(socket.socket, "sendto", guarded(socket.socket.sendto, position=-1))
    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
        patch.setattr(socket, name, guarded_lookup(getattr(socket, name)))
    yield
    patch.undo()


@pytest.fixture
def unmeasured() -> Iterator[None]:
    """Stop measuring coverage for a test that runs what is broken on purpose.

    A line that only a broken library reaches is not covered; and such tests run others many times over, which
    measuring makes slow for nothing.
    """
    measuring = Coverage.current()
    if measuring is not None:
        measuring.stop()
    yield
    if measuring is not None:
        measuring.start()
