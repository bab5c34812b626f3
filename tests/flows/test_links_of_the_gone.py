"""What an account was sent and had open dies when the account does, and does not come back with it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from permit_accounts import (
    CONTRACTOR,
    PUBLIC,
    AccountClosed,
    Code,
    Done,
    Refused,
    SetupForm,
    SignedIn,
)
from permit_accounts.model.codes import Standing
from permit_accounts.model.records import Account
from permit_accounts.ports import Every, Is
from permit_accounts.testing.world import PASSWORD, World, contractor_form, public_form, setup_form
from story import ANSWER, NEW_PASSWORD, newest_link, signed_in

ANN = "ann@mail.example.org"


class Held:
    """What somebody may still hold of an account: a reset link, a confirmation link, a remembered session."""

    def __init__(self, world: World, name: str, address: str, opened: SignedIn) -> None:
        self._world = world
        self._session = opened.session_token
        self._confirm = newest_link(world, address, "/confirm-email")
        world.accounts.request_password_reset(name)
        self._reset = newest_link(world, address, "/reset-password")

    def opens(self) -> list[str]:
        """What each of them is good for now; nothing, where all are dead."""
        accounts = self._world.accounts
        tried = {
            "look": accounts.open_reset(self._reset),
            "reset": accounts.reset_password(self._reset, NEW_PASSWORD, ANSWER),
            "confirm": accounts.confirm_email(self._confirm, session_token=self._session),
            "confirm by password": accounts.confirm_email(self._confirm, password=PASSWORD),
        }
        dead = Code.LINK_INVALID
        good = [
            name for name, told in tried.items() if not isinstance(told, Refused) or told.codes != (dead,)
        ]
        return good if accounts.session(self._session) is None else [*good, "session"]


def disabled(world: World, session_token: str) -> object:
    """Staff turn the account off."""
    return world.desk().disable("ann", PUBLIC, reason="reported stolen")


def closed(world: World, session_token: str) -> object:
    """Its owner closes it."""
    return world.accounts.close_account(session_token, PASSWORD)


def enabled(world: World) -> None:
    """Staff turn it on again."""
    assert isinstance(world.desk().enable("ann", PUBLIC, reason="cleared up"), Done)


def reopened(world: World) -> None:
    """Staff bring it back, and its owner sets it up."""
    assert isinstance(world.desk().reopen("ann", PUBLIC, reason="came back"), Done)
    world.accounts.request_password_reset("ann")
    link = newest_link(world, ANN, "/setup")
    form = world.accounts.open_setup(link)
    assert isinstance(form, SetupForm)
    signed_in(world.accounts.finish_setup(link, setup_form(form.asks)))


@pytest.mark.attack("TOK-26")
@pytest.mark.parametrize(("end", "back"), [(disabled, enabled), (closed, reopened)])
def test_nothing_of_a_gone_account_opens_it_and_nothing_revives_with_it(
    end: Callable[[World, str], object], back: Callable[[World], None]
) -> None:
    """Reset link, confirmation link and remembered session: dead at once, and dead for good."""
    world = World()
    world.accounts.register(PUBLIC, public_form("ann"))
    opened = signed_in(world.accounts.sign_in(PUBLIC, "ann", PASSWORD, remember=True))
    held = Held(world, "ann", ANN, opened)

    assert isinstance(end(world, opened.session_token), Done | AccountClosed)
    assert [] == held.opens()
    back(world)
    assert [] == held.opens()

    (account,) = world.store.select(Account, Every(), limit=9)
    assert account.standing is Standing.ACTIVE
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD), SignedIn)


@pytest.mark.attack("TOK-26")
def test_what_a_closed_account_was_sent_does_not_open_the_one_that_gets_its_license() -> None:
    """A license's name goes to a new account; links to the old one do not go with it."""
    world = World()
    opened = signed_in(world.accounts.register(CONTRACTOR, contractor_form("1154002")))
    held = Held(world, "1154002", "office1154002@contractor.example.org", opened)
    world.accounts.close_account(opened.session_token, PASSWORD)

    given = world.desk().transfer("1154002", reason="sold the business")

    assert isinstance(given, Done)
    assert opened.account.id != given.account.id
    assert [] == held.opens()
    assert [given.account] == list(world.store.select(Account, Is("id", given.account.id), limit=1))
