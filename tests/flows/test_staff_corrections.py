"""What staff set right: an address, the facts of a license; and the mail and the answer that they may use."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from flows.desk_cases import (
    LICENSE,
    NUMBER,
    OFFICE,
    WHY,
    bystander,
    claimed,
    in_set_up,
    on_roster,
    stored,
    templates,
    verified,
)
from flows.people import account, events, letters
from permit_accounts import (
    CONTRACTOR,
    PUBLIC,
    Code,
    Done,
    EmailConfirmed,
    EventName,
    Found,
    LicenseStatus,
    Problem,
    Refused,
    SetupForm,
    SignedIn,
)
from permit_accounts.model.codes import FactSource
from permit_accounts.model.records import Identifier, License
from permit_accounts.ports import Add, Is
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import PASSWORD, World, city_policy
from story import newest_link

NEW = "new@contractor.example.org"


def the_license(world: World) -> License:
    return world.store.select(License, Is("id", LICENSE), limit=1)[0]


# ------------------------------------------------------------------------------------------- another address


@pytest.mark.attack("MAIL-17")
def test_a_new_address_ends_what_was_open_and_must_confirm() -> None:
    """Documents were seen in person: the new address gets the link that confirms it, the old one a notice."""
    world = World()
    made = verified(world)
    world.accounts.request_password_reset(NUMBER)
    old_link = newest_link(world, OFFICE, "/reset-password")

    done = world.desk().change_email(NUMBER, NEW, reason=WHY)

    assert isinstance(done, Done)
    assert (NEW, None) == (done.account.email, done.account.email_confirmed_at)
    assert done.account.password_hash is None  # staff are not shown it; it stays good
    assert world.accounts.session(made.session_token) is None
    assert isinstance(world.accounts.open_reset(old_link), Refused)
    assert ["email-changed-by-staff"] == templates(world, OFFICE)
    assert ["confirm-email"] == templates(world, NEW)
    link = newest_link(world, NEW)
    assert isinstance(world.accounts.confirm_email(link, password=PASSWORD), EmailConfirmed)
    assert isinstance(world.accounts.sign_in(CONTRACTOR, NUMBER, PASSWORD), SignedIn)


def test_no_link_takes_back_what_staff_have_set_right() -> None:
    """Whoever held the mailbox before, and a link to take a change back, is why the person came in."""
    world = World()
    made = verified(world)
    world.accounts.change_email(made.session_token, "thief@mail.example.org")
    world.accounts.confirm_email(newest_link(world, "thief@mail.example.org"))
    take_back = newest_link(world, OFFICE, "/cancel-email-change")

    world.desk().change_email(NUMBER, NEW, reason=WHY)

    assert isinstance(world.accounts.cancel_email_change(take_back), Refused)
    assert NEW == stored(world, made).email


def test_in_set_up_the_licenses_own_address_is_set_right_too() -> None:
    """The next set-up mail reads the license afresh: it must find the address that staff have entered."""
    world = World()
    in_set_up(world)
    world.desk().send_link(NUMBER, reason=WHY)
    to_the_wrong_one = newest_link(world, OFFICE, "/setup")
    world.deliver()

    world.desk().change_email(NUMBER, NEW, reason=WHY)

    assert ["email-changed-new"] == templates(world, NEW)
    contact = the_license(world).contact
    assert contact is not None
    assert (NEW, FactSource.STAFF, "Sam Sample") == (contact.email, contact.source, contact.name)
    assert isinstance(world.accounts.open_setup(to_the_wrong_one), Refused)
    world.accounts.request_password_reset(NUMBER)
    form = world.accounts.open_setup(newest_link(world, NEW, "/setup"))
    assert isinstance(form, SetupForm)


def test_in_set_up_without_any_license_known_only_the_account_changes() -> None:
    """Reopened, with a number that no roster has: there is no license to correct."""
    world = World()
    made = claimed(world)
    world.accounts.close_account(made.session_token, PASSWORD)
    world.desk().reopen(NUMBER, reason=WHY)

    assert isinstance(world.desk().change_email(NUMBER, NEW, reason=WHY), Done)

    assert NEW == stored(world, made).email
    assert () == world.store.select(License, Is("id", LICENSE), limit=1)


@pytest.mark.parametrize("email", ["nowhere", "a@b", "a b@mail.example.org", "a@x.example, b@x.example"])
def test_what_is_no_address_is_refused(email: str) -> None:
    """Held to the same rule as everywhere else."""
    world = World()
    verified(world)

    for refused in (
        world.desk().change_email(NUMBER, email, reason=WHY),
        world.desk().correct_license(NUMBER, email=email, reason=WHY),
    ):
        assert isinstance(refused, Refused)
        assert {Code.EMAIL} == set(refused.codes)


@pytest.mark.attack("VER-02")
def test_where_addresses_are_unique_staff_give_nobody_anothers() -> None:
    """The address that somebody confirmed is theirs alone; the one that is left is kept free a while."""
    world = World(city_policy(unique_email=True))
    made = verified(world)
    ann = bystander(world)
    world.accounts.confirm_email(newest_link(world, "ann@mail.example.org"), session_token=ann.session_token)
    desk = world.desk()

    taken = desk.change_email(NUMBER, "Ann@mail.example.org", reason=WHY)
    done = desk.change_email(NUMBER, NEW, reason=WHY)

    assert isinstance(taken, Refused)
    assert (Code.EMAIL_TAKEN,) == taken.codes
    assert isinstance(done, Done)
    (left,) = world.store.select(Identifier, Is("id", f"email:{OFFICE}"), limit=1)
    assert ("reserved", made.account.id) == (left.state, left.account_id)
    assert () == violations(world.store)


@pytest.mark.attack("VER-02")
def test_an_address_that_was_never_confirmed_is_not_kept_free() -> None:
    """It was never this account's alone, so nothing of it is set aside."""
    world = World(city_policy(unique_email=True))
    bystander(world)

    assert isinstance(world.desk().change_email("ann", NEW, PUBLIC, reason=WHY), Done)

    assert () == tuple(world.store.select(Identifier, Is("id", "email:ann@mail.example.org"), limit=1))


# --------------------------------------------------------------------------------------- facts of a license


def test_facts_stand_with_staff_as_their_source() -> None:
    """What was corrected is told to the holder; what was not stays as the roster had it."""
    world = World()
    verified(world)
    world.deliver()

    found = world.desk().correct_license(
        NUMBER, business_name="Right Builders", phone="(323) 555-0111", email=NEW, reason=WHY
    )

    assert isinstance(found, Found)
    assert found.license == attrs.evolve(the_license(world), version=1)
    business, contact = found.license.business, found.license.contact  # type: ignore[union-attr]
    assert business is not None
    assert contact is not None
    assert ("Right Builders", "corporation", FactSource.STAFF) == (
        business.name,
        business.business_type,
        business.source,
    )
    assert ("Sam Sample", NEW, "(323) 555-0111", "1 Sample Street") == (
        contact.name,
        contact.email,
        contact.phone,
        contact.address,
    )
    assert LicenseStatus.ACTIVE is found.license.status.status  # type: ignore[union-attr]
    assert ["license-corrected"] == templates(world, OFFICE)


def test_facts_that_were_missing_are_written() -> None:
    """A license that a register or staff made has no contact yet."""
    world = World()
    claimed(world)
    world.desk().transfer(NUMBER, reason=WHY)
    before = the_license(world)
    assert before.contact is None

    world.desk().correct_license(NUMBER, contact_name="Kim Sample", reason=WHY)

    after = the_license(world)
    assert after.contact is not None
    assert ("Kim Sample", None) == (after.contact.name, after.contact.email)
    assert before.business == after.business


def test_only_staff_take_a_license_off_the_roster() -> None:
    """Then its number can be registered like any other; nothing but the import puts it there again."""
    world = World()
    on_roster(world)
    desk = world.desk()

    desk.correct_license(NUMBER, on_roster=False, reason=WHY)
    assert the_license(world).on_roster_since is None
    desk.correct_license(NUMBER, on_roster=True, reason=WHY)

    assert the_license(world).on_roster_since is None
    assert isinstance(claimed(world), SignedIn)


def test_a_business_of_staffs_word_alone_can_be_named() -> None:
    """Where nobody has said yet whose a license is."""
    world = World()
    world.store.commit(Add(License(id=LICENSE)))

    world.desk().correct_license(NUMBER, business_name="Right Builders", reason=WHY)

    assert "Right Builders" == the_license(world).business.name  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("field", "text", "code"),
    [
        ("business_name", "two\nlines", Code.CHARACTERS),
        ("business_name", "x" * 201, Code.TOO_LONG),
        ("contact_name", "hidden\u202eword", Code.CHARACTERS),
        ("phone", "call me", Code.PHONE),
        ("business_name", 7, Code.NOT_TEXT),
    ],
)
def test_facts_are_read_like_any_form(field: str, text: object, code: Code) -> None:
    """What staff type is shown on pages and written to spreadsheets like what others type."""
    world = World()
    on_roster(world)
    before = the_license(world)

    refused = world.desk().correct_license(NUMBER, reason=WHY, **{field: text})  # type: ignore[arg-type]

    assert isinstance(refused, Refused)
    assert [(code, field)] == [(problem.code, problem.field) for problem in refused.problems]
    assert before == the_license(world)


def test_a_corrected_address_ends_links_that_went_to_the_wrong_one() -> None:
    """A set-up link in the wrong mailbox is dead at once, not only when the next one is asked for."""
    world = World()
    on_roster(world)
    world.accounts.request_password_reset(NUMBER)
    in_the_wrong_mailbox = newest_link(world, OFFICE, "/setup")

    world.desk().correct_license(NUMBER, email=NEW, reason=WHY)

    assert isinstance(world.accounts.open_setup(in_the_wrong_mailbox), Refused)
    assert NEW == account(world, f"license:{LICENSE}").email
    world.desk().correct_license(NUMBER, phone="(323) 555-0111", reason=WHY)
    assert () == violations(world.store)


def test_a_finished_accounts_own_address_is_not_the_licenses() -> None:
    """Correcting the license changes no account that has finished set-up (its person decides)."""
    world = World()
    made = verified(world)

    world.desk().correct_license(NUMBER, email=NEW, reason=WHY)

    assert OFFICE == stored(world, made).email
    assert world.accounts.session(made.session_token) is not None


@pytest.mark.parametrize("nothing", [{}, {"business_name": " "}, {"email": ""}, {"on_roster": True}])
def test_a_correction_of_nothing_is_none(nothing: dict[str, Any]) -> None:
    """Else the log would hold a correction, and the holder a mail about one, that never was."""
    world = World()
    in_set_up(world)
    before = (world.store.select(License, Is("id", "us-ca-cslb:" + NUMBER), limit=1), letters(world))

    refused = world.desk().correct_license(NUMBER, reason=WHY, **nothing)

    assert Refused((Problem(Code.REQUIRED, "facts"),)) == refused
    after = (world.store.select(License, Is("id", "us-ca-cslb:" + NUMBER), limit=1), letters(world))
    assert before == after
    assert [] == [e for e in events(world) if e.name is EventName.STAFF_CORRECTED_LICENSE]
