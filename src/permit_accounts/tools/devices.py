"""Device tokens: what a browser keeps so that strangers' guesses do not make its owner wait.

A token names one account, holds a nonce of its own and the moment it was issued, and is sealed with its own
salt (OWASP, device cookies). It is a hint: it chooses which count an attempt falls under and never
authenticates (NIST SP 800-63B-4, 5.1). Nothing is stored for it but the failures on that device.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from permit_accounts.model.people import Visitor
from permit_accounts.model.records import Account, OneTimeToken
from permit_accounts.model.secret import Secret
from permit_accounts.tools.keyring import DEVICE
from permit_accounts.tools.services import Services

_NONCE_BYTES: Final = 12
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def new_device_token(s: Services, account_id: str, now: datetime) -> str:
    """A token that makes this browser known to one account, for `Policy.device_token_ttl`.

    Each has a count of guesses of its own, so there is one for each success, and none for the asking.
    """
    return _sealed(s, account_id, s.random(_NONCE_BYTES).hex(), now)


def token_behind_link(s: Services, link: OneTimeToken) -> str:
    """The device token that goes with a mailed link: the same one, however often the link is opened."""
    return _sealed(s, link.account_id, s.keyring.counted(f"device behind {link.id}"), link.created_at)


def kept_device_token(s: Services, visitor: Visitor, account: Account, now: datetime) -> str | None:
    """The visitor's own token where this account trusts it, else None; never one more."""
    return visitor.device_token if trusted_nonce(s, visitor, account, now) is not None else None


def trusted_nonce(s: Services, visitor: Visitor, account: Account | None, now: datetime) -> str | None:
    """The nonce of the visitor's device token where this very account may trust it, else None.

    Not trusted is a token that was not sealed here, names another account, is older than the policy allows,
    or was issued before the account last forgot its devices (a mailed reset, a new temporary password). The
    throttle also stops trusting a device on which too many attempts have failed.
    """
    token = Visitor.of(visitor).device_token
    if account is None or not isinstance(token, str):
        return None
    opened = s.keyring.open(Secret(token), DEVICE)
    if opened is None:
        return None
    account_id, nonce, micros = opened.rsplit(":", 2)
    issued = _EPOCH + int(micros) * _MICROSECOND
    forgotten = account.devices_trusted_since is not None and issued < account.devices_trusted_since
    if account_id != account.id or forgotten or now - issued > s.policy.device_token_ttl:
        return None
    return nonce


def _sealed(s: Services, account_id: str, nonce: str, issued_at: datetime) -> str:
    micros = (issued_at - _EPOCH) // _MICROSECOND
    return s.keyring.seal(f"{account_id}:{nonce}:{micros}", DEVICE)
