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
from permit_accounts.model.outcomes import Done, Refused
from permit_accounts.model.people import StaffMember
from permit_accounts.model.records import Account, Identifier
from permit_accounts.ports import Add, Change, Replace
from permit_accounts.rules.names import Name
from permit_accounts.tools import audit, desk, lookups, messages, throttle
from permit_accounts.tools.services import Services


def open_password(
    s: Services, *, actor: StaffMember, subject: desk.Subject, reason: str
) -> Done | Refused:
    """Let strangers' devices try the password again, after a hundred of their failures closed it."""
    return _changed(
        s,
        actor,
        subject,
        reason,
        permission=Permission.OPEN,
        allowed=frozenset({Standing.ACTIVE, Standing.SETUP}),
        change=Account.opened_for_untrusted,
        also=throttle.hard_count_cleared,
        told="account-opened",
        event=EventName.STAFF_OPENED,
    )


def disable(s: Services, *, actor: StaffMember, subject: desk.Subject, reason: str) -> Done | Refused:
    """Turn an account off: every session ends at its next request, nothing opens it."""
    return _changed(
        s,
        actor,
        subject,
        reason,
        permission=Permission.DISABLE,
        allowed=frozenset({Standing.ACTIVE, Standing.SETUP}),
        change=Account.disabled,
        also=_nothing,
        told="account-disabled",
        event=EventName.STAFF_DISABLED,
    )


def enable(s: Services, *, actor: StaffMember, subject: desk.Subject, reason: str) -> Done | Refused:
    """Turn a disabled account on again; what was open before stays ended."""
    return _changed(
        s,
        actor,
        subject,
        reason,
        permission=Permission.DISABLE,
        allowed=frozenset({Standing.DISABLED}),
        change=Account.enabled,
        also=throttle.hard_count_cleared,
        told="account-enabled",
        event=EventName.STAFF_ENABLED,
    )


def reopen(
    s: Services, *, actor: StaffMember, subject: desk.Subject, new_name: Name | None, reason: str
) -> Done | Refused:
    """Bring a closed account back, in set-up: its names where they are still its own, else a new one."""
    now = s.now()
    forbidden = desk.forbidden(s, actor, Permission.DISABLE, now=now, reason=reason)
    if forbidden is not None:
        return forbidden
    _, account = desk.name_and_account(s, subject)
    if account is None:
        return desk.refusing(s, actor, Code.STAFF_NOT_FOUND, now=now)
    if account.standing is not Standing.CLOSED:
        return desk.refusing(s, actor, Code.STAFF_STANDING, now=now, account=account)
    names = [name for name in lookups.names_of(s, account.id) if not name.id.startswith("email:")]
    added = _added_name(s, account, new_name, now=now)
    if not names and not added:
        return desk.refusing(s, actor, Code.STAFF_NAME_NEEDED, now=now, account=account)

    ready = account.without_credentials()
    if new_name is not None and added:
        ready = ready.with_username(new_name.display)
    s.store.commit(
        Replace(account, ready),
        *(Replace(name, name.active_for(account.id)) for name in names if name.state is NameState.RETIRED),
        *added,
        *_claims_again(s, names, account, now=now, actor=actor),
        *messages.to_account(s, "account-reopened", ready, now=now),
        audit.staff_event(
            s, EventName.STAFF_REOPENED, at=now, actor=actor, account=ready, reason=reason
        ),
    )
    return Done(account=ready)


def _changed(
    s: Services,
    actor: StaffMember,
    subject: desk.Subject,
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
    _, account = desk.name_and_account(s, subject)
    if account is None:
        return desk.refusing(s, actor, Code.STAFF_NOT_FOUND, now=now)
    if account.standing not in allowed:
        return desk.refusing(s, actor, Code.STAFF_STANDING, now=now, account=account)

    ready = change(account)
    s.store.commit(
        Replace(account, ready),
        *also(s, account),
        *messages.to_account(s, told, ready, now=now),
        audit.staff_event(s, event, at=now, actor=actor, account=ready, reason=reason),
    )
    return Done(account=ready)


def _nothing(s: Services, account: Account) -> tuple[Change, ...]:
    return ()


def _added_name(s: Services, account: Account, new_name: Name | None, *, now: datetime) -> tuple[Add, ...]:
    """A new name for it, where one was given and is free."""
    if new_name is None or lookups.identifier(s, new_name.id) is not None:
        return ()
    return (Add(Identifier(id=new_name.id, account_id=account.id, created_at=now)),)


def _claims_again(
    s: Services, names: list[Identifier], account: Account, *, now: datetime, actor: StaffMember
) -> tuple[Change, ...]:
    """The claims that go with its license names wait for set-up once more."""
    again = []
    for name in names:
        link = lookups.link(s, name.id.removeprefix("license:"), account.id)
        if link is not None and link.state is LinkState.RELEASED and name.id.startswith("license:"):
            again.append(Replace(link, link.now_in(LinkState.PENDING, since=now, decided_by=actor.id)))
    return tuple(again)
