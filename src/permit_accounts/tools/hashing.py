"""Makes and checks Argon2id hashes, a bounded number at once and with the same work in every branch.

The parameters are pinned by the city's policy, never taken from the package, whose defaults may change. What
is hashed is exactly the text given: normal form (NFC) and length are the caller's rule. With a pepper in the
keyring, `base64(HMAC-SHA-256(pepper, text))` is hashed instead, and the pepper's id stands before the hash.

A check costs one hash at today's cost whether the account is known, has no password, holds a damaged hash or
an older and cheaper one, so that time tells nothing about it. Where a city names the costs that it had
before, dearer or in other lanes, every check does that work too (`whole_work.py`).

Where a city brings hashes from an earlier portal, what is stored is Argon2id of their digests. A check then
does the work of every declared old cost too, once each, whosever name it is; the city drops the declaration
when nobody's hash needs it any more.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import ClassVar

from argon2.low_level import Type, hash_secret_raw

from permit_accounts.model.errors import ConfigurationError
from permit_accounts.model.secret import Secret
from permit_accounts.rules.old_costs import OldScheme
from permit_accounts.rules.old_hashes import OldHash
from permit_accounts.rules.policy import Argon2Cost, is_at_least_the_minimum
from permit_accounts.tools.aside import aside
from permit_accounts.tools.encoded_hash import (
    SALT_BYTES,
    TAG_BYTES,
    Cost,
    StoredHash,
    from_text,
    to_text,
    too_costly,
    work,
)
from permit_accounts.tools.hash_queue import HashQueue
from permit_accounts.tools.keyring import Keyring
from permit_accounts.tools.old_digests import OldCompute, OldWork, digest_of
from permit_accounts.tools.shielded import as_text, octets, shielded
from permit_accounts.tools.whole_work import WholeWork

#: Computes a tag of so many bytes from a text and a salt.
Compute = Callable[[bytes, bytes, Cost, int], bytes]


def argon2id(text: bytes, salt: bytes, cost: Cost, length: int) -> bytes:
    """One Argon2id tag, version 1.3. It is computed `aside`, its lanes too."""
    return aside(
        lambda: hash_secret_raw(
            secret=text,
            salt=salt,
            time_cost=cost.time_cost,
            memory_cost=cost.memory_cost,
            parallelism=cost.parallelism,
            hash_len=length,
            type=Type.ID,
            version=19,
        )
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
        earlier: `Policy.earlier_argon2`: what one hash cost before.
        imported: `Policy.imported_hashes`: the costs of an earlier portal's hashes.
        compute: What makes a tag.
        compute_old: What makes an earlier portal's digest.

    Attributes:
        concurrency: How many hashes at once.

    Raises:
        ConfigurationError: A bound or a declared cost is out of range, or needs a package that is missing.
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
        earlier: Iterable[Cost] = (),
        imported: Iterable[str] = (),
        compute: Compute = argon2id,
        compute_old: OldCompute = digest_of,
    ) -> None:
        self._cost = cost
        self._keyring = keyring
        self._random = random
        self._compute = compute
        self._whole = WholeWork(cost, earlier)
        self._old = OldWork(imported, random=random, compute=compute_old)
        self.concurrency = _cores() if concurrency is None else concurrency
        self._queue = HashQueue(slots=self.concurrency, queue=queue, wait=wait)

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
        """Whether the secret made this hash, at the price of one hash at today's cost in every case, and of
        each declared cost of before or of an earlier portal.

        Where there is nothing that can be checked, a tag is computed and thrown away. Where the stored hash
        is cheaper, the difference is computed on top, right or wrong. An empty secret is never right,
        whatever is stored.

        Args:
            encoded: What `hash` gave, or None where there is no hash.
            secret: What the person typed, in normal form.

        Raises:
            TryAgainLater: The queue is full, the wait was too long, or there is no memory for it now.
        """
        stored = self._checkable(encoded)
        with self._queue.slot():
            given = self._old.given(secret, None if stored is None else stored.inner)
            right = stored is not None and self._made(given, stored)
            for cost in self._whole.rest(None if stored is None else stored.cost):
                self._waste(secret, cost)
        return right and bool(secret)

    def needs_rehash(self, encoded: str) -> bool:
        """Whether this hash is weaker than what is made today: less work or memory, no or an older pepper,
        or made from an earlier portal's. Also where it is as strong in other lanes: it takes another time.

        Never because it is stronger: a setting lowered by mistake must not weaken what is stored.
        """
        stored = from_text(encoded)
        if stored is None:
            return True
        strength, today = _strength(stored.cost), _strength(self._cost)
        is_weaker = any(has < wanted for has, wanted in zip(strength, today, strict=True))
        is_slower_or_faster = strength == today and stored.cost.parallelism != self._cost.parallelism
        is_plain = stored.inner is None and stored.pepper_id == self._newest_pepper()
        return is_weaker or is_slower_or_faster or not is_plain

    def readable(self, encoded: str) -> bool:
        """Whether this hash can be checked here: well-formed, not too costly, its pepper in the keyring, and
        the earlier portal's cost declared, where it was made from such a hash."""
        return self._checkable(encoded) is not None

    def takes(self, scheme: OldScheme) -> bool:
        """Whether hashes of this scheme and cost are declared."""
        return self._old.takes(scheme)

    def keeps(self, encoded: str) -> bool:
        """Whether a hash that was made elsewhere can be kept as it is: Argon2id of no less than the minimum
        that a city may choose, and of no more work and memory than today's, where there is no pepper.

        It has today's lanes: in fewer the same work takes longer, and time would tell who came from there.
        """
        stored = self._checkable(encoded)
        if stored is None or stored.inner is not None or stored.pepper_id != self._newest_pepper():
            return False
        return (
            is_at_least_the_minimum(stored.cost)
            and work(stored.cost) <= work(self._cost)
            and stored.cost.memory_cost <= self._cost.memory_cost
            and stored.cost.parallelism == self._cost.parallelism
        )

    def take_over(self, old: OldHash) -> str:
        """What is stored of an earlier portal's hash: Argon2id of its digest, as strong as any made today.

        Raises:
            ConfigurationError: Its cost is not declared.
            TryAgainLater: The queue is full, the wait was too long, or there is no memory for it now.
        """
        if not self.takes(old.scheme):
            raise ConfigurationError(f"declare it: Policy(imported_hashes=({old.scheme.cost.text!r},))")
        salt, pepper_id = self._random(SALT_BYTES), self._newest_pepper()
        with self._queue.slot():
            tag = self._tag(as_text(old.digest), pepper_id, salt, self._cost, TAG_BYTES)
        return to_text(pepper_id, self._cost, salt, tag, inner=old.scheme)

    def _checkable(self, encoded: str | None) -> StoredHash | None:
        stored = None if encoded is None else from_text(encoded)
        if stored is None or too_costly(stored.cost, self._cost):
            return None
        if stored.pepper_id is not None and self._keyring.pepper(stored.pepper_id) is None:
            return None
        if stored.inner is not None and not self.takes(stored.inner):
            return None
        return stored

    def _newest_pepper(self) -> str | None:
        return next(iter(self._keyring.pepper_ids), None)

    def _fed(self, secret: Secret, pepper_id: str | None) -> bytes:
        pepper = None if pepper_id is None else self._keyring.pepper(pepper_id)
        if pepper is None:
            return octets(secret)
        return base64.b64encode(hmac.digest(pepper, octets(secret), hashlib.sha256))

    def _made(self, given: Secret, stored: StoredHash) -> bool:
        tag = self._tag(given, stored.pepper_id, stored.salt, stored.cost, len(stored.tag))
        return hmac.compare_digest(tag, stored.tag)

    def _waste(self, secret: Secret, cost: Cost) -> None:
        self._tag(secret, self._newest_pepper(), self._random(SALT_BYTES), cost, TAG_BYTES)

    def _tag(self, secret: Secret, pepper_id: str | None, salt: bytes, cost: Cost, length: int) -> bytes:
        return shielded(lambda: self._compute(self._fed(secret, pepper_id), salt, cost, length))


class Argon2Hasher(Argon2WithoutFloor):
    """Argon2id at the cost that the policy sets. Implements `ports.Hasher`.

    Memory at its peak is `cost.memory_cost` (or an earlier one, if that was more) x `concurrency` x
    processes, besides the application's own: with several processes on one machine give each
    `max(1, cores // processes)`.

    Args:
        cost: `Policy.argon2`, which refuses less than the OWASP minimum.
        keyring: Holds the peppers, if there are any.
        concurrency: How many hashes at once; None for the cores in this process's affinity.
        queue: How many wait for each of these.
        wait: How long one waits at the most.
        random: So many random bytes, for salts.
        earlier: `Policy.earlier_argon2`: what one hash cost before.
        imported: `Policy.imported_hashes`: the costs of an earlier portal's hashes.

    Raises:
        ConfigurationError: The cost is no `Argon2Cost`, a bound or a declared cost is out of range, or a
            package that it needs is missing.
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
        earlier: Iterable[Argon2Cost] = (),
        imported: Iterable[str] = (),
    ) -> None:
        if not isinstance(cost, Argon2Cost):
            raise ConfigurationError(f"Argon2Hasher takes an Argon2Cost, not {type(cost).__name__}")
        super().__init__(
            cost,
            keyring,
            concurrency=concurrency,
            queue=queue,
            wait=wait,
            random=random,
            earlier=earlier,
            imported=imported,
            compute=argon2id,
        )


def _strength(cost: Cost) -> tuple[int, int]:
    """Work and memory; lanes are none."""
    return work(cost), cost.memory_cost


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
