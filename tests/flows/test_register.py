"""Registration: who gets an account, what taken names and mailboxes are told, and what is claimed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.people import (
    NUMBER,
    Counting,
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
    AccountType,
    Chosen,
    Code,
    ConfirmYourEmail,
    EmailConfirmed,
    EventName,
    Field,
    Kind,
    LicenseStatus,
    LinkState,
    Problem,
    Reason,
    Refused,
    SignedIn,
    Standing,
    Unavailable,
)
from permit_accounts.model.codes import FactSource
from permit_accounts.model.records import (
    Account,
    BusinessFacts,
    Identifier,
    License,
    LicenseLink,
    StatusFacts,
    WorkersCompFacts,
)
from permit_accounts.ports import Every, Is, RegisterAnswer, Store
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.stores.sqlite import SQLiteStore
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import (
    PASSWORD,
    START,
    World,
    city_policy,
    contractor_form,
    links_in,
    public_form,
    strict_policy,
)
from story import AT_HOME, NEW_PASSWORD, newest_link, signed_in

CALL = Refused((Problem(Code.LICENSE_CALL_STAFF, "username", {"phone": "(323) 555-0199"}),))
FACTS: dict[str, Any] = {"source": FactSource.REGISTER, "as_of": START}
BARE = {"question": None, "answer": None}


class Register:
    """A board that answers what it is given, or is out of reach."""

    def __init__(self, answer: RegisterAnswer | Unavailable | None) -> None:
        self.answer = answer
        self.asked: list[tuple[str, str]] = []

    def lookup(self, authority: str, number: str) -> RegisterAnswer | None:
        """What it was given."""
        self.asked.append((authority, number))
        if isinstance(self.answer, Unavailable):
            raise self.answer
        return self.answer


def _link(world: World, number: str = NUMBER) -> LicenseLink:
    (link,) = world.store.select(LicenseLink, Is("license_id", f"us-ca-cslb:{number}"), limit=5)
    return link


def _licenses(world: World) -> list[License]:
    return list(world.store.select(License, Every(), limit=10))


def test_a_public_user_registers_and_is_in() -> None:
    """As in the guides: signed in at once, the mailbox unconfirmed until its owner says so."""
    world = World()

    made = ann(world)

    assert ("ann", None) == (made.account.username, made.account.email_confirmed_at)
    assert world.accounts.session(made.session_token) is not None
    assert ["confirm-email"] == templates(world)
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD), SignedIn)
    link = newest_link(world, "ann@mail.example.org")
    assert isinstance(world.accounts.confirm_email(link, session_token=made.session_token), EmailConfirmed)
    assert world.now() == account(world).email_confirmed_at
    assert () == violations(world.store)


@pytest.mark.parametrize(("spoken", "kept"), [("es", "es"), ("ru", "ru"), ("tlh", "en"), ("", "en")])
def test_mail_is_in_a_language_that_the_city_speaks(spoken: str, kept: str) -> None:
    """The one chosen, else English."""
    made = signed_in(World().accounts.register("public", public_form("ann"), language=spoken))

    assert kept == made.account.language


def test_a_contractor_registers_and_claims() -> None:
    """Signed in at once; the number opens the account, and proves nothing about the license."""
    world = World()

    made = claimant(world, NUMBER)

    assert (LinkState.CLAIMED, NUMBER) == (_link(world).state, _link(world).entered)
    assert () == world.accounts.verified_licenses(made.account)
    assert [] == _licenses(world)
    world.desk().approve(NUMBER, NUMBER, reason="license seen at the counter")
    assert ["us-ca-cslb:1012345"] == [str(one) for one in world.accounts.verified_licenses(made.account)]
    assert () == violations(world.store)


@pytest.mark.parametrize("kind", ["architect", None, 5, ["public"]])
def test_a_type_that_is_not_offered(kind: Any) -> None:
    """The word comes from a form; a type that only staff give out is not offered either."""
    name = Chosen("staff_only")
    staff_only = AccountType(id="staff_only", username=name, fields=(), self_registration=False)
    world = World(city_policy(account_types=(PUBLIC, CONTRACTOR, staff_only)))

    refused = world.accounts.register(kind, public_form("ann"))
    assert (Code.CHOICE,) == refused.codes  # type: ignore[union-attr]
    assert Refused((Problem(Code.CHOICE, "account_type"),)) == world.accounts.register(staff_only, {})


def test_an_account_type_without_an_address() -> None:
    """It has no mailbox to confirm, so even a strict city signs it in, and no letter is written."""
    fields = (Field(name="full_name", kind=Kind.NAME),)
    walk_in = AccountType(id="walk_in", username=Chosen("walk_in"), fields=fields)
    world = World(strict_policy(account_types=(walk_in,)))

    made = world.accounts.register(walk_in, {"username": "ann", "password": PASSWORD})

    assert isinstance(made, SignedIn)
    assert [] == letters(world)
    assert None is made.account.email


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
    assert (2 if owner == "unconfirmed" else 1) == len(links_in(message))
    assert before is None or before == account(world)


@pytest.mark.attack("ENUM-08")
@pytest.mark.parametrize("kind", ["public", "contractor"])
def test_a_strict_city_answers_a_taken_mailbox_like_a_free_one(kind: str) -> None:
    """The same value, hashes, look-ups and number of commits; the owner gets a mail, nobody an account."""
    counting, register = Counting(), Register(None)
    world = World(strict_policy(), store=counting, registers={"us-ca-cslb": register})  # type: ignore[arg-type]
    told, costs = [], []
    for number in ("1154001", "1154002"):
        form = public_form(f"user{number}", **BARE) if kind == "public" else contractor_form(number, **BARE)
        form["email"] = "one@mail.example.org"
        before = len(world.hasher.calls), len(counting.commits), len(register.asked)
        told.append(world.accounts.register(kind, form))
        after = len(world.hasher.calls), len(counting.commits), len(register.asked)
        costs.append([late - early for late, early in zip(after, before, strict=True)])

    assert [ConfirmYourEmail()] * 2 == told
    assert [[1, costs[0][1], int(kind == "contractor")]] * 2 == costs
    assert ["confirm-email", "email-in-use"] == templates(world)
    assert 1 == len(world.store.select(Account, Every(), limit=10))
    assert [] == sessions(world)
    assert [Reason.EMAIL_TAKEN] == [event.cause for event in events(world, EventName.REGISTRATION_REFUSED)]


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
    assert {"question": 1} == kinds([changed])


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


@pytest.mark.parametrize("held", ["roster", "in set-up", "claimed", "verified", "verified under another name"])
def test_a_number_that_is_not_free_points_to_staff(held: str) -> None:
    """Nothing changes for whoever holds it; they are told where there is somebody, and the desk learns of it."""
    world = World(city_policy(staff_email="desk@sampleton.example.gov"))
    if held == "roster":
        world.add_to_roster(NUMBER)
    elif held == "in set-up":
        invited(world, email="office@contractor.example.org")
    elif held == "verified under another name":
        confirmed(world)
        world.desk().approve(NUMBER, "ann", reason="license seen")
    else:
        claimant(world, NUMBER)
        if held == "verified":
            world.desk().approve(NUMBER, NUMBER, reason="license seen")
    world.deliver()
    before = [_kept(world, kind) for kind in (Account, Identifier, License, LicenseLink)]

    outcome = world.accounts.register(CONTRACTOR, contractor_form(f"CSLB {NUMBER}", email="b@mail.example.org"))

    assert CALL == outcome
    assert before == [_kept(world, kind) for kind in (Account, Identifier, License, LicenseLink)]
    assert (["staff-notice"] if held == "roster" else ["claim-noticed", "staff-notice"]) == templates(world)
    (event,) = events(world, EventName.REGISTRATION_REFUSED)
    assert {"business_name", "contact_name", "phone", "email"} == set(event.params)
    assert world.now() == event.desk_at


def _kept(world: World, kind: Any) -> list[object]:
    return list(world.store.select(kind, Every(), limit=20))


def test_the_holders_mailbox_is_not_flooded() -> None:
    """Three an hour about one license, however often and from wherever it is tried."""
    world = World()
    claimant(world, NUMBER)
    world.deliver()
    world.tick(hours=1)

    for n in range(6):
        form = contractor_form(NUMBER, email=f"n{n}@mail.example.org")
        assert CALL == world.accounts.register(CONTRACTOR, form, visitor=at(f"203.0.113.{n}"))

    assert ["claim-noticed"] * 3 == templates(world)


def test_ten_an_hour_from_one_address() -> None:
    """Then everybody there waits, whatever they would register; elsewhere nobody does."""
    world = World()
    for n in range(10):
        assert isinstance(world.accounts.register(PUBLIC, public_form(f"user{n}"), visitor=AT_HOME), SignedIn)

    assert {"wait": 1} == kinds([world.accounts.register(PUBLIC, public_form("more"), visitor=AT_HOME)])
    elsewhere = world.accounts.register(PUBLIC, public_form("more"), visitor=at("192.0.2.9"))
    assert isinstance(elsewhere, SignedIn)
    world.tick(hours=1)
    assert isinstance(world.accounts.register(PUBLIC, public_form("later"), visitor=AT_HOME), SignedIn)


def test_all_problems_come_at_once() -> None:
    """Missing, wrong and unknown fields, and the name that is taken."""
    world = World()
    ann(world)

    outcome = world.accounts.register(PUBLIC, {"username": "ann", "password": 5, "role": "admin"})

    assert isinstance(outcome, Refused)
    assert {Code.REQUIRED, Code.NOT_TEXT, Code.UNKNOWN_FIELD, Code.USERNAME_TAKEN} == set(outcome.codes)
    assert 1 == len(world.store.select(Account, Every(), limit=10))


def _answer(**groups: Any) -> RegisterAnswer:
    status = StatusFacts(status=LicenseStatus.ACTIVE, text="CLEAR", classes=("B",), **FACTS)
    return RegisterAnswer(**({"business": None, "status": status, "workers_comp": None} | groups))


def test_what_the_board_says_is_written_down_and_verifies_nothing() -> None:
    """Facts with their source; the link stays a claim."""
    business = BusinessFacts(name="Sample Builders Inc", **FACTS)
    comp = WorkersCompFacts(carrier="Sample Mutual", **FACTS)
    register = Register(_answer(business=business, workers_comp=comp))
    world = World(registers={"us-ca-cslb": register})

    made = claimant(world, NUMBER)

    assert [("us-ca-cslb", NUMBER)] == register.asked
    (record,) = _licenses(world)
    assert (business, comp) == (record.business, record.workers_comp)
    assert LicenseStatus.ACTIVE is record.status.status  # type: ignore[union-attr]
    assert (None, LinkState.CLAIMED) == (record.on_roster_since, _link(world).state)
    assert () == world.accounts.verified_licenses(made.account)


def test_what_the_board_does_not_say_stays_as_it_was() -> None:
    """A license that is known already keeps the groups of facts that the register has nothing about."""
    world = World(registers={"us-ca-cslb": Register(_answer())})
    world.add_to_roster(NUMBER)
    world.desk().correct_license(NUMBER, on_roster=False, reason="moved to another city")
    (before,) = _licenses(world)

    claimant(world, NUMBER)

    (after,) = _licenses(world)
    assert (before.business, before.contact) == (after.business, after.contact)
    assert FactSource.REGISTER is after.status.source  # type: ignore[union-attr]


@pytest.mark.parametrize("answer", [Unavailable("no route"), None])
def test_a_board_that_does_not_answer_keeps_nobody_out(answer: Unavailable | None) -> None:
    """Out of reach is told by an event; not in its list is no reason to refuse."""
    world = World(registers={"us-ca-cslb": Register(answer)})

    claimant(world, NUMBER)

    told = events(world, EventName.REGISTER_UNAVAILABLE)
    assert (["us-ca-cslb:1012345"] if answer else []) == [event.license_id for event in told]
    assert [] == _licenses(world)


def test_the_link_of_a_second_account_takes_over_only_its_own() -> None:
    """Each link of the shared mailbox opens the account that it was made for."""
    world = World()
    first = ann(world)
    world.tick(minutes=1)
    world.accounts.register(PUBLIC, public_form("second", email="ann@mail.example.org", password=NEW_PASSWORD))
    confirm, take_over = links_in(world.mails_to("ann@mail.example.org")[-1])

    world.accounts.confirm_email(confirm, password=NEW_PASSWORD)
    assert account(world).email_confirmed_at is None
    opened = world.accounts.open_reset(take_over)
    assert "ann" == opened.username  # type: ignore[union-attr]
    world.tick(hours=1)
    assert isinstance(world.accounts.open_reset(take_over), Refused)
    assert first.session.expires_at > world.now() + timedelta(hours=20)
