"""From a record of the outbox to an e-mail that can leave; the only place where a mailed link is made.

Law: the link's address comes from the policy, never from a request. What a person once typed reaches an
e-mail as one bounded line of plain letters, is escaped in its HTML part, and never stands in a subject.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from permit_accounts.model.codes import Purpose
from permit_accounts.model.errors import ConfigurationError
from permit_accounts.model.license_id import LicenseId
from permit_accounts.model.records import Account, OneTimeToken, OutboxEmail
from permit_accounts.ports import Catalog, Message
from permit_accounts.rules.licenses import FORMATS
from permit_accounts.rules.patterns import Pattern
from permit_accounts.rules.policy import Policy
from permit_accounts.tools.keyring import Keyring
from permit_accounts.tools.messages import called

#: Notices first: they tell of a change, with a link as long as one is good and without it afterwards.
TOLD_ANYHOW: Final = frozenset({"email-changed", "email-change-cancelled"})
#: The templates that hold a link, and but for the above need a token that is still good. No other may have
#: one.
LINKED: Final = TOLD_ANYHOW | {
    "confirm-email",
    "email-in-use",
    "setup-link",
    "reset-link",
    "change-email-confirm",
}

# Stands for a value that nobody gave; a line that would hold it is left out. No typed text contains it.
_ABSENT: Final = "\x00"
_OPTIONAL: Final = (
    "username",
    "account_type",
    "license",
    "names",
    "event",
    "contact",
    "lasting",
    "link",
    "links",
    "more",
)

_ID: Final = Pattern(r"[A-Za-z0-9_-]{1,128}", re.ASCII)
_VALUE_LENGTH: Final = 200
_VALUE_LINES: Final = 20


def rendered(
    email: OutboxEmail,
    *,
    tokens: Sequence[tuple[OneTimeToken, Account]],
    policy: Policy,
    catalog: Catalog,
    keyring: Keyring,
    now: datetime,
) -> Message:
    """The e-mail as it leaves.

    Args:
        email: The record; it holds no secret.
        tokens: Those of its tokens that are still good, each with its account.
        policy: Says where links lead and whom to call.
        catalog: Has the words, under `mail.<template>.subject` and `mail.<template>.body`.
        keyring: Seals the tokens.
        now: The e-mail's date.

    Raises:
        Exception: The record cannot be rendered: an unknown template, a link without a token or a token
            without a place, or a purpose that is never mailed.
    """
    fits = email.template in LINKED if tokens else email.template not in LINKED - TOLD_ANYHOW
    if not fits or _ID.fullmatch(email.id) is None:
        raise ValueError("the template and the tokens do not go together, or the id is none of ours")
    supported = email.language in policy.languages and email.language in catalog.languages
    language = email.language if supported else "en"
    addresses = [_address(token, policy, keyring) for token, _ in tokens]

    values = _values(email, policy, catalog, language)
    values |= _links(email, tokens, addresses, policy, catalog, language, now)
    subject = catalog.text(f"mail.{email.template}.subject", language, _of_the_city(policy))
    body = catalog.text(f"mail.{email.template}.body", language, values)
    footer = catalog.text("mail.footer", language, _of_the_city(policy))
    paragraphs = _paragraphs(f"{body}\n\n{footer}")

    return Message(
        recipient=email.recipient,
        sender=policy.mail_from,
        subject=" ".join(subject.split()),
        text="\n\n".join("\n".join(lines) for lines in paragraphs) + "\n",
        html=_html(paragraphs, addresses, language),
        message_id=f"<{email.id}@{_host(policy)}>",
        date=now,
        language=language,
    )


def _of_the_city(policy: Policy) -> dict[str, str]:
    return {"city": policy.city, "support_phone": policy.support_phone}


def _values(email: OutboxEmail, policy: Policy, catalog: Catalog, language: str) -> dict[str, str]:
    given = {name: _plain(value) for name, value in email.params.items()}
    if "names" in given:
        given["names"] = _typed_names(_plain_lines(email.params["names"]), policy, catalog, language)
    if "account_type" in given:
        given["account_type"] = _type_name(given["account_type"], policy, catalog, language)
    if "license" in given:
        given["license"] = _license_name(given["license"])
    if "event" in given:
        given["event"] = _named(f"event.{given['event']}", given["event"], catalog, language)
    known = {name: value for name, value in given.items() if value}
    return dict.fromkeys(_OPTIONAL, _ABSENT) | known | _of_the_city(policy)


def _links(
    email: OutboxEmail,
    tokens: Sequence[tuple[OneTimeToken, Account]],
    addresses: Sequence[str],
    policy: Policy,
    catalog: Catalog,
    language: str,
    now: datetime,
) -> dict[str, str]:
    """The first link, all of them, how long they are good, and the paragraph that is there for them alone."""
    if not addresses:
        return {}
    entries = []
    for (_, account), address in zip(tokens, addresses, strict=True):
        named = {
            "username": _plain(called(account, email.recipient)),
            "account_type": _type_name(account.account_type, policy, catalog, language),
        }
        entries.append(f"{catalog.text('mail.link-for', language, named)}\n{address}")
    listed = tokens if email.template == "reset-link" else tokens[:1]
    lasting = _lasting(listed, now, catalog, language)
    values = {"link": addresses[0], "links": "\n\n".join(entries), "lasting": lasting}
    # What confirms one account offers to take over those of this mailbox that nobody ever confirmed.
    others = entries[1:] if email.template == "confirm-email" else ()
    if others or email.template in TOLD_ANYHOW:
        shown = values | {"links": "\n\n".join(others), "days": str(policy.cancel_email_ttl.days)}
        if others:
            shown["lasting"] = _lasting(tokens[1:], now, catalog, language)
        values["more"] = catalog.text(f"mail.{email.template}.more", language, shown)
    return values


def _lasting(
    tokens: Sequence[tuple[OneTimeToken, Account]], now: datetime, catalog: Catalog, language: str
) -> str:
    """How long all of these links are good from now on, in words.

    It is what is left when the e-mail leaves, to the minute, so that one that waited promises no more than it
    keeps; of more than two hours, the whole ones.
    """
    left = min(token.expires_at for token, _ in tokens) - now
    minutes = max(-(-left // timedelta(minutes=1)), 1)
    if minutes % 60 == 0 or minutes > 120:
        return catalog.text("mail.lasting.hours", language, {"hours": str(minutes // 60)})
    return catalog.text("mail.lasting.minutes", language, {"minutes": str(minutes)})


def _address(token: OneTimeToken, policy: Policy, keyring: Keyring) -> str:
    """Where the link leads. It ends in a letter or digit, so no full stop or bracket is taken for a part."""
    paths = {
        Purpose.SETUP_LINK: policy.links.setup,
        Purpose.RESET_PASSWORD: policy.links.reset,
        Purpose.CONFIRM_EMAIL: policy.links.confirm,
        Purpose.CHANGE_EMAIL: policy.links.change,
        Purpose.CANCEL_EMAIL_CHANGE: policy.links.cancel,
    }
    sealed = keyring.seal(token.id, token.purpose)
    return f"{policy.base_url.rstrip('/')}{paths[token.purpose]}?token={sealed}"


def _host(policy: Policy) -> str:
    host = urlsplit(policy.base_url).hostname or "localhost"
    return f"[{host}]" if ":" in host else host


def _license_name(license_id: str) -> str:
    """The license as people name it, such as `CSLB 1012345`."""
    named = LicenseId.parse(license_id)
    known = FORMATS.get(named.authority)
    return f"{known.board} {named.number}" if known is not None and named.number else license_id


def _typed_names(names: str, policy: Policy, catalog: Catalog, language: str) -> str:
    """Each line is a username and, in parentheses, the id of its type, which the person knows by its name."""
    lines = (line.rpartition(" (") for line in names.splitlines())
    return "\n".join(
        f"{name} ({_type_name(rest.removesuffix(')'), policy, catalog, language)})" for name, _, rest in lines
    )


def _type_name(type_id: str, policy: Policy, catalog: Catalog, language: str) -> str:
    try:
        label = policy.account_type(type_id).label
    except ConfigurationError:  # a type that the city has given up; its accounts remain
        return _plain(type_id)
    return _named(label, f"{type_id[:1].upper()}{type_id[1:]}".replace("_", " "), catalog, language)


def _named(key: str, otherwise: str, catalog: Catalog, language: str) -> str:
    try:
        return catalog.text(key, language, {})
    except KeyError:
        return otherwise


def _plain(value: str) -> str:
    """One bounded line of visible letters: no control, format or direction mark, no address to click on."""
    visible = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in value[:_VALUE_LENGTH])
    return " ".join(visible.replace("://", ": //").split())


def _plain_lines(value: str) -> str:
    lines = (_plain(line) for line in value.split("\n")[:_VALUE_LINES])
    return "\n".join(line for line in lines if line)


def _paragraphs(body: str) -> list[list[str]]:
    paragraphs = []
    for paragraph in re.split(r"\n{2,}", body):
        lines = [line.strip() for line in paragraph.split("\n") if _ABSENT not in line and line.strip()]
        if lines:
            paragraphs.append(lines)
    return paragraphs


def _html(paragraphs: Iterable[Sequence[str]], addresses: Sequence[str], language: str) -> str:
    """The same words with the least markup: nothing is loaded from anywhere."""
    inner = ("<br>\n".join(_html_line(line, addresses) for line in lines) for lines in paragraphs)
    rows = "\n".join(f"<p>{paragraph}</p>" for paragraph in inner)
    return (
        f'<!DOCTYPE html>\n<html lang="{html.escape(language)}">\n'
        '<head><meta charset="utf-8"></head>\n'
        '<body style="font-family: sans-serif; max-width: 40em; overflow-wrap: anywhere">\n'
        f"{rows}\n</body>\n</html>\n"
    )


def _html_line(line: str, addresses: Sequence[str]) -> str:
    escaped = html.escape(line)
    return f'<a href="{escaped}">{escaped}</a>' if line in addresses else escaped
