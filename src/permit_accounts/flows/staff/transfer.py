"""Transfer a license: its name and its claim move together, in one commit, to another account.

The former holder's claim is released and everything open there ends; both are told. A holder who signed in
with nothing else gets a new name in the same act, or is closed.
"""

from __future__ import annotations

from datetime import datetime

from permit_accounts.model.codes import Code, EventName, LinkState, NameState, Permission, Standing
from permit_accounts.model.outcomes import Done, Refused
from permit_accounts.model.people import StaffMember
from permit_accounts.model.records import Account, Identifier
from permit_accounts.ports import Add, Change, Replace
from permit_accounts.rules.forms import not_text
from permit_accounts.rules.names import Name
from permit_accounts.tools import audit, claims, desk, lookups, messages, naming, roster_accounts
from permit_accounts.tools.services import Services


def transfer(
    s: Services,
    actor: StaffMember,
    *,
    held: desk.Who,
    to: desk.Who | None,
    new_name_for_holder: str | None,
    reason: str,
) -> Done | Refused:
    """Give a license and its name to another account: an existing one, or a new one in set-up.

    Args:
        held: The license, and so whoever has its name.
        to: The account that gets it; None makes one, to which staff then give a temporary password.
        new_name_for_holder: What the former holder signs in with from now on, where this was the only name;
            without one that account is closed.
    """
    now = s.now()
    forbidden = desk.forbidden(s, actor, Permission.LICENSES, now=now, reason=reason)
    if forbidden is not None:
        return forbidden
    license_id = desk.license_meant(s, held.text)
    if isinstance(license_id, Refused):
        return license_id
    wrong = not_text(text=to.text) if to is not None else None
    if wrong is not None:
        return wrong
    name = lookups.identifier(s, claims.name_of(license_id))
    holder = lookups.account(s, name.account_id) if name is not None else None
    if name is None or holder is None:
        return desk.refusing(s, actor, Code.STAFF_NOT_FOUND, now=now, license_id=license_id)
    if not held.is_still(holder):
        return desk.refusing(s, actor, Code.STAFF_MOVED, now=now, account=holder, license_id=license_id)
    named = desk.new_name(s, actor, holder, new_name_for_holder, now=now)
    if isinstance(named, Refused):
        return named
    receiver = _receiver(s, actor, license_id, holder, to, now=now)
    if isinstance(receiver, Refused):
        return receiver
    account, made = receiver

    s.store.commit(
        *made,
        Replace(name, name.active_for(account.id)),
        claims.granted(s, account, license_id, now=now, decided_by=actor.id)[1],
        *_given_up(s, holder, name, license_id, named, now=now, actor=actor),
        *messages.to_account(s, "claim-approved", account, now=now, params={"license": license_id}),
        *_events(s, actor, license_id, reason, holder=holder, receiver=account, now=now),
    )
    return Done(account=desk.without_hashes(account))


def _receiver(
    s: Services,
    actor: StaffMember,
    license_id: str,
    holder: Account,
    to: desk.Who | None,
    *,
    now: datetime,
) -> tuple[Account, tuple[Change, ...]] | Refused:
    """Who gets it, and what the commit changes for that."""
    if to is not None:
        account = desk.account_meant(s, actor, to, now=now)
        if isinstance(account, Refused):
            return account
        if account.id == holder.id or account.standing in (Standing.CLOSED, Standing.DISABLED):
            return desk.refusing(s, actor, Code.STAFF_STANDING, now=now, account=account)
        return account, (Replace(account, account),)  # so that none is given to one that is closed meanwhile
    account_type = roster_accounts.account_type_for(s, license_id)
    assert account_type is not None  # a license is read by the boards of the account types alone
    known = lookups.license_record(s, license_id)
    record = known or roster_accounts.vouched(license_id, "", now=now)
    account = roster_accounts.new_account(s, account_type, record, now=now)
    return account, (Add(account), *(() if known is not None else (Add(record),)))


def _given_up(
    s: Services,
    holder: Account,
    name: Identifier,
    license_id: str,
    new_name: Name | None,
    *,
    now: datetime,
    actor: StaffMember,
) -> tuple[Change, ...]:
    """The former holder without this license; nothing changes for one who had given its name up before."""
    link = lookups.link(s, license_id, holder.id)
    live = link if link is not None and link.state in claims.LIVE else None
    gone = name.state is not NameState.ACTIVE
    if gone and live is None:
        return ()
    return (
        *(
            (Replace(live, live.now_in(LinkState.RELEASED, since=now, decided_by=actor.id)),)
            if live is not None
            else ()
        ),
        *(() if gone else naming.without_license(s, holder, license_id, new_name, now=now)),
        *messages.to_account(s, "license-transferred", holder, now=now, params={"license": license_id}),
    )


def _events(
    s: Services,
    actor: StaffMember,
    license_id: str,
    reason: str,
    *,
    holder: Account,
    receiver: Account,
    now: datetime,
) -> tuple[Add, ...]:
    """One event in each of the two histories."""
    return tuple(
        audit.staff_event(
            s,
            EventName.STAFF_TRANSFERRED,
            at=now,
            actor=actor,
            account=account,
            license_id=license_id,
            reason=reason,
            params={"from": holder.id, "to": receiver.id},
        )
        for account in (receiver, holder)
    )
