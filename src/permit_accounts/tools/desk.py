"""What every act at the staff desk goes through: permission, a reason, and whom it is about."""

from __future__ import annotations

from datetime import datetime

import attrs

from permit_accounts.model.codes import Code, EventName, NameState, Permission, Reason, Standing
from permit_accounts.model.license_id import LicenseId
from permit_accounts.model.outcomes import Problem, Refused
from permit_accounts.model.people import StaffMember
from permit_accounts.model.records import Account, Identifier
from permit_accounts.model.values import Value
from permit_accounts.rules.characters import is_plain_line
from permit_accounts.tools import audit, lookups
from permit_accounts.tools.services import Services

_REASON_LENGTH = 500


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Subject(Value):
    """Whom an act is about: one name, and the license that it stands for."""

    name_id: str
    license: LicenseId | None = None

    @property
    def license_id(self) -> str | None:
        """The license's id, such as `us-ca-cslb:1012345`."""
        return str(self.license) if self.license is not None else None


def forbidden(
    s: Services, actor: StaffMember, permission: Permission, *, now: datetime, reason: str
) -> Refused | None:
    """Why this member of staff may not make this change; None where they may.

    Args:
        reason: Why they do it, in a sentence. No change is made without one, whatever stands in its place.
    """
    refusal = may_not(s, actor, permission, now=now)
    if refusal is None and not written(reason):
        return Refused((Problem(Code.STAFF_REASON, "reason", {"maximum": str(_REASON_LENGTH)}),))
    return refusal


def may_not(s: Services, actor: StaffMember, permission: Permission, *, now: datetime) -> Refused | None:
    """Why this member of staff may not even look, committed as an event; None where they may.

    Reading needs the permission and no reason.
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
    return None


def written(reason: object) -> bool:
    """Whether there is a reason: some words, not too many, in one line that can be read."""
    return (
        isinstance(reason, str) and 3 <= len(reason.strip()) <= _REASON_LENGTH and is_plain_line(reason)
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


def account_meant(
    s: Services, actor: StaffMember, subject: Subject, *, now: datetime
) -> Account | Refused:
    """The account that a change is about, or the refusal that is committed as an event.

    A name that its account gave up does not mean that account, unless the account itself was closed: else a
    number that changed hands would lead to somebody whom staff do not mean.
    """
    name, account = name_and_account(s, subject)
    if name is None or account is None:
        return refusing(s, actor, Code.STAFF_NOT_FOUND, now=now, license_id=subject.license_id)
    if name.state is not NameState.ACTIVE and account.standing is not Standing.CLOSED:
        return refusing(s, actor, Code.STAFF_RETIRED, now=now, account=account)
    return account


def holder_shown(account: Account) -> dict[str, str]:
    """Who has it, as far as the desk is shown in a refusal."""
    return {"username": account.username, "account_type": account.account_type, "email": account.email or ""}


def without_hashes(account: Account) -> Account:
    """The account as the desk is shown it: nothing in it could be guessed at."""
    return attrs.evolve(account, password_hash=None, temporary_hash=None, answer_hash=None)
