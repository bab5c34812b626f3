"""Each question to the store, by its own name: whole lists page by page, single records or none."""

from __future__ import annotations

from datetime import timedelta

from permit_accounts.model.codes import ActorKind, EventName, LinkState, OutboxState, Purpose, Standing
from permit_accounts.model.license_id import LicenseId
from permit_accounts.model.records import (
    Account,
    AuditEvent,
    Identifier,
    License,
    LicenseLink,
    OneTimeToken,
    OutboxEmail,
    Session,
)
from permit_accounts.ports import Add
from permit_accounts.testing.world import START, World
from permit_accounts.tools import claims, lookups

MANY = 230  # more than two pages
SOON = START + timedelta(days=1)


def _account(n: int, email: str | None = None) -> Account:
    return Account(
        id=f"a{n:03}",
        account_type="public",
        standing=Standing.ACTIVE,
        username=f"ann{n}",
        email=email,
        email_key=email,
        created_at=START,
    )


def _event(n: int, **fields: str) -> AuditEvent:
    return AuditEvent(id=f"e{n:03}", at=START, name=EventName.SIGNED_IN, actor=ActorKind.SELF, **fields)  # type: ignore[arg-type]


def _link(n: int, license_id: str, account_id: str) -> LicenseLink:
    return claims.new_link(account_id, LicenseId.parse(license_id), LinkState.CLAIMED, since=START)


def _session(n: int) -> Session:
    return Session(
        id=f"s{n:03}",
        account_id="a000",
        epoch=1,
        opened_at=START,
        seen_at=START,
        expires_at=SOON,
        password_entered_at=START,
    )


def _token(n: int) -> OneTimeToken:
    return OneTimeToken(
        id=f"t{n:03}",
        purpose=Purpose.RESET_PASSWORD,
        account_id="a000",
        epoch=1,
        created_at=START,
        expires_at=START + timedelta(minutes=n),
    )


def test_whole_lists_are_read_however_long() -> None:
    """Names, claims, sessions, events, accounts and licenses: every one, in order, over several pages."""
    world = World()
    s = world.services
    world.store.commit(*(Add(_account(n)) for n in range(MANY)))
    world.store.commit(*(Add(License(id=f"us-ca-cslb:{n:03}")) for n in range(MANY)))
    world.store.commit(
        *(Add(Identifier(id=f"public:{n:03}", account_id="a000", created_at=START)) for n in range(MANY))
    )
    world.store.commit(*(Add(_link(n, f"us-ca-cslb:{n:03}", "a000")) for n in range(MANY)))
    world.store.commit(*(Add(_link(n, "us-ca-cslb:999", f"a{n:03}")) for n in range(MANY)))
    world.store.commit(*(Add(_session(n)) for n in range(MANY)))
    world.store.commit(*(Add(_token(n)) for n in range(MANY)))
    world.store.commit(*(Add(_event(n, account_id="a000")) for n in range(MANY)))

    assert [f"public:{n:03}" for n in range(MANY)] == [name.id for name in lookups.names_of(s, "a000")]
    assert MANY + 1 == len(lookups.links_of(s, "a000"))
    assert MANY == len(lookups.links_on(s, "us-ca-cslb:999"))
    assert MANY == len(lookups.sessions_of(s, "a000"))
    assert MANY == len(lookups.tokens_of(s, "a000"))
    assert MANY == len(list(lookups.all_events_of(s, "a000")))
    assert MANY == len(list(lookups.all_accounts(s)))
    assert MANY == len(list(lookups.all_licenses(s)))


def test_what_is_not_there_is_none() -> None:
    """One record by its id, or None; never somebody else's."""
    s = World().services

    for ask in (
        lookups.account,
        lookups.identifier,
        lookups.account_named,
        lookups.license_record,
        lookups.token,
        lookups.session,
        lookups.event,
        lookups.email,
    ):
        assert ask(s, "nobody") is None
    assert lookups.link(s, "us-ca-cslb:1", "nobody") is None
    assert lookups.attempt_count(s.store, "nobody") is None
    assert lookups.newest_event(s) is None


def test_events_are_read_from_either_end() -> None:
    """Of an account, around a license, for the desk, before one and after one."""
    world = World()
    s = world.services
    events = [_event(n, account_id="a000", license_id="us-ca-cslb:1") for n in range(4)]
    world.store.commit(*(Add(event) for event in events))

    assert [events[3], events[2]] == list(lookups.events_of(s, "a000", limit=2))
    assert [events[1], events[0]] == list(lookups.events_of(s, "a000", limit=2, after=events[2]))
    assert events[::-1] == list(lookups.events_on(s, "us-ca-cslb:1", limit=9))
    assert events[:2] == list(lookups.events_from(s, limit=2))
    assert [events[1], events[0]] == list(lookups.events_before(s, events[2], limit=9))
    assert [] == list(lookups.events_for_desk(s, START, limit=9))
    assert events[3] == lookups.newest_event(s)
    assert events[1] == lookups.event(s, "e001")


def test_mail_is_read_by_its_time_and_its_state() -> None:
    """What is due comes the longest waiting first; what was given up stands apart."""
    world = World()
    s = world.services
    due = [
        OutboxEmail(
            id=f"m{n}",
            recipient="a@mail.example.org",
            template="x",
            due_at=START - timedelta(minutes=n),
            created_at=START,
        )
        for n in range(3)
    ]
    failed = OutboxEmail(
        id="m9",
        recipient="a@mail.example.org",
        template="x",
        state=OutboxState.FAILED,
        due_at=None,
        created_at=START,
    )
    world.store.commit(*(Add(email) for email in (*due, failed)))

    assert due[::-1] == list(lookups.emails_due(s, START, limit=9))
    assert [failed] == list(lookups.emails_failed(s, limit=9))
    assert failed == lookups.email(s, "m9")


def test_what_has_expired_comes_the_longest_past_first() -> None:
    """Tokens of an account, and whatever of a kind is over."""
    world = World()
    s = world.services
    tokens = [_token(n) for n in range(3)]
    world.store.commit(*(Add(token) for token in tokens))

    assert tokens == list(lookups.tokens_of(s, "a000"))
    assert tokens[:2] == list(lookups.expired(s.store, OneTimeToken, START + timedelta(minutes=1), limit=9))


def test_a_retired_name_leads_nowhere() -> None:
    """It is known, but opens no account."""
    world = World()
    s = world.services
    name = Identifier(id="public:ann", account_id="a000", created_at=START)
    world.store.commit(Add(_account(0, "ann@mail.example.org")), Add(name.retired()))

    assert lookups.identifier(s, "public:ann") == name.retired()
    assert lookups.account_named(s, "public:ann") is None
    assert ["a000"] == [found.id for found in lookups.accounts_with_email(s, "ann@mail.example.org")]
    assert [] == list(lookups.links_in(s, LinkState.PENDING, limit=9))
