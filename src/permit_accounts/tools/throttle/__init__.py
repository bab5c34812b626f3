"""Limits on guessing: each attempt is counted before its secret is checked, and settled afterwards.

A sign-in goes like this; every other check of a password or link goes alike:

1. `keys_for` says what the attempt is counted under.
2. `reserve` counts it as under way, in a commit of its own, before anything is checked; so no number of
   attempts at once gets further than as many in a row. Where one of the counts is over its limit, nothing is
   counted, and the attempt has to wait. The front door keeps the `Reservation`.
3. The flow is given the reservation's `Attempt`: whether it has to wait, whether its device is known, whether
   a chosen password may be compared. It commits what it decides, and no count.
4. `settle` takes the attempt out of what is under way, in a commit of its own, and counts a failure where it
   was a wrong one. What nobody settles counts as a failure after `Policy.throttle_unsettled`.

Usernames are public license numbers, so a lock that strangers can close would be a weapon. Four layers stand
side by side (`permit_accounts.rules.waits` has the rule of each):

* **name**: guesses at one name from unknown devices; waits that double. Names that nobody has are counted
  like any other.
* **device**: guesses on one device that the account knows; it takes the name's place, so that the owner
  feels nothing of what strangers do.
* **hard**: consecutive failures of all unknown devices of an account; beyond `Policy.hard_cap` the password
  is not compared for them. Names that nobody has are counted alike, so that they cost as much.
* **source**: failures, and names that failed, at one address; for unknown devices only.

Name and source may live in the scratch store and be forgotten; device and hard count live in the durable one.
While the scratch store is out of reach, or once it has lost its counts, all are counted in the durable one,
or attempts are refused (`scratch`): never uncounted.

Beside them stand the `limits` on what is asked for rather than guessed, such as mails and registrations, and
the `FailureRate` of the whole city, which raises an alarm and stops nobody.
"""

from __future__ import annotations

from permit_accounts.tools.throttle import limits
from permit_accounts.tools.throttle.attempt import Attempt, Reservation
from permit_accounts.tools.throttle.failure_rate import FailureRate
from permit_accounts.tools.throttle.for_staff import hard_count_cleared, strangers
from permit_accounts.tools.throttle.keys import (
    Keys,
    keys_for,
    keys_for_dead_token,
    keys_for_session,
    keys_for_token,
)
from permit_accounts.tools.throttle.reserving import reserve
from permit_accounts.tools.throttle.scratch import watched
from permit_accounts.tools.throttle.settling import settle

__all__ = [
    "Attempt",
    "FailureRate",
    "Keys",
    "Reservation",
    "hard_count_cleared",
    "keys_for",
    "keys_for_dead_token",
    "keys_for_session",
    "keys_for_token",
    "limits",
    "reserve",
    "settle",
    "strangers",
    "watched",
]
