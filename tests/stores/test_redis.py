"""The Redis store: the contract on a real server, and what only such a server can go wrong with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from operator import attrgetter
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
import redis.asyncio
from redis.backoff import NoBackoff
from redis.exceptions import AuthorizationError, BusyLoadingError, ResponseError
from redis.retry import Retry

from faults.stores import in_a_child
from permit_accounts.model.errors import ConfigurationError, Conflict, OutcomeUnknown, Unavailable
from permit_accounts.model.records import AttemptCount, Session
from permit_accounts.ports import Add, Every, Is, Remove, Replace, Store, UpTo
from permit_accounts.stores.redis import MARGIN, RedisStore
from permit_accounts.stores.redis_trouble import advice, is_an_answer
from permit_accounts.testing import StoreContract, race_threads
from permit_accounts.testing.hard_records import NOON, plain
from permit_accounts.testing.store_case import paged
from servers.redis_server import emptied, own_server


@pytest.fixture
def store(redis_url: str) -> Iterator[RedisStore]:
    """An empty store on the server."""
    with emptied(redis_url) as prefix:
        made = RedisStore(redis_url, prefix=prefix)
        yield made
        made.close()


class TestRedisStore(StoreContract):
    """It keeps every promise of the port for attempt counts, between threads and between processes."""

    kinds = (AttemptCount,)

    @pytest.fixture
    def store(self, redis_url: str) -> Iterator[Store]:
        with emptied(redis_url) as prefix:
            self.opened = partial(RedisStore, redis_url, prefix=prefix)
            made = self.opened()
            yield made
            made.close()

    def reopen(self, store: Store) -> Callable[[], Store]:
        return self.opened


_SLOW_TO_LOAD = ("--key-load-delay", "200", "--loading-process-events-interval-bytes", "1024")


def _count(name: str, **fields: Any) -> AttemptCount:
    return plain(AttemptCount, name, **fields)


def _raw(url: str) -> closing[redis.Redis]:
    return closing(redis.Redis.from_url(url))


def _found(store: RedisStore, name: str) -> list[int]:
    return [count.version for count in store.select(AttemptCount, Is("id", name), limit=2)]


def test_one_question_by_id_is_one_look_up(redis_url: str, store: RedisStore) -> None:
    """Whatever else lies in the database; it is asked before every password."""
    store.commit(Add(_count("a")))
    with _raw(redis_url) as raw, raw.monitor() as heard:
        store.select(AttemptCount, Is("id", "a"), limit=1)
        raw_end = redis.Redis.from_url(redis_url)
        raw_end.echo("end")
        raw_end.close()
        said = []
        for command in heard.listen():
            if command["command"] == "ECHO end":
                break
            if store._prefix in command["command"]:
                said.append(command["command"])
    assert [f"MGET {store._prefix}a"] == said


@pytest.mark.parametrize(
    ("from_now", "expected"),
    [
        (timedelta(days=-30), timedelta(0)),
        (timedelta(0), timedelta(0)),
        (timedelta(hours=5), timedelta(hours=5)),
    ],
)
def test_redis_forgets_ten_minutes_later(
    redis_url: str, store: RedisStore, from_now: timedelta, expected: timedelta
) -> None:
    """By its own clock; and never sooner than ten minutes after a record was written."""
    with _raw(redis_url) as raw:
        seconds, microseconds = raw.time()
        now = datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=microseconds)
        store.commit(Add(_count("a", expires_at=now + from_now)))
        left = timedelta(milliseconds=raw.pttl(f"{store._prefix}a"))
    assert expected + MARGIN - timedelta(seconds=30) < left <= expected + MARGIN


def test_what_redis_has_forgotten_is_gone(redis_url: str, store: RedisStore) -> None:
    """Its id is free again, and nothing of it is found by any question."""
    old = _count("a")
    store.commit(Add(old))
    with _raw(redis_url) as raw:
        raw.pexpire(f"{store._prefix}a", 1)
        while raw.exists(f"{store._prefix}a"):
            pass
    assert [] == [*store.select(AttemptCount, Every(), limit=5)]
    with pytest.raises(Conflict):
        store.commit(Replace(old, old))
    store.commit(Add(_count("a", version=7)))
    assert [7] == _found(store, "a")


def test_pages_over_more_keys_than_one_command_reads(store: RedisStore) -> None:
    """Each record stands on one page, in order, however the server deals its keys out."""
    counts = [_count(f"{n:05}", expires_at=NOON + timedelta(seconds=n % 97)) for n in range(2500)]
    for first in range(0, len(counts), store.max_changes):
        store.commit(*map(Add, counts[first : first + store.max_changes]))
    for where, order in (
        (Every(), attrgetter("id")),
        (UpTo("expires_at", NOON), attrgetter("expires_at", "id")),
    ):
        expected = sorted((one for one in counts if where == Every() or one.expires_at <= NOON), key=order)
        assert expected == paged(store, AttemptCount, where, size=900)
        assert expected[::-1] == paged(store, AttemptCount, where, size=900, newest_first=True)


def test_the_keys_of_other_programs_are_not_looked_at(redis_url: str) -> None:
    """Two cities on one server see nothing of each other."""
    with emptied(redis_url) as here, emptied(redis_url) as there:
        ours, theirs = (RedisStore(redis_url, prefix=prefix) for prefix in (here, there))
        ours.commit(Add(_count("a")))
        assert [] == _found(theirs, "a")
        assert () == theirs.select(AttemptCount, Every(), limit=5)
        ours.close()
        theirs.close()


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"rubbish",
        b"\xff\xfe",
        b"[1]",
        b"[1,2,3,4,5,6,7,8,9]",
        b"{}",
        b'[1.5,0,0,null,null,null,0,"[]"]',
        b"[" * 9999,
    ],
)
def test_a_damaged_value_is_left_out_and_its_id_is_taken(
    redis_url: str, store: RedisStore, caplog: pytest.LogCaptureFixture, value: bytes
) -> None:
    """It is told to the log, which learns nothing of what stands in it; a count goes elsewhere."""
    store.commit(Add(_count("b")))
    with _raw(redis_url) as raw:
        raw.set(f"{store._prefix}a", value)
    assert ["b"] == [one.id for one in store.select(AttemptCount, Every(), limit=5)]
    assert () == store.select(AttemptCount, Is("id", "a"), limit=5)
    assert ["left out a row of attempt_count that cannot be read"] * 2 == caplog.messages
    with pytest.raises(Conflict):
        store.commit(Add(_count("a")))


def test_a_key_that_is_no_text_is_left_out(redis_url: str, store: RedisStore) -> None:
    """Half a letter is nobody's id."""
    with _raw(redis_url) as raw:
        raw.set(store._prefix.encode() + b"\xff", "[1]")
    assert () == store.select(AttemptCount, Every(), limit=5)


def test_a_key_that_holds_something_else_is_none_of_ours(redis_url: str, store: RedisStore) -> None:
    """It is not found, and a record takes its place."""
    with _raw(redis_url) as raw:
        raw.rpush(f"{store._prefix}a", "x")
    assert [] == _found(store, "a")
    store.commit(Add(_count("a", version=3)))
    assert [3] == _found(store, "a")


def test_other_kinds_are_refused(store: RedisStore) -> None:
    """A session in a store that forgets is a mistake of whoever put things together."""
    session = plain(Session, "s")
    for ask in (
        lambda: store.select(Session, Every(), limit=1),
        lambda: store.commit(Add(session)),
        lambda: store.commit(Remove(session)),
        lambda: store.commit(Replace(session, session)),
    ):
        with pytest.raises(ConfigurationError, match="give it as scratch, beside a store that lasts"):
            ask()


def test_nothing_to_commit_asks_nothing(redis_url: str) -> None:
    """Not even whether there is a server."""
    RedisStore("redis://127.0.0.1:1/0").commit()


def test_a_server_that_forgot_the_script_is_told_it_again(tmp_path: Path) -> None:
    """As after a restart, or SCRIPT FLUSH."""
    with own_server(tmp_path) as server, closing(RedisStore(server.url)) as store, _raw(server.url) as raw:
        store.commit(Add(_count("a")))
        raw.script_flush()
        store.commit(Add(_count("b")))
        assert [[1], [1]] == [_found(store, "a"), _found(store, "b")]


def test_a_child_of_a_fork_has_connections_of_its_own(store: RedisStore) -> None:
    """Neither side reads the other's answers."""
    store.commit(Add(_count("a")))

    def in_child() -> None:
        for number in range(50):
            assert [1] == _found(store, "a")
            store.commit(Add(_count(f"child {number}")))

    assert not in_a_child(in_child)
    assert [1] == _found(store, "a")
    assert 51 == len(store.select(AttemptCount, Every(), limit=100))


@pytest.mark.parametrize("given", [{}, {"decode_responses": True}, {"protocol": 3, "decode_responses": True}])
def test_a_client_made_elsewhere(redis_url: str, given: dict[str, Any]) -> None:
    """Its settings for answers and retries do not matter."""
    client = redis.Redis.from_url(redis_url, socket_timeout=0.5, **given)
    with emptied(redis_url) as prefix, closing(RedisStore(client, prefix=prefix)) as store:
        hard = _count("Zoë 😀", version=2**53 + 1)
        store.commit(Add(hard))
        assert (hard,) == store.select(AttemptCount, Every(), limit=5)
        with pytest.raises(Conflict):
            store.commit(Add(hard))


@pytest.mark.parametrize(
    "server",
    [
        redis.Redis(socket_timeout=None),
        redis.asyncio.Redis(),
        None,
        "",
        "sqlite:///accounts.db",
        "redis://:s3cret@127.0.0.1:port",
        "redis://:s3/cret@127.0.0.1:6379",
        "redis://:3#cret@127.0.0.1:6379/0",
        "redis://ann:a@cret/s3?cret@127.0.0.1:6379/0",
        "redis://:s3cret@127.0.0.1:6379/0?socket_timeout=soon",
        "redis://:s3cret@[127.0.0.1",
        "unix://ann:x/s3cret@/run/redis.sock",
        "unix:///ann:s3cret@/run/redis.sock",
        "redis://:s3cret@127.0.0.1:6379/0?no_such_option=1",
    ],
)
def test_a_server_that_cannot_be_one(server: Any) -> None:
    """It is refused at the start, and a password in a URL is not repeated anywhere."""
    with pytest.raises(ConfigurationError) as caught:
        RedisStore(server)
    chain: list[BaseException | None] = [caught.value, caught.value.__cause__, caught.value.__context__]
    assert not any("cret" in str(error) for error in chain)


@pytest.mark.parametrize("prefix", ["a{b}", "a*", "a b", "é", "x" * 101, None])
def test_a_prefix_that_would_mean_more(prefix: Any) -> None:
    """Neither a pattern nor another hash tag."""
    with pytest.raises(ConfigurationError, match="takes letters, digits"):
        RedisStore("redis://127.0.0.1:6379/0", prefix=prefix)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("redis://ann:s3cret@127.0.0.1:6380/3", "127.0.0.1:6380/3"),
        ("rediss://:s3cret@redis.example.gov/0", "redis.example.gov:6379/0"),
        ("unix://ann:s3cret@/run/redis.sock?db=2", "/run/redis.sock/2"),
    ],
)
def test_its_name_tells_where_it_is_and_no_password(url: str, address: str) -> None:
    """In a log, a traceback or a report."""
    assert f"RedisStore({address})" == repr(RedisStore(url))


def test_no_server_means_that_nothing_was_written(tmp_path: Path) -> None:
    """Neither a question nor a commit leaves a doubt, and both say where they asked."""
    with own_server(tmp_path) as server, closing(RedisStore(server.url)) as store:
        store.commit(Add(_count("a")))
        server.kill()
        for ask in (lambda: _found(store, "a"), lambda: store.commit(Add(_count("b")))):
            with pytest.raises(
                Unavailable, match=rf"^Redis at {store.server.address} is out of reach$"
            ) as caught:
                ask()
            assert not isinstance(caught.value, OutcomeUnknown)
        server.start()
        assert [] == _found(store, "a")
        store.commit(Add(_count("a")))
        assert [1] == _found(store, "a")


def test_a_commit_whose_answer_is_lost_may_have_been_made(tmp_path: Path) -> None:
    """It is said so, and never sent a second time, however often its client would try."""
    with own_server(tmp_path) as server, _raw(server.url) as raw:
        client = redis.Redis.from_url(
            server.url, socket_timeout=0.2, retry=Retry(NoBackoff(), 5), retry_on_timeout=True
        )
        with closing(RedisStore(client)) as store:
            store.commit(Add(_count("a")))
            server.freeze()
            with pytest.raises(OutcomeUnknown, match="lost while it committed"):
                store.commit(Add(_count("b")))
            server.thaw()
            raw.ping()
            assert [1] == _found(store, "b")
            assert 2 == raw.info("commandstats")["cmdstat_evalsha"]["calls"]


def test_a_server_that_hangs_is_waited_for_half_a_second(tmp_path: Path) -> None:
    """Nobody is kept longer at a sign-in."""
    with own_server(tmp_path) as server, closing(RedisStore(server.url)) as store:
        assert [] == _found(store, "a")
        server.freeze()
        began = monotonic()
        with pytest.raises(Unavailable, match="did not answer in time"):
            _found(store, "a")
        assert 0.4 < monotonic() - began < 5
        server.thaw()


def test_a_server_that_is_full_writes_nothing_of_a_commit(tmp_path: Path) -> None:
    """All or nothing, whether removing or adding comes first; and removing goes on."""
    with own_server(tmp_path) as server, closing(RedisStore(server.url)) as store, _raw(server.url) as raw:
        kept = _count("a")
        store.commit(Add(kept))
        raw.config_set("maxmemory", "1")
        for changes in ((Add(_count("b")), Add(_count("c"))), (Replace(kept, kept), Add(_count("b")))):
            with pytest.raises(Unavailable, match="is full: raise its maxmemory"):
                store.commit(*changes)
        assert (kept,) == store.select(AttemptCount, Every(), limit=5)
        store.commit(Remove(kept))
        assert () == store.select(AttemptCount, Every(), limit=5)


def test_a_replica_takes_nothing(tmp_path: Path) -> None:
    """And says what is to be named instead."""
    with own_server(tmp_path, "--replicaof", "127.0.0.1", "1") as server:
        with closing(RedisStore(server.url)) as store:
            assert [] == _found(store, "a")
            with pytest.raises(Unavailable, match="is a replica, which takes no writes: name the primary"):
                store.commit(Add(_count("a")))


def test_a_password_that_is_missing_or_wrong(tmp_path: Path) -> None:
    """It is said to be so, and the right one is good for everything that the store does."""
    with own_server(tmp_path, "--requirepass", "s3cret/@") as server:
        bare = server.url.partition("//")[2]
        for url in (server.url, f"redis://:wrong@{bare}"):
            with closing(RedisStore(url)) as store:
                for ask in (
                    lambda store=store: _found(store, "a"),
                    lambda store=store: store.commit(Add(_count("a"))),
                ):
                    with pytest.raises(Unavailable, match="refuses this user or password") as caught:
                        ask()
                    assert "wrong@" not in str(caught.value.__cause__)
        with closing(RedisStore(f"redis://:s3cret%2F%40@{bare}")) as store:
            store.commit(Add(_count("a")))
            assert [1] == _found(store, "a")


def test_each_run_of_the_server_has_a_name(tmp_path: Path) -> None:
    """The same for all who ask, until the server is started anew; to each thread that of its own answer."""
    with own_server(tmp_path) as server, closing(RedisStore(server.url)) as store:
        assert "" == store.run()
        _found(store, "a")
        first = store.run()
        _found(store, "b")
        assert 40 == len(first)
        assert first == store.run()
        assert [""] == race_threads(store.run)
        server.kill()
        server.start()
        _found(store, "a")
        assert store.run() not in ("", first)


def test_a_server_that_does_not_tell_its_run(tmp_path: Path) -> None:
    """Counts are kept all the same."""
    with own_server(tmp_path, "--rename-command", "INFO", "") as server:
        with closing(RedisStore(server.url)) as store:
            store.commit(Add(_count("a")))
            assert [1] == _found(store, "a")
            assert "" == store.run()


def test_a_user_who_may_do_just_what_is_needed(tmp_path: Path) -> None:
    """The commands that the advice names are enough; without one of them it is given."""
    with own_server(tmp_path) as server, _raw(server.url) as raw:
        raw.execute_command(
            *("ACL", "SETUSER", "portal", "on", ">s3cret", "~permit_accounts:*", "resetchannels"),
            *("+mget", "+scan", "+set", "+del", "+pexpireat", "+pttl", "+evalsha", "+script|load", "+info"),
        )
        with closing(RedisStore(server.url.replace("//", "//portal:s3cret@"))) as store:
            record = _count("a")
            store.commit(Add(record))
            store.commit(Replace(record, record))
            assert [2] == [one.version for one in store.select(AttemptCount, Every(), limit=5)]
            raw.execute_command("ACL", "SETUSER", "portal", "-mget")
            with pytest.raises(Unavailable, match=r"allow it \+mget"):
                _found(store, "a")
            with pytest.raises(Unavailable, match=r"allow it \+mget"):
                store.commit(Add(_count("b")))


def test_another_database_of_the_server_needs_one_command_more(tmp_path: Path) -> None:
    """Where the URL names another one than 0, the advice names what the others do without."""
    with own_server(tmp_path) as server, _raw(server.url) as raw:
        raw.execute_command("ACL", "SETUSER", "portal", "on", ">s3cret", "~*", "+@all", "-select")
        elsewhere = f"{server.url.rpartition('/')[0]}/9".replace("//", "//portal:s3cret@")
        with closing(RedisStore(elsewhere)) as store:
            with pytest.raises(Unavailable, match=r"\+select where its URL names another database than 0"):
                store.commit(Add(_count("a")))
            raw.execute_command("ACL", "SETUSER", "portal", "+select")
            store.commit(Add(_count("a")))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (BusyLoadingError("Redis is loading the dataset in memory"), "is still reading what it kept"),
        (ResponseError("MISCONF Redis is configured to save RDB snapshots"), "its last snapshot failed"),
        (ResponseError("ERR Error running script (call to f_1): OOM command not allowed"), "is full"),
        (ResponseError("ERR unknown command 's3cret'"), "answers with an error (ERR)"),
        (ResponseError("s3cret"), "answers with an error"),
        (AuthorizationError("no"), "refuses this user"),
    ],
)
def test_what_other_errors_mean(error: Exception, words: str) -> None:
    """Each by what is to be done; of anything else no more than its code is told."""
    assert words in advice(error)
    assert "s3cret" not in advice(error)


def test_a_server_that_is_not_ready_has_written_nothing(tmp_path: Path) -> None:
    """Redis-py takes that answer for a lost connection; a commit is not in doubt for it."""
    assert is_an_answer(BusyLoadingError("Redis is loading the dataset in memory"))
    # A server whose data takes a while to be read: long enough to be asked meanwhile.
    with own_server(tmp_path, "--enable-debug-command", "local") as server, _raw(server.url) as raw:
        store = RedisStore(server.url)
        store.commit(Add(_count("a")))
        raw.execute_command("DEBUG", "POPULATE", "200000")
        raw.save()
        server.kill()
        server.start(*_SLOW_TO_LOAD, ready=b"Server initialized")
        with closing(store):
            with pytest.raises(Unavailable, match="still reading what it kept") as caught:
                store.commit(Add(_count("a")))
            assert not isinstance(caught.value, OutcomeUnknown)
