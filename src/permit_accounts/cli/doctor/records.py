"""What is kept looked over: e-mail that does not leave, counts that were lost, a wrong clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from permit_accounts.cli.doctor.findings import Finding, error, note, ok, warning
from permit_accounts.cli.doctor.redis_server import of_redis
from permit_accounts.cli.shown import moment
from permit_accounts.cli.waiting_mail import waiting_mail
from permit_accounts.model.codes import ScratchOutage
from permit_accounts.model.errors import Unavailable
from permit_accounts.tools import lookups
from permit_accounts.tools.services import Services
from permit_accounts.tools.throttle.continuity import Continuity
from permit_accounts.tools.throttle.scratch import bare

#: Delivery looks every two seconds; a mail that waits so long is not being sent by anybody.
_LATE: Final = timedelta(minutes=10)
#: Machines of one city differ by seconds.
_AHEAD: Final = timedelta(minutes=2)
_COUNTED: Final = 1000


def of_the_outbox(s: Services) -> Iterator[Finding]:
    """Whether e-mail leaves."""
    waiting = waiting_mail(s)
    if waiting is None:
        yield ok("outbox", "no e-mail waits")
    elif waiting.of_other_keys:
        yield error(
            "outbox",
            f"{waiting.told}: {waiting.of_other_keys} written with keys that are not in this key ring, so "
            "that their links cannot be made here. Give the portal and this command the same keys.",
        )
    elif waiting.next_at is not None and s.now() - waiting.next_at > _LATE:
        yield error(
            "outbox",
            f"{waiting.told}: nobody sends it. Run `permit-accounts outbox deliver --watch` beside the "
            "portal, or call accounts.outbox.start() in it.",
        )
    elif waiting.last_error:
        yield warning(
            "outbox", f"{waiting.told}; where a mail server is to take it, `doctor --smtp` tries that."
        )
    else:
        yield ok("outbox", waiting.told)
    failed = len(lookups.emails_failed(s, limit=_COUNTED))
    if failed:
        many = "or more " if failed == _COUNTED else ""
        yield warning("failed-email", f"{failed} {many}e-mails were given up; `staff inbox` says why.")


def of_the_counts(s: Services) -> Iterator[Finding]:
    """Where attempts are counted just now. Nothing is counted by asking."""
    if not isinstance(s.scratch, Continuity):
        yield ok("counts", "attempts are counted in the database")
        return
    refused = s.policy.scratch_outage is ScratchOutage.REFUSE
    meanwhile = "attempts are refused" if refused else "attempts are counted in the database"
    try:
        until = s.scratch.lost_until()
    except Unavailable as gone:
        yield error("counts", f"the store of attempt counts cannot be used, and {meanwhile}: {gone}")
        return
    if until is not None:
        yield warning(
            "counts",
            f"{s.scratch!r} has lost its counts, or is new to this city: the database counts attempts until "
            f"{moment(until)}, so that nobody gains guesses by it. Nothing is to be done.",
        )
    else:
        yield ok("counts", f"attempts are counted in {s.scratch!r}")
    yield from of_redis(bare(s.scratch), s.now)


def of_the_clock(s: Services) -> Iterator[Finding]:
    """Whether the history ends before now."""
    newest = lookups.newest_event(s)
    now = s.now()
    if newest is not None and newest.at - now > _AHEAD:
        yield error(
            "clock",
            f"the last event is of {moment(newest.at)}, which is in the future: this clock is behind, or "
            "another was ahead. Sessions and links are judged by it.",
        )
    elif newest is None:
        yield note("clock", "nothing has happened yet")
    else:
        yield ok("clock", f"last event {moment(newest.at)}")
