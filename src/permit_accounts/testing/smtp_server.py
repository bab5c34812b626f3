"""A mail server on this machine's loopback address that records what arrives and misbehaves as told.

It speaks SMTP over real sockets (aiosmtpd), so that what is tested is what goes over the wire.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from enum import StrEnum
from types import TracebackType
from typing import Any, Final, Self

import attrs
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

_START_SECONDS: Final = 10
_DRIP_SECONDS: Final = 0.02


class Behavior(StrEnum):
    """What the server does with the next e-mail."""

    ACCEPT = "accept"
    DEFER = "defer"
    REFUSE_SENDER = "refuse-sender"
    REFUSE_RECIPIENT = "refuse-recipient"
    REFUSE_DATA = "refuse-data"
    DEMAND_SIGN_IN = "demand-sign-in"
    HANG = "hang"
    DRIP = "drip"
    DROP = "drop"
    BAD_FAREWELL = "bad-farewell"


@attrs.frozen(kw_only=True)
class Envelope:
    """One e-mail as it arrived: who it was said to be from and for, and its bytes."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes = attrs.field(repr=False)
    encrypted: bool
    signed_in: bool


class SMTPServer:
    """A mail server for tests; use it as a context manager.

    `DEFER` answers 451 and `REFUSE_RECIPIENT` 550 to the recipient, `REFUSE_SENDER` 553 to the sender,
    `REFUSE_DATA` 554 and `DROP` nothing at all after the whole text was read, `DEMAND_SIGN_IN` 530 to the
    sender, `BAD_FAREWELL` accepts the e-mail and answers 421 to QUIT, `HANG` accepts the connection and
    stays silent, and `DRIP` greets without end, one line after the other.

    Args:
        behavior: What it does at first; change `server.behavior` at any time.
        starttls: The server's certificate, for STARTTLS; without it, STARTTLS is not offered.
        tls: The server's certificate, where it encrypts from the first byte.
        sign_in: The username and password that it demands.
    """

    host: Final = "127.0.0.1"

    def __init__(
        self,
        behavior: Behavior = Behavior.ACCEPT,
        *,
        starttls: ssl.SSLContext | None = None,
        tls: ssl.SSLContext | None = None,
        sign_in: tuple[str, str] | None = None,
    ) -> None:
        self.behavior = behavior
        self.port = 0
        self._starttls = starttls
        self._tls = tls
        self._sign_in = sign_in
        self._envelopes: list[Envelope] = []
        self._connections = 0
        self._open: set[_Conversation] = set()
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, name="smtp-server", daemon=True)

    @property
    def envelopes(self) -> list[Envelope]:
        """The e-mails that were read to the end, oldest first, whatever was answered then."""
        return list(self._envelopes)

    @property
    def connections(self) -> int:
        """How many times somebody connected."""
        return self._connections

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._started.wait(_START_SECONDS):
            raise RuntimeError("the mail server did not start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            self._loop.create_server(self._conversation, self.host, 0, ssl=self._tls)
        )
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        self._loop.run_forever()
        server.close()
        self._loop.run_until_complete(self._hang_up())

    async def _hang_up(self) -> None:
        for conversation in list(self._open):
            conversation.drop()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        await asyncio.sleep(0)

    def _conversation(self) -> _Conversation:
        self._connections += 1
        return _Conversation(
            _Answers(self),
            self._open,
            behavior=self.behavior,
            loop=self._loop,
            hostname="localhost",
            tls_context=self._starttls,
            authenticator=self._checked,
            auth_require_tls=False,
        )

    def _checked(self, server: Any, session: Any, envelope: Any, mechanism: str, given: Any) -> AuthResult:
        right = isinstance(given, LoginPassword) and self._sign_in == (
            given.login.decode(),
            given.password.decode(),
        )
        return AuthResult(success=right, handled=False)

    def _record(self, session: Any, envelope: Any) -> None:
        self._envelopes.append(
            Envelope(
                sender=envelope.mail_from,
                recipients=tuple(envelope.rcpt_tos),
                content=envelope.original_content,
                encrypted=session.ssl is not None or self._tls is not None,
                signed_in=bool(session.authenticated),
            )
        )


class _Conversation(SMTP):
    """One connection, which can be silent, can greet without end and can be dropped."""

    def __init__(
        self,
        answers: _Answers,
        open_conversations: set[_Conversation],
        *,
        behavior: Behavior,
        **options: Any,
    ) -> None:
        super().__init__(answers, **options)
        self._conversations = open_conversations
        self._behavior = behavior

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._conversations.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._conversations.discard(self)
        super().connection_lost(error)

    async def _handle_client(self) -> None:
        match self._behavior:
            case Behavior.HANG:
                return
            case Behavior.DRIP:
                await self._drip()
            case _:
                await super()._handle_client()

    async def _drip(self) -> None:
        """Greet until the other side has had enough of it."""
        while self in self._conversations:
            await self.push("220-one moment more")
            await asyncio.sleep(_DRIP_SECONDS)

    def drop(self) -> None:
        """End the connection without a word."""
        transport = self._original_transport or self.transport
        if isinstance(transport, asyncio.Transport):
            transport.abort()


class _Answers:
    """What is said to each command that a behavior concerns."""

    def __init__(self, server: SMTPServer) -> None:
        self._server = server

    async def handle_MAIL(  # noqa: N802 - aiosmtpd names its hooks after the commands
        self, conversation: _Conversation, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        behavior = self._server.behavior
        signed_in = session.authenticated or self._server._sign_in is None
        if behavior is Behavior.DEMAND_SIGN_IN or not signed_in:
            return "530 5.7.0 Authentication required"
        if behavior is Behavior.REFUSE_SENDER:
            return f"553 5.7.1 <{address}> is not welcome"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, conversation: _Conversation, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        match self._server.behavior:
            case Behavior.DEFER:
                return f"451 4.7.1 <{address}> try again later"
            case Behavior.REFUSE_RECIPIENT:
                return f"550 5.1.1 <{address}> does not live here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, conversation: _Conversation, session: Any, envelope: Any
    ) -> str:
        self._server._record(session, envelope)
        match self._server.behavior:
            case Behavior.REFUSE_DATA:
                return "554 5.6.0 this text is not welcome"
            case Behavior.DROP:
                conversation.drop()
        return "250 OK"

    async def handle_QUIT(  # noqa: N802
        self, conversation: _Conversation, session: Any, envelope: Any
    ) -> str:
        return "421 4.3.0 no" if self._server.behavior is Behavior.BAD_FAREWELL else "221 Bye"
