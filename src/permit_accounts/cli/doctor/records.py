"""What is kept looked over: e-mail that does not leave, hashes whose pepper is gone, a wrong clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final

from permit_accounts.cli.doctor.findings import Finding, error, note, ok, warning
from permit_accounts.cli.doctor.redis_server import of_redis
from permit_accounts.cli.shown import moment
from permit_accounts.cli.waiting_mail import waiting_mail
from permit_accounts.model.codes import ScratchOutage
from permit_accounts.model.errors import Unavailable
from permit_accounts.model.records import Account
from permit_accounts.rules.old_costs import OldCost, declaration_for, parse_declared
from permit_accounts.tools import lookups
from permit_accounts.tools.encoded_hash import from_text
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


def of_the_hashes(s: Services) -> Iterator[Finding]:
    """Whether every hash can be checked with the peppers of the key ring. # Cost: reads every account."""
    known = set(s.keyring.pepper_ids)
    missing: dict[str, int] = {}
    unreadable = accounts = 0
    imported: Counter[OldCost] = Counter()
    for account in lookups.all_accounts(s):
        accounts += 1
        peppers, wrong = _peppers(account)
        unreadable += wrong
        imported.update(_imported(account))
        for pepper in peppers - known:
            missing[pepper] = missing.get(pepper, 0) + 1
    for pepper, count in sorted(missing.items()):
        yield error(
            "pepper",
            f"{count} accounts have hashes with the pepper {pepper!r}, which is not in the key ring: nobody "
            "of them can sign in. Put that key back; a pepper may go once no hash names it.",
        )
    if unreadable:
        yield error(
            "hashes", f"{unreadable} accounts have a hash that cannot be read: restore them from a backup."
        )
    if not missing and not unreadable:
        yield ok("hashes", f"all hashes of {accounts} accounts can be checked")
    yield from _of_imported_hashes(imported, s.policy.imported_hashes)


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


def _of_imported_hashes(left: Mapping[OldCost, int], declared: Sequence[str]) -> Iterator[Finding]:
    """How many still need what the policy declares; nothing where there was no earlier portal."""
    covering = [cost for cost in map(parse_declared, declared) if cost is not None]
    missing = [cost for cost in left if not any(one.covers_cost(cost) for one in covering)]
    count = sum(left.values())
    if missing:
        costs = ", ".join(f'"{text}"' for text in declaration_for(left))
        yield error(
            "imported-hashes",
            f"{sum(left[cost] for cost in missing)} accounts have hashes of an earlier portal that the "
            f"policy does not declare: nobody of them can sign in. Set imported_hashes = [{costs}].",
        )
    elif count:
        costs = ", ".join(f"{cost.text}: {number}" for cost, number in left.items())
        yield note(
            "imported-hashes",
            f"{count} accounts still have hashes of an earlier portal ({costs}); each becomes ours when its "
            "owner signs in. Every sign-in does that work too until imported_hashes is taken out.",
        )
    elif declared:
        yield warning(
            "imported-hashes",
            "no account has a hash of an earlier portal any more: take imported_hashes out of the policy, "
            "for every sign-in does that work too.",
        )


def _imported(account: Account) -> list[OldCost]:
    stored = from_text(account.password_hash or "")
    return [] if stored is None or stored.inner is None else [stored.inner.cost]


def _peppers(account: Account) -> tuple[set[str], int]:
    """The peppers that an account's hashes name, and 1 where one of them is no hash."""
    encoded = [account.password_hash, account.temporary_hash, account.answer_hash]
    hashes = [from_text(text) for text in encoded if text is not None]
    named = {stored.pepper_id for stored in hashes if stored is not None and stored.pepper_id is not None}
    return named, int(None in hashes)
