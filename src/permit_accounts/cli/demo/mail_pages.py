"""The page that shows the e-mails of a demonstration, in place of everybody's mailbox."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Final

import attrs

from permit_accounts.accounts import Accounts
from permit_accounts.web import answers, faults
from permit_accounts.web.addresses import page_paths
from permit_accounts.web.asking import Asking
from permit_accounts.web.faults import Fault
from permit_accounts.web.pages import Pages
from permit_accounts.web.rendering import Templates
from permit_accounts.web.request import Request
from permit_accounts.web.response import Response
from permit_accounts.web.setting import Setting

_log: Final = logging.getLogger("permit_accounts.demo")
#: So many of the newest are shown.
_SHOWN: Final = 50
_LINK: Final = re.compile(r"(https?://\S+)")


@attrs.frozen(kw_only=True)
class Letter:
    """An e-mail as it was sent. `parts` are its text, each with whether it is a link of the portal's own."""

    subject: str
    recipient: str
    sent: str
    parts: tuple[tuple[str, bool], ...]


class MailPages:
    """Shows the folder that e-mails are written into.

    Args:
        accounts: Whose e-mails they are.
        folder: Where they are.
        templates: The demonstration's own templates.
    """

    def __init__(self, accounts: Accounts, folder: Path, *, templates: Path) -> None:
        self._setting = Setting(accounts)
        look = Templates("permit_accounts.web", folder=templates)
        self._pages = Pages(self._setting, look, page_paths(self._setting))
        self._folder = folder
        self.path: Final = self._setting.path("/mail")

    @property
    def paths(self) -> frozenset[str]:
        """The one page."""
        return frozenset({self.path})

    def body_limit(self, request: Request) -> int:
        """Nothing is sent here."""
        return 0

    def is_slow(self, request: Request) -> bool:
        """No password is hashed here."""
        return False

    def handle(self, request: Request) -> Response:
        """The page with the newest e-mails; nothing is changed here."""
        asking = Asking(self._setting, request)
        return faults.handled(asking, answer=lambda: self._answer(asking), say=self._say, log=_log)

    def _answer(self, asking: Asking) -> Response:
        if asking.request.method not in ("GET", "HEAD"):
            return answers.html("", status=405, headers=(("Allow", "GET, HEAD"),))
        letters = sorted(self._files(), key=lambda file: file.stat().st_mtime, reverse=True)[:_SHOWN]
        title = asking.text("web.demo-mail.title")
        return self._pages.page(
            asking, "demo_mail.html", title=title, letters=[self._letter(asking, file) for file in letters]
        )

    def _say(self, nobody: Asking, fault: Fault) -> Response:
        return self._pages.message(nobody, fault.key, status=fault.status, headers=fault.headers)

    def _files(self) -> Iterator[Path]:
        return self._folder.glob("*.eml")

    def _letter(self, asking: Asking, file: Path) -> Letter:
        message = message_from_bytes(file.read_bytes(), policy=policy.default)
        assert isinstance(message, EmailMessage)
        body = message.get_body(("plain",))
        text = body.get_content() if body is not None else ""
        ours = self._setting.origin
        parts = tuple((part, part.startswith(f"{ours}/")) for part in _LINK.split(text) if part)
        return Letter(
            subject=str(message["subject"]),
            recipient=str(message["to"]),
            sent=asking.moment(message["date"].datetime),
            parts=parts,
        )
