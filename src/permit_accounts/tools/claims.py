"""Who holds a license here: nobody but staff gives away a number that is on the roster or taken."""

from __future__ import annotations

from datetime import datetime

from permit_accounts.model import names
from permit_accounts.model.codes import LinkState, MatchLevel, NameState, Reason, Standing
from permit_accounts.model.license_id import LicenseId
from permit_accounts.model.records import Account, LicenseLink
from permit_accounts.ports import Add, Replace
from permit_accounts.tools import lookups
from permit_accounts.tools.services import Services

#: Claims that stand, whether or not anybody has looked at them.
LIVE = frozenset({LinkState.CLAIMED, LinkState.PENDING, LinkState.VERIFIED})


def name_of(license_id: str) -> str:
    """The name that a license number is."""
    return names.name_id(names.LICENSE, license_id)


def only_staff_may_give(s: Services, name_id: str, license_id: str) -> Reason | None:
    """Why this number cannot be registered by oneself: its name is taken, it is on the roster, or
    somebody's claim on it was verified. None where it can."""
    if lookups.identifier(s, name_id) is not None:
        return Reason.NAME_TAKEN
    record = lookups.license_record(s, license_id)
    if record is not None and record.on_roster_since is not None:
        return Reason.ON_ROSTER
    return Reason.NAME_TAKEN if verified_link(s, license_id) is not None else None


def verified_link(s: Services, license_id: str) -> LicenseLink | None:
    """The verified claim on a license, if there is one."""
    return next((link for link in lookups.links_on(s, license_id) if link.state is LinkState.VERIFIED), None)


def holder(s: Services, license_id: str) -> Account | None:
    """Whoever holds the license: by a verified claim, else by its name."""
    link = verified_link(s, license_id)
    if link is not None:
        return lookups.account(s, link.account_id)
    return lookups.account_named(s, name_of(license_id))


def by_name(s: Services, account: Account) -> tuple[LicenseLink, ...]:
    """The live claims of an account on the licenses whose numbers open it.

    Only these have to do with its mailbox. Any other claim its person has made, on whatever number: that
    neither lends the account the license's address nor the license the account's.
    """
    names = {name.id for name in lookups.names_of(s, account.id) if name.state is NameState.ACTIVE}
    links = lookups.links_of(s, account.id)
    return tuple(link for link in links if link.state in LIVE and name_of(link.license_id) in names)


def new_link(
    account_id: str,
    license_id: LicenseId,
    state: LinkState,
    *,
    since: datetime,
    decided_by: str | None = None,
) -> LicenseLink:
    """The claim of an account on a license, which also says how the number was entered and understood."""
    return LicenseLink(
        id=LicenseLink.id_for(str(license_id), account_id),
        license_id=str(license_id),
        account_id=account_id,
        state=state,
        since=since,
        decided_by=decided_by,
        entered=license_id.entered,
        match_level=license_id.match_level,
    )


def claimed(
    account: Account, license_id: LicenseId, state: LinkState, *, before: LicenseLink | None, now: datetime
) -> tuple[LicenseLink, Add | Replace]:
    """A person's claim, and what keeps it: a new one, or an ended one taken up again.

    Args:
        before: The claim that this account had on this license, if it had one.
    """
    link = new_link(account.id, license_id, state, since=now)
    return link, Add(link) if before is None else Replace(before, link)


def granted(
    s: Services, account: Account, license_id: str, *, now: datetime, decided_by: str
) -> tuple[LicenseLink, Add | Replace]:
    """The claim that staff approve, and what keeps it: verified, or waiting for the set-up still to come."""
    state = LinkState.PENDING if account.standing is Standing.SETUP else LinkState.VERIFIED
    claim = lookups.link(s, license_id, account.id)
    if claim is not None:
        link = claim.now_in(state, since=now, decided_by=decided_by)
        return link, Replace(claim, link)
    meant = LicenseId.parse(license_id, match_level=MatchLevel.MANUAL)
    link = new_link(account.id, meant, state, since=now, decided_by=decided_by)
    return link, Add(link)


def most_claims(s: Services) -> int:
    """How many live claims one account may have, so that closing and reopening it stay one commit each.

    Each may bring a name. Thirteen changes are needed besides when it is reopened: account, event, e-mail, a
    new name with its claim, and the end of eight links that take a change of address back. A firm with more
    claims asks staff.
    """
    return (s.store.max_changes - 13) // 2
