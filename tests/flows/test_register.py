"""Registration: who gets an account, what taken names and mailboxes are told, and what is claimed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from flows.people import (
    NUMBER,
    Register,
    account,
    ann,
    at,
    claimant,
    events,
    kinds,
    letters,
    templates,
)
from permit_accounts import (
    CONTRACTOR,
    PUBLIC,
    AccountType,
    Chosen,
    Code,
    EmailConfirmed,
    EventName,
    Field,
    Kind,
    LicenseStatus,
    LinkState,
    Problem,
    Refused,
    SignedIn,
    Unavailable,
)
from permit_accounts.model.codes import FactSource
from permit_accounts.model.records import (
    Account,
    BusinessFacts,
    License,
    LicenseLink,
    StatusFacts,
    WorkersCompFacts,
)
from permit_accounts.ports import Every, Is, RegisterAnswer
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import (
    PASSWORD,
    START,
    World,
    city_policy,
    links_in,
    public_form,
    strict_policy,
)
from story import AT_HOME, NEW_PASSWORD, newest_link, signed_in

CALL = Refused((Problem(Code.LICENSE_CALL_STAFF, "username", {"phone": "(323) 555-0199"}),))
FACTS: dict[str, Any] = {"source": FactSource.REGISTER, "as_of": START}
BARE = {"question": None, "answer": None}


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


def test_ten_accounts_an_hour_from_one_address() -> None:
    """Then everybody there waits, whatever they would register; elsewhere nobody does."""
    world = World()
    for n in range(10):
        assert isinstance(world.accounts.register(PUBLIC, public_form(f"user{n}"), visitor=AT_HOME), SignedIn)

    more = world.accounts.register(PUBLIC, public_form("more"), visitor=AT_HOME)
    phone = world.accounts.policy.support_phone
    said = {"seconds": "3600", "minutes": "60", "phone": phone}
    assert Refused((Problem(Code.LIMIT, "", said),)) == more
    elsewhere = world.accounts.register(PUBLIC, public_form("more"), visitor=at("192.0.2.9"))
    assert isinstance(elsewhere, SignedIn)
    world.tick(hours=1)
    assert isinstance(world.accounts.register(PUBLIC, public_form("later"), visitor=AT_HOME), SignedIn)


def test_mistakes_do_not_use_up_an_office() -> None:
    """Twenty forms with mistakes leave all ten accounts that an address may make in an hour."""
    world = World()
    for _ in range(20):
        wrong = world.accounts.register(PUBLIC, {"username": "ann"}, visitor=AT_HOME)
        assert isinstance(wrong, Refused)
        assert Code.REQUIRED in wrong.codes

    made = [world.accounts.register(PUBLIC, public_form(f"user{n}"), visitor=AT_HOME) for n in range(11)]

    assert {"SignedIn": 10, "limit": 1} == kinds(made)


@pytest.mark.attack("ENUM-08")
@pytest.mark.parametrize("mistaken", [True, False])
def test_names_are_told_taken_or_free_thirty_times_an_hour(mistaken: bool) -> None:
    """By right forms and by wrong ones; after that a form is answered alike whatever name it has."""
    world = World()
    ann(world)
    extra = {"role": "admin"} if mistaken else {}
    tried = [world.accounts.register(PUBLIC, public_form("ann") | extra, visitor=AT_HOME) for _ in range(40)]
    assert 30 == sum(isinstance(o, Refused) and Code.USERNAME_TAKEN in o.codes for o in tried)

    names = ("ann", "nobody-yet")
    taken, free = (world.accounts.register(PUBLIC, public_form(n), visitor=AT_HOME) for n in names)

    assert taken == free == tried[-1]


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
    form = public_form("second", email="ann@mail.example.org", password=NEW_PASSWORD)
    world.accounts.register(PUBLIC, form)
    confirm, take_over = links_in(world.mails_to("ann@mail.example.org")[-1])

    world.accounts.confirm_email(confirm, password=NEW_PASSWORD)
    assert account(world).email_confirmed_at is None
    opened = world.accounts.open_reset(take_over)
    assert "ann" == opened.username  # type: ignore[union-attr]
    world.tick(hours=1)
    assert isinstance(world.accounts.open_reset(take_over), Refused)
    assert first.session.expires_at > world.now() + timedelta(hours=20)
