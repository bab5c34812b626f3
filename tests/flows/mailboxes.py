"""Changing an address, in one line each: asked for, confirmed, taken back."""

from __future__ import annotations

from permit_accounts import (
    CheckYourEmail,
    EmailConfirmed,
    SignedIn,
)
from permit_accounts.model.records import Identifier
from permit_accounts.ports import Is
from permit_accounts.testing.world import World, city_policy
from story import newest_link

ANN, NEW, THIEF = "ann@mail.example.org", "new@mail.example.org", "thief@mail.example.org"
UNIQUE = city_policy(unique_email=True)


def ask(world: World, held: SignedIn, address: str = NEW) -> str:
    """A change was asked for; the link that went to the new address."""
    assert CheckYourEmail() == world.accounts.change_email(held.session_token, address)
    return newest_link(world, address, "/confirm-email")


def changed(world: World, held: SignedIn, address: str = NEW) -> SignedIn:
    """The address was changed by somebody who stays signed in."""
    done = world.accounts.confirm_email(ask(world, held, address), session_token=held.session_token)
    assert isinstance(done, EmailConfirmed), done
    assert done.signed_in is not None
    return done.signed_in


def take_back(world: World, address: str = ANN) -> str:
    """The link that the former address got."""
    return newest_link(world, address, "/cancel-email-change")


def name_of(world: World, address: str) -> tuple[str, str] | None:
    """Whose alone an address is, and in which state."""
    found = world.store.select(Identifier, Is("id", f"email:{address}"), limit=1)
    return (found[0].account_id, found[0].state) if found else None
