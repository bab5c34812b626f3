"""Where a city wants e-mail addresses to be unique: each confirmed address is a name, `email:<key>`.

An address becomes a name only when it is confirmed, so nobody can block somebody else's by typing it. The
address that a change leaves behind is set aside for as long as the change can be cancelled.
"""

from __future__ import annotations

from datetime import datetime

import attrs

from permit_accounts.model.codes import NameState
from permit_accounts.model.names import EMAIL, name_id
from permit_accounts.model.records import Account, Identifier
from permit_accounts.ports import Add, Change, Replace
from permit_accounts.rules.emails import Email, parse_email
from permit_accounts.tools import lookups
from permit_accounts.tools.services import Services


def key_of(address: str) -> str:
    """What a stored address is compared by."""
    parsed = parse_email(address)
    return parsed.key if isinstance(parsed, Email) else address


def claimed(s: Services, account: Account, key: str | None, *, now: datetime) -> tuple[Change, ...] | None:
    """What makes an address this account's alone; None where it is another's already.

    Nothing at all where the policy lets accounts share a mailbox.
    """
    if not s.policy.unique_email or key is None:
        return ()
    alone = name_id(EMAIL, key)
    held = lookups.identifier(s, alone)
    if held is None:
        return (Add(Identifier(id=alone, account_id=account.id, created_at=now)),)
    free = held.state is NameState.RESERVED and held.created_at + s.policy.cancel_email_ttl <= now
    if held.account_id != account.id and not free:
        return None
    mine = attrs.evolve(held.active_for(account.id), created_at=now)
    return () if held.state is NameState.ACTIVE else (Replace(held, mine),)


def is_anothers(s: Services, account: Account, key: str, *, now: datetime) -> bool:
    """Whether this address is another account's alone."""
    return claimed(s, account, key, now=now) is None


def set_aside(s: Services, account: Account, new_key: str, *, now: datetime) -> tuple[Change, ...]:
    """What keeps the address that an account leaves from everybody else while it may come back.

    Nothing where only the spelling of it changes.
    """
    if not s.policy.unique_email or account.email_key is None or account.email_key == new_key:
        return ()
    held = lookups.identifier(s, name_id(EMAIL, account.email_key))
    if held is None or held.account_id != account.id or held.state is not NameState.ACTIVE:
        return ()
    return (Replace(held, attrs.evolve(held, state=NameState.RESERVED, created_at=now)),)
