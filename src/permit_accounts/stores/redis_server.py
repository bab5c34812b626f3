"""The connections to one Redis server, and what is said on them.

A connection that is opened here waits a quarter of a second for the server to accept it and half a second for
an answer; `?socket_connect_timeout=…&socket_timeout=…` in the URL says otherwise. Nothing is ever sent twice,
whatever retries a client was made with: redis-py's own commands, which may do so, are passed over, and a
commit whose answer was lost is an `OutcomeUnknown`. Threads share a pool, and a forked child opens
connections of its own.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final, Protocol, cast

import redis
from redis.exceptions import ConnectionError as ConnectionLost
from redis.exceptions import NoScriptError, RedisError, ResponseError
from redis.exceptions import TimeoutError as AnswerLate

from permit_accounts.model.errors import ConfigurationError, OutcomeUnknown, Unavailable
from permit_accounts.stores.redis_script import SCRIPT
from permit_accounts.stores.redis_trouble import advice, is_an_answer

_CONNECT_TIMEOUT: Final = 0.25  # seconds; a server beside the portal accepts within a millisecond
_ANSWER_TIMEOUT: Final = 0.5  # seconds
_AT_ONCE: Final = 1000  # keys that one command walks over or reads, so that others are not kept waiting
#: A password with one of /?# that is not escaped, or behind three slashes: what stands before the first of
#: them would be taken for the host, or what follows for the path of a socket.
_TORN: Final = r"(rediss?|unix)://[^/?#]*[/?#].*@"
_LOST: Final = (ConnectionLost, AnswerLate, OSError)


class Client(Protocol):
    """What is needed of a `redis.Redis`: its connections."""

    @property
    def connection_pool(self) -> Any:
        """Lends them."""
        ...


class RedisServer:
    """One server, spoken to by many threads.

    Raises:
        ConfigurationError: It cannot be a server's URL or client. No connection is made yet.
    """

    def __init__(self, server: str | Client) -> None:
        self._pool: Final = _pool_of(_opened(server) if isinstance(server, str) else server)
        self._sha: bytes | None = None
        self._answered: Final = threading.local()

    @property
    def address(self) -> str:
        """Where it is: host, port and database, or the path of its socket. No user, no password."""
        given = self._pool.connection_kwargs
        place = given.get("path") or f"{given.get('host', 'localhost')}:{given.get('port', 6379)}"
        return f"{place}/{given.get('db') or 0}"

    def keys(self, pattern: str) -> set[bytes]:
        """All keys like this, each once; those that were there all the time are among them."""
        keys: set[bytes] = set()
        cursor: bytes = b"0"
        with self._connection() as connection:
            while True:
                connection.send_command("SCAN", cursor, "MATCH", pattern, "COUNT", _AT_ONCE)
                cursor, found = connection.read_response(disable_decoding=True)
                keys.update(found)
                if cursor == b"0":
                    return keys

    def values(self, keys: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
        """What stands under those of these keys that hold text."""
        asked = list(keys)
        for first in range(0, len(asked), _AT_ONCE):
            part = asked[first : first + _AT_ONCE]
            for key, value in zip(part, self._look_up(part), strict=True):
                if value is not None:
                    yield key, value

    def run(self) -> str:
        """Which run of the server answered this thread's last look-up; empty where it does not tell."""
        return getattr(self._answered, "by", "")

    def facts(self) -> Mapping[str, str]:
        """What the server tells of itself, by the names of `INFO`: its version, its memory, its clock."""
        with self._connection() as connection:
            connection.send_command("INFO")
            told = connection.read_response(disable_decoding=True).decode(errors="replace")
        return dict(line.split(":", 1) for line in told.splitlines() if ":" in line)

    def script(self, keys: Sequence[bytes], given: Sequence[str | int]) -> int:
        """What the script of a commit answers.

        Raises:
            OutcomeUnknown: No answer came.
        """
        with self._connection() as connection:
            sha = self._sha or self._load(connection)
            try:
                return _evaluated(connection, sha, keys, given)
            except NoScriptError:  # a server that was restarted since has forgotten it
                return _evaluated(connection, self._load(connection), keys, given)

    def close(self) -> None:
        """Close the connections; the next question opens new ones."""
        self._pool.disconnect()

    def _look_up(self, keys: Sequence[bytes]) -> Sequence[bytes | None]:
        """What stands under each key. Along with it the server says which of its runs this is.

        Both are asked on one connection, which no restart of the server outlives.
        """
        with self._connection() as connection:
            both = (("MGET", *keys), ("INFO", "server"))
            connection.send_packed_command(connection.pack_commands(both))
            values = connection.read_response(disable_decoding=True)
            try:
                told = connection.read_response(disable_decoding=True)
            except ResponseError:  # not every user may ask, nor does every proxy answer
                told = b""
        found = re.search(rb"run_id:(\w+)", told)
        self._answered.by = found.group(1).decode() if found else ""
        return cast("Sequence[bytes | None]", values)

    def _load(self, connection: Any) -> bytes:
        connection.send_command("SCRIPT", "LOAD", SCRIPT)
        self._sha = cast(bytes, connection.read_response(disable_decoding=True))
        return self._sha

    @contextmanager
    def _connection(self) -> Iterator[Any]:
        """A connection that is nobody else's; what it raises is `Unavailable`.

        It sends nothing twice, and closes itself where an answer stays away.
        """
        try:
            connection = self._pool.get_connection()
            try:
                yield connection
            except BaseException:
                connection.disconnect()  # an answer may be on its way that nobody reads
                raise
            finally:
                self._pool.release(connection)
        except (RedisError, OSError) as error:
            raise Unavailable(f"Redis at {self.address} {advice(error)}") from error


def _opened(url: str) -> Client:
    """A client of this URL. What is wrong with a URL is never quoted: there may be a password in it."""
    with suppress(ValueError, TypeError, RedisError):
        _check_whole(url)
        client: Client = cast(Any, redis.Redis).from_url(
            url,
            socket_connect_timeout=_CONNECT_TIMEOUT,
            socket_timeout=_ANSWER_TIMEOUT,
            protocol=2,  # the one that every server speaks, without a greeting
        )
        pool = client.connection_pool
        pool.connection_class(**pool.connection_kwargs)  # connects to nothing, and knows each option
        return client
    raise ConfigurationError(
        "this is no URL of a Redis server: redis://user:password@host:6379/0 is one (rediss:// for TLS, "
        "unix:///path for a socket); special characters of a password are written as %40 is for @"
    )


def _check_whole(url: str) -> None:
    if re.match(_TORN, url, re.DOTALL):
        raise ValueError("a password that is not escaped")


def _pool_of(client: Client) -> Any:
    if not isinstance(client, redis.Redis):
        raise ConfigurationError("RedisStore takes a URL such as redis://127.0.0.1:6379/0, or a redis.Redis")
    if client.connection_pool.connection_kwargs.get("socket_timeout") is None:
        raise ConfigurationError(
            "RedisStore takes a redis.Redis with a socket_timeout, such as 0.5 seconds: without one a server "
            "that hangs keeps every sign-in waiting"
        )
    return client.connection_pool


def _evaluated(connection: Any, sha: bytes, keys: Sequence[bytes], given: Sequence[str | int]) -> int:
    try:
        connection.send_command("EVALSHA", sha, len(keys), *keys, *given)
        return int(connection.read_response())
    except _LOST as error:
        if is_an_answer(error):
            raise
        raise OutcomeUnknown("Redis was lost while it committed") from error
