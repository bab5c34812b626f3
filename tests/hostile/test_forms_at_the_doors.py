"""Forms that bring more than was asked for, or something other than text: refused, and nothing changes."""

from __future__ import annotations

from typing import Any, Final

import pytest

from flows.people import grant, invited
from permit_accounts import CONTRACTOR, PUBLIC, AccountType, Code, Refused, SignedIn
from permit_accounts.model.records import Account, Identifier, OneTimeToken, Session
from permit_accounts.ports import Every
from permit_accounts.testing.world import World, contractor_form, public_form, setup_form

#: What a record holds, in the spellings that frameworks have bound to it.
PLANTED: Final = (
    "id", "version", "account_type", "standing", "is_staff", "is_admin", "role", "kind", "verified",
    "email_verified", "email_confirmed_at", "emailConfirmedAt", "must_change", "locked_until",
    "untrusted_closed_at", "password_hash", "passwordHash", "temporary_hash", "created_at", "epoch",
    "generation", "license", "license_id", "on_roster_since", "profile", "profile[role]",
    "profile.role", "user[is_admin]", "account.standing", "__class__", "__init__.__globals__", "password__",
    "id__gt", "or_", "_connector", "limit", "order_by", "", " ", "\0", "username\0", "Username", "PASSWORD",
)  # fmt: skip
NOT_TEXT: Final[tuple[Any, ...]] = (
    [], {}, True, False, 0, -1, 1.5, float("inf"), float("nan"), 10**400, b"ann", ["ann"], ("ann",),
    {"a": "b"}, {"ann"}, object(), [["ann"]], Ellipsis,
)  # fmt: skip
FORMS: Final = [
    pytest.param(PUBLIC, public_form("ann"), id="public"),
    pytest.param(CONTRACTOR, contractor_form("1154002"), id="contractor"),
]


def nothing_was_made(world: World) -> bool:
    return not any(world.store.select(kind, Every(), limit=1) for kind in (Account, Identifier, Session))


@pytest.mark.attack("API-01", "API-02")
@pytest.mark.parametrize(("kind", "form"), FORMS)
@pytest.mark.parametrize("name", PLANTED)
def test_no_registration_brings_more(kind: AccountType, form: dict[str, object], name: str) -> None:
    """Roles, states, hashes and operators in a form are unknown fields: refused, and nothing is made."""
    world = World()

    outcome = world.accounts.register(kind, form | {name: "yes"})

    assert isinstance(outcome, Refused)
    assert (Code.UNKNOWN_FIELD,) == outcome.codes
    assert nothing_was_made(world)


@pytest.mark.attack("API-01")
@pytest.mark.parametrize("name", [*PLANTED, "username", "business_type "])
def test_no_set_up_brings_more_than_it_is_asked(name: str) -> None:
    """The grant is not spent by it, the account stays as it was, and the right form still goes through."""
    world = World()
    issued = invited(world)
    required = grant(world, issued.password)
    before = world.store.select(Account, Every(), limit=5)

    outcome = world.accounts.finish_setup(required.token, setup_form(required.asks) | {name: "yes"})

    assert isinstance(outcome, Refused)
    assert Code.UNKNOWN_FIELD in outcome.codes
    assert before == world.store.select(Account, Every(), limit=5)
    assert 1 == len(world.store.select(OneTimeToken, Every(), limit=5))
    assert isinstance(world.accounts.finish_setup(required.token, setup_form(required.asks)), SignedIn)


@pytest.mark.attack("API-04")
@pytest.mark.parametrize(("kind", "form"), FORMS)
def test_what_is_no_text_is_refused_field_by_field(kind: AccountType, form: dict[str, object]) -> None:
    """A list is not its first element, a number not its digits, bytes not their letters."""
    world = World()
    for name in form:
        for value in NOT_TEXT:
            outcome = world.accounts.register(kind, form | {name: value})
            assert isinstance(outcome, Refused)
            assert Code.NOT_TEXT in {problem.code for problem in outcome.problems if problem.field == name}
    assert nothing_was_made(world)


@pytest.mark.attack("API-04")
@pytest.mark.parametrize("form", [None, [], "username=ann", 5, [("username", "ann")], b"{}", True, object()])
def test_what_is_no_form_is_refused(form: Any) -> None:
    """At both doors that take one; the grant lives on."""
    world = World()
    required = grant(world, invited(world).password)

    assert isinstance(world.accounts.register(PUBLIC, form), Refused)
    assert isinstance(world.accounts.finish_setup(required.token, form), Refused)
    assert isinstance(world.accounts.finish_setup(required.token, setup_form(required.asks)), SignedIn)
