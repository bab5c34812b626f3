"""A day on real servers that end connections, restart, are locked or stay away: whole, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from urllib.parse import urlsplit

import psycopg
import pytest

from faults.backends import Backend, ServerBackend, locked
from faults.blows import Struck, at_statement, cut_off, ended, killed
from faults.points import Every, EveryEnd, OfEachOutcome, Points, Sample
from permit_accounts.testing.proxy import Break, CuttingProxy
from servers.databases import made_on_mariadb, made_on_postgres
from servers.fixtures import MARIADB, POSTGRES, named
from servers.private import PrivatePostgres, private_postgres

pytestmark = [
    # The child does what is asked here and nothing else, and then it is dead.
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
    # It measures nothing that other tests do not, and is long.
    pytest.mark.usefixtures("unmeasured"),
]
SERVERS = ["postgresql", "mariadb"]
KINDS = ("question", "begin", "change", "end")


@pytest.fixture
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty database of this test's own on the server that it is told on."""
    made, server = {"postgresql": (made_on_postgres, POSTGRES), "mariadb": (made_on_mariadb, MARIADB)}[
        request.param
    ]
    with made(named(server)) as url:
        if server == POSTGRES:  # power does not fail here
            with closing(psycopg.connect(url, autocommit=True)) as connection:
                name = urlsplit(url).path.lstrip("/")
                connection.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
        yield url


@pytest.fixture
def backend(url: str) -> Iterator[ServerBackend]:
    """A city's records in that database."""
    with closing(ServerBackend(url)) as backend:
        yield backend


def on_each_server(test: Callable[..., None]) -> Callable[..., None]:
    """The test is told on PostgreSQL and on MariaDB."""
    return pytest.mark.parametrize("url", SERVERS, indirect=True)(test)


@pytest.mark.attack("STO-06")
@on_each_server
def test_a_server_that_ends_connections(backend: ServerBackend) -> None:
    """Up to COMMIT nobody notices; at COMMIT nobody can say, and that is said."""
    loop = Struck(backend, cut_off, Sample(*KINDS))

    loop.tell()

    assert [] == loop.wrong
    assert_every_kind(loop)
    assert loop.left["OutcomeUnknown", "nothing"] > 1
    assert loop.ended["answered"] > 7


@pytest.mark.attack("STO-02", "TOK-24", "STO-19")
@on_each_server
def test_a_process_killed_in_every_main_flow(backend: ServerBackend) -> None:
    """A question, the beginning, the midst and the end of a transaction, each in turn."""
    loop = Struck(backend, killed, Sample(*KINDS))

    loop.tell()

    assert [] == loop.wrong
    assert_every_kind(loop)


@pytest.mark.attack("STO-06")
@pytest.mark.parametrize("how", [Break.BEFORE, Break.AFTER], ids=["before", "after"])
@on_each_server
def test_a_line_that_is_cut_at_commit(url: str, how: Break) -> None:
    """Before COMMIT arrives nothing is made, and before its reply all is; whoever asked cannot tell which."""
    loop = struck_on_the_line(url, how, Sample("end"))

    assert [] == loop.wrong
    made = {Break.BEFORE: "nothing", Break.AFTER: "made"}[how]
    assert loop.left["OutcomeUnknown", made] > 8
    assert {made} == {left for how, left in loop.left if how == "OutcomeUnknown"}


@pytest.mark.attack("STO-06")
def test_a_server_that_restarts() -> None:
    """It crashes and recovers under a flow: what was acknowledged is kept, and the next call works."""
    with private_postgres() as server, closing(ServerBackend(server.url)) as backend:
        loop = Struck(backend, restarting(server), Sample(*KINDS))

        loop.tell()

    assert [] == loop.wrong
    assert_every_kind(loop)


@pytest.mark.attack("STO-06")
def test_a_server_that_stays_away() -> None:
    """Every call says so at once and leaves nothing; once it is back, all goes on."""
    with private_postgres() as server, closing(ServerBackend(server.url)) as backend:

        def away(backend: Backend, make: Callable[[], object], at: int, heard: Sequence[str]) -> str:
            server.stop()
            how = ended(make)
            server.start()
            return how

        loop = Struck(backend, away, Sample("begin"))

        loop.tell()

    assert [] == loop.wrong
    assert {"Unavailable"} == set(loop.ended)
    assert loop.ended["Unavailable"] > 5


@pytest.mark.attack("STO-05")
@on_each_server
def test_a_database_that_is_locked(backend: ServerBackend) -> None:
    """Whoever waits for a lock in vain is told to come again; what is only read is read."""
    loop = locked_out(backend, Sample("begin", doors=frozenset({"register", "sign_in", "finish_setup"})))

    assert [] == loop.wrong
    assert loop.ended["TryAgainLater"] > 1


@pytest.mark.long
@pytest.mark.attack("STO-06")
@on_each_server
def test_a_server_that_ends_connections_at_every_statement(backend: ServerBackend) -> None:
    """The whole day, each call cut off before each of its statements."""
    loop = Struck(backend, cut_off, Every())

    loop.tell()

    assert [] == loop.wrong
    assert loop.struck.total() > 1000


@pytest.mark.long
@pytest.mark.attack("STO-02", "TOK-24", "STO-19")
@on_each_server
def test_a_process_killed_at_every_statement(backend: ServerBackend) -> None:
    """The whole day, each call killed before each of its statements."""
    loop = Struck(backend, killed, Every())

    loop.tell()

    assert [] == loop.wrong
    assert loop.struck.total() > 1000


@pytest.mark.long
@pytest.mark.attack("STO-06")
@pytest.mark.parametrize("how", [Break.BEFORE, Break.AFTER], ids=["before", "after"])
@on_each_server
def test_a_line_that_is_cut_at_every_commit(url: str, how: Break) -> None:
    """The flow's own and those of its counts; a count in doubt puts nothing that was asked in doubt."""
    loop = struck_on_the_line(url, how, EveryEnd())

    assert [] == loop.wrong
    assert loop.struck.total() > 120


@pytest.mark.long
@pytest.mark.attack("STO-06")
def test_a_server_that_restarts_at_every_kind_of_statement() -> None:
    """Of every call and each of its outcomes."""
    with private_postgres() as server, closing(ServerBackend(server.url)) as backend:
        loop = Struck(backend, restarting(server), OfEachOutcome(*KINDS))

        loop.tell()

    assert [] == loop.wrong
    assert_every_kind(loop)


@pytest.mark.long
@pytest.mark.attack("STO-05")
@on_each_server
def test_a_database_that_is_locked_for_every_call(backend: ServerBackend) -> None:
    """Of every call and each of its outcomes."""
    loop = locked_out(backend, OfEachOutcome("begin"))

    assert [] == loop.wrong
    assert loop.ended["TryAgainLater"] > 20


def assert_every_kind(loop: Struck) -> None:
    """Each kind of statement was struck at."""
    assert [] == [kind for kind in KINDS if loop.kinds[kind] < 2], loop.kinds


def struck_on_the_line(url: str, how: Break, points: Points) -> Struck:
    """The day told through a proxy that cuts the line at the message of a statement."""
    port = urlsplit(url).port
    assert port is not None, "a test server's URL names its port"
    with CuttingProxy(port) as proxy, closing(ServerBackend(url, port=proxy.port)) as backend:

        def cut(backend: Backend, make: Callable[[], object], at: int, heard: Sequence[str]) -> str:
            struck = proxy.struck
            with at_statement(backend, at, lambda connection: proxy.cut(how, lambda sent: True)):
                told = ended(make)
            assert struck + 1 == proxy.struck
            return told

        loop = Struck(backend, cut, points)
        loop.tell()
    return loop


def restarting(server: PrivatePostgres) -> Callable[..., str]:
    """The server crashes right before the statement, and is back before it is sent."""

    def restart(backend: Backend, make: Callable[[], object], at: int, heard: Sequence[str]) -> str:
        with at_statement(backend, at, lambda connection: server.restart()):
            return ended(make)

    return restart


def locked_out(backend: ServerBackend, points: Points) -> Struck:
    """The day, in which some calls meet a lock that lasts for longer than they wait."""

    def wait(backend: Backend, make: Callable[[], object], at: int, heard: Sequence[str]) -> str:
        assert isinstance(backend, ServerBackend)
        with locked(backend.url):
            return ended(make)

    loop = Struck(backend, wait, points)
    loop.tell()
    return loop
