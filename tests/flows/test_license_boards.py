"""The same number under several boards: the board is part of the name."""

from __future__ import annotations

import attrs
import pytest

from flows.people import work
from permit_accounts import (
    CONTRACTOR,
    AccountType,
    CheckYourEmail,
    Code,
    Done,
    LicenseNumber,
    LicenseReleased,
    Refused,
    SetupRequired,
    SignedIn,
    TemporaryPasswordIssued,
)
from permit_accounts.testing.world import PASSWORD, World, city_policy, contractor_form
from story import newest_link, signed_in

THREE = attrs.evolve(CONTRACTOR, username=LicenseNumber(("us-ca-cslb", "us-or-ccb", "us-la-lslbc")))


def three_boards() -> tuple[World, dict[str, SignedIn]]:
    """One number under three boards, each with an account, a mailbox and a password of its own."""
    world = World(city_policy(account_types=(THREE,)))
    people = {}
    for label in ("CSLB", "CCB", "LSLBC"):
        form = contractor_form(
            f"{label} 107292", email=f"{label}@mail.example.org".lower(), password=f"{PASSWORD} {label}"
        )
        people[label] = signed_in(world.accounts.register(THREE, form))
    return world, people


@pytest.mark.attack("LIC-04")
def test_the_same_digits_under_three_boards_are_three_accounts() -> None:
    """The board is part of the name, at the door, in the counts and in the mail."""
    world, people = three_boards()

    assert 3 == len({one.account.id for one in people.values()})
    for label, one in people.items():
        inside = signed_in(world.accounts.sign_in(THREE, f"{label} 107292", f"{PASSWORD} {label}"))
        assert one.account.id == inside.account.id
        for other in people.keys() - {label}:
            wrong = world.accounts.sign_in(THREE, f"{other} 107292", f"{PASSWORD} {label}")
            assert isinstance(wrong, Refused)
    for n in range(12):
        world.accounts.sign_in(THREE, "CCB 107292", f"wrong {n}")
    waiting = world.accounts.sign_in(THREE, "CCB 107292", f"{PASSWORD} CCB")
    assert isinstance(waiting, Refused)
    assert (Code.WAIT,) == waiting.codes
    assert isinstance(world.accounts.sign_in(THREE, "CSLB 107292", f"{PASSWORD} CSLB"), SignedIn)


@pytest.mark.attack("LIC-04")
@pytest.mark.parametrize("text", ["107292", "ROC 107292", "us-ca-cslb", "CSLB CCB 107292"])
def test_digits_without_their_board_are_nobody(text: str) -> None:
    """No guess is made: the generic answer at the cost of one hash, and no mail."""
    world, _ = three_boards()
    world.deliver()

    hashes = work(world, world.accounts.sign_in, THREE, text, f"{PASSWORD} CSLB")
    refused = world.accounts.sign_in(THREE, text, f"{PASSWORD} CSLB")

    assert ["verify"] == [what for what, *_ in hashes]
    assert isinstance(refused, Refused)
    assert (Code.WRONG_CREDENTIALS,) == refused.codes
    assert CheckYourEmail() == world.accounts.request_password_reset(text, THREE)
    assert [] == world.deliver()


def test_what_is_shown_as_the_username_signs_in() -> None:
    """On the pages, in e-mails and on the slip of staff stands the board as well: bare digits are nobody."""
    world, people = three_boards()
    for label, one in people.items():
        shown = one.account.username
        assert f"{label} 107292" == shown
        assert isinstance(world.accounts.sign_in(THREE, shown, f"{PASSWORD} {label}"), SignedIn)

    world.add_to_roster("1012345")
    issued = world.desk().issue_temporary_password("CSLB 1012345", THREE, reason="called", checked_how="card")
    assert isinstance(issued, TemporaryPasswordIssued)
    begun = world.accounts.sign_in(THREE, issued.account.username, issued.password)
    assert isinstance(begun, SetupRequired)


def test_the_license_that_goes_takes_its_username_along() -> None:
    """The account then goes by the license that it has left."""
    world, people = three_boards()
    mine = people["CSLB"].session_token
    world.accounts.add_license(mine, "CCB 200200")
    world.desk().approve("CCB 200200", "CSLB 107292", reason="card seen")
    assert isinstance(world.accounts.release_license(mine, "us-ca-cslb:107292"), LicenseReleased)
    seen = world.accounts.session(mine)
    assert seen is not None
    assert "CCB 200200" == seen.account.username


@pytest.mark.attack("LIC-04")
def test_a_reset_by_number_mails_the_one_account_that_it_names() -> None:
    """CCB 107292 leads to one mailbox, and its link to one account."""
    world, people = three_boards()
    world.deliver()

    world.accounts.request_password_reset("CCB 107292", THREE)

    (mail,) = world.deliver()
    assert "ccb@mail.example.org" == mail.recipient
    link = newest_link(world, "ccb@mail.example.org", "/reset-password")
    done = world.accounts.reset_password(link, "a bridge of seven arches")
    assert people["CCB"].account.id == done.account.id  # type: ignore[union-attr]
    assert isinstance(world.accounts.sign_in(THREE, "CSLB 107292", f"{PASSWORD} CSLB"), SignedIn)


def same_city(world: World, account_type: AccountType) -> World:
    """The same records and keys once the city has this type alone."""
    return World(city_policy(account_types=(account_type,)), store=world.store, keys=world.keys)


@pytest.mark.parametrize(("before", "after"), [("us-ca-cslb", "us-or-ccb"), ("us-or-ccb", "us-ca-cslb")])
def test_the_license_goes_with_its_username_though_the_city_takes_another_board_since(
    before: str, after: str
) -> None:
    """Whoever registered when bare digits were enough is called by them still, and not by what is gone."""
    one_board = attrs.evolve(CONTRACTOR, username=LicenseNumber((before,)))
    world = World(city_policy(account_types=(one_board,)))
    one = signed_in(world.accounts.register(one_board, contractor_form("107292")))
    world.accounts.add_license(one.session_token, "200200")
    world.desk().approve("200200", "107292", reason="card seen")

    two_boards = attrs.evolve(one_board, username=LicenseNumber((before, after)))
    city = same_city(world, two_boards)
    assert isinstance(city.accounts.release_license(one.session_token, f"{before}:107292"), LicenseReleased)

    seen = city.accounts.session(one.session_token)
    assert seen is not None
    assert seen.account.username.endswith(" 200200")


def test_staff_take_a_license_from_an_account_of_a_type_that_the_city_gave_up() -> None:
    """Its holder keeps the other license, and goes by that."""
    world = World()
    one = signed_in(world.accounts.register(CONTRACTOR, contractor_form("1012345")))
    world.accounts.add_license(one.session_token, "1012346")
    world.desk().approve("1012346", "1012345", reason="card seen")

    successor = attrs.evolve(CONTRACTOR, id="builder")
    city = same_city(world, successor)
    moved = city.desk().transfer("1012345", reason="card seen")

    assert isinstance(moved, Done), moved
    (found,) = city.desk().find("1012346")  # type: ignore[misc]
    assert found.account is not None
    assert (one.account.id, "1012346") == (found.account.id, found.account.username)
