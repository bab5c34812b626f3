"""SMTP connections with a deadline: a server that speaks ever so slowly is left when it comes.

The limits of `smtplib` are for each wait, so whoever sends a byte before each of them ends would hold the
caller for ever. Here every wait is also cut to what is left of the whole.
"""

from __future__ import annotations

import io
import smtplib
import socket
import time
from collections.abc import Callable
from typing import Any

#: Cuts the socket's next wait to what is left; raises `TimeoutError` where nothing is.
Hurry = Callable[[socket.socket], None]


class PunctualSMTP(smtplib.SMTP):
    """As `smtplib.SMTP`, until the deadline.

    Args:
        host: The mail server.
        port: Its port.
        deadline: Seconds from now in which everything has to be said, the connection included.
        clock: Seconds that only ever grow.
        options: As for `smtplib.SMTP`.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        deadline: float,
        clock: Callable[[], float] = time.monotonic,
        **options: Any,
    ) -> None:
        self._clock = clock
        self._until = clock() + deadline
        super().__init__(host, port, **options)

    def getreply(self) -> tuple[int, bytes]:
        """The server's next answer, read from a stream that hurries."""
        if self.file is None and self.sock is not None:
            self.file = io.BufferedReader(_Heard(self.sock, self._hurry))
        return super().getreply()

    def send(self, s: Any) -> None:
        """Say something to the server."""
        if self.sock is not None:
            self._hurry(self.sock)
        super().send(s)

    def _hurry(self, sock: socket.socket) -> None:
        left = self._until - self._clock()
        if left <= 0:
            raise TimeoutError("the deadline of this e-mail has come")
        sock.settimeout(min(self.timeout, left))


class PunctualSMTPOverTLS(PunctualSMTP, smtplib.SMTP_SSL):
    """As `smtplib.SMTP_SSL`, until the deadline."""


class _Heard(io.RawIOBase):
    """What comes in on a socket, as long as there is time to wait for it."""

    def __init__(self, sock: socket.socket, hurry: Hurry) -> None:
        self._sock = sock
        self._hurry = hurry

    def readable(self) -> bool:
        """It is read from and never written to."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with what has come, waiting for it where nothing has."""
        self._hurry(self._sock)
        return self._sock.recv_into(buffer)
