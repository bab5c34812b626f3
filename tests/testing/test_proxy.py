"""The proxy that cuts lines: what was done on the other side, and what its client finds out."""

from __future__ import annotations

import socket
import socketserver
from collections.abc import Iterator
from contextlib import closing
from threading import Event, Thread
from urllib.parse import urlsplit

import psycopg
import pymysql
import pytest

from permit_accounts.testing.proxy import Break, CuttingProxy

PATIENCE = 20.0
SILENT = [Break.SILENT_BEFORE, Break.SILENT_AFTER]
DONE = [Break.AFTER, Break.SILENT_AFTER]


class Clerk(socketserver.StreamRequestHandler):
    """Does each line that it is told to its end, and says that it was done."""

    server: Office

    def handle(self) -> None:
        while (line := self.rfile.readline()).endswith(b"\n"):
            self.server.open.wait(PATIENCE)
            self.server.done.append(line.strip().decode())
            self.server.something_done.set()
            self.wfile.write(b"done " + line)


class Office(socketserver.ThreadingTCPServer):
    """A server with as many clerks as there are clients."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Clerk)
        self.done: list[str] = []
        self.something_done = Event()
        self.open = Event()
        self.open.set()


@pytest.fixture
def office() -> Iterator[Office]:
    """A server that runs."""
    with Office() as office:
        thread = Thread(target=office.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield office
        office.shutdown()
        thread.join()


@pytest.fixture
def proxy(office: Office) -> Iterator[CuttingProxy]:
    """The proxy before it."""
    with CuttingProxy(office.server_address[1]) as proxy:
        yield proxy


@pytest.fixture
def client(proxy: CuttingProxy) -> Iterator[socket.socket]:
    """Somebody who is connected."""
    with connected(proxy) as client:
        yield client


def connected(proxy: CuttingProxy) -> socket.socket:
    return socket.create_connection((proxy.host, proxy.port), timeout=PATIENCE)


def asked(client: socket.socket, text: str) -> str:
    """The answer to a line; nothing where the connection was closed."""
    client.sendall(f"{text}\n".encode())
    return answer(client)


def answer(client: socket.socket) -> str:
    try:
        return client.recv(1000).decode().strip()
    except ConnectionError:
        return ""


def is_silent(client: socket.socket) -> bool:
    """Whether nothing comes, not even an end."""
    client.settimeout(0.1)
    try:
        answer(client)
    except TimeoutError:
        return True
    finally:
        client.settimeout(PATIENCE)
    return False


def test_what_is_not_awaited_goes_through(office: Office, client: socket.socket, proxy: CuttingProxy) -> None:
    """Without a plan, and beside one."""
    assert "done pay" == asked(client, "pay")
    proxy.cut(Break.BEFORE, lambda sent: b"sign" in sent)
    assert "done pay again" == asked(client, "pay again")

    assert ["pay", "pay again"] == office.done
    assert (0, 1) == (proxy.struck, proxy.connections)


@pytest.mark.parametrize("how", list(Break))
def test_the_awaited_message_breaks_the_line(
    office: Office, client: socket.socket, proxy: CuttingProxy, how: Break
) -> None:
    """What was to be done is done or not, and the client hears nothing of it in either case."""
    proxy.cut(how, lambda sent: b"sign" in sent)
    client.sendall(b"sign\n")

    assert is_silent(client) if how in SILENT else answer(client) == ""
    if how in DONE:
        assert office.something_done.wait(PATIENCE)
    assert (["sign"] if how in DONE else []) == office.done
    assert 1 == proxy.struck


def test_a_lost_reply_is_lost_when_the_work_is_done(
    office: Office, client: socket.socket, proxy: CuttingProxy
) -> None:
    """Whoever finds the connection closed and looks on another one sees what was done."""
    office.open.clear()
    proxy.cut(Break.AFTER, lambda sent: b"sign" in sent)
    client.sendall(b"sign\n")
    assert is_silent(client)

    office.open.set()

    assert "" == answer(client)
    assert ["sign"] == office.done


def test_it_breaks_once(office: Office, proxy: CuttingProxy) -> None:
    """Whoever connects again is served."""
    proxy.cut(Break.BEFORE, lambda sent: b"sign" in sent)
    with connected(proxy) as first:
        assert "" == asked(first, "sign")
    with connected(proxy) as second:
        assert "done sign" == asked(second, "sign")
    assert ["sign"] == office.done


def test_it_breaks_at_the_one_that_was_named(office: Office, proxy: CuttingProxy) -> None:
    """Counted over all connections; others than the awaited ones are not counted."""
    proxy.cut(Break.AFTER, lambda sent: b"sign" in sent, at=3)
    with connected(proxy) as first, connected(proxy) as second:
        answers = [asked(who, text) for text in ("sign a", "pay b", "sign c") for who in (first, second)]

    assert ["done sign a", "done sign a", "done pay b", "done pay b", ""] == answers[:5]
    assert ["sign a", "sign a", "pay b", "pay b", "sign c"] == office.done[:5]


class Sign:
    """Whether a message holds the awaited word, and when it was first asked."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.asked = Event()

    def __call__(self, sent: bytes) -> bool:
        self.heard.append(sent)
        self.asked.set()
        return b"sign" in sent


def test_a_message_in_pieces_is_one(office: Office, client: socket.socket, proxy: CuttingProxy) -> None:
    """It matches as soon as enough of it is known; what is missing then never arrives."""
    sign = Sign()
    proxy.cut(Break.BEFORE, sign)

    client.sendall(b"si")
    assert sign.asked.wait(PATIENCE)
    client.sendall(b"gn\n")

    assert "" == answer(client)
    assert [b"si", b"sign\n"] == sign.heard
    assert [] == office.done


def test_a_message_counts_once(office: Office, client: socket.socket, proxy: CuttingProxy) -> None:
    """Its later pieces make no second message of it."""
    sign = Sign()
    proxy.cut(Break.BEFORE, sign, at=2)

    client.sendall(b"sign")
    assert sign.asked.wait(PATIENCE)

    assert "done sign here" == asked(client, " here")
    assert "" == asked(client, "sign there")
    assert ["sign here"] == office.done


def test_a_question_that_fails_fails_the_test(office: Office) -> None:
    """It breaks the line, so that nobody waits, and is raised where the proxy ends."""

    def broken(sent: bytes) -> bool:
        raise ValueError("no such message")

    def meet() -> None:
        with CuttingProxy(office.server_address[1]) as proxy, connected(proxy) as client:
            proxy.cut(Break.BEFORE, broken)
            assert "" == asked(client, "sign")

    with pytest.raises(ValueError, match="no such message"):
        meet()
    assert [] == office.done


def test_what_is_silent_ends_when_it_is_healed(
    office: Office, client: socket.socket, proxy: CuttingProxy
) -> None:
    """What was held back is lost, and others were not concerned."""
    proxy.cut(Break.SILENT_BEFORE, lambda sent: b"sign" in sent)
    client.sendall(b"sign\n")
    assert is_silent(client)
    with connected(proxy) as other:
        assert "done pay" == asked(other, "pay")
        proxy.heal()
        assert "" == answer(client)
        assert "done pay more" == asked(other, "pay more")
    assert ["pay", "pay more"] == office.done


def test_a_plan_that_was_healed_is_none(client: socket.socket, proxy: CuttingProxy) -> None:
    """What did not strike yet does not strike any more."""
    proxy.cut(Break.BEFORE, lambda sent: True)
    proxy.heal()
    assert "done sign" == asked(client, "sign")
    assert 0 == proxy.struck


def test_all_lines_are_cut(client: socket.socket, proxy: CuttingProxy) -> None:
    """As a server does that is started again: the old connections are over, new ones are not."""
    assert "done pay" == asked(client, "pay")
    proxy.cut_all()
    assert "" == answer(client)
    with connected(proxy) as other:
        assert "done pay" == asked(other, "pay")


def test_a_server_that_is_away_refuses_everybody(client: socket.socket, proxy: CuttingProxy) -> None:
    """Until it is back."""
    assert "done pay" == asked(client, "pay")
    proxy.refuse()
    assert "" == answer(client)
    with connected(proxy) as other:
        assert "" == answer(other)
    proxy.heal()
    with connected(proxy) as other:
        assert "done pay" == asked(other, "pay")


def test_where_no_server_is_nobody_is_served() -> None:
    """The client finds its connection closed, as from a server that is away."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with CuttingProxy(port) as proxy:
        with connected(proxy) as client:
            assert "" == answer(client)
        assert 0 == proxy.connections


def test_either_side_may_hang_up(office: Office, proxy: CuttingProxy) -> None:
    """A client that said all it had to say still hears the answer."""
    with connected(proxy) as client:
        client.sendall(b"pay\n")
        client.shutdown(socket.SHUT_WR)
        assert ["done pay", ""] == [answer(client), answer(client)]


def is_commit(sent: bytes) -> bool:
    return b"COMMIT" in sent


@pytest.mark.parametrize(("how", "kept"), [(Break.BEFORE, 0), (Break.AFTER, 1)])
def test_postgresql_is_cut_at_its_commit(postgres_url: str, how: Break, kept: int) -> None:
    """The row is there or it is not, and the driver cannot tell which."""
    parts = urlsplit(postgres_url)
    with closing(psycopg.connect(postgres_url, autocommit=True)) as direct:
        direct.execute("CREATE TABLE IF NOT EXISTS proxied (id text)")
        direct.execute("TRUNCATE proxied")
        with CuttingProxy(parts.port or 5432, parts.hostname or "127.0.0.1") as proxy:
            through = {"host": proxy.host, "port": proxy.port, "sslmode": "disable"}
            with closing(psycopg.connect(postgres_url, **through)) as connection:  # type: ignore[arg-type]
                connection.execute("INSERT INTO proxied VALUES ('a')")
                proxy.cut(how, is_commit)
                with pytest.raises(psycopg.OperationalError):
                    connection.commit()
            assert 1 == proxy.struck
        assert [(kept,)] == direct.execute("SELECT count(*) FROM proxied").fetchall()
        direct.execute("DROP TABLE proxied")


@pytest.mark.parametrize(("how", "kept"), [(Break.BEFORE, 0), (Break.AFTER, 1)])
def test_mariadb_is_cut_at_its_commit(mariadb_url: str, how: Break, kept: int) -> None:
    """The same with another protocol."""
    parts = urlsplit(mariadb_url)
    where = {"user": parts.username, "password": parts.password or "", "database": parts.path.lstrip("/")}
    direct_to = {"host": parts.hostname, "port": parts.port or 3306}
    with closing(pymysql.connect(**where, **direct_to, autocommit=True)) as direct, direct.cursor() as cursor:
        cursor.execute("CREATE OR REPLACE TABLE proxied (id varchar(9)) ENGINE=InnoDB")
        with CuttingProxy(parts.port or 3306, parts.hostname or "127.0.0.1") as proxy:
            connection = pymysql.connect(**where, host=proxy.host, port=proxy.port, ssl_disabled=True)
            with connection.cursor() as other:
                other.execute("INSERT INTO proxied VALUES ('a')")
            proxy.cut(how, is_commit)
            # Not `pymysql.err`, which is another module once Django has taken PyMySQL for MySQLdb.
            with pytest.raises(pymysql.OperationalError):
                connection.commit()
        cursor.execute("SELECT count(*) FROM proxied")
        assert ((kept,),) == cursor.fetchall()
        cursor.execute("DROP TABLE proxied")
