"""What every act at the staff desk goes through: permission, a reason, and whom it is about."""

from __future__ import annotations

from datetime import datetime

import attrs

from permit_accounts.model.codes import Code, EventName, NameState, Permission, Reason
from permit_accounts.model.license_id import LicenseId
from permit_accounts.model.outcomes import Problem, Refused
from permit_accounts.model.people import StaffMember
from permit_accounts.model.records import Account, Identifier
from permit_accounts.tools import audit, lookups
from permit_accounts.tools.services import Services

_REASON_LENGTH = 500


@attrs.frozen(kw_only=True)
class Subject:
    """Whom an act is about: one name, and the license that it stands for."""

    name_id: str
    display: str
    license: LicenseId | None = None

    @property
    def license_id(self) -> str | None:
        """The license's id, such as `us-ca-cslb:1012345`."""
        return str(self.license) if self.license is not None else None


def forbidden(
    s: Services, actor: StaffMember, permission: Permission, *, now: datetime, reason: str | None = None
) -> Refused | None:
    """Why this member of staff may not do it, committed as an event; None where they may.

    Args:
        reason: Why they do it, in a sentence; None where only reading, which needs none.
    """
    if permission not in actor.may:
        s.store.commit(
            audit.staff_event(
                s,
                EventName.STAFF_REFUSED,
                at=now,
                actor=actor,
                cause=Reason.NOT_ALLOWED,
                params={"permission": permission},
            )
        )
        return Refused((Problem(Code.STAFF_NOT_ALLOWED, params={"permission": permission}),))
    if reason is not None and not written(reason):
        return Refused((Problem(Code.STAFF_REASON, "reason", {"maximum": str(_REASON_LENGTH)}),))
    return None


def written(reason: str | None) -> bool:
    """Whether there is a reason: some words, not too many, in one line."""
    return (
        reason is not None
        and 3 <= len(reason.strip()) <= _REASON_LENGTH
        and not any(ord(c) < 32 for c in reason)
    )


def refusing(
    s: Services,
    actor: StaffMember,
    code: Code,
    *,
    now: datetime,
    account: Account | None = None,
    license_id: str | None = None,
    params: dict[str, str] | None = None,
) -> Refused:
    """A refusal that is committed as an event."""
    s.store.commit(
        audit.staff_event(
            s,
            EventName.STAFF_REFUSED,
            at=now,
            actor=actor,
            account=account,
            license_id=license_id,
            params={"code": code},
        )
    )
    return Refused((Problem(code, params=params or {}),))


def name_and_account(s: Services, subject: Subject) -> tuple[Identifier | None, Account | None]:
    """The name in whatever state, and the account that has it or last had it."""
    name = lookups.identifier(s, subject.name_id)
    return name, lookups.account(s, name.account_id) if name is not None else None


def holder_shown(account: Account) -> dict[str, str]:
    """Who has it, as far as the desk is shown in a refusal."""
    return {"username": account.username, "account_type": account.account_type, "email": account.email or ""}


def active_names(s: Services, account: Account) -> tuple[Identifier, ...]:
    """The names that sign somebody in; addresses kept unique are no such names."""
    return tuple(
        name
        for name in lookups.names_of(s, account.id)
        if name.state is NameState.ACTIVE and not name.id.startswith("email:")
    )
