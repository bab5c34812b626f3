"""Accounts in every standing there is, and every act of the desk: for tests of each with each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from flows.people import claimant, grant, letters, temporary
from permit_accounts import (
    CONTRACTOR,
    PUBLIC,
    EventName,
    LinkState,
    Permission,
    SetupForm,
    SignedIn,
    StaffDesk,
)
from permit_accounts.model.records import Account, LicenseLink
from permit_accounts.ports import Is
from permit_accounts.testing.world import PASSWORD, World, public_form, setup_form
from story import newest_link, signed_in

NUMBER: Final = "1154002"
LICENSE: Final = f"us-ca-cslb:{NUMBER}"
OFFICE: Final = f"office{NUMBER}@contractor.example.org"
WHY: Final = "asked at the counter"
CHECKED: Final = "identity documents seen"


def nobody(world: World) -> None:
    """Nobody has this number, and no roster knows it."""


def on_roster(world: World) -> None:
    """The roster has it, with an address; there is no account."""
    world.add_to_roster(NUMBER, email=OFFICE)


def on_roster_without_email(world: World) -> None:
    """The roster has it, without an address; there is no account."""
    world.add_to_roster(NUMBER, email=None)


def in_set_up(world: World) -> None:
    """A temporary password was issued and not yet used."""
    on_roster(world)
    temporary(world, NUMBER)


def claimed(world: World) -> SignedIn:
    """Somebody registered with it; nobody verified that, and no mailbox is confirmed."""
    return claimant(world, NUMBER)


def verified(world: World) -> SignedIn:
    """The channel on file verified it: set-up was finished behind a mailed link."""
    on_roster(world)
    world.accounts.request_password_reset(NUMBER, CONTRACTOR)
    link = newest_link(world, OFFICE)
    form = world.accounts.open_setup(link)
    assert isinstance(form, SetupForm)
    return signed_in(world.accounts.finish_setup(link, setup_form(form.asks)))


def verified_without_email(world: World) -> SignedIn:
    """The same for somebody who has no e-mail address, with a temporary password."""
    on_roster_without_email(world)
    issued = temporary(world, NUMBER, no_email_reason="has never had one")
    required = grant(world, issued.password, NUMBER)
    return signed_in(world.accounts.finish_setup(required.token, setup_form(required.asks)))


def disabled(world: World) -> None:
    """Verified once, then turned off by staff."""
    verified(world)
    world.desk().disable(NUMBER, CONTRACTOR, reason=WHY)


def closed(world: World) -> None:
    """Verified once, then closed by the person."""
    made = verified(world)
    world.accounts.close_account(made.session_token, PASSWORD)


def rejected(world: World) -> None:
    """Claimed once; staff turned the claim down, which closed the account."""
    claimed(world)
    world.desk().reject(NUMBER, NUMBER, reason=WHY)


STANDINGS: Final[Mapping[str, Callable[[World], object]]] = {
    made.__name__: made
    for made in (
        nobody,
        on_roster,
        on_roster_without_email,
        in_set_up,
        claimed,
        verified,
        verified_without_email,
        disabled,
        closed,
        rejected,
    )
}


def bystander(world: World) -> SignedIn:
    """Ann, a public user whom none of it concerns, and who may be given a license."""
    return signed_in(world.accounts.register(PUBLIC, public_form("ann")))


class Act:
    """One act of the desk: how it is called, what it needs, and the event that it leaves."""

    def __init__(
        self, permission: Permission, event: EventName, call: Callable[..., Any], *, reads: bool = False
    ) -> None:
        self.permission = permission
        self.event = event
        self.reads = reads
        self._call = call

    def __call__(self, desk: StaffDesk, number: str = NUMBER, **given: Any) -> Any:
        """Call it for the license number, with a reason unless it only reads."""
        reason = {} if self.reads else {"reason": WHY}
        return self._call(desk, number, **{**reason, **given})


_P, _E = Permission, EventName
ACTS: Final[Mapping[str, Act]] = {
    "find": Act(_P.FIND, _E.STAFF_FOUND, lambda desk, n, **k: desk.find(n, **k), reads=True),
    "explain": Act(_P.FIND, _E.STAFF_FOUND, lambda desk, n, **k: desk.explain(n, **k), reads=True),
    "history": Act(_P.FIND, _E.STAFF_READ_HISTORY, lambda desk, n, **k: desk.history(n, **k), reads=True),
    "inbox": Act(_P.FIND, _E.STAFF_READ_HISTORY, lambda desk, n, **k: desk.inbox(**k), reads=True),
    "claims": Act(_P.LICENSES, _E.STAFF_LISTED_CLAIMS, lambda desk, n, **k: desk.claims(**k), reads=True),
    "issue_temporary_password": Act(
        _P.TEMPORARY_PASSWORD,
        _E.STAFF_ISSUED_TEMPORARY,
        lambda desk, n, **k: desk.issue_temporary_password(
            n, **{"checked_how": CHECKED, "business_name": "Sample Builders", **k}
        ),
    ),
    "send_link": Act(_P.LINK, _E.STAFF_SENT_LINK, lambda desk, n, **k: desk.send_link(n, **k)),
    "check_answer": Act(
        _P.ANSWER, _E.STAFF_CHECKED_ANSWER, lambda desk, n, **k: desk.check_answer(n, "a brass band", **k)
    ),
    "open": Act(_P.OPEN, _E.STAFF_OPENED, lambda desk, n, **k: desk.open(n, **k)),
    "disable": Act(_P.DISABLE, _E.STAFF_DISABLED, lambda desk, n, **k: desk.disable(n, **k)),
    "enable": Act(_P.DISABLE, _E.STAFF_ENABLED, lambda desk, n, **k: desk.enable(n, **k)),
    "reopen": Act(_P.DISABLE, _E.STAFF_REOPENED, lambda desk, n, **k: desk.reopen(n, **k)),
    "change_email": Act(
        _P.EMAIL,
        _E.STAFF_CHANGED_EMAIL,
        lambda desk, n, **k: desk.change_email(n, "new@contractor.example.org", **k),
    ),
    "correct_license": Act(
        _P.LICENSES,
        _E.STAFF_CORRECTED_LICENSE,
        lambda desk, n, **k: desk.correct_license(n, **{"business_name": "Right Builders", **k}),
    ),
    "approve": Act(_P.LICENSES, _E.STAFF_APPROVED, lambda desk, n, **k: desk.approve(n, n, **k)),
    "approve_for_ann": Act(
        _P.LICENSES, _E.STAFF_LINKED, lambda desk, n, **k: desk.approve(n, "ann", PUBLIC, **k)
    ),
    "reject": Act(_P.LICENSES, _E.STAFF_REJECTED, lambda desk, n, **k: desk.reject(n, n, **k)),
    "release": Act(_P.LICENSES, _E.STAFF_RELEASED, lambda desk, n, **k: desk.release(n, n, **k)),
    "transfer": Act(_P.LICENSES, _E.STAFF_TRANSFERRED, lambda desk, n, **k: desk.transfer(n, **k)),
    "transfer_to_ann": Act(
        _P.LICENSES, _E.STAFF_TRANSFERRED, lambda desk, n, **k: desk.transfer(n, "ann", PUBLIC, **k)
    ),
}


def link_of(world: World, whose: Account, license_id: str = LICENSE) -> LinkState:
    """Where an account's claim on a license stands."""
    found = world.store.select(LicenseLink, Is("id", LicenseLink.id_for(license_id, whose.id)), limit=1)
    return found[0].state


def licenses_of(world: World, account: Account) -> list[str]:
    """The licenses that an account is verified to hold, as an application asks."""
    return [str(held) for held in world.accounts.verified_licenses(account)]


def stored(world: World, whose: SignedIn) -> Account:
    """The account of somebody who was signed in, as it is now."""
    return world.store.select(Account, Is("id", whose.account.id), limit=1)[0]


def templates(world: World, recipient: str) -> list[str]:
    """What waits in the outbox for an address, in order of their names."""
    return sorted(mail.template for mail in letters(world) if mail.recipient == recipient)
