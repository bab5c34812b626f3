"""Commands of a city whose attempt counts are kept apart, in Redis."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import redis

from cli.terminal import CHEAP, Terminal
from permit_accounts import PUBLIC, Accounts
from permit_accounts.cli.options import SCRATCH_VARIABLE
from permit_accounts.email_backends.memory import MemoryBackend
from permit_accounts.model.records import AttemptCount
from permit_accounts.ports import Every
from permit_accounts.stores.redis import RedisStore
from permit_accounts.stores.sqlite import SQLiteStore
from permit_accounts.testing.world import city_policy, public_form
from servers.redis_server import OwnServer, own_server


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnServer]:
    """A server for this city alone."""
    with own_server(tmp_path_factory.mktemp("redis")) as made:
        yield made


def _portal(terminal: Terminal, server: OwnServer, **policy: object) -> Accounts:
    """The portal, which counts in Redis; somebody has guessed until the name waits."""
    accounts = Accounts.open(
        SQLiteStore(terminal.database, create=True),
        scratch=server.url,
        keys=terminal.keys,
        policy=city_policy(argon2=CHEAP, throttle_free=2, **policy),
        email=MemoryBackend(),
    )
    accounts.register(PUBLIC, public_form("ann"))
    for _ in range(2):
        accounts.sign_in(PUBLIC, "ann", "not the right words")
    return accounts


def _counts(terminal: Terminal, *arguments: str) -> tuple[str, str]:
    findings = terminal.run("doctor", *arguments, "--json").document["findings"]
    return next((one["level"], one["words"]) for one in findings if one["topic"] == "counts")


@pytest.mark.parametrize("how", ["option", "variable", "file"])
def test_staff_are_told_who_waits(terminal: Terminal, server: OwnServer, how: str) -> None:
    """However the command is told where the counts are; not where it is not told."""
    _portal(terminal, server)
    arguments = ["--scratch", server.url] if how == "option" else []
    if how == "variable":
        terminal.set(SCRATCH_VARIABLE, server.url)
    if how == "file":
        terminal.config.write_text(f'scratch = "{server.url}"\n{terminal.config.read_text()}')

    told = terminal.run("explain", "ann", *arguments)

    assert 0 == told.code
    assert "wait" in told.out
    if how != "file":
        terminal.without(SCRATCH_VARIABLE)
        assert told.out != terminal.run("explain", "ann").out


def test_the_doctor_says_where_attempts_are_counted(terminal: Terminal, server: OwnServer) -> None:
    """In the database, in Redis, in the database once Redis has lost them, or while it is gone."""
    _portal(terminal, server)
    assert ("ok", "attempts are counted in the database") == _counts(terminal)
    address = f"RedisStore(127.0.0.1:{server.port}/0)"
    assert ("ok", f"attempts are counted in {address}") == _counts(terminal, "--scratch", server.url)
    with closing(redis.Redis.from_url(server.url)) as raw:
        raw.flushall()
        level, words = _counts(terminal, "--scratch", server.url)
        assert [] == raw.keys()
    assert ("warning", f"{address} has lost its counts") == (level, words.partition(",")[0])
    server.kill()
    level, words = _counts(terminal, "--scratch", server.url)
    assert "error" == level
    assert "attempts are counted in the database: Redis at 127.0.0.1" in words
    terminal.configure('scratch_outage = "refuse"\n')
    assert "attempts are refused" in _counts(terminal, "--scratch", server.url)[1]


def test_purging_forgets_counts_of_both(terminal: Terminal, server: OwnServer) -> None:
    """And says that Redis is out of reach where it is."""
    _portal(terminal, server)
    terminal.set(SCRATCH_VARIABLE, server.url)
    with closing(RedisStore(server.url)) as store:
        assert 1 < len(store.select(AttemptCount, Every(), limit=10))
    assert 0 == terminal.run("purge").code
    server.kill()
    ended = terminal.run("purge")
    assert 4 == ended.code
    assert "is out of reach" in ended.err


def test_a_trial_leaves_redis_alone(terminal: Terminal, server: OwnServer, tmp_path: Path) -> None:
    """What it would count with keys of its own would be of use to nobody."""
    terminal.portal()
    roster = tmp_path / "roster.csv"
    roster.write_text("board,license\nus-ca-cslb,1012345\n")
    terminal.set(SCRATCH_VARIABLE, server.url)
    terminal.run("roster", "import", str(roster), "--dry-run")
    with closing(redis.Redis.from_url(server.url)) as raw:
        assert [] == raw.keys()


def test_the_password_of_a_url_is_not_told(terminal: Terminal) -> None:
    """Whether it is wrong as a URL, or nobody answers there."""
    terminal.portal()
    for url in (
        "redis://ann:s3cret@127.0.0.1:port",
        "redis://ann:s3cret@127.0.0.1:1/0",
        "mongodb://ann:s3cret@h",
    ):
        ended = terminal.run("doctor", "--scratch", url)
        assert "error" in ended.out
        assert "s3cret" not in ended.out + ended.err


def test_an_application_has_its_own(terminal: Terminal) -> None:
    """Where its counts are is its own affair."""
    ended = terminal.run("purge", "--app", "portal:accounts", "--scratch", "redis://127.0.0.1:6379/0")
    assert 2 == ended.code
    assert "leave --config, --database and --scratch out" in ended.err
