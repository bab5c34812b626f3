"""The accounts' records in Django's own database, through its ORM.

Needs `permit_accounts.contrib.django.records` in `INSTALLED_APPS`, and `manage.py migrate`. What it hangs on:

* **Isolation.** A commit is one `atomic()` block; the statement that changes a row checks the precondition,
  so READ COMMITTED is enough, and a stricter level that the project chose only means more conflicts. A
  `select` is one statement in autocommit mode. Both go to the database that is named, never to a router's
  replica.
* **The project's transactions.** See `permit_accounts.contrib.django.records.connections`: what the store
  writes stays where a request is rolled back. To write together with rows of the project's own there is
  `DjangoStore.joined`.
* **Durability and waiting** are the database's own, as `DATABASES` says. A lock that is not had in time is
  a `Conflict`. A connection that turns out to be dead is replaced, and the question or the commit that met
  it is told once more, unless the commit was under way: that is `OutcomeUnknown`.
* **SQLite.** A transaction of the store begins with its write, so that SQLite lets it wait for others as
  long as `OPTIONS["timeout"]` says. Where it is the same thread that has written in a transaction of its
  own, waiting would not help: that is `Unavailable`, and the message says so.
* **Threads.** Each has its own connections, as everywhere in Django. In an event loop call the store from
  threads (`sync_to_async`, or `AsyncAccounts`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias, TypeVar

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, Error, connections, transaction

from permit_accounts.contrib.django.records import faults
from permit_accounts.contrib.django.records.connections import (
    Connections,
    aliases,
    check_isolation,
    is_lost,
)
from permit_accounts.contrib.django.records.querysets import LABEL, Step, rows, steps_of
from permit_accounts.model.errors import ConfigurationError, Conflict, Unavailable
from permit_accounts.model.records import Record
from permit_accounts.ports import Change, Where
from permit_accounts.stores.rows import Question, Row, is_storable, layout_of, question_of

R = TypeVar("R", bound=Record)
T = TypeVar("T")

Ask: TypeAlias = Callable[[str], Sequence[Row]]
"""Asks a question of the database with this alias."""


class DjangoStore:
    """Keeps records in one of the databases of a Django project. One object serves many threads.

    Args:
        using: The alias of the database; of the primary one, where there are replicas.

    Raises:
        ConfigurationError: The alias, or the application of the records, is missing; the message says what to
            do.
    """

    max_changes: int = 10_000

    def __init__(self, using: str = DEFAULT_DB_ALIAS) -> None:
        check_alias(using)
        self.using: Final = using
        self._connections: Final = Connections(using)

    @classmethod
    def joined(cls, using: str = DEFAULT_DB_ALIAS) -> JoinedDjangoStore:
        """A store that writes inside the project's own transaction."""
        return JoinedDjangoStore(using)

    def select(
        self,
        kind: type[R],
        where: Where,
        *,
        limit: int,
        after: R | None = None,
        newest_first: bool = False,
    ) -> Sequence[R]:
        """Those records of a kind that match, in order. See `permit_accounts.ports.Store`."""

        def answer(ask: Ask) -> Sequence[Row]:
            return self._again(lambda: self._ask(ask))

        return _selected(answer, kind, where, limit, after, newest_first)

    def commit(self, *changes: Change) -> None:
        """Apply all changes in order, or none. See `permit_accounts.ports.Store`."""
        steps = steps_of(changes)
        if steps:
            self._again(lambda: self._write(steps))

    def _again(self, work: Callable[[], T]) -> T:
        """What comes of this; told once more where the connection had been lost before it was needed."""
        try:
            return work()
        except _Stale:
            return work()

    def _ask(self, ask: Ask) -> Sequence[Row]:
        with self._connections.lent() as connection:
            found = connection.connection
            try:
                return ask(connection.alias)
            except Error as error:
                raise self._fault(error, connection, found=found, used=found) from faults.cause_of(error)

    def _write(self, steps: Sequence[Step]) -> None:
        with self._connections.lent() as connection:
            found = used = connection.connection
            committing = False
            try:
                with transaction.atomic(using=connection.alias):
                    used = connection.connection
                    for step in steps:
                        step(connection.alias)
                    committing = True
            except Error as error:
                raise self._fault(
                    error, connection, found=found, used=used, committing=committing
                ) from faults.cause_of(error)

    def _fault(
        self, error: Error, connection: Any, *, found: Any, used: Any, committing: bool = False
    ) -> Conflict | Unavailable:
        """What an error means, by the driver's connections that were found and used."""
        if connection.alias != self.using and faults.is_locked(error):
            return Unavailable(_HELD)
        conflict, unavailable = faults.conflict(error), faults.unavailable(error)
        # Inside the transaction of a test there is nothing to be closed or to be told again.
        if conflict is not None or connection.in_atomic_block:
            return conflict or unavailable
        lost = is_lost(connection, used)
        if committing and (lost or faults.may_be_written(error)):
            return faults.outcome_unknown(error)
        return _Stale(str(unavailable)) if lost and found is not None else unavailable


class JoinedDjangoStore:
    """Writes inside a transaction of the project's own, so that an account and a row of the project are one.

        with transaction.atomic():
            ... accounts.joined(DjangoStore.joined()).register(...)
            Applicant.objects.create(...)

    The transaction has to be READ COMMITTED, which is PostgreSQL's default and Django's on MariaDB: in
    another one a flow would decide by what was true when it began. Each commit is a savepoint. A `Conflict`
    leaves the project's transaction as it was before, and goes to the project, which begins its transaction
    again. It is for what may be undone with that transaction: never for signing in, whose failures have to be
    counted whatever becomes of a request.

    Args:
        using: The alias of the database in which the transaction is open.

    Raises:
        ConfigurationError: As `DjangoStore`.
    """

    max_changes: int = 10_000

    def __init__(self, using: str = DEFAULT_DB_ALIAS) -> None:
        check_alias(using)
        self.using: Final = using

    def select(
        self,
        kind: type[R],
        where: Where,
        *,
        limit: int,
        after: R | None = None,
        newest_first: bool = False,
    ) -> Sequence[R]:
        """Those records of a kind that match, in order. See `permit_accounts.ports.Store`."""

        def answer(ask: Ask) -> Sequence[Row]:
            try:
                return ask(self.using)
            except Error as error:
                raise faults.unavailable(error) from faults.cause_of(error)

        return _selected(answer, kind, where, limit, after, newest_first)

    def commit(self, *changes: Change) -> None:
        """Apply all changes in order, or none. See `permit_accounts.ports.Store`.

        Raises:
            ConfigurationError: No transaction is open, or one that is not READ COMMITTED.
        """
        steps = steps_of(changes)
        if not connections[self.using].in_atomic_block:
            raise ConfigurationError(
                f"a joined store writes inside a transaction: call it within atomic(using={self.using!r})"
            )
        try:
            check_isolation(self.using)
            with transaction.atomic(using=self.using):
                for step in steps:
                    step(self.using)
        except Error as error:
            raise (faults.conflict(error) or faults.unavailable(error)) from faults.cause_of(error)


def check_alias(using: str) -> None:
    """Whether the project has the tables' application and this database.

    Raises:
        ConfigurationError: It lacks one; the message says what to do.
    """
    if not any(config.label == LABEL for config in apps.get_app_configs()):
        raise ConfigurationError(
            "add 'permit_accounts.contrib.django.records' to INSTALLED_APPS and run manage.py migrate"
        )
    known = aliases()
    if using not in known:
        raise ConfigurationError(f"DATABASES has no {using!r}, only {', '.join(known)}: correct using=…")


def _selected(
    answer: Callable[[Ask], Sequence[Row]],
    kind: type[R],
    where: Where,
    limit: int,
    after: R | None,
    newest_first: bool,
) -> Sequence[R]:
    """The records that match, page by page, with whatever answers one question."""
    question = question_of(kind, where)
    if not _can_match(question):
        return ()

    def ask(place: Row | None, number: int) -> Sequence[Row]:
        return answer(
            lambda alias: rows(alias, kind, question, after=place, limit=number, newest_first=newest_first)
        )

    return layout_of(kind).page(ask, after, limit)


def _can_match(question: Question) -> bool:
    """Whether a record could hold what is asked for; databases refuse to be asked by anything else."""
    bound = question[2]
    return not isinstance(bound, str) or is_storable(bound)


class _Stale(Unavailable):
    """The connection had been lost before it was needed: by a restart, or a time-out of somebody between."""


_HELD: Final = (
    "this request itself holds the lock of the SQLite file, by what it has written in its transaction: "
    "call accounts before it writes, after its atomic() block, or keep them in another database"
)
