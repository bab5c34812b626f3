"""Decide claims on licenses: list those waiting; approve, link, reject or release.

Name and link move together, in one commit. A verified holder is never displaced (only a transfer does that),
and an account that is left without a name gets a new one in the same act, or is closed.
"""

from __future__ import annotations

from datetime import datetime

from permit_accounts.model.codes import Code, EventName, LinkState, NameState, Permission, Standing
from permit_accounts.model.errors import ConfigurationError
from permit_accounts.model.outcomes import Claims, LinkDecided, Refused
from permit_accounts.model.people import StaffMember
from permit_accounts.model.records import Account, Identifier, LicenseLink
from permit_accounts.ports import Add, Change, Replace
from permit_accounts.rules.names import Name
from permit_accounts.tools import audit, claims, desk, lookups, messages, naming
from permit_accounts.tools.services import Services


def waiting(
    s: Services,
    actor: StaffMember,
    *,
    state: LinkState,
    limit: int,
    after: LicenseLink | None,
) -> Claims | Refused:
    """A page of the claims in this state: `claimed` and `pending` wait for staff.

    Raises:
        ConfigurationError: There is no such state.
    """
    now = s.now()
    forbidden = desk.may_not(s, actor, Permission.LICENSES, now=now)
    if forbidden is not None:
        return forbidden
    if state not in [*LinkState]:
        raise ConfigurationError(f"state={str(state)[:40]!r} must be one of {', '.join(LinkState)}")
    page = tuple(lookups.links_in(s, LinkState(state), limit=limit, after=after))
    # Cost: one read for each account on the page; the port has no joins.
    accounts = {key: lookups.account(s, key) for key in dict.fromkeys(link.account_id for link in page)}
    s.store.commit(
        audit.staff_event(s, EventName.STAFF_LISTED_CLAIMS, at=now, actor=actor, params={"state": state})
    )
    return Claims(
        links=page,
        accounts={key: desk.without_hashes(account) for key, account in accounts.items() if account},
        next_after=page[-1] if page and len(page) == limit else None,
    )


def verify(
    s: Services,
    actor: StaffMember,
    *,
    license_text: str,
    who: desk.Who,
    reason: str,
) -> LinkDecided | Refused:
    """Approve an account's claim on a license, or link the two where there was no claim yet.

    The license's name becomes the account's, unless a verified holder has it.
    """
    now = s.now()
    forbidden = desk.forbidden(s, actor, Permission.LICENSES, now=now, reason=reason)
    if forbidden is not None:
        return forbidden
    meant = desk.claim_meant(s, actor, license_text, who, now=now)
    if isinstance(meant, Refused):
        return meant
    license_id, account = meant
    if account.standing in (Standing.CLOSED, Standing.DISABLED):
        return desk.refusing(s, actor, Code.STAFF_STANDING, now=now, account=account)
    named = _name_for_verified(s, account, license_id, now=now)
    if named is None:
        holder = claims.holder(s, license_id)
        shown = desk.holder_shown(holder) if holder is not None else {}
        return desk.refusing(
            s, actor, Code.STAFF_HELD, now=now, account=account, license_id=license_id, params=shown
        )

    known = lookups.link(s, license_id, account.id)
    link, change = claims.granted(s, account, license_id, now=now, decided_by=actor.id)
    s.store.commit(
        Replace(account, account),  # an account that is closed meanwhile gets no claim
        change,
        *named,
        *messages.to_account(s, "claim-approved", account, now=now, params={"license": license_id}),
        audit.staff_event(
            s,
            EventName.STAFF_APPROVED if known is not None else EventName.STAFF_LINKED,
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
    actor: StaffMember,
    *,
    license_text: str,
    who: desk.Who,
    state: LinkState,
    new_name: str | None,
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
    meant = desk.claim_meant(s, actor, license_text, who, now=now)
    if isinstance(meant, Refused):
        return meant
    license_id, account = meant
    link = lookups.link(s, license_id, account.id)
    if link is None:
        return desk.refusing(s, actor, Code.STAFF_NOT_FOUND, now=now, license_id=license_id)
    if link.state not in claims.LIVE:
        return desk.refusing(s, actor, Code.STAFF_LINK_STATE, now=now, account=account)
    named = desk.new_name(s, actor, account, new_name, now=now)
    if isinstance(named, Refused):
        return named

    ended = link.now_in(state, since=now, decided_by=actor.id)
    rejected = state is LinkState.REJECTED
    s.store.commit(
        Replace(link, ended),
        *_without_name(s, account, license_id, named, now=now),
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


def _without_name(
    s: Services, account: Account, license_id: str, new_name: Name | None, *, now: datetime
) -> tuple[Change, ...]:
    """The account without this license's name, where it signed in with it."""
    names = naming.active(s, account)
    going = next((name for name in names if name.id == claims.name_of(license_id)), None)
    if going is None:
        return ()
    return (
        Replace(going, going.retired()),
        *naming.without_license(s, account, license_id, new_name, now=now),
    )


def _name_for_verified(
    s: Services, account: Account, license_id: str, *, now: datetime
) -> tuple[Change, ...] | None:
    """What gives a verified account the license's name; None where only a transfer can.

    Nothing where another verified holder has it: a license may have several, its name but one.
    """
    name = lookups.identifier(s, claims.name_of(license_id))
    if name is None:
        return (Add(Identifier(id=claims.name_of(license_id), account_id=account.id, created_at=now)),)
    if name.account_id == account.id:
        return () if name.state is NameState.ACTIVE else (Replace(name, name.active_for(account.id)),)
    holding = lookups.link(s, license_id, name.account_id)
    verified = holding is not None and holding.state is LinkState.VERIFIED
    return () if verified and name.state is NameState.ACTIVE else None
