"""A hasher for tests: real Argon2id at the smallest cost there is, which notes every hash it computes."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import ClassVar

from permit_accounts.model.secret import Secret
from permit_accounts.rules.old_costs import OldScheme
from permit_accounts.rules.old_hashes import OldHash
from permit_accounts.tools.encoded_hash import AnyCost, Cost
from permit_accounts.tools.hashing import Argon2WithoutFloor, argon2id
from permit_accounts.tools.keyring import Keyring
from permit_accounts.tools.old_digests import digest_of


class CheapHasher(Argon2WithoutFloor):
    """The hasher of the library at a cost that protects nothing, so that a test takes milliseconds.

    `Accounts.open` refuses it where anything lasts (`for_tests`). `calls` holds what was asked, the passes
    and the memory in KiB of every hash computed: two branches do the same work if they add the same calls.

    Args:
        keyring: Holds the peppers, if there are any.
        time_cost: Passes.
        memory_cost: Memory in KiB; at least 8.
        parallelism: Lanes.
        concurrency: How many hashes at once; None for the cores in this process's affinity.
        queue: How many wait for each of these.
        wait: How long one waits at the most.
        random: So many random bytes, for salts.
        earlier: Costs of before that every check spends too.
        imported: `Policy.imported_hashes`; `old_calls` holds scheme and cost of what was computed of them.
    """

    for_tests: ClassVar[bool] = True

    def __init__(
        self,
        keyring: Keyring,
        *,
        time_cost: int = 1,
        memory_cost: int = 8,
        parallelism: int = 1,
        concurrency: int | None = None,
        queue: int = 16,
        wait: timedelta = timedelta(seconds=10),
        random: Callable[[int], bytes] = os.urandom,
        earlier: Iterable[Cost] = (),
        imported: Iterable[str] = (),
    ) -> None:
        super().__init__(
            AnyCost(time_cost, memory_cost, parallelism),
            keyring,
            concurrency=concurrency,
            queue=queue,
            wait=wait,
            random=random,
            earlier=earlier,
            imported=imported,
            compute=self._counted,
            compute_old=self._counted_old,
        )
        self.old_calls: list[tuple[str, tuple[int, ...]]] = []
        self.calls: list[tuple[str, int, int]] = []
        self._asked = threading.local()

    def hash(self, secret: Secret) -> str:
        """As the library's own hasher, noted as `hash`."""
        self._asked.for_what = "hash"
        return super().hash(secret)

    def verify(self, encoded: str | None, secret: Secret) -> bool:
        """As the library's own hasher, noted as `verify`."""
        self._asked.for_what = "verify"
        return super().verify(encoded, secret)

    def take_over(self, old: OldHash) -> str:
        """As the library's own hasher, noted as `take-over`."""
        self._asked.for_what = "take-over"
        return super().take_over(old)

    def _counted(self, text: bytes, salt: bytes, cost: Cost, length: int) -> bytes:
        self.calls.append((self._asked.for_what, cost.time_cost, cost.memory_cost))
        return argon2id(text, salt, cost, length)

    def _counted_old(self, text: bytes, scheme: OldScheme) -> bytes:
        self.old_calls.append((scheme.name, scheme.numbers))
        return digest_of(text, scheme)
