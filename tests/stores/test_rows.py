"""Records as flat rows: every field's form, what is refused, and what is not believed."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, date, datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from permit_accounts.model.codes import FactSource, LicenseStatus, Purpose, Standing
from permit_accounts.model.errors import Unavailable
from permit_accounts.model.records import (
    ASKED_BY,
    Account,
    AttemptCount,
    AuditEvent,
    BusinessFacts,
    License,
    OneTimeToken,
    Record,
    Session,
    StatusFacts,
)
from permit_accounts.ports import LONGEST_KEY, Every, Is, UpTo
from permit_accounts.stores.columns import columns_of
from permit_accounts.stores.forms import moment_from_integer, moment_to_integer
from permit_accounts.stores.rows import CorruptRow, layout_of, question_of, replaced_row
from permit_accounts.testing.hard_records import NOON, exactly, hard, plain

NOON_IN_MICROSECONDS = 1772971200123456


def _cell(record: Record, name: str) -> object:
    layout = layout_of(type(record))
    return layout.to_row(record)[layout.positions[name]]


def _read_with(kind: type[Record], name: str, cell: Any) -> object:
    """The field of a plain record in whose row one column holds something else."""
    layout = layout_of(kind)
    row = layout.to_row(plain(kind, "a"))
    row[layout.positions[name]] = cell
    return getattr(layout.from_row(row), name)


@pytest.mark.parametrize("kind", ASKED_BY, ids=lambda kind: kind.__name__)
def test_every_record_is_its_row(kind: type[Record]) -> None:
    """Whatever its fields hold; and a row is made of nothing but texts, integers and None."""
    layout = layout_of(kind)
    for record in hard(kind):
        row = layout.to_row(record)
        assert {type(cell) for cell in row} <= {str, int, type(None)}
        assert exactly(record) == exactly(layout.from_row(row))


@pytest.mark.parametrize("kind", ASKED_BY, ids=lambda kind: kind.__name__)
def test_a_row_begins_with_id_and_version(kind: type[Record]) -> None:
    """Stores rely on it."""
    layout = layout_of(kind)
    assert ["a", 7] == layout.to_row(plain(kind, "a", version=7))[:2]
    assert {field.name for field in attrs.fields(kind)} == set(layout.positions)


def test_tables_are_named_after_their_records() -> None:
    """The names are part of the file's format, so they stay."""
    expected = [
        *("account", "identifier", "license", "license_link", "one_time_token"),
        *("session", "outbox_email", "audit_event", "attempt_count"),
    ]
    assert expected == [layout_of(kind).table for kind in ASKED_BY]


@pytest.mark.parametrize(
    ("record", "name", "cell"),
    [
        (plain(Account, "a", username="1012345"), "username", "1012345"),
        (plain(Account, "a", username=Standing.ACTIVE), "username", "active"),
        (plain(Account, "a", standing=Standing.CLOSED), "standing", "closed"),
        (plain(Account, "a", email=None), "email", None),
        (plain(Account, "a", email=""), "email", ""),
        (plain(Account, "a", epoch=9), "epoch", 9),
        (plain(Account, "a", created_at=NOON), "created_at", NOON_IN_MICROSECONDS),
        (plain(Account, "a", profile={"b": '"', "a": "é"}), "profile", '{"b":"\\"","a":"é"}'),
        (plain(Account, "a", profile=MappingProxyType({})), "profile", "{}"),
        (plain(Session, "a", remembered=True), "remembered", 1),
        (plain(Session, "a", methods=("pwd", "otp")), "methods", '["pwd","otp"]'),
        (plain(OneTimeToken, "a", purpose=Purpose.SETUP_LINK), "purpose", "setup-link"),
        (plain(AttemptCount, "a", pending=(NOON,)), "pending", f"[{NOON_IN_MICROSECONDS}]"),
        (plain(License, "a", last_permit_on=date(2024, 2, 29)), "last_permit_on", "2024-02-29"),
        (plain(License, "a", business=None), "business", None),
        (
            plain(License, "a", business=BusinessFacts(name="ß", source=FactSource.STAFF, as_of=NOON)),
            "business",
            f'{{"name":"ß","business_type":"","source":"staff","as_of":{NOON_IN_MICROSECONDS}}}',
        ),
        (
            plain(
                License,
                "a",
                status=StatusFacts(
                    status=LicenseStatus.EXPIRED,
                    classes=("B", "C10"),
                    expires_on=date(2026, 1, 2),
                    source=FactSource.ROSTER,
                    as_of=NOON,
                ),
            ),
            "status",
            '{"status":"expired","text":"","classes":["B","C10"],"expires_on":"2026-01-02",'
            f'"source":"roster","as_of":{NOON_IN_MICROSECONDS}}}',
        ),
    ],
)
def test_how_a_field_is_written(record: Record, name: str, cell: object) -> None:
    """This is the format of the file; a release that changes it has to carry old files over."""
    written = _cell(record, name)
    assert (type(cell), cell) == (type(written), written)


@pytest.mark.attack("STO-10")
@pytest.mark.parametrize(
    ("record", "field"),
    [
        (plain(Account, "a", created_at=NOON.replace(tzinfo=None)), ""),
        (plain(AttemptCount, "a", pending=(NOON.replace(tzinfo=None),)), ""),
        (plain(Account, "a", created_at=datetime.max.replace(tzinfo=timezone(-timedelta(hours=1)))), ""),
        (plain(Account, "a", created_at=date(2026, 3, 8)), "created_at"),
        (plain(Account, "a", created_at=None), "created_at"),
        (plain(License, "a", last_permit_on=NOON), "last_permit_on"),
        (plain(Account, "a", username=1012345), "username"),
        (plain(Account, "a", username=b"ann"), "username"),
        (plain(Account, "a", username=None), "username"),
        (plain(Account, "a", standing="active"), "standing"),
        (plain(Account, "a", epoch=True), "epoch"),
        (plain(Account, "a", epoch=1.0), "epoch"),
        (plain(Account, "a", epoch="1"), "epoch"),
        (plain(Account, "a", epoch=2**63), ""),
        (plain(Account, "a", profile=[("a", "b")]), "profile"),
        (plain(Account, "a", profile={"a": 1}), ""),
        (plain(Account, "a", profile={1: "a"}), ""),
        (plain(Session, "a", remembered=1), "remembered"),
        (plain(Session, "a", methods=["pwd"]), "methods"),
        (plain(Session, "a", methods=("pwd", None)), ""),
        (plain(License, "a", business={"name": "Ann"}), "business"),
        (
            plain(License, "a", business=BusinessFacts(name=None, source=FactSource.STAFF, as_of=NOON)),  # type: ignore[arg-type]
            "name",
        ),
    ],
)
def test_what_a_field_does_not_hold_is_refused(record: Record, field: str) -> None:
    """A value of another type would come out changed, or as nothing; the cause tells which field it is."""
    with pytest.raises(Unavailable, match="cannot be stored") as caught:
        layout_of(type(record)).to_row(record)
    assert isinstance(caught.value.__cause__, TypeError | ValueError)
    assert field in str(caught.value.__cause__)


def test_a_refusal_does_not_tell_what_was_refused() -> None:
    """What a record holds is not for the log."""
    with pytest.raises(Unavailable) as caught:
        layout_of(Account).to_row(plain(Account, "a", password_hash=b"$argon2id$secret"))
    assert "secret" not in f"{caught.value} {caught.value.__cause__}"


@pytest.mark.attack("SESS-18", "THR-16", "API-05")
@pytest.mark.parametrize(
    ("kind", "name", "cell"),
    [
        (Account, "id", None),
        (Account, "version", None),
        (Account, "version", "1"),
        (Account, "version", 1.0),
        (Account, "username", 7),
        (Account, "username", b"ann"),
        (Account, "standing", "superuser"),
        (Account, "standing", "ACTIVE"),
        (Account, "created_at", "2026-03-08T12:00:00Z"),
        (Account, "created_at", 2**62),
        (Account, "created_at", -(2**62)),
        (Account, "profile", ""),
        (Account, "profile", "null"),
        (Account, "profile", "[]"),
        (Account, "profile", '{"a":1}'),
        (Account, "profile", '{"a":null}'),
        (Account, "profile", '{"a":"b"'),
        (Account, "profile", '{"a":"b"} {"c":"d"}'),
        (Account, "profile", ' {"a":"b"}'),
        (Account, "profile", "[" * 100_000),
        (Session, "remembered", 2),
        (Session, "remembered", -1),
        (Session, "methods", '{"pwd":"otp"}'),
        (Session, "methods", "[true]"),
        (Session, "methods", "cposix\nsystem\n(S'exit 1'\ntR."),
        (Session, "methods", "__import__('os').abort()"),
        (AttemptCount, "failures", None),
        (AttemptCount, "failures", "abc"),
        (AttemptCount, "pending", "[null]"),
        (AttemptCount, "pending", "[1.5]"),
        (AttemptCount, "pending", "[NaN]"),
        (AttemptCount, "pending", "[true]"),
        (AttemptCount, "waits_until", "soon"),
        (License, "last_permit_on", "yesterday"),
        (License, "last_permit_on", "2023-02-29"),
        (License, "business", "{}"),
        (License, "business", '{"name":"Ann","business_type":"","source":"staff"}'),
        (License, "business", '{"name":"Ann","business_type":"","source":"staff","as_of":1,"more":1}'),
        (License, "business", '{"name":"Ann","business_type":"","source":"gossip","as_of":1}'),
        (License, "business", '{"name":null,"business_type":"","source":"staff","as_of":1}'),
        (License, "business", '{"name":"Ann","business_type":"","source":"staff","as_of":"1"}'),
        (AuditEvent, "name", "invented"),
    ],
)
def test_a_corrupt_cell_is_not_believed(kind: type[Record], name: str, cell: object) -> None:
    """Truncated, of another type or release, or meant to be run: it is no record, and nothing is run."""
    with pytest.raises(CorruptRow, match=f"^{kind.__name__}$"):
        _read_with(kind, name, cell)


def test_a_row_of_another_length_is_not_believed() -> None:
    """A column too few or too many."""
    row = layout_of(Session).to_row(plain(Session, "a"))
    for wrong in (row[:-1], [*row, None], []):
        with pytest.raises(CorruptRow):
            layout_of(Session).from_row(wrong)


def test_a_mapping_that_was_read_is_nobody_elses() -> None:
    """What one caller does to it reaches no other."""
    row = layout_of(Account).to_row(plain(Account, "a", profile={"a": "1"}))
    first, second = (layout_of(Account).from_row(row).profile for _ in range(2))
    assert first is not second
    assert first == second


def test_a_replacement_is_one_version_on() -> None:
    """Whatever version the new record carries; and it is of the same kind and id."""
    old, new = plain(Account, "a", version=3), plain(Account, "a", version=9, username="new")
    layout = layout_of(Account)
    assert attrs.evolve(new, version=4) == layout.from_row(replaced_row(old, new))
    for other in (plain(Account, "b"), plain(License, "a")):
        with pytest.raises(ValueError, match="one kind and one id"):
            replaced_row(old, other)


def test_questions_in_the_terms_of_a_row() -> None:
    """By id, by a field that is asked by, up to a moment, or all."""
    assert ("id", "", None) == question_of(Account, Every())
    assert ("id", "=", "a") == question_of(Account, Is("id", "a"))
    assert ("email_key", "=", "active") == question_of(Account, Is("email_key", Standing.ACTIVE))
    assert ("expires_at", "<=", NOON_IN_MICROSECONDS) == question_of(Session, UpTo("expires_at", NOON))


@pytest.mark.parametrize(
    ("kind", "where"),
    [
        (Account, Is("username", "ann")),
        (Account, UpTo("created_at", NOON)),
        (License, Is("id; DROP TABLE license", "a")),
        (Account, UpTo("id", NOON)),
    ],
)
def test_no_other_question_is_asked(kind: type[Record], where: Is | UpTo) -> None:
    """There is no index for it, and a field's name goes into SQL: only names of the list do."""
    with pytest.raises(ValueError, match="is not asked by"):
        question_of(kind, where)


def test_a_field_of_a_new_type_needs_a_form() -> None:
    """Told when the library is imported, not when the first record is kept."""

    @attrs.frozen
    class WithBytes:
        raw: bytes

    with pytest.raises(KeyError):
        columns_of(WithBytes)


@pytest.mark.attack("STO-10")
@given(st.datetimes(timezones=st.just(UTC)))
def test_every_moment_is_an_integer_and_back(moment: datetime) -> None:
    """To the microsecond, from the year 1 to 9999."""
    read = moment_from_integer(moment_to_integer(moment))
    assert (moment, timedelta(0)) == (read, read.utcoffset())


@pytest.mark.attack("STO-10")
@given(st.datetimes(), st.timedeltas(timedelta(hours=-23), timedelta(hours=23)))
def test_a_moment_of_any_zone_is_the_same_moment(moment: datetime, offset: timedelta) -> None:
    """Or is refused, where in UTC no calendar has it."""
    aware = moment.replace(tzinfo=timezone(offset))
    try:
        expected = aware.astimezone(UTC)
    except OverflowError:
        with pytest.raises(ValueError, match="years 1 to 9999"):
            moment_to_integer(aware)
    else:
        assert expected == moment_from_integer(moment_to_integer(aware))


@given(st.lists(st.text(st.characters(exclude_categories=("Cs",)), max_size=5), min_size=1, max_size=20))
def test_sqlite_orders_text_as_python_does(texts: list[str]) -> None:
    """By code point: the bytes of UTF-8 order alike, so both stores page alike."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE t (x TEXT)")
        connection.executemany("INSERT INTO t VALUES (?)", [(text,) for text in texts])
        ordered = [row[0] for row in connection.execute("SELECT x FROM t ORDER BY x")]
    assert sorted(texts) == ordered


_TEXTS = st.text(max_size=20)


@given(st.dictionaries(_TEXTS, _TEXTS), st.lists(_TEXTS).map(tuple))
def test_any_mapping_and_any_tuple_come_back(profile: Mapping[str, str], methods: tuple[str, ...]) -> None:
    """Through JSON and back, without a change; half surrogate pairs are for the store to refuse."""
    account, session = plain(Account, "a", profile=profile), plain(Session, "a", methods=methods)
    assert account == layout_of(Account).from_row(layout_of(Account).to_row(account))
    assert session == layout_of(Session).from_row(layout_of(Session).to_row(session))


@pytest.mark.parametrize(
    ("field", "kind"), [("id", Session), ("email_key", Account), ("account_id", Session)]
)
def test_a_key_has_its_bound(field: str, kind: type[Record]) -> None:
    """What some database would cut short is refused by every store alike; a text that is no key is not."""
    layout = layout_of(kind)
    longest = plain(kind, "a", **{field: "é" * LONGEST_KEY})
    assert longest == layout.from_row(layout.to_row(longest))
    with pytest.raises(Unavailable, match="holds what cannot be stored"):
        layout.to_row(plain(kind, "a", **{field: "é" * (LONGEST_KEY + 1)}))
    assert layout_of(AuditEvent).to_row(plain(AuditEvent, "a", reason="é" * 5000))
