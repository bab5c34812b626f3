"""Decide claims on licenses: list those waiting; approve, reject, release, link, or transfer.

Name and link move together, in one commit. A verified holder is never displaced but by a transfer, and an
account that is left without a name gets a new one in the same act, or is closed.
"""

from __future__ import annotations

from datetime import datetime

from permit_accounts.model.codes import (
    Code,
    EventName,
    LinkState,
    MatchLevel,
    NameState,
    Permission,
    Standing,
)
from permit_accounts.model.outcomes import Claims, Done, LinkDecided, Refused
from permit_accounts.model.people import StaffMember
from permit_accounts.model.records import Account, Identifier, LicenseLink
from permit_accounts.ports import Add, Change, Replace
from permit_accounts.rules.names import Name
from permit_accounts.tools import audit, claims, desk, lookups, messages, roster_accounts
from permit_accounts.tools.services import Services


def waiting(
    s: Services,
    *,
    actor: StaffMember,
    state: LinkState,
    limit: int,
    after: LicenseLink | None,
) -> Claims | Refused:
    """A page of the claims in this state: `claimed` and `pending` wait for staff."""
    now = s.now()
    forbidden = desk.forbidden(s, actor, Permission.LICENSES, now=now)
    if forbidden is not None:
        return forbidden
    page = tuple(lookups.links_in(s, state, limit=limit, after=after))
    s.store.commit(
        audit.staff_event(
            s, EventName.STAFF_LISTED_CLAIMS, at=now, actor=actor, params={"state": state}
        )
    )
    return Claims(links=page, next_after=page[-1] if len(page) == limit else None)


def verify(
    s: Services, *, actor: StaffMember, license_id: str, subject: desk.Subject, reason: str
) -> LinkDecided | Refused:
    """Approve an account's claim on a license, or link the two where there was no claim yet.

    The license's name becomes the account's, unless a verified holder has it.
    """
    now = s.now()
    forbidden = desk.forbidden(s, actor, Permission.LICENSES, now=now, reason=reason)
    if forbidden is not None:
        return forbidden
    _, account = desk.name_and_account(s, subject)
    if account is None:
        return desk.refusing(s, actor, Code.STAFF_NOT_FOUND, now=now, license_id=license_id)
    if account.standing in (Standing.CLOSED, Standing.DISABLED):
        return desk.refusing(s, actor, Code.STAFF_STANDING, now=now, account=account)
    named = _name_for_verified(s, account, license_id, now=now)
    if named is None:
        holder = claims.holder(s, license_id)
        shown = desk.holder_shown(holder) if holder is not None else {}
        return desk.refusing(
            s, actor, Code.STAFF_HELD, now=now, account=account, license_id=license_id, params=shown
        )

    claim = lookups.link(s, license_id, account.id)
    state = LinkState.PENDING if account.standing is Standing.SETUP else LinkState.VERIFIED
    link, change = _decided(claim, license_id, account, state, now=now, actor=actor)
    s.store.commit(
        change,
        *named,
        *messages.to_account(s, "claim-approved", account, now=now, params={"license": license_id}),
        audit.staff_event(
            s,
            EventName.STAFF_APPROVED if claim is not None else EventName.STAFF_LINKED,
            at=now,
            actor=actor,
            account=account,
            license_id=license_id,
            reason=reason,
        ),
    )
    return LinkDecided(link=link)


def end_claim(
    s: Services,
    *,
    actor: StaffMember,
    license_id: str,
    subject: desk.Subject,
    state: LinkState,
    new_name: Name | None,
    reason: str,
) -> LinkDecided | Refused:
    """Reject a claim, or release a license from an account; its name is retired with it.

    Args:
        state: `REJECTED` or `RELEASED`.
        new_name: What the account signs in with from now on, where this was its only name; without one
            the account is closed.
    """
    now = s.now()
    forbidden = desk.forbidden(s, actor, Permission.LICENSES, now=now, reason=reason)
    if forbidden is not None:
        return forbidden
    _, account = desk.name_and_account(s, subject)
    link = lookups.link(s, license_id, account.id) if account is not None else None
    if account is None or link is None:
        return desk.refusing(s, actor, Code.STAFF_NOT_FOUND, now=now, license_id=license_id)
    if link.state not in claims.LIVE:
        return desk.refusing(s, actor, Code.STAFF_LINK_STATE, now=now, account=account)
    if new_name is not None and lookups.identifier(s, new_name.id) is not None:
        return desk.refusing(s, actor, Code.USERNAME_TAKEN, now=now, account=account)

    ended = link.now_in(state, since=now, decided_by=actor.id)
    rejected = state is LinkState.REJECTED
    s.store.commit(
        Replace(link, ended),
        *_without_name(s, account, license_id, new_name, now=now),
        *messages.to_account(
            s,
            "claim-rejected" if rejected else "license-released",
            account,
            now=now,
            params={"license": license_id},
        ),
        audit.staff_event(
            s,
            EventName.STAFF_REJECTED if rejected else EventName.STAFF_RELEASED,
            at=now,
            actor=actor,
            account=account,
            license_id=license_id,
            reason=reason,
        ),
    )
    return LinkDecided(link=ended)


def transfer(
    s: Services,
    *,
    actor: StaffMember,
    license_id: str,
    to: desk.Subject | None,
    new_name_for_holder: Name | None,
    reason: str,
) -> Done | Refused:
    """Give a license and its name to another account: an existing one, or a new one in set-up.

    The former holder's claim is released and everything open there ends; both are told.

    Args:
        to: The account that gets it; None makes one, for which staff then issue a temporary password.
        new_name_for_holder: As in `end_claim`.
    """
    now = s.now()
    forbidden = desk.forbidden(s, actor, Permission.LICENSES, now=now, reason=reason)
    if forbidden is not None:
        return forbidden
    name = lookups.identifier(s, claims.name_of(license_id))
    holder = lookups.account(s, name.account_id) if name is not None else None
    if name is None or holder is None:
        return desk.refusing(s, actor, Code.STAFF_NOT_FOUND, now=now, license_id=license_id)
    if new_name_for_holder is not None and lookups.identifier(s, new_name_for_holder.id) is not None:
        return desk.refusing(s, actor, Code.USERNAME_TAKEN, now=now, account=holder)
    receiver = _receiver(s, actor, license_id, holder, to, now=now)
    if isinstance(receiver, Refused):
        return receiver
    account, made = receiver

    s.store.commit(
        *made,
        Replace(name, name.active_for(account.id)),
        *_verified_for(s, account, license_id, now=now, actor=actor),
        *_given_up(s, holder, name, license_id, new_name_for_holder, now=now, actor=actor),
        *messages.to_account(s, "license-transferred", holder, now=now, params={"license": license_id}),
        *messages.to_account(s, "claim-approved", account, now=now, params={"license": license_id}),
        audit.staff_event(
            s,
            EventName.STAFF_TRANSFERRED,
            at=now,
            actor=actor,
            account=account,
            license_id=license_id,
            reason=reason,
            params={"from": holder.id, "to": account.id},
        ),
        audit.staff_event(
            s,
            EventName.STAFF_TRANSFERRED,
            at=now,
            actor=actor,
            account=holder,
            reason=reason,
            params={"from": holder.id, "to": account.id},
        ),
    )
    return Done(account=account)


def _receiver(
    s: Services,
    actor: StaffMember,
    license_id: str,
    holder: Account,
    to: desk.Subject | None,
    *,
    now: datetime,
) -> tuple[Account, tuple[Add, ...]] | Refused:
    if to is not None:
        _, account = desk.name_and_account(s, to)
        if account is None:
            return desk.refusing(s, actor, Code.STAFF_NOT_FOUND, now=now, license_id=license_id)
        if account.id == holder.id or account.standing in (Standing.CLOSED, Standing.DISABLED):
            return desk.refusing(s, actor, Code.STAFF_STANDING, now=now, account=account)
        return account, ()
    account_type = roster_accounts.account_type_for(s, license_id)
    record = lookups.license_record(s, license_id)
    if account_type is None or record is None:
        return desk.refusing(s, actor, Code.STAFF_NOT_FOUND, now=now, license_id=license_id)
    account = roster_accounts.new_account(s, account_type, record, now=now)
    return account, (Add(account),)


def _verified_for(
    s: Services, account: Account, license_id: str, *, now: datetime, actor: StaffMember
) -> tuple[Change, ...]:
    """The receiver's claim: verified, or waiting for the set-up of a new account."""
    state = LinkState.PENDING if account.standing is Standing.SETUP else LinkState.VERIFIED
    claim = lookups.link(s, license_id, account.id)
    return (_decided(claim, license_id, account, state, now=now, actor=actor)[1],)


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
    """The former holder without this license: sessions ended, claim released, named anew or closed."""
    link = lookups.link(s, license_id, holder.id)
    released = (
        (Replace(link, link.now_in(LinkState.RELEASED, since=now, decided_by=actor.id)),)
        if link is not None and link.state in claims.LIVE
        else ()
    )
    if holder.standing is Standing.CLOSED:
        return released
    staying = [other for other in desk.active_names(s, holder) if other.id != name.id]
    return (*released, *_renamed(holder, staying, new_name, now=now))


def _renamed(
    account: Account, staying: list[Identifier], new_name: Name | None, *, now: datetime
) -> tuple[Change, ...]:
    """The account under the name that is left, under a new one, or closed; what was open ends."""
    if new_name is not None:
        added = Identifier(id=new_name.id, account_id=account.id, created_at=now)
        ready = account.with_username(new_name.display).with_new_epoch()
        return (Replace(account, ready), Add(added))
    if staying:
        display = staying[0].id.rsplit(":", 1)[-1]
        return (Replace(account, account.with_username(display).with_new_epoch()),)
    return (Replace(account, account.closed()),)


def _without_name(
    s: Services, account: Account, license_id: str, new_name: Name | None, *, now: datetime
) -> tuple[Change, ...]:
    """The account without this license's name, where it had it."""
    names = desk.active_names(s, account)
    going = [name for name in names if name.id == claims.name_of(license_id)]
    if not going:
        return ()
    staying = [name for name in names if name not in going]
    return (
        *(Replace(name, name.retired()) for name in going),
        *_renamed(account, staying, new_name, now=now),
    )


def _name_for_verified(
    s: Services, account: Account, license_id: str, *, now: datetime
) -> tuple[Change, ...] | None:
    """What gives a verified account the license's name; None where only a transfer can."""
    name = lookups.identifier(s, claims.name_of(license_id))
    if name is None:
        return (Add(Identifier(id=claims.name_of(license_id), account_id=account.id, created_at=now)),)
    if name.account_id == account.id:
        return () if name.state is NameState.ACTIVE else (Replace(name, name.active_for(account.id)),)
    holding = lookups.link(s, license_id, name.account_id)
    verified = holding is not None and holding.state is LinkState.VERIFIED
    return () if verified and name.state is NameState.ACTIVE else None


def _decided(
    claim: LicenseLink | None,
    license_id: str,
    account: Account,
    state: LinkState,
    *,
    now: datetime,
    actor: StaffMember,
) -> tuple[LicenseLink, Change]:
    """The claim in its new state, and what keeps it."""
    if claim is not None:
        link = claim.now_in(state, since=now, decided_by=actor.id)
        return link, Replace(claim, link)
    link = LicenseLink(
        id=LicenseLink.id_for(license_id, account.id),
        license_id=license_id,
        account_id=account.id,
        state=state,
        since=now,
        decided_by=actor.id,
        match_level=MatchLevel.MANUAL,
    )
    return link, Add(link)
