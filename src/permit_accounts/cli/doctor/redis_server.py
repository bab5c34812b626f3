"""A Redis server looked over: whether it forgets counts before their time, and what its clock says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol, runtime_checkable

from permit_accounts.cli.doctor.findings import Finding, error, ok, warning
from permit_accounts.model.errors import Unavailable
from permit_accounts.ports import Store

#: The script of a commit asks for nothing that is newer.
_OLDEST: Final = 5
#: The only policy that forgets nothing: what is full takes no counts, and the durable store does. Also by
#: `volatile-ttl` a name's old count goes before the new ones with which somebody fills the server.
_HARMLESS: Final = "noeviction"
_APART: Final = timedelta(seconds=5)
#: It forgets ten minutes after a record's time; by a clock that is off by more, too soon.
_WRONG: Final = timedelta(minutes=10)


@runtime_checkable
class _TellsFacts(Protocol):
    """`RedisStore`, whose module cannot be imported where nothing of Redis is installed."""

    def facts(self) -> Mapping[str, str]: ...


def of_redis(store: Store, now: Callable[[], datetime]) -> Iterator[Finding]:
    """What can be seen of the server behind a store; nothing where it is not Redis, or is out of reach."""
    if not isinstance(store, _TellsFacts):
        return
    before = now()
    try:
        facts = store.facts()
    except Unavailable:
        return  # which the counts tell
    found = [*_version(facts), *_memory(facts), *_clock(facts, before, now())]
    yield from found or [ok("redis", f"{store!r} is Redis {facts.get('redis_version', 'of some version')}")]


def _version(facts: Mapping[str, str]) -> Iterator[Finding]:
    version = facts.get("redis_version", "")
    major = version.partition(".")[0]
    if major.isdecimal() and int(major) < _OLDEST:
        yield error("redis", f"Redis {version} is too old: Redis {_OLDEST} or newer is needed")


def _memory(facts: Mapping[str, str]) -> Iterator[Finding]:
    policy = facts.get("maxmemory_policy", _HARMLESS)
    if facts.get("maxmemory", "0") != "0" and policy != _HARMLESS:
        yield warning(
            "redis-memory",
            f"with maxmemory-policy {policy} a full Redis forgets counts before their time, which whoever "
            "guesses passwords can bring about: CONFIG SET maxmemory-policy noeviction",
        )


def _clock(facts: Mapping[str, str], before: datetime, after: datetime) -> Iterator[Finding]:
    """Between two looks at this machine's clock, so that a slow network is not taken for a wrong clock."""
    microseconds = facts.get("server_time_usec", "")
    if not microseconds.isdecimal():
        return
    there = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=int(microseconds))
    apart = max(before - there, there - after, timedelta())
    if apart > _APART:
        yield (error if apart > _WRONG else warning)(
            "redis-clock",
            f"the clock of Redis and this machine's are {apart.total_seconds():.0f} seconds apart, and Redis "
            "forgets counts by its own: let both be set by the same time server",
        )
