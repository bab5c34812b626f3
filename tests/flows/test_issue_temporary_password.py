"""The desk issues a temporary password: who may, for whom, what it ends, and that it is shown once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from flows.people import (
    CHECKED,
    LICENSE,
    NUMBER,
    account,
    ann,
    claimant,
    confirmed,
    events,
    grant,
    invited,
    new_events,
    refused,
    templates,
    temporary,
)
from permit_accounts import (
    PUBLIC,
    Code,
    EventName,
    LinkState,
    Permission,
    Reason,
    SignedIn,
    Standing,
    TemporaryPasswordIssued,
)
from permit_accounts.model.codes import ActorKind, FactSource
from permit_accounts.model.records import Identifier, License, LicenseLink
from permit_accounts.ports import Every, Is, Remove
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import PASSWORD, World, setup_form, strict_policy
from story import signed_in

OFFICE = "office@contractor.example.org"


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
    """Staff write the license down with the name of the business, and it is theirs as a source."""
    world = World()

    temporary(world, "1099999", business_name="  Vouched Builders ")

    (named,) = world.store.select(License, Every(), limit=5)
    assert (FactSource.STAFF, None) == (named.business.source, named.on_roster_since)  # type: ignore[union-attr]
    assert "Vouched Builders" == named.business.name  # type: ignore[union-attr]
    assert () == violations(world.store)


@pytest.mark.parametrize("name", ["", "  "])
def test_a_number_that_nobody_knows_needs_the_name_of_the_business(name: str) -> None:
    """A mistyped digit is noticed: nothing comes into being until staff say whose license it is."""
    world = World()

    outcome = world.desk().issue_temporary_password("1099999", **CHECKED, business_name=name)

    assert "business_name" == refused(outcome, Code.REQUIRED).problems[0].field
    assert () == world.store.select(License, Every(), limit=5)


def test_a_license_that_is_known_needs_no_name() -> None:
    """Not on the roster any more, but on file: whose license it is has been said before."""
    world = World()
    world.add_to_roster(NUMBER)
    world.desk().correct_license(NUMBER, on_roster=False, reason="left the city")

    assert "Sample Builders" == temporary(world).account.profile["business_name"]


def test_a_letter_lives_longer() -> None:
    """By post 21 days, and the event says so."""
    world = World()

    issued = temporary(world, "1099999", by_post=True, business_name="Vouched Builders")

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

    refused(outcome, Code.STAFF_NOT_ALLOWED)
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

    refused(outcome, Code.STAFF_REASON)
    assert [] == events(world, EventName.STAFF_ISSUED_TEMPORARY)


@pytest.mark.attack("TMP-08")
def test_a_finished_account_with_a_confirmed_address_takes_a_second_reason() -> None:
    """Else staff send a link; and a second password on top of the first takes its own."""
    world = World()
    confirmed(world)
    issue = world.desk().issue_temporary_password

    told = refused(issue("ann", **CHECKED), Code.STAFF_SECOND_REASON)
    assert "ann@mail.example.org" == told.problems[0].params["email"]
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD), SignedIn)
    assert isinstance(issue("ann", second_reason="mail bounces", **CHECKED), TemporaryPasswordIssued)
    assert "mail bounces" == events(world, EventName.STAFF_ISSUED_TEMPORARY)[0].params["second_reason"]
    refused(issue("ann", **CHECKED), Code.STAFF_SECOND_REASON)


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

    refused(world.desk().issue_temporary_password(text, **CHECKED), code)

    assert before == sorted(event.id for event in events(world, EventName.STAFF_ISSUED_TEMPORARY))


def test_a_license_of_no_type_here_gets_none() -> None:
    """A type that is not for contractors knows no license by which an account could be made."""
    world = World()

    refused(world.desk().issue_temporary_password("1099999", PUBLIC, **CHECKED), Code.STAFF_NOT_FOUND)


@pytest.mark.attack("TMP-08")
def test_a_strict_city_issues_only_to_people_without_an_address() -> None:
    """A number with an address on the roster gets a link, before its account is made and after."""
    world = World(strict_policy())
    world.add_to_roster(NUMBER, email=OFFICE)
    issue = world.desk().issue_temporary_password

    refused(issue(NUMBER, **CHECKED), Code.STAFF_USE_LINK)
    world.desk().send_link(NUMBER, reason="first sign-in")
    refused(issue(NUMBER, second_reason="mail bounces", **CHECKED), Code.STAFF_USE_LINK)
    world.add_to_roster("1012346", email=None)
    assert isinstance(issue("1012346", **CHECKED), TemporaryPasswordIssued)


@pytest.mark.attack("TMP-08")
def test_thirty_an_hour_for_each_member_of_staff() -> None:
    """The next is refused and written down; a colleague is not stopped by it."""
    world = World()
    for n in range(30):
        world.add_to_roster(str(1_000_000 + n), email=None)
        temporary(world, str(1_000_000 + n))
    world.add_to_roster("1000031", email=None)
    world.add_to_roster("1000032", email=None)

    refused(world.desk().issue_temporary_password("1000031", **CHECKED), Code.STAFF_LIMIT)
    other = world.desk("desk-2").issue_temporary_password("1000031", **CHECKED)
    assert isinstance(other, TemporaryPasswordIssued)
    world.tick(hours=1)
    assert isinstance(world.desk().issue_temporary_password("1000032", **CHECKED), TemporaryPasswordIssued)
