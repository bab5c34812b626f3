"""Reopening: a closed account comes back in set-up, with what is still its own and nothing more."""

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
    link_of,
    rejected,
    verified,
)
from flows.people import account, temporary
from permit_accounts import (
    CONTRACTOR,
    PUBLIC,
    Code,
    Done,
    LinkDecided,
    LinkState,
    Refused,
    SetupForm,
    Standing,
)
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import PASSWORD, World, public_form, setup_form
from story import newest_link, signed_in


@pytest.mark.attack("LIC-02")
def test_closing_and_reopening_verifies_no_claim() -> None:
    """A claim that nobody ever verified is still only a claim when the account comes back."""
    world = World()
    made = claimed(world)
    world.accounts.close_account(made.session_token, PASSWORD)

    reopened = world.desk().reopen(NUMBER, reason=WHY)
    world.accounts.request_password_reset(NUMBER, CONTRACTOR)
    link = newest_link(world, OFFICE)
    form = world.accounts.open_setup(link)
    assert isinstance(form, SetupForm)
    back = signed_in(world.accounts.finish_setup(link, setup_form(form.asks)))

    assert isinstance(reopened, Done)
    assert Standing.SETUP is reopened.account.standing
    assert made.account.id == back.account.id
    assert LinkState.CLAIMED is link_of(world, back.account)
    assert () == world.accounts.verified_licenses(back.account)


def test_a_reopened_account_has_its_name_and_its_details_and_nothing_that_opened_it() -> None:
    """Closed by mistake: name and profile are there again, credentials are set anew."""
    world = World()
    closed(world)
    before = account(world, f"license:{LICENSE}")

    world.desk().reopen(NUMBER, reason=WHY)

    after = account(world, f"license:{LICENSE}")
    assert (before.profile, before.email, NUMBER) == (after.profile, after.email, after.username)
    assert (None, None, None) == (after.password_hash, after.temporary_hash, after.answer_hash)
    assert isinstance(world.accounts.sign_in(CONTRACTOR, NUMBER, PASSWORD), Refused)
    issued = temporary(world, NUMBER, second_reason="came to the counter")
    assert issued.account.id == before.id
    assert () == violations(world.store)


def test_what_staff_took_away_does_not_come_back_by_itself() -> None:
    """A claim that staff rejected: the account comes back only under a name that they give it."""
    world = World()
    rejected(world)
    desk = world.desk()

    without = desk.reopen(NUMBER, reason=WHY)
    with_another = desk.reopen(NUMBER, new_name="1012346", reason=WHY)

    assert isinstance(without, Refused)
    assert (Code.STAFF_NAME_NEEDED,) == without.codes
    assert isinstance(with_another, Done)
    assert "1012346" == with_another.account.username
    assert isinstance(world.accounts.sign_in(CONTRACTOR, NUMBER, PASSWORD), Refused)
    assert () == violations(world.store)


def test_a_rejection_by_mistake_is_put_right() -> None:
    """Staff give the account the very name that they took from it; the claim then waits as before."""
    world = World()
    rejected(world)

    back = world.desk().reopen(NUMBER, new_name=NUMBER, reason=WHY)

    assert isinstance(back, Done)
    assert LinkState.CLAIMED is link_of(world, back.account)
    assert isinstance(world.desk().approve(NUMBER, NUMBER, reason=WHY), LinkDecided)
    assert () == violations(world.store)


def test_a_new_name_beside_the_old_ones() -> None:
    """Names that are its own come back whether or not it gets another; the given one is shown."""
    world = World()
    made = bystander(world)
    world.accounts.close_account(made.session_token, PASSWORD)
    bob = signed_in(world.accounts.register(PUBLIC, public_form("bob")))
    desk = world.desk()

    taken = desk.reopen("ann", PUBLIC, new_name="Bob", reason=WHY)
    done = desk.reopen("ann", PUBLIC, new_name="Ann.New", reason=WHY)

    assert isinstance(taken, Refused)
    assert (Code.USERNAME_TAKEN,) == taken.codes
    assert isinstance(done, Done)
    assert "Ann.New" == done.account.username
    assert account(world, "public:ann").id == account(world, "public:ann.new").id == made.account.id
    assert bob.account.id == account(world, "public:bob").id
    assert () == violations(world.store)


def test_a_number_that_went_to_somebody_else_stays_there() -> None:
    """Reopening takes nothing from the account that got the license meanwhile."""
    world = World()
    made = verified(world)
    world.desk().approve("1012346", NUMBER, reason=WHY)
    world.accounts.close_account(
        signed_in(world.accounts.sign_in(CONTRACTOR, NUMBER, PASSWORD)).session_token, PASSWORD
    )
    ann = bystander(world)
    world.desk().transfer(NUMBER, "ann", PUBLIC, reason=WHY)

    done = world.desk().reopen("1012346", reason=WHY)

    assert isinstance(done, Done)
    assert ("1012346", made.account.id) == (done.account.username, done.account.id)
    assert ann.account.id == account(world, f"license:{LICENSE}").id
    assert () == violations(world.store)


def test_a_name_given_up_leads_to_nobody_else() -> None:
    """A number that its account let go of is not a way to that account: staff would mean another person."""
    world = World()
    world.accounts.register(PUBLIC, public_form("ann"))
    desk = world.desk()
    desk.approve(NUMBER, "ann", PUBLIC, reason=WHY)
    desk.release(NUMBER, "ann", PUBLIC, reason=WHY)

    for outcome in (
        desk.disable(NUMBER, CONTRACTOR, reason=WHY),
        desk.change_email(NUMBER, "x@mail.example.org", CONTRACTOR, reason=WHY),
        desk.check_answer(NUMBER, "x", CONTRACTOR, reason=WHY),
    ):
        assert isinstance(outcome, Refused)
        assert (Code.STAFF_RETIRED,) == outcome.codes


@pytest.mark.parametrize(
    ("new_name", "code"), [("a b", Code.USERNAME), ("12345678", Code.USERNAME_ALL_DIGITS)]
)
def test_a_name_that_nobody_could_choose_is_not_given(new_name: str, code: Code) -> None:
    """Held to the rules for usernames; the account stays closed."""
    world = World()
    made = bystander(world)
    world.accounts.close_account(made.session_token, PASSWORD)

    refused = world.desk().reopen("ann", PUBLIC, new_name=new_name, reason=WHY)

    assert isinstance(refused, Refused)
    assert (code,) == refused.codes
    assert Standing.CLOSED is account(world).standing
