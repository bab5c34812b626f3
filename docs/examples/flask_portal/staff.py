"""Who of the staff is asking: one name and password for the desk, by HTTP Basic (RFC 7617).

It stands for the city's directory. Where that says who somebody is, such as in a header that the city's own
proxy sets and takes away from what comes from outside, `member` is where it is read.
"""

from __future__ import annotations

import os
from base64 import b64encode
from hmac import compare_digest

from permit_accounts import Permission, StaffMember

CHALLENGE = {"WWW-Authenticate": 'Basic realm="Staff of the city", charset="UTF-8"'}


def member(authorization: str) -> StaffMember | None:
    """The member of staff whose `Authorization` this is; None for anybody else, and while nobody is named.

    `PORTAL_STAFF` is `name:password`. Have the password made, of 24 letters or more: nothing here slows down
    whoever guesses.
    """
    named = os.environ.get("PORTAL_STAFF", "")
    right = f"Basic {b64encode(named.encode()).decode()}"
    if not named or not compare_digest(right.encode(), authorization.encode()):
        return None
    return StaffMember(id=named.partition(":")[0], may=frozenset(Permission))
