"""Device tokens: trusted by the one account that they name, for as long as it trusts its devices."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from permit_accounts.model.people import Visitor
from permit_accounts.tools import devices
from permit_accounts.tools.keyring import SESSION
from tools.counted_city import START, City


@pytest.fixture
def city() -> City:
    return City()


def test_a_token_is_trusted_by_its_account(city: City) -> None:
    """Each token has a nonce of its own, so each device has its own count."""
    ann = city.account()
    first, second = (devices.trusted_nonce(city.s, city.known(ann), ann, START) for _ in range(2))

    assert first is not None
    assert second is not None
    assert first != second


def test_a_token_is_nothing_to_another_account(city: City) -> None:
    """Signing in to one's own account makes nobody else's name passable."""
    visitor = city.known(city.account("00ann"))

    assert devices.trusted_nonce(city.s, visitor, city.account("00ben"), START) is None
    assert devices.trusted_nonce(city.s, visitor, None, START) is None


@pytest.mark.parametrize("token", [None, "", "x", "x.y", "00ann:ff:1.AAAA", "x" * 100_000])
def test_what_was_not_sealed_here_is_nothing(city: City, token: str | None) -> None:
    """A missing, garbled or invented token is no device."""
    assert devices.trusted_nonce(city.s, Visitor(device_token=token), city.account(), START) is None


def test_a_session_token_is_no_device_token(city: City) -> None:
    """Each has its own salt."""
    sealed = city.s.keyring.seal("00ann:ff:0", SESSION)

    assert devices.trusted_nonce(city.s, Visitor(device_token=sealed), city.account(), START) is None


def test_a_token_ends_after_its_time(city: City) -> None:
    """180 days by default, to the microsecond."""
    ann = city.account()
    visitor = city.known(ann)
    end = START + timedelta(days=180)

    assert devices.trusted_nonce(city.s, visitor, ann, end) is not None
    assert devices.trusted_nonce(city.s, visitor, ann, end + timedelta(microseconds=1)) is None


def test_an_account_can_forget_its_devices(city: City) -> None:
    """A mailed reset and a new temporary password void all tokens before them, and not the one they give."""
    ann = city.account()
    before = city.known(ann)
    city.tick(seconds=1)
    reset = ann.with_untrusted_devices(city.now)

    assert devices.trusted_nonce(city.s, before, reset, city.now) is None
    assert devices.trusted_nonce(city.s, city.known(reset), reset, city.now) is not None


def test_a_new_password_keeps_the_devices(city: City) -> None:
    """They die at a reset, not at a change of password."""
    ann = city.account()
    visitor = city.known(ann)

    assert devices.trusted_nonce(city.s, visitor, ann.with_password("h"), START) is not None


def test_another_ring_knows_no_old_device(city: City) -> None:
    """Replacing the seal ends all device tokens too."""
    ann = city.account()
    visitor = city.known(ann)
    other = attrs.evolve(city.s, keyring=city.s.keyring.with_new_seal(keep=False))

    assert devices.trusted_nonce(other, visitor, ann, START) is None
