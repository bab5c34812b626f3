"""Staff mean one person: no act follows a name to somebody else, neither later nor between two tellings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest

from flows.desk_cases import LICENSE, NUMBER, WHY, bystander, in_set_up, licenses_of, stored, verified
from flows.people import claimant, refused
from interleaving import Interleaved
from permit_accounts import (
    CONTRACTOR,
    PUBLIC,
    Code,
    Done,
    Limit,
    LinkDecided,
    LinkState,
    Permission,
    SetupForm,
    StaffDesk,
    StaffMember,
    TemporaryPasswordIssued,
)
from permit_accounts.model.records import AuditEvent, License, LicenseLink
from permit_accounts.ports import Is
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import World, city_policy, setup_form
from story import newest_link, signed_in


@pytest.mark.attack("LIC-13")
@pytest.mark.parametrize(
    "act",
    [
        lambda desk: desk.approve(NUMBER, NUMBER, reason=WHY),
        lambda desk: desk.approve("1000777", NUMBER, reason=WHY),
        lambda desk: desk.transfer("1155000", NUMBER, reason=WHY),
    ],
    ids=["approve", "link", "transfer"],
)
def test_a_name_that_was_taken_away_leads_nobody_to_who_lost_it(act: Callable[[StaffDesk], object]) -> None:
    """A squatter was rejected and goes by another number; the right owner's visit verifies nothing of his."""
    world = World()
    squatter = claimant(world, NUMBER)
    claimant(world, "1155000")
    world.desk().reject(NUMBER, NUMBER, new_name="1154999", reason=WHY)

    refused(act(world.desk()), Code.STAFF_RETIRED)

    assert [] == licenses_of(world, stored(world, squatter))
    assert () == violations(world.store)


@pytest.mark.attack("LIC-14")
@pytest.mark.parametrize(
    "act",
    [
        lambda desk: desk.reject(NUMBER, NUMBER, new_name="1155999", reason=WHY),
        lambda desk: desk.release(NUMBER, NUMBER, new_name="1155999", reason=WHY),
        lambda desk: desk.transfer(NUMBER, "ann", PUBLIC, new_name_for_holder="1155999", reason=WHY),
        lambda desk: desk.disable(NUMBER, reason=WHY),
        lambda desk: desk.issue_temporary_password(NUMBER, reason=WHY, checked_how=WHY, second_reason=WHY),
    ],
    ids=["reject", "release", "transfer", "disable", "temporary"],
)
def test_an_act_told_again_does_not_pass_to_whoever_got_the_name(
    act: Callable[[StaffDesk], object],
) -> None:
    """While one clerk acts on a holder, another transfers the number to somebody else."""
    store = Interleaved(MemoryStore())
    world = World(store=store)
    verified(world)
    bystander(world)
    receiver = claimant(world, "1160000")
    store.before_commit_of(
        AuditEvent,
        lambda: world.desk("colleague").transfer(
            NUMBER, "1160000", new_name_for_holder="1155111", reason=WHY
        ),
    )

    refused(act(world.desk()), Code.STAFF_MOVED)

    assert store.happened
    after = stored(world, receiver)
    assert "1160000" == after.username
    assert [LICENSE] == licenses_of(world, after)
    assert () == violations(world.store)


def test_a_set_up_link_does_not_pass_to_whoever_got_the_name() -> None:
    """The roster has another address by now, so sending the link also changes the account that is meant."""
    store = Interleaved(MemoryStore())
    world = World(store=store)
    in_set_up(world)
    moved = BytesIO(f"license,email\n{NUMBER},moved@contractor.example.org\n".encode())
    world.desk().import_roster(moved, reason=WHY)
    claimant(world, "1160000")
    store.before_commit_of(
        AuditEvent, lambda: world.desk("colleague").transfer(NUMBER, "1160000", reason=WHY)
    )

    refused(world.desk().send_link(NUMBER, reason=WHY), Code.STAFF_MOVED)

    assert store.happened


@pytest.mark.attack("LIC-12")
def test_a_claim_that_waits_is_not_verified_by_the_set_up_of_a_name_that_staff_gave() -> None:
    """A number on the roster was added by its would-be holder; staff gave it as a name and never decided."""
    world = World()
    person = claimant(world, NUMBER)
    world.add_to_roster("1000007", email="roster@contractor.example.org")
    world.accounts.add_license(person.session_token, "1000007")
    world.desk().release(NUMBER, NUMBER, new_name="1000007", reason=WHY)
    world.desk().send_link("1000007", reason=WHY)
    link = newest_link(world, person.account.email or "")

    form = world.accounts.open_setup(link)
    assert isinstance(form, SetupForm)
    signed_in(world.accounts.finish_setup(link, setup_form(form.asks)))

    (claim,) = world.store.select(LicenseLink, Is("license_id", "us-ca-cslb:1000007"), limit=9)
    assert LinkState.CLAIMED is claim.state


@pytest.mark.attack("UNI-09", "UNI-14")
@pytest.mark.parametrize("name", ["\u202eevil", "x" * 5000, "two\nlines", "\ud800", 7])
def test_what_staff_say_of_a_license_is_read_by_the_rule(name: object) -> None:
    """The name of a business that staff vouch for is read as in every form; nothing is written else."""
    world = World()
    desk = world.desk()

    issued = desk.issue_temporary_password(
        "1154999",
        CONTRACTOR,
        reason=WHY,
        checked_how=WHY,
        business_name=name,  # type: ignore[arg-type]
    )

    assert not isinstance(issued, TemporaryPasswordIssued)
    assert ["business_name"] == [problem.field for problem in issued.problems]
    assert [] == list(world.store.select(License, Is("id", "us-ca-cslb:1154999"), limit=1))


@pytest.mark.attack("API-02")
def test_an_address_that_links_go_to_needs_the_permission_for_addresses() -> None:
    """Who may correct licenses alone cannot move the address that a contractor's set-up link goes to."""
    world = World()
    world.add_to_roster("1000007", email="right@contractor.example.org")
    clerk = StaffDesk(world.accounts, actor=StaffMember(id="clerk", may=frozenset({Permission.LICENSES})))

    refused(
        clerk.correct_license("1000007", email="evil@mail.example.org", reason=WHY), Code.STAFF_NOT_ALLOWED
    )

    (record,) = world.store.select(License, Is("id", "us-ca-cslb:1000007"), limit=1)
    assert record.contact is not None
    assert "right@contractor.example.org" == record.contact.email


def test_the_acts_told_above_are_done_on_a_quiet_day() -> None:
    """What the tests above refuse is refused for what they name, and for nothing else."""
    world = World()
    claimant(world, NUMBER)
    assert isinstance(world.desk().approve(NUMBER, NUMBER, reason=WHY), LinkDecided)
    assert isinstance(world.desk().disable(NUMBER, reason=WHY), Done)


def test_one_clerk_does_not_flood_a_mailbox_or_a_history() -> None:
    """So many changes in an hour, whatever they are; colleagues and the clerk's own reading go on."""
    world = World(policy=city_policy(staff_changes=Limit(count=3, within=timedelta(hours=1))))
    claimant(world, NUMBER)
    desk = world.desk()
    for act in (desk.disable, desk.enable, desk.disable):
        assert isinstance(act(NUMBER, reason=WHY), Done)

    refused(desk.enable(NUMBER, reason=WHY), Code.STAFF_LIMIT)
    assert desk.find(NUMBER)
    assert isinstance(world.desk("colleague").enable(NUMBER, reason=WHY), Done)

    world.tick(hours=1, seconds=1)
    assert isinstance(desk.disable(NUMBER, reason=WHY), Done)
