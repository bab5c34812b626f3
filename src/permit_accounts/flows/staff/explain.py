"""Explain why somebody cannot sign in: everybody whom the text can mean, and what stands in the way."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from permit_accounts.model.codes import Code, EventName, Permission
from permit_accounts.model.license_id import LicenseId
from permit_accounts.model.outcomes import Explained, Problem, Refused
from permit_accounts.model.people import StaffMember
from permit_accounts.model.records import Account, AuditEvent
from permit_accounts.rules import obstacles
from permit_accounts.rules.account_types import AccountType
from permit_accounts.rules.names import boards_of, license_shown
from permit_accounts.tools import desk, desk_search, lookups, throttle
from permit_accounts.tools.desk_search import AccountHit, LicenseHit
from permit_accounts.tools.services import Services

_SIGN_INS: Final = frozenset(
    {EventName.SIGN_IN_REFUSED, EventName.SIGN_IN_WAITING, EventName.SIGNED_IN, EventName.SETUP_STARTED}
)
_TRIES: Final = 5
_LOOKED_AT: Final = 50


def explain(
    s: Services, actor: StaffMember, *, text: str, account_type: AccountType | str | None
) -> tuple[Explained, ...] | Refused:
    """What each account or roster license that is meant meets at the door.

    Where nobody is meant, the refusal also says what is wrong with the text: of a type that was given
    whatever its rule finds, else what keeps the text from being a license number that it was meant as.
    """
    now = s.now()
    forbidden = desk.may_not(s, actor, Permission.FIND, now=now)
    if forbidden is not None:
        return forbidden
    hits = desk_search.hits(s, text, account_type)
    if isinstance(hits, Refused):
        return hits
    told = tuple(_explained(s, hit, now=now) for hit in hits)
    s.store.commit(desk_search.looked_up(s, actor, hits, now=now))
    return told if told else Refused((Problem(Code.STAFF_NOT_FOUND), *_misread(s, text, account_type)))


def _misread(s: Services, text: str, account_type: AccountType | str | None) -> tuple[Problem, ...]:
    if account_type is None:
        return desk.hints(s.policy, text, account_type)
    readings = desk.readings(s.policy, text, account_type)
    return tuple(problem for _, problem in readings if isinstance(problem, Problem))


def _explained(s: Services, hit: AccountHit | LicenseHit, *, now: datetime) -> Explained:
    if isinstance(hit, LicenseHit):
        return Explained(
            name=license_shown(LicenseId.parse(hit.license.id), boards_of(hit.account_type.id, s.policy)),
            account_type=hit.account_type.id,
            license=hit.license,
            obstacles=(obstacles.of_license(hit.license),),
        )
    account = hit.account
    strangers = throttle.strangers(s, account)
    standing = obstacles.of_account(
        account, s.policy, readable=s.hasher.readable, strangers=strangers, now=now
    )
    return Explained(
        name=account.username,
        account_type=account.account_type,
        account=desk.without_hashes(account),
        license=hit.license,
        obstacles=(*obstacles.of_name(hit.name), *standing),
        remarks=tuple(obstacles.remarks(account, s.policy, strangers=strangers, now=now)),
        waits_until=strangers.waits_until,
        tries=_tries(s, account),
    )


def _tries(s: Services, account: Account) -> tuple[AuditEvent, ...]:
    events = lookups.events_of(s, account.id, limit=_LOOKED_AT)
    return tuple(event for event in events if event.name in _SIGN_INS)[:_TRIES]
