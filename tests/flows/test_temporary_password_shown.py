"""What a temporary password ends, who sees it, and which of two is good."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.people import (
    CHECKED,
    NUMBER,
    ann,
    at,
    at_once,
    confirmed,
    grant,
    guess,
    invited,
    letters,
    refused,
    sessions,
    temporary,
)
from permit_accounts import (
    CONTRACTOR,
    PUBLIC,
    Code,
    SetupRequired,
    StaffDesk,
    TemporaryPasswordIssued,
)
from permit_accounts.model.records import LicenseLink
from permit_accounts.ports import Every, Store
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.stores.sqlite import SQLiteStore
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import PASSWORD, World, setup_form
from story import AT_HOME, newest_link, signed_in

OFFICE = "office@contractor.example.org"


@pytest.mark.attack("TMP-09")
def test_it_is_shown_once_and_cannot_be_had_again() -> None:
    """Not in a mail, not in the outbox, not in what staff or the person read later, not in a repr."""
    world = World()
    issued = invited(world, email=OFFICE)
    plain = issued.password.replace("-", "")
    desk = world.desk()
    page = grant(world, issued.password)
    made = signed_in(world.accounts.finish_setup(page.token, setup_form(page.asks)))
    read = [
        issued,
        desk.find(NUMBER),
        desk.history(NUMBER),
        desk.inbox(),
        letters(world),
        [message.text + message.html for message in world.mails_to(OFFICE)],
        world.accounts.export_account(made.session_token),
        world.accounts.activity(made.session_token),
    ]

    secrets = (issued.password, plain, plain.upper(), issued.spelled[0])
    assert not any(secret in repr(read) for secret in secrets)
    assert (None, None) == (issued.account.temporary_hash, issued.account.answer_hash)
    assert issued.password != temporary(world, second_reason="lost it").password


@pytest.mark.attack("TMP-10")
@pytest.mark.parametrize("override", [False, True])
def test_issuing_ends_everything_that_was_open(override: bool) -> None:
    """Sessions, remembered ones, links, known devices and the old password; the person is told by mail."""
    world = World()
    made = confirmed(world) if override else ann(world)
    long = signed_in(world.accounts.sign_in(PUBLIC, "ann", PASSWORD, remember=True))
    world.accounts.request_password_reset("ann")
    reset = newest_link(world, "ann@mail.example.org")
    world.tick(minutes=1)

    issued = temporary(world, "ann", second_reason="mail bounces" if override else "")

    for token in (made.session_token, long.session_token):
        assert world.accounts.session(token) is None
    refused(world.accounts.open_reset(reset), Code.LINK_INVALID)
    known = at("192.0.2.1", made.device_token)
    refused(world.accounts.sign_in(PUBLIC, "ann", PASSWORD, visitor=known), Code.WRONG_CREDENTIALS)
    guess(world, "ann", 10)
    refused(guess(world, "ann", 1, visitor=known)[0], Code.WAIT)
    assert any("temporary" in message.text for message in world.mails_to("ann@mail.example.org"))
    grant(world, issued.password, "ann", kind=PUBLIC)


@pytest.mark.attack("TMP-11")
@pytest.mark.parametrize("kept", ["memory", "sqlite"])
@pytest.mark.parametrize("known", [True, False])
def test_of_two_issued_at_once_one_is_good(tmp_path: Path, kept: str, known: bool) -> None:
    """Whichever was committed last; for a number with an account and for one that gets it now."""
    store: Store = MemoryStore() if kept == "memory" else SQLiteStore(tmp_path / "city.db", create=True)
    world = World(store=store)
    world.add_to_roster(NUMBER, email=None)
    if known:
        temporary(world)
    desks: list[StaffDesk] = [world.desk("desk-1"), world.desk("desk-2")]

    issued = at_once(*[lambda d=d: d.issue_temporary_password(NUMBER, **CHECKED) for d in desks])

    shown = [outcome.password for outcome in issued if isinstance(outcome, TemporaryPasswordIssued)]
    opened = [world.accounts.sign_in(CONTRACTOR, NUMBER, password) for password in shown]
    assert 1 == sum(isinstance(outcome, SetupRequired) for outcome in opened)
    assert 1 == len(world.store.select(LicenseLink, Every(), limit=5))
    assert () == violations(world.store)


@pytest.mark.attack("TMP-11")
def test_of_two_issued_one_after_the_other_the_last_is_good() -> None:
    """A double click: the one on the screen is the one that works."""
    world = World()
    first, second = invited(world).password, temporary(world).password

    refused(world.accounts.sign_in(CONTRACTOR, NUMBER, first), Code.WRONG_CREDENTIALS)
    grant(world, second, visitor=AT_HOME)
    assert [] == sessions(world)
