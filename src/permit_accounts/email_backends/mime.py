"""A message as it travels: one recipient, two readings (text and HTML), no header but our own.

Bodies are quoted-printable. No relay breaks or re-wraps such lines, and the `=` in front of a token is
written `=3D`, so that nothing which decodes twice can take the token's first letters for a code.
"""

from __future__ import annotations

import re
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from typing import Final

from permit_accounts.model.errors import Unavailable, Undeliverable
from permit_accounts.ports import Message

# What `rules.emails` accepts and no more: no quotes, spaces, commas, angle brackets or percent routes,
# nothing that a shell or a relay reads, no leading hyphen that a program could take for an option.
_LOCAL: Final = r"[A-Za-z0-9_][A-Za-z0-9_+'-]*(?:\.[A-Za-z0-9_+'-]+)*"
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
# RFC 2045, 6.7: a quoted-printable line has at most 76 letters; the library's own limit is 78.
_FORM: Final = SMTP.clone(max_line_length=76)
_ADDRESS: Final = re.compile(rf"(?=[^@]{{1,64}}@)(?=.{{3,254}}\Z){_LOCAL}@{_LABEL}(?:\.{_LABEL})*", re.ASCII)


def plain_address(text: str) -> bool:
    """Whether this is exactly one plain ASCII address, as may stand in an SMTP envelope.

    It is asked again where an e-mail leaves, whatever was asked when the address came in: a row planted in a
    database must not add a recipient or a command (ASVS 5.0, 1.3.11). Addresses outside ASCII need
    SMTPUTF8, without which the standard library writes another mailbox into the header; they are refused.
    """
    return _ADDRESS.fullmatch(text) is not None


def envelope_sender(message: Message) -> str:
    """The bare address within the sender, as the envelope names it.

    Raises:
        Unavailable: There is none. The setting can be mended, so the e-mail is kept.
    """
    address = parseaddr(message.sender)[1]
    if not plain_address(address):
        raise Unavailable("Policy(mail_from=…) holds no plain ASCII e-mail address")
    return address


def mime(message: Message) -> EmailMessage:
    """The message in MIME form, ready to be written with CRLF line ends.

    Raises:
        Undeliverable: The recipient is not one plain address, or a header would hold a line break.
        Unavailable: The sender is no address.
    """
    if not plain_address(message.recipient):
        raise Undeliverable("the recipient is not one plain ASCII e-mail address")
    envelope_sender(message)
    letter = EmailMessage(policy=_FORM)
    try:
        letter["From"] = message.sender
        letter["To"] = message.recipient
        letter["Subject"] = message.subject
        letter["Date"] = message.date
        letter["Message-ID"] = message.message_id
        letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answer comes back
        letter["Content-Language"] = message.language
    except ValueError as error:
        raise Undeliverable("a header of the e-mail holds a line break") from error
    letter.set_content(message.text, cte="quoted-printable")
    letter.add_alternative(message.html, subtype="html", cte="quoted-printable")
    return letter
