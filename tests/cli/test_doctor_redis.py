"""The doctor looks at the Redis server that counts attempts, as it really is set."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from cli.terminal import Terminal
from permit_accounts.cli.doctor.findings import Level
from permit_accounts.cli.doctor.redis_server import of_redis
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.stores.redis import RedisStore
from permit_accounts.tools.services import utc_now
from servers.redis_server import own_server

Topics = list[tuple[Level, str]]


def _found(url: str, now: Callable[[], datetime] = utc_now) -> Topics:
    with closing(RedisStore(url)) as store:
        return [(finding.level, finding.topic) for finding in of_redis(store, now)]


def test_a_sound_server_is_told(redis_url: str) -> None:
    """As it is installed."""
    assert [(Level.OK, "redis")] == _found(redis_url)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("noeviction", [(Level.OK, "redis")]),
        ("volatile-ttl", [(Level.WARNING, "redis-memory")]),
        ("allkeys-lru", [(Level.WARNING, "redis-memory")]),
        ("volatile-random", [(Level.WARNING, "redis-memory")]),
    ],
)
def test_a_server_that_forgets_before_time_is_told(policy: str, expected: Topics, tmp_path: Path) -> None:
    """Filling it with counts would free whoever guesses from theirs."""
    with own_server(tmp_path, "--maxmemory", "100mb", "--maxmemory-policy", policy) as server:
        assert expected == _found(server.url)


def test_a_server_without_a_bound_forgets_nothing(tmp_path: Path) -> None:
    """Whatever its policy, which then rules nothing."""
    with own_server(tmp_path, "--maxmemory-policy", "allkeys-lru") as server:
        assert [(Level.OK, "redis")] == _found(server.url)


@pytest.mark.parametrize(
    ("off", "level"),
    [(30, Level.WARNING), (-30, Level.WARNING), (700, Level.ERROR), (-700, Level.ERROR)],
)
def test_a_wrong_clock_is_told(off: int, level: Level, redis_url: str) -> None:
    """Counts are forgotten by the clock of Redis."""
    assert [(level, "redis-clock")] == _found(redis_url, lambda: utc_now() + timedelta(seconds=off))


class _Told:
    """A server that answers what an old or a foreign one does."""

    def __init__(self, **facts: str) -> None:
        self._facts = facts

    def facts(self) -> dict[str, str]:
        return self._facts


def test_an_old_server_is_told() -> None:
    """Its version is the first thing that it tells; what it does not tell is passed over."""
    (finding,) = of_redis(_Told(redis_version="4.0.9"), utc_now)  # type: ignore[arg-type]
    assert (Level.ERROR, "Redis 4.0.9 is too old: Redis 5 or newer is needed") == (
        finding.level,
        finding.words,
    )
    (finding,) = of_redis(_Told(), utc_now)  # type: ignore[arg-type]
    assert Level.OK is finding.level


def test_another_store_is_passed_over() -> None:
    """There is no server to be asked."""
    assert [] == list(of_redis(MemoryStore(), utc_now))


def test_the_doctor_tells_of_the_citys_redis(terminal: Terminal, redis_url: str) -> None:
    """Where one is configured; one that is out of reach is told as such, without its password."""
    terminal.portal()
    terminal.set("PERMIT_ACCOUNTS_SCRATCH", redis_url)
    assert "ok       redis  " in terminal.run("doctor").out
    terminal.set("PERMIT_ACCOUNTS_SCRATCH", "redis://ann:s3cret@127.0.0.1:1/0")
    ended = terminal.run("doctor")
    assert 1 == ended.code
    assert "the store of attempt counts cannot be used" in ended.out
    assert "s3cret" not in ended.out + ended.err
