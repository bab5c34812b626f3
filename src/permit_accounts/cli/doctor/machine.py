"""The machine looked over: what one password costs here, and whether the mail server answers."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from permit_accounts.cli.city_file import MailServer
from permit_accounts.cli.doctor.findings import Finding, error, note, ok, warning
from permit_accounts.model.errors import ConfigurationError
from permit_accounts.model.secret import Secret
from permit_accounts.rules.blocklist import check_blocklist
from permit_accounts.tools.services import Services

#: Less is cheap for whoever steals the database; more keeps people waiting (OWASP, password storage).
_CHEAP: Final = timedelta(milliseconds=50)
_SLOW: Final = timedelta(milliseconds=500)
_HASHES: Final = 3
_SECONDS: Final = 10
_PORTS: Final = {"starttls": 587, "tls": 465, "none": 25}


def of_the_blocklist() -> Iterator[Finding]:
    """Whether the list of common passwords came with the installation."""
    try:
        check_blocklist()
    except ConfigurationError as wrong:
        yield error("blocklist", str(wrong))
    else:
        yield ok("blocklist", "the list of common passwords can be read")


def of_hashing(s: Services) -> Iterator[Finding]:
    """What one hash costs at the policy's setting, on this machine as it is now."""
    spans = []
    for _ in range(_HASHES):
        began = s.now()
        s.hasher.hash(Secret("how long does this take"))
        spans.append(s.now() - began)
    span = sorted(spans)[_HASHES // 2]
    cost = s.policy.argon2
    words = (
        f"one hash takes {span // timedelta(milliseconds=1)} ms and {cost.memory_cost // 1024} MiB "
        f"(time_cost={cost.time_cost}, memory_cost={cost.memory_cost}, parallelism={cost.parallelism})"
    )
    if span < _CHEAP:
        yield note("hashing", f"{words}: this machine could afford more, 50 ms at least.")
    elif span > _SLOW:
        yield warning(
            "hashing", f"{words}: people wait long. A smaller Policy.argon2 or a faster machine helps."
        )
    else:
        yield ok("hashing", words)


def of_the_connection(server: MailServer) -> Iterator[Finding]:
    """Whether the mail server answers, encrypts and takes the password. Nothing is sent."""
    try:
        with _connected(server) as connection:
            if server.security == "starttls":
                connection.starttls(context=ssl.create_default_context())
            if server.username:
                connection.login(server.username, server.password().reveal())
            connection.noop()
    except (smtplib.SMTPException, OSError, ConfigurationError) as wrong:
        told = str(wrong) if isinstance(wrong, ConfigurationError) else type(wrong).__name__
        yield error("smtp", f"{server.host} cannot be used: {told}")
    else:
        yield ok("smtp", f"{server.host} answers")


def _connected(server: MailServer) -> smtplib.SMTP:
    port = server.port or _PORTS[server.security]
    if server.security == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(server.host, port, timeout=_SECONDS, context=context)
    return smtplib.SMTP(server.host, port, timeout=_SECONDS)
