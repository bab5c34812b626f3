"""Prints e-mails for a developer's eyes, links included; never for a portal that people use."""

from __future__ import annotations

import sys
import threading
from typing import ClassVar, Final, TextIO

from permit_accounts.email_backends.mime import mime
from permit_accounts.model.errors import Unavailable
from permit_accounts.ports import Message

_RULE: Final = "-" * 78


class ConsoleBackend:
    """Prints the text part of each e-mail.

    Args:
        stream: Where to; the standard output, as it is at the moment of sending, by default.
    """

    for_trial: ClassVar[bool] = True
    """No e-mail leaves the machine, so that `Accounts.open` takes a policy that does not name its city."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def send(self, message: Message) -> None:
        """Print the e-mail in one piece.

        Raises:
            Undeliverable: It could not travel.
            Unavailable: The stream is closed.
        """
        letter = mime(message)
        names = ("From", "To", "Subject", "Date", "Message-ID")
        headers = "".join(f"{name}: {letter[name]}\n" for name in names)
        self._print(f"{_RULE}\n{headers}\n{message.text.rstrip()}\n{_RULE}\n")

    def _print(self, text: str) -> None:
        stream = self._stream or sys.stdout
        encoding = getattr(stream, "encoding", None) or "utf-8"
        # A console of another code page shows `?` instead of failing over a Russian letter.
        printable = text.encode(encoding, "replace").decode(encoding)
        try:
            with self._lock:
                stream.write(printable)
                stream.flush()
        except (OSError, ValueError) as error:
            raise Unavailable("the console is closed") from error

    def __repr__(self) -> str:
        return "ConsoleBackend()"
