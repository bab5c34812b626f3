"""A refusal that matters: committed as an event, then returned by the flow as what came of it."""

from __future__ import annotations

from datetime import datetime

from permit_accounts.model.codes import Code, EventName, Reason
from permit_accounts.model.outcomes import Problem, Refused
from permit_accounts.model.people import Visitor
from permit_accounts.model.records import Account
from permit_accounts.tools import audit
from permit_accounts.tools.services import Services


def refusing(
    s: Services,
    name: EventName,
    *problems: Problem,
    now: datetime,
    visitor: Visitor,
    account: Account | None = None,
    cause: Reason | None = Reason.INVALID_FORM,
    license_id: str | None = None,
) -> Refused:
    """Refuse with these problems; the event is all that is committed.

    Args:
        account: Whose account it is about, where that is known.
        cause: What really happened, whatever the person is told.
        license_id: Which license it is about, if one.
    """
    s.store.commit(
        audit.event(s, name, at=now, account=account, visitor=visitor, cause=cause, license_id=license_id)
    )
    return Refused(problems)


def dead_link(s: Services, name: EventName, *, now: datetime, visitor: Visitor) -> Refused:
    """Refuse a link that opens nothing: whose it was is not known."""
    dead = Problem(Code.LINK_INVALID)
    return refusing(s, name, dead, now=now, visitor=visitor, cause=Reason.DEAD_TOKEN)
