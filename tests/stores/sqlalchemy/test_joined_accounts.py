"""Accounts inside a transaction of the application's: what is undone with it, and what stays."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import pytest
from sqlalchemy import Engine, text

from permit_accounts import (
    CONTRACTOR,
    PUBLIC,
    AccountClosed,
    Code,
    Conflict,
    Refused,
    RosterReport,
    SignedIn,
    Visitor,
    import_roster,
)
from permit_accounts.model.codes import EventName
from permit_accounts.model.errors import ConfigurationError
from permit_accounts.model.records import (
    Account,
    AttemptCount,
    AuditEvent,
    Identifier,
    License,
    OutboxEmail,
    Session,
)
from permit_accounts.ports import Add, Every
from permit_accounts.stores.sqlalchemy import SQLAlchemyStore
from permit_accounts.stores.sqlalchemy.tables import PREFIX
from permit_accounts.testing.hard_records import plain
from permit_accounts.testing.world import PASSWORD, World, contractor_form, public_form
from servers.tables import empty

_HERE = Visitor(ip="192.0.2.7")


@pytest.fixture(params=["postgres", "mariadb", "sqlite"])
def server(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Each database in turn, with tables."""
    made: Engine = request.getfixturevalue(f"{request.param}_engine")
    empty(made)
    yield made
    empty(made)


@pytest.fixture
def world(server: Engine) -> World:
    """A city on it."""
    return World(store=SQLAlchemyStore(server))


def _events(world: World) -> list[EventName]:
    return [event.name for event in world.store.select(AuditEvent, Every(), limit=99)]


def test_an_account_is_made_with_the_hosts_transaction_or_not_at_all(server: Engine, world: World) -> None:
    """Rolled back there is nothing of it, and its session opens nothing; the count of attempts stays."""
    with server.connect() as connection:
        inside = world.accounts.joined(SQLAlchemyStore(connection))
        ann = inside.register(PUBLIC, public_form(), visitor=_HERE)
        assert isinstance(ann, SignedIn)
        connection.rollback()
    assert world.accounts.session(ann.session_token) is None
    for kind in (Account, Identifier, Session, OutboxEmail, AuditEvent):
        assert () == world.store.select(kind, Every(), limit=9)
    assert 1 <= len(world.store.select(AttemptCount, Every(), limit=9))

    with server.begin() as connection:
        inside = world.accounts.joined(SQLAlchemyStore(connection))
        ann = inside.register(PUBLIC, public_form(), visitor=_HERE)
        assert isinstance(ann, SignedIn)
        assert world.accounts.session(ann.session_token) is None
    assert world.accounts.session(ann.session_token) is not None


@pytest.mark.attack("THR-16")
def test_the_trace_of_a_refusal_stays(server: Engine, world: World) -> None:
    """Whoever rolls a refused request back takes neither its event nor the holder's notice with it."""
    world.accounts.register(CONTRACTOR, contractor_form())
    before = len(world.store.select(OutboxEmail, Every(), limit=9))
    with server.connect() as connection:
        inside = world.accounts.joined(SQLAlchemyStore(connection))
        refusal = inside.register(CONTRACTOR, contractor_form(), visitor=_HERE)
        connection.rollback()
    assert isinstance(refusal, Refused)
    assert EventName.REGISTRATION_REFUSED in _events(world)
    assert before < len(world.store.select(OutboxEmail, Every(), limit=9))


def test_a_name_taken_in_the_same_moment_is_the_callers_conflict(server: Engine, world: World) -> None:
    """The flow is told once; the host's transaction goes on."""

    class Faster(SQLAlchemyStore):
        """Somebody else registers just before this one commits."""

        def commit(self, *changes: object) -> None:
            world.accounts.register(PUBLIC, public_form())
            super().commit(*changes)  # type: ignore[arg-type]

    with server.begin() as connection:
        with pytest.raises(Conflict):
            world.accounts.joined(Faster(connection)).register(PUBLIC, public_form())
        SQLAlchemyStore(connection).commit(Add(plain(License, "of the host")))
    assert 1 == len(world.store.select(Account, Every(), limit=9))
    assert 1 == len(world.store.select(License, Every(), limit=9))


def test_an_account_is_closed_with_the_hosts_transaction(server: Engine, world: World) -> None:
    """A wrong password counts at once, whatever comes of the transaction; a right one closes with it."""
    ann = world.accounts.register(PUBLIC, public_form())
    assert isinstance(ann, SignedIn)
    with server.connect() as connection:
        inside = world.accounts.joined(SQLAlchemyStore(connection))
        wrong = inside.close_account(ann.session_token, "not the password", visitor=_HERE)
        assert isinstance(wrong, Refused)
        assert (Code.WRONG_CREDENTIALS,) == wrong.codes
        assert isinstance(inside.close_account(ann.session_token, PASSWORD, visitor=_HERE), AccountClosed)
        connection.rollback()
    assert EventName.ACCOUNT_CLOSE_REFUSED in _events(world)
    assert EventName.ACCOUNT_CLOSED not in _events(world)
    assert world.accounts.session(ann.session_token) is not None
    with server.begin() as connection:
        world.accounts.joined(SQLAlchemyStore(connection)).close_account(ann.session_token, PASSWORD)
    assert world.accounts.session(ann.session_token) is None


def test_a_right_password_is_settled_before_the_transaction_is_written_to(
    server: Engine, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """A SQLite file has one lock, which the transaction holds by then; no count waits for it."""
    ann = world.accounts.register(PUBLIC, public_form(), visitor=_HERE)
    assert isinstance(ann, SignedIn)
    before = world.store.select(AttemptCount, Every(), limit=9)
    with server.begin() as connection:
        inside = world.accounts.joined(SQLAlchemyStore(connection))
        assert isinstance(inside.close_account(ann.session_token, PASSWORD, visitor=_HERE), AccountClosed)
        assert before == world.store.select(AttemptCount, Every(), limit=9)
    assert [] == caplog.records
    assert world.accounts.session(ann.session_token) is None


def test_an_account_that_changes_in_the_same_moment_is_the_callers_conflict(
    server: Engine, world: World
) -> None:
    """What was decided outside is still true when it is written, or nothing of it is."""
    ann = world.accounts.register(PUBLIC, public_form())
    assert isinstance(ann, SignedIn)

    class Faster(SQLAlchemyStore):
        """The account is closed elsewhere just before."""

        def commit(self, *changes: object) -> None:
            world.accounts.close_account(ann.session_token, PASSWORD)
            super().commit(*changes)  # type: ignore[arg-type]

    with server.begin() as connection:
        with pytest.raises(Conflict):
            world.accounts.joined(Faster(connection)).close_account(ann.session_token, PASSWORD)
        SQLAlchemyStore(connection).commit(Add(plain(License, "of the host")))
    assert 1 == _events(world).count(EventName.ACCOUNT_CLOSED)
    assert 1 == len(world.store.select(License, Every(), limit=9))


def test_a_roster_is_imported_with_the_hosts_transaction(server: Engine, world: World) -> None:
    """All of it, the event that tells of it included."""
    roster = b"license,business_name\n1012345,Ann Builds\n1012346,Bob Builds\n"
    with server.connect() as connection:
        inside = world.accounts.joined(SQLAlchemyStore(connection))
        report = import_roster(inside.services, BytesIO(roster))
        assert isinstance(report, RosterReport)
        assert 2 == report.added
        connection.rollback()
    assert () == world.store.select(License, Every(), limit=9)
    assert [] == _events(world)
    with server.begin() as connection:
        import_roster(world.accounts.joined(SQLAlchemyStore(connection)).services, BytesIO(roster))
    assert 2 == len(world.store.select(License, Every(), limit=9))


def test_the_alarm_hears_failures_inside_as_well(server: Engine, world: World) -> None:
    """It counts for the whole process, whichever door somebody failed at."""
    ann = world.accounts.register(PUBLIC, public_form())
    assert isinstance(ann, SignedIn)
    with server.connect() as connection:
        inside = world.accounts.joined(SQLAlchemyStore(connection))
        inside.close_account(ann.session_token, "not the password")
    assert 1 == world.accounts.recent_failures()


@pytest.mark.parametrize("database", ["postgres", "mariadb"])
@pytest.mark.parametrize("level", ["READ COMMITTED", "REPEATABLE READ"])
def test_what_became_true_since_the_transaction_began_decides(
    database: str, level: str, request: pytest.FixtureRequest
) -> None:
    """Whoever was put on the roster meanwhile calls staff; a transaction that cannot see it is not joined."""
    engine: Engine = request.getfixturevalue(f"{database}_engine")
    empty(engine)
    world = World(store=SQLAlchemyStore(engine))
    with engine.execution_options(isolation_level=level).connect() as connection:
        connection.execute(text(f"SELECT COUNT(*) FROM {PREFIX}license")).scalar()
        import_roster(world.services, BytesIO(b"license\n1012345\n"))
        if level == "READ COMMITTED":
            inside = world.accounts.joined(SQLAlchemyStore(connection))
            refusal = inside.register(CONTRACTOR, contractor_form("1012345"))
            assert isinstance(refusal, Refused)
            assert (Code.LICENSE_CALL_STAFF,) == refusal.codes
        else:
            with pytest.raises(ConfigurationError, match=level):
                world.accounts.joined(SQLAlchemyStore(connection)).register(
                    CONTRACTOR, contractor_form("1012345")
                )
        connection.commit()
    assert () == world.store.select(Account, Every(), limit=9)
    empty(engine)


@pytest.mark.parametrize("given", [None, "postgresql://db/permits", object()])
def test_only_a_store_takes_part(given: object) -> None:
    """Anything else is said at once, by the name of what was called, not at the first registration."""
    with pytest.raises(ConfigurationError, match=r"^Accounts\.joined\(…\) takes an object that has select"):
        World().accounts.joined(given)  # type: ignore[arg-type]
