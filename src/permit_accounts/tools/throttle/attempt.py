"""What the throttle made of one attempt: what its flow is told, and what is needed to settle it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import attrs

from permit_accounts.model.codes import Code
from permit_accounts.model.outcomes import Refused, refused
from permit_accounts.model.values import Value
from permit_accounts.ports import Store
from permit_accounts.tools.throttle.counts import Bucket
from permit_accounts.tools.throttle.keys import Keys

_SECOND: Final = timedelta(seconds=1)


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Attempt(Value):
    """What a flow is told of one attempt that was counted: plain values, no store and no count.

    Args:
        trusted: It comes from a device that the account knows.
        wait: It is refused; the next may be made after so long. Nothing is to be checked.
        first_refusal: The first since this wait began, so the one to put on record.
        past_wait: Its name waits, and it was let past for its shape, which is a temporary password's.
        temporary_only: No chosen password may be compared, only a temporary one, or a decoy.
        hard_count: Failures of unknown devices in a row, this attempt included; 0 where it does not count.
    """

    trusted: bool
    wait: timedelta | None = None
    first_refusal: bool = False
    past_wait: bool = False
    temporary_only: bool = False
    hard_count: int = 0

    @property
    def must_wait(self) -> bool:
        """Whether the attempt ends here."""
        return self.wait is not None

    def refusal(self) -> Refused:
        """The answer to an attempt that has to wait: the same for every name, known or not."""
        return wait_refusal(self.wait or _SECOND)


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Reservation(Value):
    """One attempt and all that is needed to settle it. The front door keeps it; flows see the attempt alone.

    Args:
        attempt: What the flow is told.
        made_at: When it was reserved.
        keys: What it is counted under.
        scratch: Where what may be forgotten is counted.
        buckets: The counts in which it stands as under way.
    """

    attempt: Attempt
    made_at: datetime
    keys: Keys = attrs.field(repr=False)
    scratch: Store = attrs.field(repr=False)
    buckets: tuple[Bucket, ...] = attrs.field(default=(), repr=False)


def wait_refusal(wait: timedelta, code: Code = Code.WAIT, **params: str) -> Refused:
    """Come again after so long; `seconds` and `minutes` are whole and rounded up."""
    seconds = max(1, -(-wait // _SECOND))
    return refused(code, seconds=str(seconds), minutes=str(-(-seconds // 60)), **params)
