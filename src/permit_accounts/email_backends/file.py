"""Writes each e-mail into a folder as an `.eml` file, for development or for another program to send."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

from permit_accounts.email_backends.mime import mime
from permit_accounts.model.errors import ConfigurationError, Unavailable
from permit_accounts.ports import Message


class FileBackend:
    """One file for each e-mail, readable by its owner only, since it holds live links.

    A file appears whole or not at all, is on the disk when `send` returns, and is named after the message
    id: an e-mail that is sent twice is one file.

    Args:
        folder: Where to; it must exist.

    Raises:
        ConfigurationError: There is no such folder.
    """

    #: A portal that is tried out on this machine may be at the very address that a policy begins with.
    stays_on_machine: ClassVar[bool] = True

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._folder = Path(folder)
        if not self._folder.is_dir():
            raise ConfigurationError(f"{self!r}: there is no such folder; make it first")

    def send(self, message: Message) -> None:
        """Write the e-mail.

        Raises:
            Undeliverable: It could not travel.
            Unavailable: The folder cannot be written to.
        """
        content = mime(message).as_bytes()
        target = self._folder / f"{quote(message.message_id.strip('<>'), safe='@')}.eml"
        try:
            self._write(target, content)
        except OSError as error:
            raise Unavailable("the folder for e-mails cannot be written to") from error

    def _write(self, target: Path, content: bytes) -> None:
        # mkstemp makes the file for its owner alone (0600), under a name that nobody can foresee.
        descriptor, draft = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=self._folder)
        try:
            with open(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(draft, target)
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise
        self._keep_the_name()

    def _keep_the_name(self) -> None:
        # The name is kept by the folder, which has to reach the disk as well.
        if os.name == "posix":  # pragma: no branch - Windows opens no folders
            folder = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def __repr__(self) -> str:
        return f"FileBackend({str(self._folder)!r})"
