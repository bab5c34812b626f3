"""What the desk reads: people, histories and what has come in, exact, without any hash, and noted."""

from __future__ import annotations

import pytest

from flows.desk_cases import LICENSE, NUMBER, OFFICE, WHY, bystander, claimed, nobody, on_roster, verified
from flows.people import claimant, events
from permit_accounts import (
    CONTRACTOR,
    PUBLIC,
    Claims,
    Code,
    EventName,
    Found,
    History,
    LinkState,
    Problem,
    Refused,
)
from permit_accounts.testing.world import PASSWORD, World, contractor_form, public_form


def found(outcome: object) -> tuple[Found, ...]:
    assert isinstance(outcome, tuple), outcome
    return outcome


@pytest.mark.parametrize("text", [NUMBER, f"CSLB #{NUMBER}", f" lic {NUMBER} ", OFFICE, OFFICE.upper()])
def test_a_contractor_is_found_by_number_or_address(text: str) -> None:
    """However it is typed: account, names, claims and license together, and no hash."""
    world = World()
    made = verified(world)

    (hit,) = found(world.desk().find(text))

    assert hit.account is not None
    assert hit.license is not None
    assert (made.account.id, LICENSE) == (hit.account.id, hit.license.id)
    assert (None, None, None) == (
        hit.account.password_hash,
        hit.account.temporary_hash,
        hit.account.answer_hash,
    )
    assert [f"license:{LICENSE}"] == [name.id for name in hit.names]
    assert [LinkState.VERIFIED] == [link.state for link in hit.links]
    assert "argon2" not in repr(hit)


def test_a_roster_license_without_an_account_is_found() -> None:
    """The caller may not have called yet; the desk sees what the roster has, and who claims it."""
    world = World()
    on_roster(world)
    ann = bystander(world)
    world.accounts.add_license(ann.session_token, f"CSLB {NUMBER}")

    (hit,) = found(world.desk().find(NUMBER))

    assert hit.account is None
    assert hit.license is not None
    assert [(ann.account.id, LinkState.PENDING)] == [(link.account_id, link.state) for link in hit.links]


@pytest.mark.attack("LOG-06")
def test_everybody_who_was_shown_stands_in_the_event() -> None:
    """A mailbox of several accounts: all are shown, once each, and the read names all of them."""
    world = World()
    one = world.accounts.register(PUBLIC, public_form("ann", email="shared@mail.example.org"))
    world.tick(minutes=1)
    two = world.accounts.register(CONTRACTOR, contractor_form(NUMBER, email="shared@mail.example.org"))

    hits = found(world.desk().find("shared@mail.example.org"))

    ids = [made.account.id for made in (one, two)]  # type: ignore[union-attr]
    assert ids == [hit.account.id for hit in hits if hit.account is not None]
    (event,) = events(world, EventName.STAFF_FOUND)
    assert {"found": "2", "accounts": " ".join(ids)} == event.params


def test_a_name_and_an_address_that_are_one_are_one_hit() -> None:
    """Somebody whose username is the address."""
    world = World()
    world.accounts.register(PUBLIC, public_form("ann@mail.example.org", email="ann@mail.example.org"))

    assert 1 == len(found(world.desk().find("ann@mail.example.org")))


def test_one_text_may_name_two_people() -> None:
    """Both are shown; an account type narrows it."""
    world = World()
    claimed(world)
    world.accounts.register(PUBLIC, public_form("ann"))
    desk = world.desk()

    assert 1 == len(found(desk.find("ann")))
    assert isinstance(desk.find("ann", CONTRACTOR), Refused)
    assert 1 == len(found(desk.find(NUMBER, "contractor")))


@pytest.mark.attack("LOG-06")
@pytest.mark.parametrize("text", ["", "nobody", "1999999", "nobody@mail.example.org", "x" * 100_000, "\x00"])
def test_who_is_not_there_is_not_found_and_the_question_is_noted(text: str) -> None:
    """A read that finds nobody is a read; what was typed is not kept."""
    world = World()
    nobody(world)

    refused = world.desk().find(text)

    assert isinstance(refused, Refused)
    assert (Code.STAFF_NOT_FOUND,) == refused.codes
    (event,) = events(world)
    assert (EventName.STAFF_FOUND, {"found": "0"}, "") == (event.name, event.params, event.reason)


def test_a_history_has_the_newest_first_with_actor_and_reason() -> None:
    """Page by page; what a person did and what staff did stand in one list."""
    world = World()
    claimed(world)
    desk = world.desk("desk-7")
    world.tick(minutes=1)
    desk.disable(NUMBER, reason="reported stolen")
    world.tick(minutes=1)
    desk.enable(NUMBER, reason="cleared up")

    first = desk.history(NUMBER, limit=2)
    assert isinstance(first, History)
    second = desk.history(NUMBER, limit=2, after=first.next_after)
    assert isinstance(second, History)

    assert [EventName.STAFF_ENABLED, EventName.STAFF_DISABLED] == [event.name for event in first.events]
    assert ("desk-7", "reported stolen") == (first.events[1].actor_id, first.events[1].reason)
    assert EventName.REGISTERED is second.events[-1].name
    assert second.next_after is None
    assert History(events=(), next_after=None) == desk.history(NUMBER, limit=0)


def test_a_license_that_nobody_has_has_a_history_too() -> None:
    """Who tried to register a roster number is what the desk wants to know when somebody calls."""
    world = World()
    on_roster(world)
    world.accounts.register(CONTRACTOR, contractor_form(NUMBER))

    history = world.desk().history(NUMBER)

    assert isinstance(history, History)
    assert [EventName.REGISTRATION_REFUSED] == [event.name for event in history.events]
    assert "office1154002@contractor.example.org" == history.events[0].params["email"]


def test_no_history_of_nobody() -> None:
    """A misspelled name is not a person to whom nothing happened."""
    refused = World().desk().history("nobody at all")

    assert isinstance(refused, Refused)
    assert (Code.STAFF_NOT_FOUND,) == refused.codes


def test_the_inbox_holds_what_staff_must_learn_of() -> None:
    """A refused roster registration and a claim that waits; nothing that is merely past."""
    world = World()
    on_roster(world)
    claimant(world, "1012346")
    world.accounts.sign_in(CONTRACTOR, "1012346", PASSWORD)
    world.accounts.register(CONTRACTOR, contractor_form(NUMBER))
    ann = bystander(world)
    world.accounts.add_license(ann.session_token, f"CSLB {NUMBER}")
    world.desk().disable("1012346", reason=WHY)
    world.tick(minutes=1)

    inbox = world.desk().inbox()

    assert isinstance(inbox, History)
    assert {EventName.REGISTRATION_REFUSED, EventName.LICENSE_ADDED} == {e.name for e in inbox.events}
    page = world.desk().inbox(limit=1)
    assert isinstance(page, History)
    assert page.next_after is not None


def test_waiting_claims_are_listed_page_by_page() -> None:
    """Each state has its list; a page tells where the next begins."""
    world = World()
    for number in ("1012345", "1012346", "1012347"):
        claimant(world, number)
    on_roster(world)
    desk = world.desk()

    first = desk.claims(limit=2)
    assert isinstance(first, Claims)
    second = desk.claims(limit=2, after=first.next_after)
    assert isinstance(second, Claims)

    assert 3 == len({link.license_id for link in (*first.links, *second.links)})
    assert second.next_after is None
    assert {link.account_id for link in first.links} == set(first.accounts)
    assert ["1012345", "1012346"] == sorted(account.username for account in first.accounts.values())
    assert {None} == {account.password_hash for account in first.accounts.values()}
    assert () == desk.claims(LinkState.PENDING).links  # type: ignore[union-attr]
    assert Claims(links=(), next_after=None) == desk.claims(limit=0)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("1O12345", Problem(Code.LICENSE_LOOKALIKE, "username", {"found": "O", "meant": "0"})),
        ("CCB 107292", Problem(Code.LICENSE_OTHER_BOARD, "username", {"board": "CCB", "boards": "CSLB"})),
        ("1.012345E+06", Problem(Code.LICENSE_SPREADSHEET, "username")),
        ("1012345, 1012346", Problem(Code.LICENSE_SEVERAL, "username")),
    ],
)
def test_a_mistyped_number_is_not_merely_not_found(text: str, hint: Problem) -> None:
    """Whoever reads a letter for a digit would tell the caller that nothing is known of the license."""
    world = World()
    claimed(world)
    desk = world.desk()
    said = {"reason": WHY, "checked_how": "called back the number on file"}

    answers = [
        desk.find(text),
        desk.history(text),
        desk.disable(text, reason=WHY),
        desk.send_link(text, reason=WHY),
        desk.issue_temporary_password(text, **said),
    ]

    expected = Refused((Problem(Code.STAFF_NOT_FOUND), hint))
    assert [expected] * 5 == answers
