"""Open, disable, enable or reopen an account: what staff may do to where it stands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from permit_accounts.model.codes import (
    Code,
    EventName,
    LinkState,
    NameState,
    Permission,
    Standing,
)
from permit_accounts.model.names import LICENSE
from permit_accounts.model.outcomes import Done, Refused
from permit_accounts.model.people import StaffMember
from permit_accounts.model.records import Account, Identifier, LicenseLink
from permit_accounts.ports import Change, Replace
from permit_accounts.tools import audit, desk, lookups, messages, naming, throttle, tokens
from permit_accounts.tools.services import Services


def open_password(s: Services, actor: StaffMember, *, who: desk.Who, reason: str) -> Done | Refused:
    """Let strangers' devices try the password again, after a hundred of their failures closed it."""
    return _changed(
        s,
        actor,
        who,
        reason,
        permission=Permission.OPEN,
        allowed=frozenset({Standing.ACTIVE, Standing.SETUP}),
        change=Account.opened_for_untrusted,
        also=throttle.hard_count_cleared,
        told="account-opened",
        event=EventName.STAFF_OPENED,
    )


def disable(s: Services, actor: StaffMember, *, who: desk.Who, reason: str) -> Done | Refused:
    """Turn an account off: every session ends at its next request, nothing opens it.

    Links that take a change of address back end too: they alone would be good again once it is enabled.
    """
    return _changed(
        s,
        actor,
        who,
        reason,
        permission=Permission.DISABLE,
        allowed=frozenset({Standing.ACTIVE, Standing.SETUP}),
        change=Account.disabled,
        also=tokens.cancel_links,
        told="account-disabled",
        event=EventName.STAFF_DISABLED,
    )


def enable(s: Services, actor: StaffMember, *, who: desk.Who, reason: str) -> Done | Refused:
    """Turn a disabled account on again; what was open before stays ended."""
    return _changed(
        s,
        actor,
        who,
        reason,
        permission=Permission.DISABLE,
        allowed=frozenset({Standing.DISABLED}),
        change=Account.enabled,
        also=throttle.hard_count_cleared,
        told="account-enabled",
        event=EventName.STAFF_ENABLED,
    )


def reopen(
    s: Services,
    actor: StaffMember,
    *,
    who: desk.Who,
    new_name: str | None,
    reason: str,
) -> Done | Refused:
    """Bring a closed account back, in set-up: its names where they are still its own, else a new one.

    A license's name comes back with its claim, which staff have to approve again: that an account was closed
    says nothing about who holds a license. What staff took away themselves does not come back, nor does a
    link that takes a change of address back: whoever has that mailbox has to come in like everybody else.
    """
    now = s.now()
    forbidden = desk.forbidden(s, actor, Permission.DISABLE, now=now, reason=reason)
    if forbidden is not None:
        return forbidden
    account = desk.account_meant(s, actor, who, now=now)
    if isinstance(account, Refused):
        return account
    if account.standing is not Standing.CLOSED:
        return desk.refusing(s, actor, Code.STAFF_STANDING, now=now, account=account)
    named = desk.new_name(s, actor, account, new_name, now=now)
    if isinstance(named, Refused):
        return named
    own = [(name, link) for name, link in _own_again(s, account) if named is None or name.id != named.id]
    if not own and named is None:
        return desk.refusing(s, actor, Code.STAFF_NAME_NEEDED, now=now, account=account)

    display = named.display if named is not None else _display(s, account, [name for name, _ in own])
    ready = account.without_credentials().with_username(display)
    s.store.commit(
        Replace(account, ready),
        *tokens.cancel_links(s, account),
        *(change for name, link in own for change in _back(name, link, now=now)),
        *(naming.given(s, account, named, now=now) if named is not None else ()),
        *messages.to_account(s, "account-reopened", ready, now=now),
        audit.staff_event(s, EventName.STAFF_REOPENED, at=now, actor=actor, account=ready, reason=reason),
    )
    return Done(account=desk.without_hashes(ready))


def _changed(
    s: Services,
    actor: StaffMember,
    who: desk.Who,
    reason: str,
    *,
    permission: Permission,
    allowed: frozenset[Standing],
    change: Callable[[Account], Account],
    also: Callable[[Services, Account], tuple[Change, ...]],
    told: str,
    event: EventName,
) -> Done | Refused:
    """The same story for each: permitted, found, allowed from here, changed, told, noted."""
    now = s.now()
    forbidden = desk.forbidden(s, actor, permission, now=now, reason=reason)
    if forbidden is not None:
        return forbidden
    account = desk.account_meant(s, actor, who, now=now)
    if isinstance(account, Refused):
        return account
    if account.standing not in allowed:
        return desk.refusing(s, actor, Code.STAFF_STANDING, now=now, account=account)

    ready = change(account)
    s.store.commit(
        Replace(account, ready),
        *also(s, account),
        *messages.to_account(s, told, ready, now=now),
        audit.staff_event(s, event, at=now, actor=actor, account=ready, reason=reason),
    )
    return Done(account=desk.without_hashes(ready))


def _own_again(s: Services, account: Account) -> list[tuple[Identifier, LicenseLink | None]]:
    """The names that are still the account's own, each license's with the claim that goes with it.

    A claim that staff ended keeps its name retired.
    """
    own: list[tuple[Identifier, LicenseLink | None]] = []
    for name in lookups.names_of(s, account.id):
        if name.state is not NameState.RETIRED or not naming.signs_in(name):
            continue
        is_license = name.kind == LICENSE
        link = lookups.link(s, name.said, account.id) if is_license else None
        if not is_license:
            own.append((name, None))
        elif link is not None and link.state is LinkState.RELEASED and link.decided_by is None:
            own.append((name, link))
    return own


def _back(name: Identifier, link: LicenseLink | None, *, now: datetime) -> tuple[Change, ...]:
    """The name active again, and its claim standing again; whether it is right, staff decide."""
    active = Replace(name, name.active_for(name.account_id))
    if link is None:
        return (active,)
    return (active, Replace(link, link.now_in(LinkState.CLAIMED, since=now, decided_by=None)))


def _display(s: Services, account: Account, names: list[Identifier]) -> str:
    """What it was called last, as far as that is among its names; else the first of them."""
    shown = [naming.shown(s, account, name) for name in names]
    same = account.username.casefold() in [text.casefold() for text in shown]
    return account.username if same else shown[0]
