"""What an account is called by, which changes only together with its claims on licenses.

A license's name never stands without a claim on that license, and an account that is left without a name is
closed.
"""

from __future__ import annotations

from datetime import datetime

from permit_accounts.model.codes import LinkState, NameState, Reason
from permit_accounts.model.license_id import LicenseId
from permit_accounts.model.names import EMAIL, LICENSE
from permit_accounts.model.records import Account, Identifier
from permit_accounts.ports import Add, Change, Replace
from permit_accounts.rules.names import Name, boards_of, license_shown, license_spellings
from permit_accounts.tools import claims, lookups, messages
from permit_accounts.tools.services import Services


def signs_in(name: Identifier) -> bool:
    """Whether this kind of name signs somebody in; an address that is kept unique does not."""
    return name.kind != EMAIL


def shown(s: Services, account: Account, name: Identifier) -> str:
    """How a name is shown where nobody typed it: `1012345`, `ann`."""
    if name.kind != LICENSE:
        return name.said
    return license_shown(LicenseId.parse(name.said), boards_of(account.account_type, s.policy))


def goes_by(account: Account, license_id: str) -> bool:
    """Whether the account is called by this license, also where its board was not shown or needed then.

    The city may have added or given up a board since.
    """
    return account.username in license_spellings(LicenseId.parse(license_id))


def active(s: Services, account: Account) -> tuple[Identifier, ...]:
    """The names that sign somebody in to this account."""
    names = lookups.names_of(s, account.id)
    return tuple(name for name in names if name.state is NameState.ACTIVE and signs_in(name))


def not_free(s: Services, name: Name | None) -> Reason | None:
    """Why nobody can register with this name: it is somebody's, or a license that only staff hand out."""
    if name is None:
        return None
    if name.license is None:
        return Reason.NAME_TAKEN if lookups.identifier(s, name.id) is not None else None
    return claims.only_staff_may_give(s, name.id, str(name.license))


def is_taken(s: Services, account: Account, name: Name) -> bool:
    """Whether this account cannot be given this name. One that it gave up before it can have back."""
    held = lookups.identifier(s, name.id)
    if held is None:
        return False
    return held.account_id != account.id or held.state is not NameState.RETIRED


def given(s: Services, account: Account, name: Name, *, now: datetime) -> tuple[Change, ...]:
    """A name for an account that can have it. A license number brings a claim, which staff then decide."""
    held = lookups.identifier(s, name.id)
    if held is None:
        change: Change = Add(Identifier(id=name.id, account_id=account.id, created_at=now))
    else:
        change = Replace(held, held.active_for(account.id))
    return (change,) if name.license is None else (change, *_claimed(s, account, name.license, now=now))


def without_license(
    s: Services, account: Account, license_id: str, new_name: Name | None, *, now: datetime
) -> tuple[Change, ...]:
    """The account once this license's name is not its own any more; what was open there ends.

    It goes by its new name, else by one that it has left, else it is closed; and the person is told.
    """
    if new_name is not None:
        ready = account.with_username(new_name.display).with_new_epoch()
        told = messages.to_account(s, "username-changed", ready, now=now)
        return (Replace(account, ready), *given(s, account, new_name, now=now), *told)
    lost = claims.name_of(license_id)
    staying = [name for name in active(s, account) if name.id != lost]
    if not staying:
        told = messages.to_account(s, "account-closed", account, now=now)
        gone = let_go(s, account, now=now, apart_from=license_id)
        return (Replace(account, account.closed()), *gone, *told)
    ready = account.with_new_epoch()
    if not goes_by(account, license_id):
        return (Replace(account, ready),)
    ready = ready.with_username(shown(s, account, staying[0]))
    return (Replace(account, ready), *messages.to_account(s, "username-changed", ready, now=now))


def let_go(
    s: Services, account: Account, *, now: datetime, apart_from: str | None = None
) -> tuple[Replace, ...]:
    """Every name retired, so that nobody else gets it by chance, and every claim released.

    Args:
        apart_from: A license whose name and claim somebody else sees to in the same commit.
    """
    held = [name for name in lookups.names_of(s, account.id) if name.state is NameState.ACTIVE]
    live = [link for link in lookups.links_of(s, account.id) if link.state in claims.LIVE]
    if apart_from is not None:
        held = [name for name in held if name.id != claims.name_of(apart_from)]
        live = [link for link in live if link.license_id != apart_from]
    return (
        *(Replace(name, name.retired()) for name in held),
        *(Replace(link, link.now_in(LinkState.RELEASED, since=now, decided_by=None)) for link in live),
    )


def _claimed(s: Services, account: Account, license_id: LicenseId, *, now: datetime) -> tuple[Change, ...]:
    """A claim to go with a license's name, unless there is one that stands.

    One that waits because somebody else had the license is no more than a claim from now on: finishing set-up
    verifies what waits, and nobody has decided this one.
    """
    known = lookups.link(s, str(license_id), account.id)
    undecided = known is not None and known.state is LinkState.PENDING and known.decided_by is None
    if known is not None and known.state in claims.LIVE and not undecided:
        return ()
    return (claims.claimed(account, license_id, LinkState.CLAIMED, before=known, now=now)[1],)
