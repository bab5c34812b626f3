"""A proxy on this machine that cuts the line to a server right where it hurts.

What a client does when its server goes away is decided by the moment: before it heard COMMIT, after it and
before it answered, in the middle of a long silence. A server that is stopped and started again goes away at
some moment; this goes away at the one that a test names.

It forwards bytes and knows no protocol. It therefore sees nothing where a connection is encrypted: connect
without TLS (`sslmode=disable`).
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from enum import Enum, auto
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Final, Self

_CHUNK: Final = 65_536
_GLANCE_SECONDS: Final = 0.05
"""How often whoever waits for a connection looks whether it is over."""
_FAREWELL_SECONDS: Final = 10.0
"""How long a server may take to hang up after its client has."""


class Break(Enum):
    """What becomes of the connection on which the awaited message was sent."""

    BEFORE = auto()
    """The message never arrives, and both sides find the connection closed."""
    AFTER = auto()
    """The message arrives, and the server does what it says; its reply is lost with the connection."""
    SILENT_BEFORE = auto()
    """The message never arrives, and nobody is told: the connection stays open and silent."""
    SILENT_AFTER = auto()
    """The message arrives, and its reply does not; the connection stays open and silent."""


class CuttingProxy:
    """Stands between a client and a server, and breaks their connection when it is told to.

    Use it as a context manager, and let the client connect to `proxy.host` and `proxy.port`:

        with CuttingProxy(5432) as proxy:
            ...
            proxy.cut(Break.AFTER, lambda sent: b"COMMIT" in sent)

    A *message* is what a client has sent since the server's last reply. It may come in several pieces: the
    pieces before the one that makes it match are forwarded.

    Args:
        port: Where the server listens.
        host: The machine on which it does.
    """

    host: Final = "127.0.0.1"

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self._server: Final = (host, port)
        self._listener: Final = socket.create_server((self.host, 0))
        self._listener.settimeout(_GLANCE_SECONDS)
        self.port: Final[int] = self._listener.getsockname()[1]
        self._lock: Final = Lock()
        self._lines: Final[list[_Line]] = []
        self._threads: Final[list[Thread]] = []
        self._over: Final = Event()
        self._errors: Final[list[Exception]] = []
        self._plan: _Plan | None = None
        self._refuses = False
        self._struck = 0
        self._connections = 0

    def cut(self, how: Break, when: Callable[[bytes], bool], *, at: int = 1) -> None:
        """Break the connection on which this message is sent, once. It replaces what was told before.

        Args:
            how: What becomes of the connection.
            when: Whether a message, as far as it is known, is the awaited one, such as
                `lambda sent: b"COMMIT" in sent`. A message counts once. What it raises breaks the connection,
                and is raised again when the proxy ends.
            at: At the first such message, the second, and so on, on whatever connection.
        """
        with self._lock:
            self._plan = _Plan(how, when, at)

    def cut_all(self) -> None:
        """Close every connection that is open now, as a restarted server does; new ones are served."""
        with self._lock:
            lines = list(self._lines)
            self._lines.clear()
        for line in lines:
            line.close()

    def refuse(self) -> None:
        """Close every connection, and each new one at once, until `heal`: the server is away."""
        self._refuses = True
        self.cut_all()

    def heal(self) -> None:
        """Break nothing more. Connections that were silenced are closed; what was held back is lost."""
        with self._lock:
            self._plan, self._refuses = None, False
            silenced = [line for line in self._lines if line.silent]
        for line in silenced:
            line.close()

    @property
    def struck(self) -> int:
        """How many times a connection was broken by `cut`."""
        return self._struck

    @property
    def connections(self) -> int:
        """How many connections were made and served."""
        return self._connections

    def __enter__(self) -> Self:
        self._begin(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self.cut_all()
        for thread in list(self._threads):
            thread.join()
        self._listener.close()
        if self._errors and error is None:
            raise self._errors[0]

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                client, _ = self._listener.accept()
            except TimeoutError:
                continue
            client.settimeout(None)
            if not self._serves(client):
                client.close()

    def _serves(self, client: socket.socket) -> bool:
        if self._refuses:
            return False
        try:
            server = socket.create_connection(self._server, timeout=_FAREWELL_SECONDS)
        except OSError:
            return False
        server.settimeout(None)
        line = _Line(client, server, self._breaks)
        with self._lock:
            if self._over.is_set() or self._refuses:
                server.close()
                return False
            self._lines.append(line)
            self._connections += 1
        self._begin(line.carry_messages)
        self._begin(line.carry_replies)
        return True

    def _begin(self, work: Callable[[], None]) -> None:
        thread = Thread(target=work, name="cutting-proxy", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _breaks(self, line: _Line, message: bytes) -> Break | None:
        """How this line is to break now; None where its message is not the awaited one."""
        with self._lock:
            plan = self._plan
            if plan is None or line.counted_for is plan or not self._matches(plan, message):
                return None
            line.counted_for = plan
            plan.left -= 1
            if plan.left:
                return None
            self._plan = None
            self._struck += 1
            return plan.how

    def _matches(self, plan: _Plan, message: bytes) -> bool:
        try:
            return plan.when(message)
        except Exception as error:
            self._errors.append(error)
            plan.how, plan.left = Break.BEFORE, 1  # so that nobody waits for what never comes
            return True


class _Plan:
    """What is to happen, and how many messages are still to come until it does."""

    def __init__(self, how: Break, when: Callable[[bytes], bool], left: int) -> None:
        self.how = how
        self.when: Final = when
        self.left = left


class _Line:
    """One connection: the socket of the client, the socket of the server, and a thread for each direction."""

    def __init__(
        self, client: socket.socket, server: socket.socket, breaks: Callable[[_Line, bytes], Break | None]
    ) -> None:
        self.counted_for: _Plan | None = None
        self._client: Final = client
        self._server: Final = server
        self._breaks: Final = breaks
        self._lock: Final = Lock()
        self._message: Final = bytearray()
        self._how: Break | None = None
        self._arrived: Final = Event()
        self._replied: Final = Event()
        self._directions = 2

    @property
    def silent(self) -> bool:
        """Whether nothing more comes through, though nothing was closed."""
        return self._how in (Break.SILENT_BEFORE, Break.SILENT_AFTER)

    def close(self) -> None:
        """Hang up on both sides. The threads notice, and the last one to do so frees the sockets."""
        for side in (self._client, self._server):
            with suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)

    def carry_messages(self) -> None:
        """From the client to the server, until one of them hangs up or the line breaks."""
        with suppress(OSError):
            while piece := self._client.recv(_CHUNK):
                self._sent(piece)
            if not self.silent:
                self._server.shutdown(socket.SHUT_WR)
        self._ended()

    def carry_replies(self) -> None:
        """From the server to the client, until one of them hangs up."""
        with suppress(OSError):
            while piece := self._server.recv(_CHUNK):
                self._answered(piece)
        if not self.silent:
            self.close()
        self._ended()

    def _sent(self, piece: bytes) -> None:
        if self._how is None:
            with self._lock:
                self._message.extend(piece)
                message = bytes(self._message)
            self._how = self._breaks(self, message)
        if self._how is Break.BEFORE:
            self.close()
        elif self._how is not Break.SILENT_BEFORE:
            self._server.sendall(piece)
        if self._how is Break.AFTER:
            self._arrived.set()
            self._farewell()

    def _answered(self, piece: bytes) -> None:
        if self._how is None:
            with self._lock:  # before the client hears of it, for what it sends then is another message
                self._message.clear()
                self.counted_for = None
            self._client.sendall(piece)
        elif self._how is Break.AFTER:
            self._replied.set()
            self._farewell()

    def _farewell(self) -> None:
        """Hang up on a server that has the message and has answered.

        It does the same when it is done, and only then does the client find the connection closed.
        """
        if self._arrived.is_set() and self._replied.is_set():
            self._server.settimeout(_FAREWELL_SECONDS)
            self._server.shutdown(socket.SHUT_WR)

    def _ended(self) -> None:
        with self._lock:
            self._directions -= 1
            last = self._directions == 0
        if last:
            self._client.close()
            self._server.close()
