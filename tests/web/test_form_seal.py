"""The hidden token of forms: for this browser, for a day, and no two alike."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permit_accounts.testing.world import World
from permit_accounts.web.form_seal import FormSeal


@pytest.fixture(name="world")
def a_world():
    return World()


def seal_of(world):
    return FormSeal(world.keys, now=world.now, random=os.urandom)


@pytest.mark.attack("WEB-01")
def test_a_token_is_good_for_its_own_browser(world):
    """The binding is a cookie that only this browser has."""
    seal = seal_of(world)
    ours, theirs = seal.new_binding(), seal.new_binding()
    token = seal.token(ours)

    assert seal.is_good(token, ours)
    assert not seal.is_good(token, theirs)
    assert not seal.is_good(token, "")


@pytest.mark.attack("WEB-01")
def test_a_token_is_good_for_a_day(world):
    """A page that was open for longer belongs to nobody's session."""
    seal = seal_of(world)
    token = seal.token("binding")

    world.tick(hours=24)
    assert seal.is_good(token, "binding")
    world.tick(seconds=1)
    assert not seal.is_good(token, "binding")


def test_a_token_of_the_future_is_not_good(world):
    """A minute of difference between two machines is borne, no more."""
    seal = seal_of(world)
    token = seal.token("binding")

    world.tick(seconds=-60)
    assert seal.is_good(token, "binding")
    world.tick(seconds=-1)
    assert not seal.is_good(token, "binding")


@pytest.mark.attack("WEB-01")
def test_no_part_of_a_token_can_be_changed(world):
    """Cut, lengthened, or with any one character replaced."""
    seal = seal_of(world)
    token = seal.token("binding")

    for n, letter in enumerate(token):
        other = "A" if letter != "A" else "B"
        changed = f"{token[:n]}{other}{token[n + 1 :]}"
        # The last character of a signature has two bits that say nothing.
        assert not seal.is_good(changed, "binding") or n == len(token) - 1
        assert not seal.is_good(token[:n], "binding")
    assert not seal.is_good(f"{token}x", "binding")


@pytest.mark.attack("WEB-01")
@given(st.text(max_size=200))
def test_what_is_no_token_is_not_good(text):
    """Letters of any kind and number, without a fault."""
    assert not seal_of(World()).is_good(text, "binding")


@pytest.mark.attack("WEB-01")
def test_tokens_of_other_keys_and_purposes_are_not_good(world):
    """A session's token seals the same way, under another salt."""
    seal = seal_of(world)

    assert not seal.is_good(seal_of(World()).token("binding"), "binding")
    assert not seal.is_good(world.keys.seal("1:a:b", "session"), "binding")


def test_no_two_tokens_share_what_could_be_guessed_by_compression(world):
    """Each has a salt of its own, and the digest of the binding changes with it."""
    seal = seal_of(world)
    first, second = (seal.token("binding").partition(":")[2] for _ in range(2))

    assert not any(a == b for a, b in zip(first.split(":"), second.split(":"), strict=True))
