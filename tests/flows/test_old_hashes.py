"""Somebody whose password hash came from an earlier portal signs in: once by it, from then on by ours."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from permit_accounts.model.errors import TryAgainLater
from permit_accounts.model.outcomes import Refused, SignedIn
from permit_accounts.model.records import Account
from permit_accounts.ports import Replace
from permit_accounts.rules.account_types import PUBLIC
from permit_accounts.rules.old_costs import OldScheme
from permit_accounts.rules.old_hashes import OldHash, parse_old_hash
from permit_accounts.testing.world import World, city_policy, public_form
from permit_accounts.tools import lookups
from permit_accounts.tools.encoded_hash import from_text
from permit_accounts.tools.old_digests import digest_of
from tools.old_portal import DECLARED, FORMS, GOLDEN, PASSWORD

DECOMPOSED = "Lantern drift 7e\u0301"


@pytest.fixture
def world() -> World:
    return World(city_policy(imported_hashes=DECLARED))


def brought(world: World, old: Any) -> Account:
    """Ann, registered as anybody, with a hash of the earlier portal in place of her own."""
    assert isinstance(old, OldHash)
    signed_in = world.accounts.register(PUBLIC, public_form())
    assert isinstance(signed_in, SignedIn)
    account = signed_in.account
    world.store.commit(Replace(account, account.with_rehash(world.hasher.take_over(old))))
    world.hasher.calls.clear()
    world.hasher.old_calls.clear()
    return of_ann(world)


def of_ann(world: World) -> Account:
    account = lookups.account_named(world.services, "public:ann")
    assert account is not None
    return account


def is_wrapped(account: Account) -> bool:
    stored = from_text(account.password_hash or "")
    assert stored is not None
    return stored.inner is not None


@pytest.mark.attack("HASH-04")
@pytest.mark.parametrize("form", FORMS)
def test_once_wrapped_then_plain(world: World, form: str) -> None:
    """The right password opens and is hashed plainly in the same commit; the epoch stays."""
    before = brought(world, parse_old_hash(GOLDEN[form]))
    assert is_wrapped(before)
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD + "x"), Refused)
    assert is_wrapped(of_ann(world))

    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD), SignedIn)

    after = of_ann(world)
    assert not is_wrapped(after)
    assert not world.hasher.needs_rehash(after.password_hash or "")
    assert before.epoch == after.epoch
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD), SignedIn)
    assert after.password_hash == of_ann(world).password_hash
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD + "x"), Refused)


def test_what_was_typed_is_compared_as_it_was_typed(world: World) -> None:
    """An earlier portal composed nothing. Once hashed by us, both spellings of a letter are one password."""
    scheme = OldScheme("pbkdf2_sha256", (10,), b"salt", 32)
    brought(world, OldHash(scheme, digest_of(DECOMPOSED.encode(), scheme)))

    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD), Refused)
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", DECOMPOSED), SignedIn)
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD), SignedIn)
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", DECOMPOSED), SignedIn)


def test_too_much_load_leaves_it_wrapped(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is turned away; the next sign-in upgrades. Asked again within the session, it is right too."""
    brought(world, parse_old_hash(GOLDEN["bcrypt 2y"]))

    def full(secret: object) -> str:
        raise TryAgainLater("too many hashes are waiting")

    monkeypatch.setattr(world.hasher, "hash", full)
    signed_in = world.accounts.sign_in(PUBLIC, "ann", PASSWORD)
    assert isinstance(signed_in, SignedIn)
    assert is_wrapped(of_ann(world))

    again = world.accounts.reauthenticate(signed_in.session_token, PASSWORD)
    assert isinstance(again, SignedIn)


@pytest.mark.attack("ENUM-02", "ENUM-03")
def test_names_cannot_be_told_apart(world: World) -> None:
    """A name brought from the earlier portal, one of ours, one without a password, and nobody's."""
    brought(world, parse_old_hash(GOLDEN["pbkdf2_sha256"]))
    world.accounts.register(PUBLIC, public_form("bea"))
    world.accounts.register(PUBLIC, public_form("cleo"))
    cleo = lookups.account_named(world.services, "public:cleo")
    assert cleo is not None
    world.store.commit(Replace(cleo, attrs.evolve(cleo, password_hash=None)))
    spent = set()
    for name in ("ann", "bea", "cleo", "nobody"):
        world.hasher.calls.clear()
        world.hasher.old_calls.clear()
        assert isinstance(world.accounts.sign_in(PUBLIC, name, "not the password"), Refused)
        work = [(scheme.removesuffix("_sha256"), cost) for scheme, cost in world.hasher.old_calls]
        spent.add((tuple(world.hasher.calls), tuple(work)))

    assert 1 == len(spent)
