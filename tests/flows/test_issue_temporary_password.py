"""The desk issues a temporary password: who may, for whom, what it ends, and that it is shown once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.people import (
    CHECKED,
    LICENSE,
    NUMBER,
    account,
    ann,
    at,
    at_once,
    claimant,
    confirmed,
    events,
    grant,
    guess,
    invited,
    letters,
    new_events,
    sessions,
    templates,
    temporary,
)
from permit_accounts import (
    CONTRACTOR,
    PUBLIC,
    Code,
    EventName,
    LinkState,
    Permission,
    Reason,
    Refused,
    SetupRequired,
    SignedIn,
    StaffDesk,
    Standing,
    TemporaryPasswordIssued,
)
from permit_accounts.model.codes import ActorKind, FactSource
from permit_accounts.model.records import Identifier, License, LicenseLink
from permit_accounts.ports import Every, Is, Remove, Store
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.stores.sqlite import SQLiteStore
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import PASSWORD, World, setup_form, strict_policy
from story import AT_HOME, newest_link, signed_in

OFFICE = "office@contractor.example.org"


def _refused(outcome: object, code: Code) -> Refused:
    assert isinstance(outcome, Refused), outcome
    assert (code,) == outcome.codes
    return outcome


def test_a_number_on_the_roster_gets_its_account() -> None:
    """Account in set-up, name and pending claim come into being with what the roster knows."""
    world = World()
    world.add_to_roster(NUMBER, email=OFFICE)

    issued, (event,) = new_events(world, temporary, world)

    made = account(world, LICENSE)
    assert (Standing.SETUP, OFFICE, None) == (made.standing, made.email, made.email_confirmed_at)
    assert ("Sample Builders", "Sam Sample") == (made.profile["business_name"], made.profile["contact_name"])
    assert ("corporation", "B") == (made.profile["business_type"], made.profile["license_classes"])
    (link,) = world.store.select(LicenseLink, Every(), limit=5)
    assert (LinkState.PENDING, "desk-1") == (link.state, link.decided_by)
    assert ["temporary-issued"] == templates(world)
    assert EventName.STAFF_ISSUED_TEMPORARY is event.name
    assert (ActorKind.STAFF, "desk-1", "first sign-in") == (event.actor, event.actor_id, event.reason)
    assert (made.id, "us-ca-cslb:1012345") == (event.account_id, event.license_id)
    assert {"checked_how": "called back the number on file"} == event.params
    assert (issued.until, 16) == (world.now() + timedelta(hours=72), len(issued.spelled))
    assert () == violations(world.store)


def test_a_number_on_no_roster_is_vouched_for() -> None:
    """Staff write the license down, with a name or without one, and it is theirs as a source."""
    world = World()

    temporary(world, "1099999", business_name="  Vouched Builders ")
    temporary(world, "1099998")

    kept = {record.id: record for record in world.store.select(License, Every(), limit=5)}
    named, bare = kept["us-ca-cslb:1099999"], kept["us-ca-cslb:1099998"]
    assert (FactSource.STAFF, None) == (named.business.source, named.on_roster_since)  # type: ignore[union-attr]
    names = [record.business and record.business.name for record in (named, bare)]
    assert ["Vouched Builders", ""] == names
    assert () == violations(world.store)


def test_a_letter_lives_longer() -> None:
    """By post 21 days, and the event says so."""
    world = World()

    issued = temporary(world, "1099999", by_post=True)

    assert timedelta(days=21) == issued.until - world.now()
    assert "yes" == events(world, EventName.STAFF_ISSUED_TEMPORARY)[0].params["by_post"]


def test_a_person_without_e_mail_is_not_asked_for_one() -> None:
    """Staff note why; set-up asks for the rest. Where there is an address the note is nothing."""
    world = World()
    world.add_to_roster(NUMBER, email=None)
    page = grant(world, temporary(world, no_email_reason="has no computer").password)
    assert "email" not in page.asks
    made = signed_in(world.accounts.finish_setup(page.token, setup_form(page.asks)))
    assert ("has no computer", None) == (made.account.no_email_reason, made.account.email)

    world.add_to_roster("1012346", email=OFFICE)
    temporary(world, "1012346", no_email_reason="has no computer")
    assert account(world, "license:us-ca-cslb:1012346").no_email_reason is None


@pytest.mark.attack("TMP-08")
@pytest.mark.parametrize("may", [frozenset(), frozenset(Permission) - {Permission.TEMPORARY_PASSWORD}])
def test_nobody_issues_without_the_permission(may: frozenset[Permission]) -> None:
    """It is refused and written down, and nothing comes into being."""
    world = World()
    world.add_to_roster(NUMBER)

    outcome, (event,) = new_events(
        world, world.desk("desk-2", may=may).issue_temporary_password, NUMBER, **CHECKED
    )

    _refused(outcome, Code.STAFF_NOT_ALLOWED)
    assert (EventName.STAFF_REFUSED, Reason.NOT_ALLOWED) == (event.name, event.cause)
    assert "desk-2" == event.actor_id
    assert () == world.store.select(LicenseLink, Every(), limit=5)


@pytest.mark.attack("TMP-08")
@pytest.mark.parametrize(
    "said",
    [
        {"reason": ""},
        {"reason": "  "},
        {"reason": "x" * 501},
        {"checked_how": ""},
        {"checked_how": "called\nback"},
        {"second_reason": "x\0y"},
        {"no_email_reason": "x" * 501},
    ],
)
def test_nobody_issues_without_saying_why_and_how(said: dict[str, str]) -> None:
    """A reason and how the caller was checked, each a line; what is added is a line too."""
    world = World()
    world.add_to_roster(NUMBER)

    outcome = world.desk().issue_temporary_password(NUMBER, **{**CHECKED, **said})

    _refused(outcome, Code.STAFF_REASON)
    assert [] == events(world, EventName.STAFF_ISSUED_TEMPORARY)


@pytest.mark.attack("TMP-08")
def test_a_finished_account_with_a_confirmed_address_takes_a_second_reason() -> None:
    """Else staff send a link; and a second password on top of the first takes its own."""
    world = World()
    confirmed(world)
    issue = world.desk().issue_temporary_password

    refused = _refused(issue("ann", **CHECKED), Code.STAFF_SECOND_REASON)
    assert "ann@mail.example.org" == refused.problems[0].params["email"]
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD), SignedIn)
    assert isinstance(issue("ann", second_reason="mail bounces", **CHECKED), TemporaryPasswordIssued)
    assert "mail bounces" == events(world, EventName.STAFF_ISSUED_TEMPORARY)[0].params["second_reason"]
    _refused(issue("ann", **CHECKED), Code.STAFF_SECOND_REASON)


@pytest.mark.attack("TMP-08")
def test_without_a_confirmed_address_one_reason_is_enough() -> None:
    """There is no mailbox to send a link to that anybody has proved."""
    world = World()
    ann(world)

    assert isinstance(world.desk().issue_temporary_password("ann", **CHECKED), TemporaryPasswordIssued)


def _claimed(world: World) -> str:
    claimant(world, NUMBER)
    return NUMBER


def _retired(world: World) -> str:
    world.accounts.close_account(claimant(world, NUMBER).session_token, PASSWORD)
    return NUMBER


def _disabled(world: World) -> str:
    invited(world)
    world.desk().disable(NUMBER, reason="reported stolen")
    return NUMBER


def _nobody(world: World) -> str:
    return "no-such-name"


def _no_text(world: World) -> Any:
    return 1012345


def _held(world: World) -> str:
    """Verified for an account that signs in by another name."""
    ann(world)
    world.add_to_roster(NUMBER)
    world.desk().approve(NUMBER, "ann", reason="license seen")
    world.store.commit(Remove(world.store.select(Identifier, Is("id", LICENSE), limit=1)[0]))
    return NUMBER


@pytest.mark.attack("TMP-08")
@pytest.mark.parametrize(
    ("state", "code"),
    [
        (_claimed, Code.STAFF_CLAIMED),
        (_retired, Code.STAFF_RETIRED),
        (_disabled, Code.STAFF_STANDING),
        (_nobody, Code.STAFF_NOT_FOUND),
        (_no_text, Code.NOT_TEXT),
        (_held, Code.STAFF_HELD),
    ],
)
def test_who_gets_none(state: Callable[[World], Any], code: Code) -> None:
    """Unverified claimant, retired name, disabled account, nobody, another holder: staff are told which."""
    world = World()
    text = state(world)
    before = sorted(event.id for event in events(world, EventName.STAFF_ISSUED_TEMPORARY))

    _refused(world.desk().issue_temporary_password(text, **CHECKED), code)

    assert before == sorted(event.id for event in events(world, EventName.STAFF_ISSUED_TEMPORARY))


def test_a_license_of_no_type_here_gets_none() -> None:
    """A type that is not for contractors knows no license by which an account could be made."""
    world = World()

    _refused(world.desk().issue_temporary_password("1099999", PUBLIC, **CHECKED), Code.STAFF_NOT_FOUND)


@pytest.mark.attack("TMP-08")
def test_a_strict_city_issues_only_to_people_without_an_address() -> None:
    """A number with an address on the roster gets a link, before its account is made and after."""
    world = World(strict_policy())
    world.add_to_roster(NUMBER, email=OFFICE)
    issue = world.desk().issue_temporary_password

    _refused(issue(NUMBER, **CHECKED), Code.STAFF_USE_LINK)
    world.desk().send_link(NUMBER, reason="first sign-in")
    _refused(issue(NUMBER, second_reason="mail bounces", **CHECKED), Code.STAFF_USE_LINK)
    world.add_to_roster("1012346", email=None)
    assert isinstance(issue("1012346", **CHECKED), TemporaryPasswordIssued)


@pytest.mark.attack("TMP-08")
def test_thirty_an_hour_for_each_member_of_staff() -> None:
    """The next is refused and written down; a colleague is not stopped by it."""
    world = World()
    for n in range(30):
        temporary(world, str(1_000_000 + n))

    _refused(world.desk().issue_temporary_password("1000031", **CHECKED), Code.STAFF_LIMIT)
    other = world.desk("desk-2").issue_temporary_password("1000031", **CHECKED)
    assert isinstance(other, TemporaryPasswordIssued)
    world.tick(hours=1)
    assert isinstance(world.desk().issue_temporary_password("1000032", **CHECKED), TemporaryPasswordIssued)


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
    _refused(world.accounts.open_reset(reset), Code.LINK_INVALID)
    known = at("192.0.2.1", made.device_token)
    _refused(world.accounts.sign_in(PUBLIC, "ann", PASSWORD, visitor=known), Code.WRONG_CREDENTIALS)
    guess(world, "ann", 10)
    _refused(guess(world, "ann", 1, visitor=known)[0], Code.WAIT)
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

    _refused(world.accounts.sign_in(CONTRACTOR, NUMBER, first), Code.WRONG_CREDENTIALS)
    grant(world, second, visitor=AT_HOME)
    assert [] == sessions(world)
