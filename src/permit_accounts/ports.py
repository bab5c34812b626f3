"""What can be plugged in: five occupations, each a `Protocol`, and the changes that a store accepts.

Whoever fills one imports nothing but this module and the model. `permit_accounts.testing` holds a contract
for each; passing it is what it means to be one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Protocol, TypeAlias, TypeVar

import attrs

from permit_accounts.model.records import BusinessFacts, Record, StatusFacts, WorkersCompFacts
from permit_accounts.model.secret import Secret
from permit_accounts.model.values import Value

R = TypeVar("R", bound=Record)


@attrs.frozen(eq=False, repr=False)
class Is(Value):
    """Those whose field equals this text exactly (by code point: case, accents and padding count)."""

    field: str
    value: str


@attrs.frozen(eq=False, repr=False)
class UpTo(Value):
    """Those whose field holds a moment not after this one."""

    field: str
    moment: datetime


@attrs.frozen(eq=False, repr=False)
class Every(Value):
    """All of them."""


Where: TypeAlias = Is | UpTo | Every


@attrs.frozen(eq=False, repr=False)
class Add(Value):
    """Keep this record, at the version that it carries (up to 48 bits). Precondition: its id is free."""

    record: Record


@attrs.frozen(eq=False, repr=False)
class Replace(Value):
    """Keep `new` in place of `old`, with `old.version + 1`. Precondition: `old` is still current.

    Both are of one kind and have one id; whatever version `new` carries is not looked at.
    """

    old: Record
    new: Record


@attrs.frozen(eq=False, repr=False)
class Remove(Value):
    """Forget this record. Precondition: it is still there, at this version."""

    record: Record


Change: TypeAlias = Add | Replace | Remove


class Store(Protocol):
    """Keeps records: one question, one commit.

    Promises, each a test in `permit_accounts.testing.StoreContract`:

    * `commit` applies all changes in order, or none; a failed precondition, unique violation, serialization
      failure, deadlock or lock time-out raises `Conflict`, and the store is usable at once.
    * A `select` begun after a commit sees it. What comes out equals what went in; moments come out in UTC,
      and mappings are copied, so that nothing a caller changes later is kept.
    * A record that holds a naive moment, half a surrogate pair or a NUL is refused with `Unavailable`: there
      are databases in which it could not come out equal. Nothing is found by such a text.
    * An id, and a text that is asked by, has up to `LONGEST_KEY` characters; a longer one may be refused.
    * `select` orders by the asked field, then id, by code point, and stops at `limit`.
    * One object serves many threads. Any other failure raises `Unavailable`.
    * No clock, generated value, default or rule, and no unique index but the id.
    """

    max_changes: int
    """How many changes one commit takes; at least 25."""

    def select(
        self,
        kind: type[R],
        where: Where,
        *,
        limit: int,
        after: R | None = None,
        newest_first: bool = False,
    ) -> Sequence[R]:
        """Those records of a kind that match, in order.

        Args:
            kind: The class of the records.
            where: `Is("id", …)`, or a field named in `ASKED_BY`; `Every()` orders by id.
            limit: How many at the most.
            after: Only those that come after this one in the same order.
            newest_first: The reverse order.

        Raises:
            Unavailable: The store is out of reach.
        """
        ...

    def commit(self, *changes: Change) -> None:
        """Apply all changes in order, or none.

        Raises:
            Conflict: A precondition did not hold; nothing was written.
            OutcomeUnknown: The store was lost while it committed; all was written, or nothing.
            Unavailable: The store is out of reach; nothing was written.
        """
        ...


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Message(Value):
    """An e-mail ready to leave: plain values, already rendered."""

    recipient: str
    sender: str
    subject: str
    text: str = attrs.field(repr=False)
    html: str = attrs.field(repr=False)
    message_id: str
    date: datetime
    language: str = "en"


class EmailBackend(Protocol):
    """Takes an e-mail away. It may be asked twice for one `message_id`, if a worker died in between."""

    def send(self, message: Message) -> None:
        """Send one e-mail.

        Raises:
            Unavailable: Not now; it will be tried again with growing pauses.
            Undeliverable: Never; it is kept with its reason. Also for what must not leave: a recipient that
                is not exactly one plain address, or a line break in a header.
        """
        ...


@attrs.frozen(kw_only=True, eq=False, repr=False)
class RegisterAnswer(Value):
    """What a board's register says of one license. Absent (`None` from `lookup`) does not mean invalid."""

    business: BusinessFacts | None
    status: StatusFacts
    workers_comp: WorkersCompFacts | None


class LicenseRegister(Protocol):
    """Looks a license up with its board. It tells facts; it never verifies that a person holds it."""

    def lookup(self, authority: str, number: str) -> RegisterAnswer | None:
        """The facts of one license by authority id and canonical number, or None where it knows of none.

        Raises:
            Unavailable: The register is out of reach; registration proceeds without it.
        """
        ...


class Hasher(Protocol):
    """Makes and checks slow hashes, a bounded number at once."""

    def hash(self, secret: Secret) -> str:
        """The encoded hash of a secret, with its own salt.

        Raises:
            TryAgainLater: The queue is full, or the wait was too long.
        """
        ...

    def verify(self, encoded: str | None, secret: Secret) -> bool:
        """Whether the secret made this hash; the same work is done in every case.

        `None`, a malformed hash or one whose cost exceeds the ceiling is answered False after a decoy.

        Raises:
            TryAgainLater: The queue is full, or the wait was too long.
        """
        ...

    def needs_rehash(self, encoded: str) -> bool:
        """Whether this hash is weaker than what is made today, or takes another time for as much work; never
        because it is stronger."""
        ...

    def readable(self, encoded: str) -> bool:
        """Whether this hash can be checked here at all; the audit log tells staff of one that cannot."""
        ...


class Catalog(Protocol):
    """Words for people, by key and language."""

    languages: Sequence[str]

    def text(self, key: str, language: str, params: Mapping[str, str]) -> str:
        """The text under a key with its placeholders filled in; English where the language lacks it.

        Raises:
            KeyError: No language has the key.
        """
        ...


#: The largest number of changes that a flow of this library puts into one commit.
FLOW_CHANGES: Final = 25

#: How many characters an id has at most, and a text that a store is asked by: a name with the longest e-mail
#: address (254, RFC 5321) in it fits, and so does an index of two of them in 3,072 bytes (MariaDB's bound).
LONGEST_KEY: Final = 320
