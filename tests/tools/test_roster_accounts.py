"""The account that is made for a license on the roster, and who may give its number away."""

from __future__ import annotations

from datetime import date
from typing import Any

import attrs
import pytest

from flows.people import NUMBER, claimant, confirmed
from permit_accounts import CONTRACTOR, PUBLIC, LinkState, Reason, Standing
from permit_accounts.model.codes import FactSource
from permit_accounts.model.records import License, WorkersCompFacts
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.world import START, World, city_policy
from permit_accounts.tools import claims, roster_accounts

LICENSE_ID = f"us-ca-cslb:{NUMBER}"
FACTS: dict[str, Any] = {"source": FactSource.ROSTER, "as_of": START}


def test_the_type_is_the_one_whose_usernames_these_numbers_are() -> None:
    """None where the city has no such type."""
    world, other = World(), World(city_policy(account_types=(PUBLIC,)))

    assert CONTRACTOR == roster_accounts.account_type_for(world.services, LICENSE_ID)
    assert None is roster_accounts.account_type_for(world.services, "us-nv-nscb:0012345")
    assert None is roster_accounts.account_type_for(other.services, LICENSE_ID)


def test_an_account_begins_with_everything_that_the_roster_knows() -> None:
    """In the fields that its type has; what is empty is left for set-up to ask."""
    world = World()
    record = world.add_to_roster(NUMBER)
    assert record.status is not None
    record = attrs.evolve(
        record,
        status=attrs.evolve(record.status, classes=("B", "C-10"), expires_on=date(2027, 6, 30)),
        workers_comp=WorkersCompFacts(
            carrier="Sample Mutual", policy_number="WC-1", expires_on=date(2026, 12, 31), **FACTS
        ),
    )

    made = roster_accounts.new_account(world.services, CONTRACTOR, record, now=START)

    assert (Standing.SETUP, NUMBER, None) == (made.standing, made.username, made.password_hash)
    assert {
        "business_name": "Sample Builders",
        "business_type": "corporation",
        "contact_name": "Sam Sample",
        "phone": "(323) 555-0100",
        "address": "1 Sample Street",
        "license_classes": "B, C-10",
        "license_expires_on": "2027-06-30",
        "workers_comp_carrier": "Sample Mutual",
        "workers_comp_policy": "WC-1",
        "workers_comp_expires_on": "2026-12-31",
    } == made.profile
    assert ("office@contractor.example.org", None) == (made.email, made.email_confirmed_at)


def test_an_account_begins_with_nothing_where_nothing_is_known() -> None:
    """A bare number, or a carrier without a date."""
    world = World()
    comp = WorkersCompFacts(carrier="Sample Mutual", **FACTS)
    bare, some = License(id=LICENSE_ID), License(id=LICENSE_ID, workers_comp=comp)

    made = [roster_accounts.new_account(world.services, CONTRACTOR, one, now=START) for one in (bare, some)]

    assert [{}, {"workers_comp_carrier": "Sample Mutual"}] == [one.profile for one in made]
    assert [None, None] == [one.email for one in made]


def test_the_roster_never_overwrites_a_confirmed_address() -> None:
    """Until then the roster's own is the one on file."""
    world = World()
    record = world.add_to_roster(NUMBER)
    made = roster_accounts.new_account(world.services, CONTRACTOR, record, now=START)
    other = made.with_first_email("other@mail.example.org", "other@mail.example.org", confirmed_at=None)
    proved = other.with_confirmed_email(START)

    assert "office@contractor.example.org" == roster_accounts.with_roster_address(other, record).email
    assert other == roster_accounts.with_roster_address(other, None)
    assert made == roster_accounts.with_roster_address(made, record)
    assert proved == roster_accounts.with_roster_address(proved, record)


@pytest.mark.parametrize("held", ["free", "named", "on the roster", "verified"])
def test_who_may_give_a_number_away(held: str) -> None:
    """Nobody but staff, once it is taken, on the roster or verified for somebody."""
    world = World()
    if held == "named":
        claimant(world, NUMBER)
    elif held == "on the roster":
        world.add_to_roster(NUMBER)
    elif held == "verified":
        confirmed(world)
        world.desk().approve(NUMBER, "ann", reason="license seen")
    s = world.services

    staff_only = claims.only_staff_may_give(s, "license:us-ca-cslb:0", LICENSE_ID)

    why = {"on the roster": Reason.ON_ROSTER, "verified": Reason.NAME_TAKEN}
    assert why.get(held) is staff_only
    why["named"] = Reason.NAME_TAKEN
    assert why.get(held) is claims.only_staff_may_give(s, claims.name_of(LICENSE_ID), LICENSE_ID)
    holder = claims.holder(s, LICENSE_ID)
    assert {"named": NUMBER, "verified": "ann"}.get(held) == (holder and holder.username)
    assert (held == "verified") is (claims.verified_link(s, LICENSE_ID) is not None)


def test_claims_are_few_enough_to_be_released_in_one_commit() -> None:
    """Each may bring a name, and a store may take as few as 25 changes."""

    class Small(MemoryStore):
        max_changes = 25

    assert 6 == claims.most_claims(World(store=Small()).services)
    assert LinkState.REJECTED not in claims.LIVE
