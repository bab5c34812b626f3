"""A person's own licenses: what a claim opens, what it never takes, and where a number leads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from flows.desk_cases import (
    LICENSE,
    NUMBER,
    OFFICE,
    STANDINGS,
    WHY,
    bystander,
    claimed,
    licenses_of,
    link_of,
    templates,
    verified,
)
from flows.people import account, at, events, new_events
from permit_accounts import (
    CONTRACTOR,
    PUBLIC,
    AccountType,
    CheckYourEmail,
    Code,
    EventName,
    LicenseAdded,
    LicenseId,
    LicenseNumber,
    LicenseReleased,
    LicenseStanding,
    LicenseStatus,
    LinkState,
    Reason,
    Refused,
    SignedIn,
    Unavailable,
)
from permit_accounts.model.records import ASKED_BY, AttemptCount, AuditEvent, Identifier, License, OutboxEmail
from permit_accounts.ports import Every, Is, RegisterAnswer, Remove, Replace
from permit_accounts.registers import MemoryRegister
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import PASSWORD, World, city_policy, contractor_form, public_form
from story import newest_link, signed_in


def kept(world: World) -> list[object]:
    """Everything in the store but counts."""
    kinds = [kind for kind in ASKED_BY if kind is not AttemptCount]
    return [record for kind in kinds for record in world.store.select(kind, Every(), limit=99)]


def add(world: World, held: SignedIn, text: str = f"CSLB {NUMBER}") -> object:
    return world.accounts.add_license(held.session_token, text)


# --------------------------------------------------------------------------------------------------- claiming


@pytest.mark.attack("LIC-02")
@pytest.mark.parametrize("standing", [name for name in STANDINGS if name != "nobody"])
def test_a_public_number_gives_nothing_to_who_registers_with_it(standing: str) -> None:
    """On the roster, activated, claimed, disabled, closed: call staff; its holder keeps everything."""
    world = World()
    STANDINGS[standing](world)
    world.deliver()
    before = kept(world)
    form = contractor_form(NUMBER, email="stranger@mail.example.org")

    refused, found = new_events(world, world.accounts.register, CONTRACTOR, form)

    assert isinstance(refused, Refused)
    assert [(Code.LICENSE_CALL_STAFF, "username")] == [(p.code, p.field) for p in refused.problems]
    assert "(323) 555-0199" == refused.problems[0].params["phone"]
    (event,) = [event for event in found if event.name is EventName.REGISTRATION_REFUSED]
    assert (LICENSE, "stranger@mail.example.org") == (event.license_id, event.params["email"])
    assert event.desk_at is not None
    assert [] == [record for record in before if record not in kept(world)]
    added = {type(record) for record in kept(world) if record not in before}
    assert {AuditEvent, OutboxEmail} >= added


@pytest.mark.attack("LIC-02")
def test_who_registers_a_free_number_has_claimed_it_and_no_more() -> None:
    """However good the register's word: that a license exists says nothing about who registered."""
    register = MemoryRegister({f"us-ca-cslb:{NUMBER}": _answer(World())})
    world = World(registers={"us-ca-cslb": register})

    made = claimed(world)

    assert LinkState.CLAIMED is link_of(world, made.account)
    assert () == world.accounts.verified_licenses(made.account)
    (standing,) = world.accounts.licenses(made.account)
    assert isinstance(standing, LicenseStanding)
    assert standing.license is not None
    assert standing.license.status is not None
    assert LicenseStatus.EXPIRED is standing.license.status.status


def _answer(world: World) -> RegisterAnswer:
    facts = world.add_to_roster("1000001")
    assert facts.status is not None
    return RegisterAnswer(
        business=facts.business,
        status=attrs.evolve(facts.status, status=LicenseStatus.EXPIRED),
        workers_comp=None,
    )


@pytest.mark.attack("LIC-02")
def test_several_claims_stand_side_by_side_and_the_holder_is_told() -> None:
    """A claim added to what somebody holds waits for staff; holder and desk learn of it, nothing moves."""
    world = World()
    holder = verified(world)
    ann = bystander(world)
    world.deliver()

    outcome, (event,) = new_events(world, add, world, ann)

    assert isinstance(outcome, LicenseAdded)
    assert (LinkState.PENDING, f"CSLB {NUMBER}") == (outcome.link.state, outcome.link.entered)
    assert ["claim-noticed"] == templates(world, OFFICE)
    assert ["license-added"] == templates(world, "ann@mail.example.org")
    assert event.desk_at is not None
    assert (licenses_of(world, holder.account), licenses_of(world, ann.account)) == ([LICENSE], [])
    assert holder.account.id == account(world, f"license:{LICENSE}").id
    assert isinstance(world.accounts.sign_in(CONTRACTOR, NUMBER, PASSWORD), SignedIn)


@pytest.mark.attack("LOG-06")
@pytest.mark.parametrize(
    ("held", "code", "cause"),
    [
        ([NUMBER], Code.LICENSE_YOURS, Reason.INVALID_FORM),
        (["1154777", "1154888"], Code.LICENSE_CALL_STAFF, Reason.OVER_LIMIT),
    ],
)
def test_a_license_that_was_refused_is_on_record(held: list[str], code: Code, cause: Reason) -> None:
    """Which, to whom and why; nothing else is kept of it."""
    store = MemoryStore()
    store.max_changes = 17
    world = World(store=store)
    ann = bystander(world)
    for number in held:
        assert isinstance(add(world, ann, f"CSLB {number}"), LicenseAdded)
    before = kept(world)

    refused, (event,) = new_events(world, add, world, ann)

    assert isinstance(refused, Refused)
    assert [(code, "license")] == [(problem.code, problem.field) for problem in refused.problems]
    assert (EventName.LICENSE_REFUSED, cause) == (event.name, event.cause)
    assert (ann.account.id, LICENSE) == (event.account_id, event.license_id)
    assert [event] == [record for record in kept(world) if record not in before]


@pytest.mark.parametrize("limited", ["account", "source"])
def test_licenses_are_not_tried_one_after_the_other(limited: str) -> None:
    """The answer shows whether a number is taken and mails go out: ten an hour by account and by source."""
    world = World()
    people = [signed_in(world.accounts.register(PUBLIC, public_form(f"user{n}"))) for n in range(2)]
    told = []
    for n in range(11):
        one = people[0 if limited == "account" else n % 2]
        source = at(f"203.0.113.{n}" if limited == "account" else "203.0.113.1")
        told.append(world.accounts.add_license(one.session_token, f"{1150000 + n}", visitor=source))
        world.accounts.release_license(one.session_token, f"us-ca-cslb:{1150000 + n}")

    assert [LicenseAdded] * 10 == [type(outcome) for outcome in told[:10]]
    assert isinstance(told[10], Refused)
    assert (Code.LIMIT,) == told[10].codes


def test_a_holder_is_not_flooded_with_notices() -> None:
    """Three an hour for one license, however many claim it; the desk learns of each."""
    world = World()
    verified(world)
    ann = bystander(world)
    world.deliver()

    for _ in range(5):
        assert isinstance(add(world, ann), LicenseAdded)
        world.accounts.release_license(ann.session_token, LICENSE)

    assert ["claim-noticed"] * 3 == templates(world, OFFICE)
    assert 5 == len([e for e in events(world, EventName.LICENSE_ADDED) if e.desk_at is not None])


def test_a_claim_on_a_free_number_gives_no_name() -> None:
    """It is only declared; nobody signs in with that number before staff verify it."""
    world = World()
    ann = bystander(world)

    outcome = add(world, ann)

    assert isinstance(outcome, LicenseAdded)
    assert LinkState.CLAIMED is outcome.link.state
    assert isinstance(world.accounts.sign_in(CONTRACTOR, NUMBER, PASSWORD), Refused)
    assert () == tuple(world.store.select(Identifier, Is("id", f"license:{LICENSE}"), limit=1))


@pytest.mark.parametrize(
    ("text", "code"),
    [(f"CSLB {NUMBER}", Code.LICENSE_YOURS), ("Jim", Code.LICENSE), (7, Code.NOT_TEXT)],
)
def test_what_cannot_be_claimed_is_refused(text: Any, code: Code) -> None:
    """One's own already, no number, no text: said at once, in the field."""
    world = World()
    one = claimed(world)

    refused = add(world, one, text)

    assert isinstance(refused, Refused)
    assert [(code, "license")] == [(problem.code, problem.field) for problem in refused.problems]


# -------------------------------------------------------------------------------------------------- releasing


def test_a_license_let_go_of_is_no_longer_ones_own() -> None:
    """The claim ends; taken up again later it is a claim like any other."""
    world = World()
    ann = bystander(world)
    add(world, ann)

    released = world.accounts.release_license(ann.session_token, LicenseId("us-ca-cslb", NUMBER))
    again = world.accounts.release_license(ann.session_token, LICENSE)

    assert isinstance(released, LicenseReleased)
    assert isinstance(again, Refused)
    assert (Code.LICENSE_NOT_YOURS,) == again.codes
    assert isinstance(add(world, ann), LicenseAdded)


def test_the_only_name_is_not_given_up_alone() -> None:
    """Who signs in with nothing else calls staff, or closes the account."""
    world = World()
    one = verified(world)

    refused = world.accounts.release_license(one.session_token, LICENSE)

    assert isinstance(refused, Refused)
    assert (Code.LICENSE_LAST_NAME,) == refused.codes
    assert [LICENSE] == licenses_of(world, one.account)


def test_the_account_is_called_by_the_name_that_it_has_left() -> None:
    """Two numbers, the shown one given up: pages and mails name the other, and the session goes on."""
    world = World()
    one = verified(world)
    world.desk().approve("1012346", NUMBER, reason=WHY)

    assert isinstance(world.accounts.release_license(one.session_token, LICENSE), LicenseReleased)

    signed = world.accounts.session(one.session_token)
    assert signed is not None
    assert "1012346" == signed.account.username
    assert isinstance(world.accounts.sign_in(CONTRACTOR, NUMBER, PASSWORD), Refused)
    assert isinstance(world.accounts.sign_in(CONTRACTOR, "1012346", PASSWORD), SignedIn)
    assert () == violations(world.store)


def test_a_name_of_ones_own_choice_stays() -> None:
    """Letting a license go changes nothing about how Ann is called."""
    world = World()
    ann = bystander(world)
    world.desk().approve(NUMBER, "ann", PUBLIC, reason=WHY)

    world.accounts.release_license(ann.session_token, LICENSE)

    assert "ann" == account(world).username
    assert isinstance(world.accounts.sign_in(CONTRACTOR, NUMBER, PASSWORD), Refused)


# --------------------------------------------------------------------------------- what a license does not do


def _expire(world: World, license_: License) -> None:
    status = attrs.evolve(license_.status, status=LicenseStatus.SUSPENDED)  # type: ignore[type-var]
    world.store.commit(Replace(license_, attrs.evolve(license_, status=status)))


def _vanish(world: World, license_: License) -> None:
    world.store.commit(Remove(license_))


def _off(world: World, license_: License) -> None:
    world.store.commit(Replace(license_, attrs.evolve(license_, on_roster_since=None)))


@pytest.mark.attack("LIC-15", "LIC-13")
@pytest.mark.parametrize("fate", [_expire, _vanish, _off])
def test_where_a_license_stands_locks_nobody_out(fate: Callable[[World, License], None]) -> None:
    """Suspended, gone from the file or off the roster: signing in, resetting and changing go on."""
    world = World()
    one = verified(world)
    fate(world, world.store.select(License, Is("id", LICENSE), limit=1)[0])

    assert world.accounts.session(one.session_token) is not None
    inside = signed_in(world.accounts.sign_in(CONTRACTOR, NUMBER, PASSWORD))
    assert CheckYourEmail() == world.accounts.change_email(inside.session_token, "new@mail.example.org")
    world.accounts.request_password_reset(NUMBER, CONTRACTOR)
    assert newest_link(world, OFFICE, "/reset-password")
    assert [LICENSE] == licenses_of(world, inside.account)


@pytest.mark.attack("LIC-15")
def test_a_register_out_of_reach_stops_no_registration() -> None:
    """The person is in; an event tells that nobody looked."""

    class Down:
        def lookup(self, authority: str, number: str) -> RegisterAnswer | None:
            raise Unavailable("no answer")

    world = World(registers={"us-ca-cslb": Down()})

    made = claimed(world)

    assert LinkState.CLAIMED is link_of(world, made.account)
    assert 1 == len(events(world, EventName.REGISTER_UNAVAILABLE))


def test_account_types_are_what_a_claim_is_read_by() -> None:
    """A public user names any board that the city knows; a contractor's own type says which are his."""
    other: AccountType = attrs.evolve(CONTRACTOR, id="oregon", username=LicenseNumber(("us-or-ccb",)))
    world = World(city_policy(account_types=(*World().policy.account_types, other)))
    ann = bystander(world)

    one = add(world, ann, "CCB 107292")
    two = add(world, ann, "107292")

    assert isinstance(one, LicenseAdded)
    assert "us-or-ccb:107292" == one.link.license_id
    assert isinstance(two, Refused)
    assert (Code.LICENSE_AUTHORITY,) == two.codes
