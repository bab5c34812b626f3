"""What the staff desk asks of the counts, and how it clears one."""

from __future__ import annotations

from permit_accounts.model.errors import Unavailable
from permit_accounts.model.records import Account
from permit_accounts.ports import Remove
from permit_accounts.rules.obstacles import Strangers
from permit_accounts.tools import lookups
from permit_accounts.tools.services import Services
from permit_accounts.tools.throttle.counts import Layer, count_id
from permit_accounts.tools.throttle.keys import hard_key, keys_for_strangers
from permit_accounts.tools.throttle.snapshot import read_snapshot


def strangers(s: Services, account: Account) -> Strangers:
    """How a device that the account does not know is met just now; nothing is counted by asking.

    Raises:
        Unavailable: The durable store is out of reach.
    """
    keys = keys_for_strangers(account)
    try:
        snapshot = read_snapshot(s, s.scratch, keys, temporary_shape=False)
    except Unavailable:
        if s.scratch is s.store:
            raise
        snapshot = read_snapshot(s, s.store, keys, temporary_shape=False)
    waiting = snapshot.longest_waiting((snapshot.name,))
    return Strangers(
        closed=snapshot.is_closed(keys, s.policy),
        waits_until=waiting.count.waits_until if waiting is not None else None,
    )


def hard_count_cleared(s: Services, account: Account) -> tuple[Remove, ...]:
    """What a flow commits along where it opens an account to unknown devices without new credentials."""
    found = lookups.attempt_count(s.store, count_id(s, Layer.HARD, hard_key(account)))
    return () if found is None else (Remove(found),)
