"""One account, one user: made once, by whoever comes first, and never somebody who was there before."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, connection, connections

from contrib.django.city import Portal
from contrib.django.visitors import citizen, make_staff, token_of
from permit_accounts import Account
from permit_accounts.contrib.django import bridge
from permit_accounts.contrib.django.bridge import is_of_an_account, user_of
from permit_accounts.contrib.django.models import AccountUser


def account_of(site: Portal, username: str = "ann") -> Account:
    """Somebody who has registered."""
    signed_in = site.accounts.session(token_of(site, username))
    assert signed_in is not None
    return signed_in.account


def test_a_user_is_made_once(site: Portal) -> None:
    """The same user each time, with no password, no name of the person's and no permission."""
    account = account_of(site)
    user = user_of(account)
    assert user == user_of(account)
    assert 1 == get_user_model().objects.count()
    assert not user.has_usable_password()
    assert (f"account-{account.id}", "", "") == (user.username, user.email, user.first_name)
    assert (False, False, set()) == (user.is_staff, user.is_superuser, user.get_all_permissions())
    assert is_of_an_account(user)


@pytest.mark.attack("CFG-06")
@pytest.mark.parametrize("name", ["fmiller", "olivia", "zoning1"])
def test_no_user_is_taken_over_by_registering_its_name(site: Portal, name: str) -> None:
    """Whoever registers by the name of a member of staff is not that member of staff."""
    before = make_staff(name)
    told = citizen(site, name).get("/told").json()
    assert (name, False) == (told["account"], told["is_staff"])
    assert name != told["user"]
    assert not AccountUser.objects.filter(user=before).exists()


@pytest.mark.attack("CFG-06")
def test_no_user_is_taken_over_by_an_id(site: Portal) -> None:
    """Not even one that has the very name that the bridge would give: the bridge's table alone decides."""
    account = account_of(site)
    before = [make_staff(f"account-{account.id}"), make_staff(f"account-{account.id}-2")]
    user = user_of(account)
    assert user not in before
    assert (f"account-{account.id}-3", False) == (user.username, user.is_staff)


@pytest.mark.parametrize("attempt", range(3))
def test_first_requests_at_once_make_one_user(site: Portal, attempt: int) -> None:
    """All of them get it, and nothing is left over of those that were late."""
    account = account_of(site)
    start = threading.Barrier(4)

    def first_request() -> AbstractBaseUser:
        start.wait()
        try:
            return user_of(account)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        users = [future.result() for future in [pool.submit(first_request) for _ in range(4)]]
    assert 1 == len(set(users)) == get_user_model().objects.count() == AccountUser.objects.count()


def test_who_comes_second_gets_the_first_ones_user(site: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between looking and making, another request made it: both rows of this one are rolled back."""
    account = account_of(site)
    free_name = bridge._free_name

    def another_is_faster(account: Account) -> str:
        monkeypatch.undo()
        user_of(account)
        return free_name(account)

    monkeypatch.setattr(bridge, "_free_name", another_is_faster)
    user = user_of(account)
    assert f"account-{account.id}" == user.username
    assert 1 == get_user_model().objects.count()


def test_a_table_that_refuses_users_is_a_fault(site: Portal) -> None:
    """A model with a required field of the city's own: told, and no loop; nothing is half made."""
    account = account_of(site)
    refuse = "CREATE TRIGGER refuse BEFORE INSERT ON auth_user BEGIN SELECT RAISE(ABORT, 'UNIQUE: not'); END"
    with connection.cursor() as cursor:
        cursor.execute(refuse)
    try:
        with pytest.raises(IntegrityError):
            user_of(account)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER refuse")
    assert 0 == get_user_model().objects.count()


def test_a_user_that_was_deleted_is_made_anew(site: Portal) -> None:
    """Whoever deletes a user in the admin takes its permissions, and does not shut the account out."""
    account = account_of(site)
    user_of(account).delete()
    assert 0 == AccountUser.objects.count()
    assert f"account-{account.id}" == user_of(account).get_username()


def test_a_user_named_by_mail_gets_an_address_that_is_nobodys(
    site: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A city whose own users are named by their address."""
    account = account_of(site)
    monkeypatch.setattr(get_user_model(), "USERNAME_FIELD", "email")
    assert f"account-{account.id}@account.invalid" == user_of(account).email


def test_the_migration_is_the_model() -> None:
    """No migration is missing, and the bridge is called by its account's id."""
    from django.core.management import call_command

    call_command("makemigrations", "permit_accounts", check=True, dry_run=True, verbosity=0)
    assert "0042" == str(AccountUser(account_id="0042"))
