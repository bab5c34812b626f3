"""What the audit log is told: one event per outcome, made here and committed with what it tells of.

Unknown names never stand in an event in clear: people type passwords into the username field.
"""

from __future__ import annotations

import unicodedata
from datetime import datetime
from typing import Final

from permit_accounts.model.codes import ActorKind, EventName, Reason
from permit_accounts.model.people import StaffMember, Visitor
from permit_accounts.model.records import Account, AuditEvent
from permit_accounts.ports import Add
from permit_accounts.tools.services import Services

_IP_LENGTH: Final = 45
_AGENT_LENGTH: Final = 200
#: Controls, format marks, surrogates, private and unassigned characters, and the separators of lines.
_BREAKING: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def event(
    s: Services,
    name: EventName,
    *,
    at: datetime,
    account: Account | None = None,
    visitor: Visitor | None = None,
    cause: Reason | None = None,
    license_id: str | None = None,
    for_desk: bool = False,
    params: dict[str, str] | None = None,
) -> Add:
    """What a person did, or tried to do, to their own account.

    Args:
        at: When; the flow's own moment.
        account: Whose account; None where the name is unknown.
        cause: What really happened, where the person was not told.
        for_desk: Whether staff must learn of it.
        params: Further facts, never a secret; unknown names go through `Keyring.counted` first.
    """
    who = Visitor.of(visitor)
    return Add(
        AuditEvent(
            id=s.new_id(at),
            at=at,
            name=name,
            account_id=account.id if account is not None else None,
            license_id=license_id,
            actor=ActorKind.SELF,
            actor_id=account.id if account is not None else "",
            cause=cause,
            ip=_line(who.ip, _IP_LENGTH),
            user_agent=_line(who.user_agent, _AGENT_LENGTH),
            params=params or {},
            desk_at=at if for_desk else None,
        )
    )


def staff_event(
    s: Services,
    name: EventName,
    *,
    at: datetime,
    actor: StaffMember,
    account: Account | None = None,
    license_id: str | None = None,
    reason: str = "",
    cause: Reason | None = None,
    params: dict[str, str] | None = None,
) -> Add:
    """What a member of staff did, with the reason given."""
    return Add(
        AuditEvent(
            id=s.new_id(at),
            at=at,
            name=name,
            account_id=account.id if account is not None else None,
            license_id=license_id,
            actor=ActorKind.STAFF,
            actor_id=actor.id,
            reason=reason,
            cause=cause,
            params=params or {},
        )
    )


def system_event(
    s: Services,
    name: EventName,
    *,
    at: datetime,
    account_id: str | None = None,
    license_id: str | None = None,
    cause: Reason | None = None,
    for_desk: bool = False,
    params: dict[str, str] | None = None,
) -> Add:
    """What the library did by itself."""
    return Add(
        AuditEvent(
            id=s.new_id(at),
            at=at,
            name=name,
            account_id=account_id,
            license_id=license_id,
            actor=ActorKind.SYSTEM,
            cause=cause,
            params=params or {},
            desk_at=at if for_desk else None,
        )
    )


def device_label(visitor: Visitor) -> str:
    """How a session names its device in the person's list: the browser's own description, cut."""
    return _line(Visitor.of(visitor).user_agent, _AGENT_LENGTH)


def _line(text: object, length: int) -> str:
    """A bounded piece of one line: no control, format or separator characters, so no forged log line."""
    if not isinstance(text, str):
        return ""
    cut = text[:length]
    if cut.isprintable():  # what a browser sends is
        return cut
    return "".join(c for c in cut if unicodedata.category(c) not in _BREAKING)
