"""A flow that met a conflict is told again; what it had hashed before need not be hashed twice."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from permit_accounts.model.secret import Secret
from permit_accounts.ports import Hasher

T = TypeVar("T")


class RetoldHasher:
    """One call's hasher: what an earlier telling of its flow computed is not computed again. Fills `Hasher`.

    Within one telling it hashes and compares like the hasher behind it, each hash with a salt of its own. In
    the next telling the first question about a text gets the first answer that was given to it, the second
    the second, and so on. A comparison is remembered for one stored hash and one text, so an account whose
    password changed meanwhile is compared afresh. It lives for one call of the front door.

    Args:
        hasher: What computes.
        key: Random bytes; texts are known by an HMAC under them, so that no password stands here in clear.
    """

    def __init__(self, hasher: Hasher, *, key: bytes) -> None:
        self._hasher = hasher
        self._key = key
        self._hashes = _Answers[str]()
        self._comparisons = _Answers[bool]()

    def tell_again(self) -> None:
        """A new telling begins: its questions are answered as before, as far as they are the same."""
        self._hashes.tell_again()
        self._comparisons.tell_again()

    def hash(self, secret: Secret) -> str:
        """The encoded hash of a secret, with its own salt."""
        return self._hashes.answer(self._known_by(secret), lambda: self._hasher.hash(secret))

    def verify(self, encoded: str | None, secret: Secret) -> bool:
        """Whether the secret made this hash."""
        # Whatever else a hasher answers, such as an object that counts as true, opens nothing.
        return self._comparisons.answer(
            (encoded, self._known_by(secret)), lambda: self._hasher.verify(encoded, secret) is True
        )

    def needs_rehash(self, encoded: str) -> bool:
        """Whether this hash is weaker than what is made today."""
        return self._hasher.needs_rehash(encoded)

    def readable(self, encoded: str) -> bool:
        """Whether this hash can be checked here at all."""
        return self._hasher.readable(encoded)

    def _known_by(self, secret: Secret) -> bytes:
        # surrogatepass: half a surrogate pair is a wrong password like any other, not a fault.
        return hmac.digest(self._key, secret.reveal().encode("utf-8", "surrogatepass"), hashlib.sha256)


class _Answers(Generic[T]):
    """The answers to each question, in the order in which it was asked within one telling."""

    def __init__(self) -> None:
        self._given: dict[Hashable, list[T]] = {}
        self._asked: Counter[Hashable] = Counter()

    def tell_again(self) -> None:
        self._asked.clear()

    def answer(self, question: Hashable, compute: Callable[[], T]) -> T:
        given = self._given.setdefault(question, [])
        turn = self._asked[question]
        if turn == len(given):
            given.append(compute())
        self._asked[question] += 1
        return given[turn]
