"""The hasher that a city's policy asks for."""

from __future__ import annotations

from collections.abc import Callable

from permit_accounts.rules.policy import Policy
from permit_accounts.tools.hashing import Argon2Hasher
from permit_accounts.tools.keyring import Keyring


def argon2_of(policy: Policy, keys: Keyring, random: Callable[[int], bytes]) -> Argon2Hasher:
    """Argon2id at the policy's cost, as many at once as it says, for passwords and for answers.

    Args:
        policy: Says what hashes cost, now and before.
        keys: Hold the peppers, if there are any.
        random: So many random bytes, for salts.

    Raises:
        ConfigurationError: A declared cost of an earlier portal needs a package that is missing.
    """
    return Argon2Hasher(
        policy.argon2,
        keys,
        concurrency=policy.hash_concurrency,
        queue=policy.hash_queue,
        wait=policy.hash_wait,
        random=random,
        earlier=policy.earlier_argon2,
        imported=policy.imported_hashes,
    )
