"""Makes and checks Argon2id hashes, a bounded number at once and with the same work in every branch.

The parameters are pinned by the city's policy, never taken from the package, whose defaults may change. What
is hashed is exactly the text given: normal form (NFC) and length are the caller's rule. With a pepper in the
keyring, `base64(HMAC-SHA-256(pepper, text))` is hashed instead, and the pepper's id stands before the hash.

A check costs one hash at today's cost whether the account is known, has no password, holds a damaged hash or
an older and cheaper one, so that time tells nothing about it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Callable
from datetime import timedelta
from typing import ClassVar

from argon2.exceptions import HashingError
from argon2.low_level import Type, hash_secret_raw

from permit_accounts.model.errors import ConfigurationError, TryAgainLater
from permit_accounts.model.secret import Secret
from permit_accounts.rules.policy import Argon2Cost
from permit_accounts.tools.encoded_hash import (
    SALT_BYTES,
    TAG_BYTES,
    AnyCost,
    Cost,
    StoredHash,
    from_text,
    to_text,
    too_costly,
    work,
)
from permit_accounts.tools.hash_queue import HashQueue
from permit_accounts.tools.keyring import Keyring

#: Computes a tag of so many bytes from a text and a salt.
Compute = Callable[[bytes, bytes, Cost, int], bytes]


def argon2id(text: bytes, salt: bytes, cost: Cost, length: int) -> bytes:
    """One Argon2id tag, version 1.3."""
    return hash_secret_raw(
        secret=text,
        salt=salt,
        time_cost=cost.time_cost,
        memory_cost=cost.memory_cost,
        parallelism=cost.parallelism,
        hash_len=length,
        type=Type.ID,
        version=19,
    )


class Argon2WithoutFloor:
    """The hasher's whole logic at any cost. Applications use `Argon2Hasher`, which has a floor.

    Args:
        cost: What one hash costs.
        keyring: Holds the peppers, if there are any.
        concurrency: How many hashes at once; None for the cores in this process's affinity.
        queue: How many wait for each of these.
        wait: How long one waits at the most.
        random: So many random bytes, for salts.
        compute: What makes a tag.
    """

    #: Whether `Accounts.open` must refuse it outside tests.
    for_tests: ClassVar[bool] = False

    def __init__(
        self,
        cost: Cost,
        keyring: Keyring,
        *,
        concurrency: int | None = None,
        queue: int = 16,
        wait: timedelta = timedelta(seconds=10),
        random: Callable[[int], bytes] = os.urandom,
        compute: Compute = argon2id,
    ) -> None:
        self._cost = cost
        self._keyring = keyring
        self._random = random
        self._compute = compute
        slots = _cores() if concurrency is None else concurrency
        self._queue = HashQueue(slots=slots, queue=queue, wait=wait)

    def hash(self, secret: Secret) -> str:
        """The encoded hash of a secret, with a salt of its own and the newest pepper.

        Raises:
            TryAgainLater: The queue is full, the wait was too long, or there is no memory for it now.
        """
        salt = self._random(SALT_BYTES)
        pepper_id = self._newest_pepper()
        with self._queue.slot():
            tag = self._tag(secret, pepper_id, salt, self._cost, TAG_BYTES)
        return to_text(pepper_id, self._cost, salt, tag)

    def verify(self, encoded: str | None, secret: Secret) -> bool:
        """Whether the secret made this hash, at the price of one hash at today's cost in every case.

        Where there is nothing that can be checked, a tag is computed and thrown away. Where the stored hash
        is cheaper than today's, the difference is computed on top, right or wrong. An empty secret is never
        right, whatever is stored.

        Args:
            encoded: What `hash` gave, or None where there is no hash.
            secret: What the person typed, in normal form.

        Raises:
            TryAgainLater: The queue is full, the wait was too long, or there is no memory for it now.
        """
        stored = self._checkable(encoded)
        with self._queue.slot():
            if stored is None:
                self._waste(secret, self._cost)
                return False
            tag = self._tag(secret, stored.pepper_id, stored.salt, stored.cost, len(stored.tag))
            rest = _difference(self._cost, stored.cost)
            if rest is not None:
                self._waste(secret, rest)
        return hmac.compare_digest(tag, stored.tag) and bool(secret)

    def needs_rehash(self, encoded: str) -> bool:
        """Whether this hash is weaker than what is made today: less work or memory, no or an older pepper.

        Never because it is stronger: a setting lowered by mistake must not weaken what is stored. Lanes are
        not strength.
        """
        stored = from_text(encoded)
        if stored is None:
            return True
        return (
            work(stored.cost) < work(self._cost)
            or stored.cost.memory_cost < self._cost.memory_cost
            or stored.pepper_id != self._newest_pepper()
        )

    def readable(self, encoded: str) -> bool:
        """Whether this hash can be checked here: well-formed, not too costly, its pepper in the keyring."""
        return self._checkable(encoded) is not None

    def _checkable(self, encoded: str | None) -> StoredHash | None:
        stored = None if encoded is None else from_text(encoded)
        if stored is None or too_costly(stored.cost, self._cost):
            return None
        if stored.pepper_id is not None and self._keyring.pepper(stored.pepper_id) is None:
            return None
        return stored

    def _newest_pepper(self) -> str | None:
        return next(iter(self._keyring.pepper_ids), None)

    def _fed(self, secret: Secret, pepper_id: str | None) -> bytes:
        # surrogatepass: half a surrogate pair is a wrong password like any other, not a fault.
        text = secret.reveal().encode("utf-8", "surrogatepass")
        pepper = None if pepper_id is None else self._keyring.pepper(pepper_id)
        if pepper is None:
            return text
        return base64.b64encode(hmac.digest(pepper, text, hashlib.sha256))

    def _waste(self, secret: Secret, cost: Cost) -> None:
        self._tag(secret, self._newest_pepper(), self._random(SALT_BYTES), cost, TAG_BYTES)

    def _tag(self, secret: Secret, pepper_id: str | None, salt: bytes, cost: Cost, length: int) -> bytes:
        """The tag of a secret. Whatever goes wrong is raised from here, without the frames below: there the
        password stands as plain bytes, and crash reporters print the variables of every frame.
        """
        fault: BaseException
        try:
            return self._compute(self._fed(secret, pepper_id), salt, cost, length)
        except HashingError:
            # All parameters have been checked, so what is left is memory or threads that are not to be had.
            fault = TryAgainLater("there is no memory for a hash now")
        except BaseException as error:
            fault = error.with_traceback(None)
        raise fault


class Argon2Hasher(Argon2WithoutFloor):
    """Argon2id at the cost that the policy sets. Implements `ports.Hasher`.

    Memory at its peak is `cost.memory_cost` x `concurrency` x processes, besides the application's own: with
    several processes on one machine give each `max(1, cores // processes)`.

    Args:
        cost: `Policy.argon2`, which refuses less than the OWASP minimum.
        keyring: Holds the peppers, if there are any.
        concurrency: How many hashes at once; None for the cores in this process's affinity.
        queue: How many wait for each of these.
        wait: How long one waits at the most.
        random: So many random bytes, for salts.

    Raises:
        ConfigurationError: The cost is no `Argon2Cost`, or a bound is out of range.
    """

    def __init__(
        self,
        cost: Argon2Cost,
        keyring: Keyring,
        *,
        concurrency: int | None = None,
        queue: int = 16,
        wait: timedelta = timedelta(seconds=10),
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        if not isinstance(cost, Argon2Cost):
            raise ConfigurationError(f"Argon2Hasher takes an Argon2Cost, not {type(cost).__name__}")
        super().__init__(
            cost, keyring, concurrency=concurrency, queue=queue, wait=wait, random=random, compute=argon2id
        )


def _difference(today: Cost, stored: Cost) -> AnyCost | None:
    """What is left to compute after a cheaper hash, or None where Argon2 has no parameters that small."""
    memory = (work(today) - work(stored)) // today.time_cost
    if memory < 8 * today.parallelism:
        return None
    return AnyCost(today.time_cost, memory, today.parallelism)


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
