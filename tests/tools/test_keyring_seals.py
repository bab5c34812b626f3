"""What a sealed id looks like, so that no release voids the sessions and links of another."""

from __future__ import annotations

import hashlib

import pytest
from itsdangerous import Signer

from permit_accounts.model.codes import Purpose
from permit_accounts.model.secret import Secret
from permit_accounts.tools.keyring import DEVICE, SESSION, Keyring

OLD, NEW, COUNT = (bytes(range(at, at + 32)) for at in (0, 40, 80))
ID = "q3V0b2tlbi1vZi1zb21lYm9keS1zaWduZWQtaW4tMDE"


@pytest.mark.parametrize("purpose", [SESSION, DEVICE, *Purpose])
def test_a_seal_is_the_newest_keys_under_a_salt_per_purpose(purpose: str) -> None:
    """HMAC-SHA-256 with a key that itsdangerous derives by HMAC from the salt; every key opens."""
    salt = f"permit_accounts.{purpose}"
    by_hand = {
        key: Signer(key, salt=salt, key_derivation="hmac", digest_method=hashlib.sha256).sign(ID).decode()
        for key in (OLD, NEW)
    }
    keyring = Keyring(seal=[NEW, OLD], count=COUNT)

    assert by_hand[NEW] == keyring.seal(ID, purpose)
    assert [ID, ID] == [keyring.open(Secret(sealed), purpose) for sealed in by_hand.values()]


def test_a_seal_stays_what_it_was() -> None:
    """One that was made before, byte for byte."""
    sealed = Keyring(seal=[NEW], count=COUNT).seal(ID, SESSION)
    assert f"{ID}.Q7aVYBUxpFfea4Dqb2W1NBDd_Unz1pDBKf8dM4gbkHA" == sealed
