"""The city's settings looked over: texts that were never set, and decisions weaker than the standards'."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import attrs

from permit_accounts.cli.city_file import MailServer
from permit_accounts.cli.doctor.findings import Finding, note, ok, warning
from permit_accounts.model.codes import QuestionUse
from permit_accounts.model.errors import ConfigurationError
from permit_accounts.rules.policy import Policy
from permit_accounts.tools.keyring import Keyring

_MUST_BE_SET: Final = ("city", "support_phone", "base_url", "mail_from")
#: NIST SP 800-63B-4, 3.1.1.2: a password that is the only factor.
_NIST_LEAST: Final = 15


def of_the_city(policy: Policy) -> Iterator[Finding]:
    """Whether e-mails will name the city, a telephone that somebody answers and a page that is there."""
    defaults = attrs.fields(Policy)
    unset = [name for name in _MUST_BE_SET if getattr(policy, name) == getattr(defaults, name).default]
    if unset:
        yield warning(
            "city", f"not set: {', '.join(unset)}. E-mails and pages would show what is only an example."
        )
    else:
        yield ok("city", f"{policy.city}, {policy.support_phone}, {policy.base_url}")
    if urlsplit(policy.base_url).scheme != "https":
        yield warning("base-url", f"{policy.base_url} is no https address: mailed links travel in clear.")
    yield _of_the_clock(policy.time_zone)


def _of_the_clock(zone: str) -> Finding:
    """Whether the pages will find the city's time zone, if they run on this machine."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, OSError):
        return warning(
            "time-zone",
            f"this machine knows no {zone}: the pages will not start here. Either the name is misspelled, or "
            "the machine has no time zones and needs them: pip install tzdata",
        )
    return ok("time-zone", f"pages show times of {zone}")


def of_the_policy(policy: Policy) -> Iterator[Finding]:
    """What this city decided otherwise than the standards; each is a decision, not a fault."""
    if policy.password_min < _NIST_LEAST:
        yield note(
            "passwords",
            f"passwords of {policy.password_min} characters are taken; NIST SP 800-63B-4, 3.1.1.2 asks for "
            f"{_NIST_LEAST} where a password is the only factor.",
        )
    else:
        yield ok("passwords", f"at least {policy.password_min} characters")
    if policy.security_question is not QuestionUse.OFF:
        yield note(
            "security-question",
            "a security question is asked, as the log-in guides say; NIST SP 800-63B-4, 3.1.1.2 and ASVS "
            "5.0, 6.4.2 advise against it. Here it is an extra step after a mailed link, and opens nothing "
            "alone.",
        )
    if policy.sign_in_after_registration:
        yield note(
            "registration",
            "people are signed in before their mailbox is confirmed, as the log-in guides say.",
        )
    if policy.audit_retention is not None and policy.audit_retention.days < 730:
        yield note(
            "audit",
            f"events are forgotten after {policy.audit_retention.days} days; California Government Code "
            "34090 has cities keep records for two years.",
        )


def of_the_keys(keyring: Keyring) -> Iterator[Finding]:
    """Whether there are keys. How old they are is written nowhere."""
    peppers = ", ".join(keyring.pepper_ids)
    yield ok("keys", f"readable, {f'peppers {peppers}' if peppers else 'no pepper'}")


def of_the_mail_server(server: MailServer | None) -> Iterator[Finding]:
    """Whether this command could send e-mail. The portal may do it by itself."""
    if server is None:
        yield note("mail-server", "no [smtp] is configured here: the portal itself must send its e-mail.")
        return
    try:
        server.backend()
    except ConfigurationError as wrong:
        yield warning("mail-server", str(wrong))
        return
    if server.security == "none":
        yield note("mail-server", f"{server.host} is spoken to without encryption: only within one machine.")
    else:
        yield ok("mail-server", f"{server.host}, {server.security}")
