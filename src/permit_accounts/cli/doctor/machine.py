"""The machine looked over: what one password costs here, and whether the mail server answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Final

from permit_accounts.cli.doctor.findings import Finding, error, note, ok, warning
from permit_accounts.email_backends.smtp import SMTPBackend
from permit_accounts.model.errors import ConfigurationError, Unavailable
from permit_accounts.model.secret import Secret
from permit_accounts.rules.blocklist import check_blocklist
from permit_accounts.tools.services import Services

#: Less is cheap for whoever steals the database; more keeps people waiting (OWASP, password storage).
_CHEAP: Final = timedelta(milliseconds=50)
_SLOW: Final = timedelta(milliseconds=500)
_HASHES: Final = 3


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


def of_the_connection(made: Callable[[], SMTPBackend]) -> Iterator[Finding]:
    """Whether the mail server answers, encrypts and takes the password. Nothing is sent."""
    try:
        backend = made()
        backend.greet()
    except (Unavailable, ConfigurationError) as wrong:
        yield error("smtp", f"the mail server cannot be used: {wrong}")
    else:
        yield ok("smtp", f"{backend} answers")
