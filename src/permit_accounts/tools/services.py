"""Everything a flow is given: the ports, the policy, and where time and chance come from.

Nothing else in the library may read a clock or draw a random number, so a test that holds these two holds
everything.
"""

from __future__ import annotations

import base64
import os
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import attrs

from permit_accounts.model.values import Value
from permit_accounts.ports import Catalog, Hasher, LicenseRegister, Store
from permit_accounts.rules.policy import Policy
from permit_accounts.tools.keyring import Keyring

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def utc_now() -> datetime:
    """The time of day, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - the one place


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Services(Value):
    """What flows work with.

    Args:
        store: Keeps what must last, sessions included.
        scratch: Keeps those attempt counts that may be forgotten; by default the same store.
        now: The time, aware and in UTC.
        random: So many random bytes, from the operating system.
        pause: Waits so many seconds; only the throttle's front door calls it.
    """

    store: Store
    scratch: Store
    hasher: Hasher
    keyring: Keyring
    policy: Policy
    catalog: Catalog
    registers: Mapping[str, LicenseRegister] = attrs.field(factory=dict)
    now: Callable[[], datetime] = utc_now
    random: Callable[[int], bytes] = os.urandom
    pause: Callable[[float], None] = time.sleep

    def new_id(self, at: datetime) -> str:
        """An id that begins with the UTC microsecond, so that records page by age and inserts stay local."""
        return f"{(at - _EPOCH) // _MICROSECOND:014x}{self.random(10).hex()}"

    def new_secret_id(self) -> str:
        """256 random bits for a token or session (ASVS 5.0, 7.2.3 asks 128)."""
        return base64.urlsafe_b64encode(self.random(32)).rstrip(b"=").decode("ascii")
