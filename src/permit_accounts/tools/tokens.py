"""One-time tokens: made for one purpose, good once, the newest of its purpose only.

What the store keeps is an id that opens nothing; the person gets it sealed. Expiry, epoch and single use
stand in the record, so a signature never decides alone (ASVS 5.0, 6.5.1; NIST SP 800-63B-4, 4.2.1.2).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import attrs

from permit_accounts.model.codes import Purpose, Standing
from permit_accounts.model.records import Account, OneTimeToken
from permit_accounts.model.secret import Secret
from permit_accounts.ports import Remove
from permit_accounts.tools import lookups
from permit_accounts.tools.mailboxes import on_file_now
from permit_accounts.tools.services import Services

#: What is good for an account in set-up: nothing else may lead past the duties of set-up.
_FOR_SETUP: Final = frozenset({Purpose.SETUP_GRANT, Purpose.SETUP_LINK})
#: A cancel link survives the change of e-mail that it cancels, and each change has its own.
_OUTLIVES_EPOCH: Final = Purpose.CANCEL_EMAIL_CHANGE
#: How many links to take a change of address back one account has at the most.
_MOST_CANCEL_LINKS: Final = 8
#: How many former mailboxes are told at once; the owner's is the earliest.
_MOST_TOLD: Final = 3


def issue(
    s: Services,
    account: Account,
    purpose: Purpose,
    *,
    now: datetime,
    ttl: timedelta,
    sent_to: str | None = None,
    asks: tuple[str, ...] = (),
) -> OneTimeToken:
    """A fresh token of the account's present epoch; the flow commits it."""
    return OneTimeToken(
        id=s.new_secret_id(),
        purpose=purpose,
        account_id=account.id,
        epoch=account.epoch,
        created_at=now,
        expires_at=now + ttl,
        sent_to=sent_to,
        asks=asks,
    )


def sealed(s: Services, token: OneTimeToken) -> str:
    """What the person is given for it."""
    return s.keyring.seal(token.id, token.purpose)


def present(
    s: Services, purpose: Purpose, token: Secret, *, now: datetime
) -> tuple[OneTimeToken, Account] | None:
    """The record behind a token and its account, or None for a token that is dead.

    Dead is: not sealed here for this purpose, spent, expired, of an older epoch, overtaken by a newer one
    of its purpose, of an account that is disabled or closed, or of one in set-up where it does not lead to
    set-up or went to another address than is on file by now. All are one answer.
    """
    token_id = s.keyring.open(token, purpose)
    record = lookups.token(s, token_id) if token_id is not None else None
    if record is None or record.purpose is not purpose or record.expires_at <= now:
        return None
    account = lookups.account(s, record.account_id)
    if account is None or not _good_in(account.standing, purpose):
        return None
    if purpose is _OUTLIVES_EPOCH:
        return record, account
    if record.epoch != account.epoch or _overtaken(s, record) or _misdirected(s, record, account):
        return None
    return record, account


def older(s: Services, account: Account, purpose: Purpose, *, limit: int = 5) -> tuple[Remove, ...]:
    """What the commit of a new token takes away: the earlier ones of its purpose.

    They are dead anyway once there is a newer one; taking them away keeps their number small.
    """
    earlier = [token for token in lookups.tokens_of(s, account.id) if token.purpose is purpose]
    return tuple(Remove(token) for token in earlier[:limit])


def cancel_links(s: Services, account: Account, *, after: OneTimeToken | None = None) -> tuple[Remove, ...]:
    """What ends the links that take a change of address back: all of them, or those of later changes."""
    links = _cancel_links(s, account)
    return tuple(Remove(link) for link in links if after is None or link.epoch > after.epoch)


def former_mailboxes(s: Services, account: Account, *, now: datetime) -> tuple[str, ...]:
    """Who can take a change of address back now: the mailboxes of before it, the earliest first, and few."""
    live = [link.sent_to for link in _cancel_links(s, account) if link.expires_at > now and link.sent_to]
    return tuple(dict.fromkeys(address for address in live if address != account.email))[:_MOST_TOLD]


def surplus_cancel_links(s: Services, account: Account) -> tuple[Remove, ...]:
    """What keeps those links few, so that one commit can end them all.

    The newest gives way, never the first: that one takes everything back.
    """
    return tuple(Remove(link) for link in _cancel_links(s, account)[_MOST_CANCEL_LINKS - 1 :])


def renewed(token: OneTimeToken, *, now: datetime, ttl: timedelta, until: datetime) -> OneTimeToken:
    """The same grant for a while longer, up to its limit."""
    return attrs.evolve(token, expires_at=min(now + ttl, until))


def _cancel_links(s: Services, account: Account) -> list[OneTimeToken]:
    """In the order of the changes that they take back, each of which made the epoch grow."""
    mine = [token for token in lookups.tokens_of(s, account.id) if token.purpose is _OUTLIVES_EPOCH]
    return sorted(mine, key=lambda token: token.epoch)


def _good_in(standing: Standing, purpose: Purpose) -> bool:
    return standing is Standing.ACTIVE or (standing is Standing.SETUP and purpose in _FOR_SETUP)


def _overtaken(s: Services, record: OneTimeToken) -> bool:
    """Whether a newer token of this purpose and epoch exists: two asked for at once leave one alive."""
    mine = (record.created_at, record.id)
    return any(
        (other.created_at, other.id) > mine
        for other in lookups.tokens_of(s, record.account_id)
        if other.purpose is record.purpose and other.epoch == record.epoch
    )


def _misdirected(s: Services, record: OneTimeToken, account: Account) -> bool:
    """Whether a set-up link was mailed to an address that is not on file any more.

    An import that corrects a roster's address touches no account, so no epoch tells.
    """
    return record.purpose is Purpose.SETUP_LINK and record.sent_to != on_file_now(s, account).email
