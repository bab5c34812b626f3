"""Registering a name, a mailbox or a license that is somebody else's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flows.people import (
    NUMBER,
    Counting,
    Register,
    account,
    ann,
    at,
    at_once,
    claimant,
    confirmed,
    events,
    invited,
    kinds,
    letters,
    sessions,
    templates,
    work,
)
from permit_accounts import (
    CONTRACTOR,
    PUBLIC,
    Code,
    ConfirmYourEmail,
    EventName,
    Problem,
    Refused,
    SignedIn,
    Standing,
)
from permit_accounts.model.records import (
    Account,
    Identifier,
    License,
    LicenseLink,
)
from permit_accounts.ports import Every, Store
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.stores.sqlite import SQLiteStore
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import (
    PASSWORD,
    World,
    city_policy,
    contractor_form,
    links_in,
    public_form,
    strict_policy,
)
from story import NEW_PASSWORD, newest_link, signed_in

CALL = Refused((Problem(Code.LICENSE_CALL_STAFF, "username", {"phone": "(323) 555-0199"}),))
BARE = {"question": None, "answer": None}


@pytest.mark.attack("ENUM-08")
def test_a_taken_username_costs_what_a_free_one_costs_and_changes_nothing() -> None:
    """It is told (declared), after the same hashes, and whoever has it notices nothing."""
    world = World()
    free = work(world, ann, world)
    before = account(world)
    world.deliver()
    form = public_form("ANN", email="other@mail.example.org", password=NEW_PASSWORD)

    taken = work(world, world.accounts.register, PUBLIC, form)

    assert Refused((Problem(Code.USERNAME_TAKEN, "username"),)) == world.accounts.register(PUBLIC, form)
    assert [("hash", 1, 8)] * 2 == free == taken
    assert (before, []) == (account(world), letters(world))
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD), SignedIn)


@pytest.mark.attack("ENUM-08")
@pytest.mark.parametrize("owner", ["confirmed", "unconfirmed", "nobody"])
def test_a_taken_mailbox_never_shows(owner: str) -> None:
    """The guides' city makes the account and lets the confirmation mail tell the owner."""
    world = World()
    if owner != "nobody":
        (confirmed if owner == "confirmed" else ann)(world)
    before = None if owner == "nobody" else account(world)
    world.deliver()

    outcome = world.accounts.register(
        PUBLIC, public_form("second", email="ANN@mail.example.org", password=NEW_PASSWORD)
    )

    assert isinstance(outcome, SignedIn)
    assert ["confirm-email"] == templates(world)
    (message,) = world.mails_to("ANN@mail.example.org")
    assert 1 == len(links_in(message))  # what has another spelling is not offered here
    assert before is None or before == account(world)


@pytest.mark.attack("ENUM-08")
@pytest.mark.parametrize("kind", ["public", "contractor"])
def test_a_strict_city_answers_a_taken_mailbox_like_a_free_one(kind: str) -> None:
    """The same value, hashes, look-ups, commits and records; only the letter to its owner differs."""
    counting, register = Counting(), Register(None)
    world = World(strict_policy(), store=counting, registers={"us-ca-cslb": register})  # type: ignore[arg-type]
    _confirmed_in_a_strict_city(world)
    told, costs, records = [], [], []
    for number, email in (("1154001", "ann@mail.example.org"), ("1154002", "free@mail.example.org")):
        form = public_form(f"user{number}", **BARE) if kind == "public" else contractor_form(number, **BARE)
        form["email"] = email
        before = len(world.hasher.calls), len(counting.asked), len(counting.commits), len(register.asked)
        told.append(world.accounts.register(kind, form))
        after = len(world.hasher.calls), len(counting.asked), len(counting.commits), len(register.asked)
        costs.append([late - early for late, early in zip(after, before, strict=True)])
        records.append([type(change) for change in counting.commits[-1]])

    assert [ConfirmYourEmail()] * 2 == told
    assert costs[0] == costs[1]
    assert records[0] == records[1]
    assert ["confirm-email", "email-in-use"] == templates(world)
    assert [] == sessions(world)


@pytest.mark.attack("ENUM-08")
@pytest.mark.parametrize("email", ["ann@mail.example.org", "free@mail.example.org"])
def test_nothing_done_after_it_shows_whether_the_mailbox_was_taken(email: str) -> None:
    """The name is taken from then on, the password right, and the mailbox the only way in."""
    world = World(strict_policy())
    _confirmed_in_a_strict_city(world)
    form = public_form("probe", email=email, **BARE)
    world.accounts.register(PUBLIC, form)

    again = world.accounts.register(PUBLIC, {**form, "email": "mine@attacker.example.org"})

    assert {"username-taken": 1} == kinds([again])
    assert {"confirm-first": 1} == kinds([world.accounts.sign_in(PUBLIC, "probe", PASSWORD)])


def test_whoever_has_an_account_may_confirm_a_second() -> None:
    """A mailbox may be shared by several accounts; the letter that tells of the first confirms the second."""
    world = World(strict_policy())
    _confirmed_in_a_strict_city(world)
    world.accounts.register(PUBLIC, public_form("second", email="ann@mail.example.org", **BARE))

    world.accounts.confirm_email(newest_link(world, "ann@mail.example.org"), password=PASSWORD)

    assert isinstance(world.accounts.sign_in(PUBLIC, "second", PASSWORD), SignedIn)
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD), SignedIn)


def _confirmed_in_a_strict_city(world: World) -> None:
    world.accounts.register(PUBLIC, public_form("ann", **BARE))
    world.accounts.confirm_email(newest_link(world, "ann@mail.example.org"), password=PASSWORD)


def test_a_strict_city_lets_a_closed_accounts_mailbox_begin_anew() -> None:
    """Whoever gave an account up may have another."""
    world = World(strict_policy())
    world.accounts.register(PUBLIC, public_form("ann", **BARE))
    world.accounts.confirm_email(newest_link(world, "ann@mail.example.org"), password=PASSWORD)
    made = signed_in(world.accounts.sign_in(PUBLIC, "ann", PASSWORD))
    world.accounts.close_account(made.session_token, PASSWORD)

    form = public_form("second", email="ann@mail.example.org", **BARE)

    assert ConfirmYourEmail() == world.accounts.register(PUBLIC, form)
    assert Standing.ACTIVE is account(world, "public:second").standing


def test_a_strict_city_opens_nothing_before_the_mailbox_is_confirmed() -> None:
    """A taken username still shows, and neither question nor long session is to be had anywhere."""
    world = World(strict_policy())
    form = public_form("ann", **BARE)

    assert ConfirmYourEmail() == world.accounts.register(PUBLIC, form)
    assert {"confirm-first": 1} == kinds([world.accounts.sign_in(PUBLIC, "ann", PASSWORD)])
    taken = world.accounts.register(PUBLIC, {**form, "email": "other@mail.example.org"})
    assert {"username-taken": 1} == kinds([taken])
    assert {"unknown-field"} == set(kinds([world.accounts.register(PUBLIC, public_form("bob", answer=None))]))
    world.accounts.confirm_email(newest_link(world, "ann@mail.example.org"), password=PASSWORD)
    made = signed_in(world.accounts.sign_in(PUBLIC, "ann", PASSWORD, remember=True))
    assert (False, None) == (made.session.remembered, made.account.question_id)
    changed = world.accounts.change_security_question(made.session_token, PASSWORD, "first-dish", "soup")
    assert {"unknown-field unknown-field": 1} == kinds([changed])


@pytest.mark.parametrize("kept", ["memory", "sqlite"])
@pytest.mark.parametrize("kind", ["public", "contractor"])
def test_of_many_who_register_one_name_one_gets_it(tmp_path: Path, kept: str, kind: str) -> None:
    """The others are told what they would be told on a quiet day."""
    store: Store = MemoryStore() if kept == "memory" else SQLiteStore(tmp_path / "city.db", create=True)
    world = World(store=store)
    forms = [
        public_form("ann", email=f"n{n}@mail.example.org")
        if kind == "public"
        else contractor_form(NUMBER, email=f"n{n}@mail.example.org")
        for n in range(8)
    ]

    outcomes = at_once(*[lambda form=form: world.accounts.register(kind, form) for form in forms])

    told = "username-taken" if kind == "public" else "license-call-staff"
    assert {"SignedIn": 1, told: 7} == kinds(outcomes)
    assert 1 == len(world.store.select(Account, Every(), limit=10)) == len(sessions(world))
    assert 1 == len(world.store.select(Identifier, Every(), limit=10))
    assert () == violations(world.store)


@pytest.mark.parametrize("held", ["roster", "in set-up", "claimed", "verified", "verified by another name"])
def test_a_number_that_is_not_free_points_to_staff(held: str) -> None:
    """Nothing changes for whoever holds it; they are told where there is somebody, and so is the desk."""
    world = World(city_policy(staff_email="desk@sampleton.example.gov"))
    if held == "roster":
        world.add_to_roster(NUMBER)
    elif held == "in set-up":
        invited(world, email="office@contractor.example.org")
    elif held == "verified by another name":
        confirmed(world)
        world.desk().approve(NUMBER, "ann", reason="license seen")
    else:
        claimant(world, NUMBER)
        if held == "verified":
            world.desk().approve(NUMBER, NUMBER, reason="license seen")
    world.deliver()
    before = [_kept(world, kind) for kind in (Account, Identifier, License, LicenseLink)]

    form = contractor_form(f"CSLB {NUMBER}", email="b@mail.example.org")
    outcome = world.accounts.register(CONTRACTOR, form)

    assert CALL == outcome
    assert before == [_kept(world, kind) for kind in (Account, Identifier, License, LicenseLink)]
    assert (["staff-notice"] if held == "roster" else ["claim-noticed", "staff-notice"]) == templates(world)
    (event,) = events(world, EventName.REGISTRATION_REFUSED)
    assert {"business_name", "contact_name", "phone", "email"} == set(event.params)
    assert world.now() == event.desk_at


def _kept(world: World, kind: Any) -> list[object]:
    return list(world.store.select(kind, Every(), limit=20))


def test_neither_the_holders_mailbox_nor_staffs_is_flooded() -> None:
    """Three an hour about one license, however often and from wherever it is tried; the desk sees all."""
    world = World(city_policy(staff_email="desk@sampleton.example.gov"))
    claimant(world, NUMBER)
    world.deliver()
    world.tick(hours=1)

    for n in range(6):
        form = contractor_form(NUMBER, email=f"n{n}@mail.example.org")
        assert CALL == world.accounts.register(CONTRACTOR, form, visitor=at(f"203.0.113.{n}"))

    assert ["claim-noticed"] * 3 + ["staff-notice"] * 3 == templates(world)
    assert 6 == len([event for event in events(world, EventName.REGISTRATION_REFUSED) if event.desk_at])
