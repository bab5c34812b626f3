"""E-mail addresses: one plain form to write to, and the key by which two spellings are one mailbox.

The domain is email-validator's business, kept in its ASCII form so that every spelling of an international
domain is one. The part before the `@` must be ASCII as typed: standard mailers mangle anything else, and
look-alike letters would let one person's address pass for another's. Of the characters that the mail
standards allow there, those that mean something to a shell, a mail route or a list are refused, whatever
backend the city uses later.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import attrs
from email_validator import EmailNotValidError, validate_email

from permit_accounts.model.codes import Code
from permit_accounts.model.outcomes import Problem
from permit_accounts.model.values import Value
from permit_accounts.rules.patterns import Pattern

#: The longest address, in octets (RFC 5321, 4.5.3.1.3, as corrected by RFC 3696 erratum 1690).
MOST: Final = 254
#: White space is trimmed only from texts that could still be an address; longer ones are not looked at.
_LOOKED_AT: Final = 2 * MOST
#: At most 64 octets before the `@` (RFC 5321, 4.5.3.1.1); a leading hyphen would read as an option.
_LOCAL: Final = Pattern(r"(?=.{1,64}\Z)[A-Za-z0-9_][A-Za-z0-9_+'-]*(?:\.[A-Za-z0-9_+'-]+)*", re.ASCII)
#: What email-validator is asked about at all: host name characters and whatever is not ASCII.
_DOMAIN: Final = Pattern(r"[A-Za-z0-9.\-\u0080-\U0010ffff]{1,253}")
_DOMAINS_REMEMBERED: Final = 4096


@attrs.frozen(eq=False, repr=False)
class Email(Value):
    """An address to write to, and the key by which it is found.

    Args:
        address: What is stored and written to: the part before the `@` as typed, the domain in ASCII.
        key: The same in lower case. Mailboxes that differ in case only do not exist in practice.
    """

    address: str
    key: str


def parse_email(text: str) -> Email | Problem:
    """Read one e-mail address.

    White space around it is trimmed. Refused are lists, display names, quoted or non-ASCII local parts,
    bracketed IP addresses, domains without a dot and those that never receive mail (`.invalid`, `.local`).
    Whether the mailbox exists only the confirmation e-mail tells.

    Args:
        text: Anything at all; over-long texts are refused before any work.

    Returns:
        The address, or `Problem(Code.EMAIL, "email")`.
    """
    if len(text) > _LOOKED_AT:
        return _NO_ADDRESS
    local, _, typed_domain = text.strip().rpartition("@")
    if _LOCAL.fullmatch(local) is None:
        return _NO_ADDRESS
    domain = _ascii_domain(typed_domain)
    if domain is None:
        return _NO_ADDRESS
    address = f"{local}@{domain}"
    if len(address) > MOST:
        return _NO_ADDRESS
    return Email(address, address.lower())


_NO_ADDRESS: Final = Problem(Code.EMAIL, "email")


@lru_cache(_DOMAINS_REMEMBERED)
def _ascii_domain(domain: str) -> str | None:
    """The domain in ASCII, or None; remembered, since a roster's addresses share a few domains."""
    if _DOMAIN.fullmatch(domain) is None:
        return None
    try:
        checked = validate_email(f"a@{domain}", check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        return None
    return checked.ascii_domain
