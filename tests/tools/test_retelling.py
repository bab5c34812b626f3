"""The hasher of a flow that may be told again: a hasher like any other, and nothing is computed twice."""

from __future__ import annotations

import hashlib

import pytest

from permit_accounts.model.errors import TryAgainLater
from permit_accounts.model.secret import Secret
from permit_accounts.testing.hasher import CheapHasher
from permit_accounts.testing.hasher_contract import HasherContract
from permit_accounts.tools.keyring import Keyring
from permit_accounts.tools.retelling import RetoldHasher

PASSWORD = "seven quiet lanterns drift"
KEY = hashlib.sha256(b"one call").digest()


def ring() -> Keyring:
    return Keyring(seal=[hashlib.sha256(b"seal").digest()], count=hashlib.sha256(b"count").digest())


@pytest.fixture
def cheap() -> CheapHasher:
    return CheapHasher(ring())


@pytest.fixture
def retold(cheap: CheapHasher) -> RetoldHasher:
    return RetoldHasher(cheap, key=KEY)


class TestRetoldHasher(HasherContract):
    """Within one telling."""

    @pytest.fixture
    def hasher(self, retold: RetoldHasher) -> RetoldHasher:
        return retold


class TestToldAgain(HasherContract):
    """Within another telling, in which some is known."""

    @pytest.fixture
    def hasher(self, retold: RetoldHasher) -> RetoldHasher:
        encoded = retold.hash(Secret(PASSWORD))
        retold.verify(encoded, Secret(PASSWORD))
        retold.verify(None, Secret(PASSWORD))
        retold.tell_again()
        return retold


def test_each_question_is_answered_as_in_the_telling_before(cheap: CheapHasher, retold: RetoldHasher) -> None:
    """Two hashes of one text stay two, in their order; right stays right and wrong stays wrong."""

    def tell() -> list[object]:
        first, second = retold.hash(Secret(PASSWORD)), retold.hash(Secret(PASSWORD))
        right = retold.verify(first, Secret(PASSWORD))
        return [first, second, right, retold.verify(second, Secret("another text of mine"))]

    told = tell()
    computed = len(cheap.calls)
    retold.tell_again()

    assert told == tell()
    assert [True, False] == told[2:]
    assert told[0] != told[1]
    assert 4 == computed == len(cheap.calls)


def test_what_changed_meanwhile_is_compared_afresh(cheap: CheapHasher, retold: RetoldHasher) -> None:
    """The old password was right for the old hash alone."""
    old, new = cheap.hash(Secret(PASSWORD)), cheap.hash(Secret("forty brass kettles whistle"))
    assert retold.verify(old, Secret(PASSWORD))
    retold.tell_again()

    assert not retold.verify(new, Secret(PASSWORD))
    assert retold.verify(old, Secret(PASSWORD))


def test_a_hash_that_failed_is_tried_again() -> None:
    """What was not computed is not remembered as if it were."""
    full = FullOnce(ring())
    retold = RetoldHasher(full, key=KEY)
    with pytest.raises(TryAgainLater):
        retold.hash(Secret(PASSWORD))
    retold.tell_again()

    assert full.verify(retold.hash(Secret(PASSWORD)), Secret(PASSWORD))


class FullOnce(CheapHasher):
    """A hasher whose queue is full at first."""

    full = True

    def hash(self, secret: Secret) -> str:
        """As it should be, from the second time on."""
        if self.full:
            self.full = False
            raise TryAgainLater("the queue is full")
        return super().hash(secret)


def test_no_password_stands_in_it(retold: RetoldHasher) -> None:
    """Neither as the key of what is remembered nor in a plain digest, which could be guessed at."""
    retold.verify(retold.hash(Secret(PASSWORD)), Secret(PASSWORD))

    kept = repr([vars(part) for part in (retold, retold._hashes, retold._comparisons)])

    assert PASSWORD not in kept
    assert repr(hashlib.sha256(PASSWORD.encode()).digest()) not in kept
