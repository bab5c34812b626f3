"""Keeps e-mails in memory: for tests and for trying things out."""

from __future__ import annotations

import threading
from typing import ClassVar

from permit_accounts.email_backends.mime import mime
from permit_accounts.ports import Message


class MemoryBackend:
    """A mailbox in memory, safe to be used by many threads.

    It is as strict as the backends that really send: what could not travel is refused here as well.
    """

    for_trial: ClassVar[bool] = True
    """No e-mail leaves the machine, so that `Accounts.open` takes a policy that does not name its city."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._messages: list[Message] = []

    @property
    def messages(self) -> list[Message]:
        """What was sent so far, oldest first; a list of the caller's own."""
        with self._lock:
            return list(self._messages)

    def send(self, message: Message) -> None:
        """Keep the e-mail.

        Raises:
            Undeliverable: It could not travel.
        """
        mime(message)
        with self._lock:
            self._messages.append(message)

    def clear(self) -> None:
        """Forget what was sent so far."""
        with self._lock:
            self._messages.clear()

    def __repr__(self) -> str:
        return f"MemoryBackend({len(self.messages)} messages)"
