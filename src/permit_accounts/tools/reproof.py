"""The password asked again from somebody who is signed in already."""

from __future__ import annotations

from datetime import datetime

from permit_accounts.model.codes import Code, EventName, Reason
from permit_accounts.model.outcomes import Refused, refused
from permit_accounts.model.people import Visitor
from permit_accounts.model.records import Account
from permit_accounts.model.secret import Secret
from permit_accounts.ports import Add
from permit_accounts.rules import passwords
from permit_accounts.tools import audit
from permit_accounts.tools.services import Services


def right(s: Services, account: Account, password: Secret) -> bool:
    """Whether this is the account's password; a text too long to be hashed never is."""
    if passwords.password_too_long(password, s.policy):
        return False
    return s.hasher.verify(account.password_hash, passwords.normalized_password(password))


def wrong(s: Services, account: Account, name: EventName, *, now: datetime, visitor: Visitor) -> Add:
    """What is kept of a wrong one."""
    return audit.event(s, name, at=now, account=account, visitor=visitor, cause=Reason.WRONG_PASSWORD)


def refusal() -> Refused:
    """What is said of a wrong one."""
    return refused(Code.WRONG_CREDENTIALS, "current_password")
