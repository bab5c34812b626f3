"""Nothing but the hash: what the machine's processors leave to anybody who signs people in."""

from __future__ import annotations

from argon2 import PasswordHasher

PASSWORD = "seven quiet lanterns drift"
#: As `permit_accounts.Policy` has it by default: passes, memory in KiB, lanes.
COST = {"time_cost": 3, "memory_cost": 65536, "parallelism": 4}


def fill(url, accounts, tell):
    """There is nothing to be filled."""
    tell(accounts)


class Application:
    """It looks nobody up, keeps nothing and has no sessions."""

    is_async = False

    def __init__(self, url, hashes):
        self._hasher = PasswordHasher(**COST)
        self._encoded = self._hasher.hash(PASSWORD)

    def sign_in(self, i):
        """Verify a password."""
        self._hasher.verify(self._encoded, PASSWORD)
        return ""

    def check(self, token, i):
        """Nobody is signed in."""
        return False
