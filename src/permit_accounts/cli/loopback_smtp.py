"""A mail server on the loopback address that keeps what arrives: e-mail over real SMTP, sent nowhere."""

from __future__ import annotations

import asyncio
import re
import threading
from email import message_from_bytes, policy
from types import TracebackType
from typing import Any, Final, Self

import attrs
from aiosmtpd.smtp import SMTP

_HOST: Final = "127.0.0.1"
_START_SECONDS: Final = 10
_LINK: Final = re.compile(r"(https?://[^\s?]+)\?token=(\S+)")


@attrs.frozen(kw_only=True)
class Received:
    """One e-mail as it came over the wire.

    Args:
        recipient: Whom the envelope named.
        subject: Decoded.
        text: The plain part, decoded.
        content: Its bytes.
    """

    recipient: str
    subject: str
    text: str = attrs.field(repr=False)
    content: bytes = attrs.field(repr=False)

    @property
    def links(self) -> list[tuple[str, str]]:
        """The addresses of the links in it, each with its token."""
        return _LINK.findall(self.text)


class LoopbackSMTP:
    """A mail server for one terminal session; use it as a context manager.

    Attributes:
        port: Where it listens, on 127.0.0.1; known once it is entered.
    """

    host: Final = _HOST
    port: int

    def __init__(self) -> None:
        self._received: list[Received] = []
        self._conversations: list[SMTP] = []
        self._loop: Final = asyncio.new_event_loop()
        self._started: Final = threading.Event()
        self._thread: Final = threading.Thread(target=self._run, name="loopback-smtp", daemon=True)

    @property
    def received(self) -> tuple[Received, ...]:
        """What has arrived, oldest first."""
        return tuple(self._received)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._started.wait(_START_SECONDS):
            raise OSError("the loopback mail server did not start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep one e-mail."""
        letter = message_from_bytes(envelope.original_content, policy=policy.default)
        body = letter.get_body(("plain",))
        for recipient in envelope.rcpt_tos:
            self._received.append(
                Received(
                    recipient=recipient,
                    subject=str(letter["Subject"]),
                    text=str(body.get_content()) if body is not None else "",
                    content=envelope.original_content,
                )
            )
        return "250 OK"

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(self._loop.create_server(self._conversation, _HOST, 0))
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        self._loop.run_forever()
        server.close()
        self._loop.run_until_complete(self._hang_up())

    async def _hang_up(self) -> None:
        for conversation in self._conversations:
            if isinstance(conversation.transport, asyncio.Transport):
                conversation.transport.abort()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    def _conversation(self) -> SMTP:
        conversation = SMTP(self, hostname="localhost", loop=self._loop)
        self._conversations.append(conversation)
        return conversation
