"""What a roster tells is merged with what is known: the roster replaces only what the roster said."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import attrs
import pytest

from permit_accounts.model.codes import FactSource, LicenseStatus
from permit_accounts.model.records import BusinessFacts, ContactFacts, License, StatusFacts
from permit_accounts.rules.roster_facts import merged

THEN = datetime(2026, 1, 1, tzinfo=UTC)
NOW = THEN + timedelta(days=30)


def license_told(at: datetime, **facts: Any) -> License:
    return License(id="us-ca-cslb:1012345", on_roster_since=at, **facts)


def business(name: str, source: FactSource = FactSource.ROSTER, at: datetime = THEN) -> BusinessFacts:
    return BusinessFacts(name=name, business_type="corporation", source=source, as_of=at)


def contact(email: str | None, phone: str = "", at: datetime = THEN) -> ContactFacts:
    return ContactFacts(
        name="Sam", email=email, email_key=email, phone=phone, source=FactSource.ROSTER, as_of=at
    )


def test_same_facts_change_nothing() -> None:
    """The record itself comes back, with its old moments: importing twice writes nothing."""
    old = license_told(THEN, business=business("Old"), contact=contact("a@x.org"))
    told = license_told(NOW, business=business("Old", at=NOW), contact=contact("a@x.org", at=NOW))
    assert old is merged(old, told)


def test_changed_facts_are_replaced() -> None:
    """With the moment of the group that changed, and of no other."""
    old = license_told(THEN, business=business("Old"), contact=contact("a@x.org"))
    told = license_told(NOW, business=business("New", at=NOW), contact=contact("a@x.org", at=NOW))
    expected = license_told(THEN, business=business("New", at=NOW), contact=contact("a@x.org"))
    assert expected == merged(old, told)


@pytest.mark.parametrize("source", [FactSource.STAFF, FactSource.REGISTER])
def test_what_others_said_stays(source: FactSource) -> None:
    """What staff corrected or a register answered is not undone by a file."""
    status = StatusFacts(status=LicenseStatus.SUSPENDED, source=source, as_of=THEN)
    old = license_told(THEN, business=business("Corrected", source), status=status)
    active = StatusFacts(status=LicenseStatus.ACTIVE, source=FactSource.ROSTER, as_of=NOW)
    assert old is merged(old, license_told(NOW, business=business("File"), status=active))


def test_first_facts_of_a_group_are_taken() -> None:
    """A license registered before the city imported it gets what is missing, and is on the roster."""
    register = StatusFacts(status=LicenseStatus.ACTIVE, source=FactSource.REGISTER, as_of=THEN)
    old = attrs.evolve(license_told(THEN, status=register), on_roster_since=None)
    told = license_told(NOW, contact=contact("a@x.org", at=NOW))
    assert attrs.evolve(told, status=register) == merged(old, told)


def test_columns_that_the_file_lacks_change_nothing() -> None:
    """A list of telephone numbers takes nobody's address away."""
    old = license_told(THEN, contact=contact("a@x.org", "1"), business=business("Old"), division="Planning")
    told = license_told(NOW, contact=attrs.evolve(contact(None, "2", NOW), name=""))
    expected = attrs.evolve(old, contact=contact("a@x.org", "2", NOW))
    assert expected == merged(old, told)


@pytest.mark.attack("LIC-15")
def test_emptied_cells_erase_nothing() -> None:
    """An export that lost the contents of its columns tells nothing of them."""
    old = license_told(
        THEN,
        contact=contact("a@x.org", "1"),
        business=business("Old"),
        status=StatusFacts(
            status=LicenseStatus.ACTIVE, text="CLEAR", classes=("B",), source=FactSource.ROSTER, as_of=THEN
        ),
        division="Planning",
        last_permit_on=date(2020, 1, 1),
    )
    assert old is merged(old, license_told(NOW))
    told = license_told(NOW, contact=contact(None, "2", NOW), business=business("", at=NOW))
    assert attrs.evolve(old, contact=contact("a@x.org", "2", NOW)) == merged(old, told)


def test_a_status_that_nobody_knows_is_told_all_the_same() -> None:
    """It is never read as active, and its own word stands in the place of the former one."""
    told, known = (
        StatusFacts(status=status, text=text, source=FactSource.ROSTER, as_of=at)
        for status, text, at in (
            (LicenseStatus.UNKNOWN, "Pending review", NOW),
            (LicenseStatus.ACTIVE, "CLEAR", THEN),
        )
    )
    assert told == merged(license_told(THEN, status=known), license_told(NOW, status=told)).status


def test_on_the_roster_since_the_first_time() -> None:
    """The moment is never moved."""
    told = license_told(NOW)
    assert THEN == merged(license_told(THEN), told).on_roster_since
    assert NOW == merged(License(id=told.id), told).on_roster_since
