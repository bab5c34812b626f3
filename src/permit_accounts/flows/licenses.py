"""A person's licenses: add a claim while signed in, or let one go.

A license that somebody else holds, or that is on the roster, gets a `pending` claim; the holder and the desk
are told. Nothing here ever displaces a holder, and no name comes with a claim before staff verify it.
"""

from __future__ import annotations

from collections.abc import Sequence

from permit_accounts.model.codes import Code, EventName, LinkState, Reason
from permit_accounts.model.license_id import LicenseId
from permit_accounts.model.outcomes import LicenseAdded, LicenseReleased, Problem, Refused, refused
from permit_accounts.model.people import Visitor
from permit_accounts.model.records import LicenseLink
from permit_accounts.model.secret import Secret
from permit_accounts.ports import Replace
from permit_accounts.tools import audit, claims, lookups, messages, naming, reauthentication, refusals
from permit_accounts.tools.claims import most_claims
from permit_accounts.tools.services import Services


def add_license(
    s: Services, *, session_token: Secret, license_id: LicenseId, holder_may_be_told: bool, visitor: Visitor
) -> LicenseAdded | Refused:
    """Claim a license for one's own account.

    Args:
        license_id: The license, as the rules read it.
        holder_may_be_told: Whether its holder may get a mail about it now (their mailbox has its limit).
    """
    now = s.now()
    present = reauthentication.signed_in(s, session_token, now=now)
    if isinstance(present, Refused):
        return present
    account = present.account
    own = [link for link in lookups.links_of(s, account.id) if link.state in claims.LIVE]
    why_not = _why_not(s, str(license_id), own)
    if why_not is not None:
        problem, cause = why_not
        return refusals.refusing(
            s,
            EventName.LICENSE_REFUSED,
            problem,
            now=now,
            visitor=visitor,
            account=account,
            cause=cause,
            license_id=str(license_id),
        )

    why = claims.only_staff_may_give(s, claims.name_of(str(license_id)), str(license_id))
    waits = why is not None
    state = LinkState.PENDING if waits else LinkState.CLAIMED
    before = lookups.link(s, str(license_id), account.id)
    link, change = claims.claimed(account, license_id, state, before=before, now=now)
    holder = claims.holder(s, str(license_id)) if waits and holder_may_be_told else None
    s.store.commit(
        Replace(account, account),  # an account that is closed meanwhile gets no claim
        change,
        *(
            messages.to_account(s, "claim-noticed", holder, now=now, params={"license": str(license_id)})
            if holder is not None
            else ()
        ),
        *messages.to_account(s, "license-added", account, now=now, params={"license": str(license_id)}),
        audit.event(
            s,
            EventName.LICENSE_ADDED,
            at=now,
            account=account,
            visitor=visitor,
            license_id=str(license_id),
            for_desk=waits,
        ),
    )
    return LicenseAdded(link=link)


def _why_not(s: Services, license_id: str, own: Sequence[LicenseLink]) -> tuple[Problem, Reason] | None:
    """Why an account with these claims gets no other on this license: what it is told, and what is logged."""
    if any(link.license_id == license_id for link in own):
        return Problem(Code.LICENSE_YOURS, "license"), Reason.INVALID_FORM
    if len(own) >= most_claims(s):
        phone = {"phone": s.policy.support_phone}
        return Problem(Code.LICENSE_CALL_STAFF, "license", phone), Reason.OVER_LIMIT
    return None


def release_license(
    s: Services, *, session_token: Secret, license_id: str, visitor: Visitor
) -> LicenseReleased | Refused:
    """Let a claim go; its name goes with it, unless it is the account's only one."""
    now = s.now()
    present = reauthentication.recent(s, session_token, now=now)
    if isinstance(present, Refused):
        return present
    account = present.account
    link = lookups.link(s, license_id, account.id)
    if link is None or link.state not in claims.LIVE:
        return refused(Code.LICENSE_NOT_YOURS, "license")
    active = naming.active(s, account)
    going = [name for name in active if name.id == claims.name_of(license_id)]
    staying = [name for name in active if name not in going]
    if going and not staying:
        return refused(Code.LICENSE_LAST_NAME, "license", phone=s.policy.support_phone)

    released = link.now_in(LinkState.RELEASED, since=now, decided_by=None)
    goes_by_it = going and naming.goes_by(account, license_id)
    ready = account.with_username(naming.shown(s, account, staying[0])) if goes_by_it else account
    s.store.commit(
        Replace(link, released),
        *((Replace(account, ready),) if ready is not account else ()),
        *(Replace(name, name.retired()) for name in going),
        *messages.to_account(s, "license-released", ready, now=now, params={"license": license_id}),
        audit.event(
            s,
            EventName.LICENSE_RELEASED,
            at=now,
            account=account,
            visitor=visitor,
            license_id=license_id,
        ),
    )
    return LicenseReleased(link=released)
