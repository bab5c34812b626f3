"""A flow that met a conflict is told again; what it had hashed before need not be hashed twice."""

from __future__ import annotations

from permit_accounts.model.secret import Secret
from permit_accounts.ports import Hasher


class RememberingHasher:
    """One call's hasher: each hash and each comparison is computed once, however often the flow is told.

    It lives for one call of the front door and is thrown away with it. A comparison is remembered for one
    stored hash and one text, so an account whose password changed meanwhile is compared afresh.
    """

    def __init__(self, hasher: Hasher) -> None:
        self._hasher = hasher
        self._hashed: dict[str, str] = {}
        self._verified: dict[tuple[str | None, str], bool] = {}

    def hash(self, secret: Secret) -> str:
        """The encoded hash of a secret, the same one each time it is asked for."""
        text = secret.reveal()
        if text not in self._hashed:
            self._hashed[text] = self._hasher.hash(secret)
        return self._hashed[text]

    def verify(self, encoded: str | None, secret: Secret) -> bool:
        """Whether the secret made this hash."""
        asked = (encoded, secret.reveal())
        if asked not in self._verified:
            # Whatever else a hasher answers, such as an object that counts as true, opens nothing.
            self._verified[asked] = self._hasher.verify(encoded, secret) is True
        return self._verified[asked]

    def needs_rehash(self, encoded: str) -> bool:
        """Whether this hash is weaker than what is made today."""
        return self._hasher.needs_rehash(encoded)

    def readable(self, encoded: str) -> bool:
        """Whether this hash can be checked here at all."""
        return self._hasher.readable(encoded)
