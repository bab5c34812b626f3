"""What an application hands over by mistake: a documented fault or refusal, and no other exception."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from flows.people import ann, guess, kinds
from permit_accounts import (
    PUBLIC,
    Accounts,
    Claims,
    Code,
    ConfigurationError,
    Refused,
    SignedIn,
    StaffDesk,
    Visitor,
)
from permit_accounts.model.secret import Secret
from permit_accounts.ports import Store
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.stores.sqlite import SQLiteStore
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import PASSWORD, World, public_form
from story import signed_in

ODD_VISITORS: Final[tuple[dict[str, Any], ...]] = (
    {"ip": None}, {"ip": 7}, {"ip": b"192.0.2.1"}, {"ip": "\ud800"}, {"ip": "192.0.2.1:80"},
    {"user_agent": None}, {"user_agent": ["x"]},
    {"device_token": 7}, {"device_token": b"x"}, {"device_token": ""},
    {"device_token": "\ud800"}, {"device_token": ["x"]}, {"device_token": Secret("x")},
)  # fmt: skip
HELD: Final = "us-ca-cslb:1012345"
ODD_PAGES: Final = (-1, 1001, 2**63, 10**30, 1.5, "5", None, True, float("inf"))


@pytest.mark.attack("API-04", "API-09")
@pytest.mark.parametrize("odd", [{}, *ODD_VISITORS])
def test_a_visitor_that_is_odd_is_one_of_whom_nothing_is_known(odd: dict[str, Any]) -> None:
    """A framework may give no address and a broken cookie anything; a right password still signs in."""
    world = World()
    made = ann(world)
    visitor = Visitor(**odd)

    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD, visitor=visitor), SignedIn)
    assert {"wrong-credentials": 1} == kinds(guess(world, "ann", 1, visitor=visitor))
    assert {"setup-expired": 1} == kinds([world.accounts.finish_setup("dead", {}, visitor=visitor)])
    assert isinstance(world.accounts.register(PUBLIC, public_form("bob"), visitor=visitor), SignedIn)
    still = signed_in(world.accounts.end_other_sessions(made.session_token, visitor=visitor))
    assert still.device_token is None
    assert () == violations(world.store)


def _doors(accounts: Accounts, token: str, visitor: Any) -> list[Callable[[], object]]:
    """Every door that takes a visitor, with a session that is live where one is asked for."""
    other = signed_in(accounts.sign_in(PUBLIC, "ann", PASSWORD)).session.id
    return [
        lambda: accounts.register(PUBLIC, public_form("carl"), visitor=visitor),
        lambda: accounts.sign_in(PUBLIC, "ann", "wrong", visitor=visitor),
        lambda: accounts.sign_in(PUBLIC, "ann", PASSWORD, visitor=visitor),
        lambda: accounts.finish_setup("dead", {}, visitor=visitor),
        lambda: accounts.confirm_email("dead", visitor=visitor),
        lambda: accounts.reset_password("dead", "x" * 20, visitor=visitor),
        lambda: accounts.cancel_email_change("dead", visitor=visitor),
        lambda: accounts.request_password_reset("ann", visitor=visitor),
        lambda: accounts.resend_confirmation("ann", visitor=visitor),
        lambda: accounts.remind_usernames("ann@mail.example.org", visitor=visitor),
        lambda: accounts.change_email(token, "new@mail.example.org", visitor=visitor),
        lambda: accounts.add_license(token, "CSLB 1154002", visitor=visitor),
        lambda: accounts.release_license(token, HELD, visitor=visitor),
        lambda: accounts.export_account(token, visitor=visitor),
        lambda: accounts.reauthenticate(token, "wrong", visitor=visitor),
        lambda: accounts.change_password(token, "wrong", "x" * 20, visitor=visitor),
        lambda: accounts.change_security_question(token, "wrong", "first-dish", "soup", visitor=visitor),
        lambda: accounts.close_account(token, "wrong", visitor=visitor),
        lambda: accounts.end_session(token, other, visitor=visitor),
        lambda: accounts.sign_out(token, visitor=visitor),
    ]  # fmt: skip


@pytest.mark.attack("API-04", "API-09")
def test_no_visitor_at_all_is_nobody_in_particular() -> None:
    """`visitor=None` is as good as none: every door answers."""
    world = World()
    token = ann(world).session_token
    world.accounts.add_license(token, "CSLB 1012345")

    for door in _doors(world.accounts, token, None):
        door()

    assert () == violations(world.store)


@pytest.mark.attack("API-04", "API-09")
@pytest.mark.parametrize("odd", ["192.0.2.1", {"ip": "192.0.2.1"}, 7, b"", ()])
def test_what_is_no_visitor_is_said_to_be_none(odd: object) -> None:
    """An address alone, or a dictionary: the message says what belongs there, and nothing is written."""
    world = World()
    made = ann(world)
    world.accounts.add_license(made.session_token, "CSLB 1012345")
    for door in _doors(world.accounts, made.session_token, odd):
        with pytest.raises(ConfigurationError, match="Visitor"):
            door()

    assert () == violations(world.store)
    assert world.accounts.session(made.session_token) is not None


@pytest.mark.attack("API-04")
def test_a_name_that_is_a_secret_is_refused() -> None:
    """A mask belongs around passwords, answers and tokens; a name behind one was put into the wrong place."""
    world = World()
    token = ann(world).session_token
    accounts, name = world.accounts, Secret("ann")
    outcomes = [
        accounts.sign_in(PUBLIC, name, "x"),  # type: ignore[arg-type]
        accounts.request_password_reset(name),  # type: ignore[arg-type]
        accounts.resend_confirmation(name),  # type: ignore[arg-type]
        accounts.remind_usernames(name),  # type: ignore[arg-type]
        accounts.change_email(token, name),  # type: ignore[arg-type]
        accounts.add_license(token, name),  # type: ignore[arg-type]
        accounts.change_security_question(token, PASSWORD, name, "soup"),  # type: ignore[arg-type]
        world.desk().find(name),  # type: ignore[arg-type]
    ]

    assert {Code.NOT_TEXT} == {code for outcome in outcomes for code in outcome.codes}  # type: ignore[union-attr]


@pytest.mark.attack("API-04")
def test_what_is_secret_may_come_masked() -> None:
    """An application that masks what it passes on is not sent away."""
    world = World()
    made = ann(world)
    masked: Any = Secret(PASSWORD)

    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", masked), SignedIn)
    assert isinstance(world.accounts.reauthenticate(made.session_token, masked), SignedIn)


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return MemoryStore() if request.param == "memory" else SQLiteStore(tmp_path / "city.db", create=True)


def _pages(world: World, **page: Any) -> list[Callable[[], object]]:
    token = ann(world).session_token
    world.accounts.add_license(token, "CSLB 1154002")
    desk: StaffDesk = world.desk()
    return [
        lambda: world.accounts.activity(token, **page),
        lambda: desk.history("ann", **page),
        lambda: desk.history("1154002", **page),
        lambda: desk.inbox(**page),
        lambda: desk.claims(**page),
        lambda: world.accounts.outbox.failed(**page),
    ]


@pytest.mark.attack("API-04", "API-09")
@pytest.mark.parametrize("limit", ODD_PAGES)
def test_what_is_no_size_of_a_page_is_said_to_be_none(store: Store, limit: object) -> None:
    """Whatever the store: not all there is, not nothing, and no fault of the database."""
    for page in _pages(World(store=store), limit=limit):
        with pytest.raises(ConfigurationError, match="limit="):
            page()


@pytest.mark.attack("API-04", "API-09")
@pytest.mark.parametrize("after", ["x", 7, object(), Visitor()])
def test_what_no_page_ended_with_is_said_to_be_no_place(store: Store, after: object) -> None:
    """The place to go on from is the record that the page before ended with."""
    for page in _pages(World(store=store), after=after):
        with pytest.raises(ConfigurationError, match="after="):
            page()


@pytest.mark.parametrize("limit", [0, 1, 1000])
def test_a_page_of_any_size_within_bounds(store: Store, limit: int) -> None:
    """The smallest and the largest are pages."""
    for page in _pages(World(store=store), limit=limit):
        assert not isinstance(page(), Refused)


@pytest.mark.attack("API-04")
@pytest.mark.parametrize("state", ["nonsense", "", None, 7, ["claimed"]])
def test_a_state_that_no_claim_has_is_told(state: object) -> None:
    """An address bar may hold anything; the words of the states themselves are taken."""
    desk = World().desk()
    with pytest.raises(ConfigurationError, match="must be one of claimed, pending"):
        desk.claims(state)  # type: ignore[arg-type]
    assert isinstance(desk.claims("pending"), Claims)  # type: ignore[arg-type]


@pytest.mark.attack("API-04", "API-09")
@pytest.mark.parametrize("odd", [None, "ann", 7, "session"])
def test_what_is_no_account_is_said_to_be_none(odd: object) -> None:
    """Nobody passes a gate for want of an account: a session that has ended gives none."""
    world = World()
    held: Any = ann(world).session if odd == "session" else odd

    for read in (world.accounts.verified_licenses, world.accounts.licenses):
        with pytest.raises(ConfigurationError, match="account=… takes the Account of a session"):
            read(held)
