"""Transfer: a license and its name go to another account, and the former holder keeps nothing of it."""

from __future__ import annotations

import pytest

from flows.desk_cases import (
    LICENSE,
    NUMBER,
    OFFICE,
    WHY,
    bystander,
    claimed,
    closed,
    disabled,
    in_set_up,
    licenses_of,
    link_of,
    stored,
    templates,
    verified,
    verified_without_email,
)
from flows.people import account, claimant, events, grant, temporary
from permit_accounts import (
    CONTRACTOR,
    PUBLIC,
    Code,
    Done,
    EventName,
    LinkState,
    Refused,
    Standing,
)
from permit_accounts.model.codes import FactSource
from permit_accounts.model.records import Identifier, License, LicenseLink
from permit_accounts.ports import Add, Is
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import PASSWORD, World, public_form, setup_form
from story import signed_in


@pytest.mark.attack("LIC-13", "LIC-14")
def test_name_and_claim_move_together_and_both_are_told() -> None:
    """The number signs in its new holder from the same commit on; the old holder's session is dead."""
    world = World()
    before = verified(world)
    ann = bystander(world)
    world.deliver()

    done = world.desk().transfer(NUMBER, "ann", PUBLIC, reason=WHY)

    assert isinstance(done, Done)
    assert ann.account.id == done.account.id == account(world, f"license:{LICENSE}").id
    assert LinkState.RELEASED is link_of(world, before.account)
    assert LinkState.VERIFIED is link_of(world, ann.account)
    assert before.account.epoch < stored(world, before).epoch
    assert world.accounts.session(before.session_token) is None
    assert ["account-closed", "license-transferred"] == templates(world, OFFICE)
    assert ["claim-approved"] == templates(world, "ann@mail.example.org")
    moved = events(world, EventName.STAFF_TRANSFERRED)
    assert {ann.account.id, before.account.id} == {event.account_id for event in moved}
    assert {(before.account.id, ann.account.id)} == {(e.params["from"], e.params["to"]) for e in moved}
    assert () == violations(world.store)


@pytest.mark.attack("LIC-14")
def test_an_old_session_never_becomes_the_new_holders() -> None:
    """Session, device token and links are bound to the account, not to the number that it had."""
    world = World()
    before = verified(world)
    world.accounts.request_password_reset(NUMBER)
    mails = world.mails_to(OFFICE)
    remembered = signed_in(world.accounts.sign_in(CONTRACTOR, NUMBER, PASSWORD, remember=True))

    world.desk().transfer(NUMBER, None, new_name_for_holder="1012346", reason=WHY)
    issued = temporary(world, NUMBER)
    required = grant(world, issued.password, NUMBER)
    new = signed_in(
        world.accounts.finish_setup(
            required.token, setup_form(required.asks, password="a bridge of seven arches")
        )
    )

    for token in (before.session_token, remembered.session_token):
        assert world.accounts.session(token) is None
    assert mails
    assert isinstance(world.accounts.sign_in(CONTRACTOR, NUMBER, PASSWORD), Refused)
    old = signed_in(world.accounts.sign_in(CONTRACTOR, "1012346", PASSWORD))
    assert (before.account.id, "1012346") == (old.account.id, old.account.username)
    assert new.account.id != old.account.id
    assert [LICENSE] == licenses_of(world, new.account)
    assert "us-ca-cslb:1012346" not in map(str, world.accounts.verified_licenses(old.account))
    assert () == violations(world.store)


def test_to_nobody_yet_makes_an_account_in_set_up() -> None:
    """The new holder has no account: one comes into being with name and claim; staff then let them in."""
    world = World()
    verified(world)

    done = world.desk().transfer(NUMBER, reason=WHY)

    assert isinstance(done, Done)
    assert (Standing.SETUP, NUMBER, OFFICE) == (
        done.account.standing,
        done.account.username,
        done.account.email,
    )
    required = grant(world, temporary(world, NUMBER).password, NUMBER)
    finished = signed_in(world.accounts.finish_setup(required.token, setup_form(required.asks)))
    assert 1 == len(world.accounts.verified_licenses(finished.account))


def test_a_number_that_no_roster_has_is_vouched_for() -> None:
    """Claimed by the wrong person, on no roster: staff's word makes the license that the new account has."""
    world = World()
    claimed(world)

    done = world.desk().transfer(NUMBER, reason=WHY)

    assert isinstance(done, Done)
    (license_,) = world.store.select(License, Is("id", LICENSE), limit=2)
    assert license_.business is not None
    assert (FactSource.STAFF, None) == (license_.business.source, license_.on_roster_since)
    required = grant(world, temporary(world, NUMBER).password, NUMBER)
    assert {"business_name", "email"} <= set(required.asks)
    assert () == violations(world.store)


def test_a_receiver_in_set_up_holds_it_once_set_up_is_finished() -> None:
    """Nobody is verified who has not come in yet."""
    world = World()
    holder = claimant(world, "1012346")
    in_set_up(world)

    done = world.desk().transfer("1012346", NUMBER, reason=WHY)

    assert isinstance(done, Done)
    assert Standing.CLOSED is stored(world, holder).standing
    link_id = LicenseLink.id_for("us-ca-cslb:1012346", done.account.id)
    assert LinkState.PENDING is world.store.select(LicenseLink, Is("id", link_id), limit=1)[0].state
    assert () == violations(world.store)


def test_a_holder_with_another_name_goes_on() -> None:
    """Only what belonged to the license is gone: the account signs in with the name that it has left."""
    world = World()
    world.accounts.register(PUBLIC, public_form("bob"))
    world.desk().approve(NUMBER, "bob", PUBLIC, reason=WHY)
    bystander(world)

    world.desk().transfer(NUMBER, "ann", PUBLIC, reason=WHY)

    bob = signed_in(world.accounts.sign_in(PUBLIC, "bob", PASSWORD))
    assert ("bob", ()) == (bob.account.username, world.accounts.verified_licenses(bob.account))


def test_who_had_given_the_number_up_long_ago_is_left_alone() -> None:
    """A name retired earlier moves without ending anything at its former account, and without a mail."""
    world = World()
    bob = signed_in(world.accounts.register(PUBLIC, public_form("bob")))
    world.desk().approve(NUMBER, "bob", PUBLIC, reason=WHY)
    world.accounts.release_license(bob.session_token, LICENSE)
    bystander(world)
    world.deliver()

    done = world.desk().transfer(NUMBER, "ann", PUBLIC, reason=WHY)

    assert isinstance(done, Done)
    assert world.accounts.session(bob.session_token) is not None
    assert [] == templates(world, "bob@mail.example.org")
    assert () == violations(world.store)


def test_a_claim_whose_name_is_gone_is_released_all_the_same() -> None:
    """Given up and claimed again: the new claim ends when the license goes to somebody else."""
    world = World()
    bob = signed_in(world.accounts.register(PUBLIC, public_form("bob")))
    world.desk().approve(NUMBER, "bob", PUBLIC, reason=WHY)
    world.accounts.release_license(bob.session_token, LICENSE)
    world.accounts.add_license(bob.session_token, f"CSLB {NUMBER}")
    bystander(world)
    world.deliver()

    world.desk().transfer(NUMBER, "ann", PUBLIC, reason=WHY)

    assert LinkState.RELEASED is link_of(world, bob.account)
    assert world.accounts.session(bob.session_token) is not None
    assert ["license-transferred"] == templates(world, "bob@mail.example.org")


@pytest.mark.parametrize("former", [closed, disabled, verified_without_email])
def test_from_an_account_in_any_standing(former: object) -> None:
    """Whatever became of the former holder, the license can go on."""
    world = World()
    former(world)  # type: ignore[operator]
    ann = bystander(world)

    assert isinstance(world.desk().transfer(NUMBER, "ann", PUBLIC, reason=WHY), Done)

    assert LinkState.VERIFIED is link_of(world, ann.account)
    assert () == violations(world.store)


@pytest.mark.parametrize(
    ("to", "new_name", "code"),
    [
        ("nobody-here", None, Code.STAFF_NOT_FOUND),
        (NUMBER, None, Code.STAFF_STANDING),
        ("1012346", None, Code.STAFF_STANDING),
        ("ann", "1012346", Code.USERNAME_TAKEN),
        ("ann", "not a number", Code.LICENSE),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(to: str, new_name: str | None, code: Code) -> None:
    """To nobody, to the holder, to an account that is off, or with a name that cannot be had."""
    world = World()
    holder = verified(world)
    claimant(world, "1012346")
    world.desk().disable("1012346", CONTRACTOR, reason=WHY)
    bystander(world)

    refused = world.desk().transfer(NUMBER, to, new_name_for_holder=new_name, reason=WHY)

    assert isinstance(refused, Refused)
    assert (code,) == refused.codes
    assert LinkState.VERIFIED is link_of(world, holder.account)
    assert world.accounts.session(holder.session_token) is not None


def test_a_board_that_the_city_no_longer_takes_gets_no_new_account() -> None:
    """A name of former days: its number is not read any more, so that it stays where it is."""
    world = World()
    made = claimed(world)
    world.store.commit(
        Add(Identifier(id="license:us-or-ccb:107292", account_id=made.account.id, created_at=world.now()))
    )

    refused = world.desk().transfer("CCB 107292", reason=WHY)

    assert isinstance(refused, Refused)
    assert (Code.LICENSE_OTHER_BOARD,) == refused.codes
