"""The ids of names and of licenses: each is written and read in one place."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from permit_accounts.model import names
from permit_accounts.model.codes import MatchLevel
from permit_accounts.model.license_id import LicenseId
from permit_accounts.model.records import Identifier

NOW = datetime(2026, 9, 1, tzinfo=UTC)


def name(name_id: str) -> Identifier:
    return Identifier(id=name_id, account_id="a", created_at=NOW)


@pytest.mark.parametrize(
    ("kind", "said", "name_id"),
    [
        (names.LICENSE, "us-ca-cslb:1012345", "license:us-ca-cslb:1012345"),
        (names.EMAIL, "ann@mail.example.org", "email:ann@mail.example.org"),
        ("public", "ann", "public:ann"),
        ("design_professional", "AEC:12", "design_professional:AEC:12"),
    ],
)
def test_a_name_is_its_kind_and_what_it_says(kind: str, said: str, name_id: str) -> None:
    """Only the first colon parts the two."""
    assert name_id == names.name_id(kind, said)
    assert (kind, said) == names.parts(name_id)
    assert (kind, said) == (name(name_id).kind, name(name_id).said)


@pytest.mark.parametrize("license_id", ["us-ca-cslb:1012345", "us-xx-board:A:1"])
def test_a_license_id_is_read_as_it_was_written(license_id: str) -> None:
    """How it was entered travels along and does not count."""
    read = LicenseId.parse(license_id, entered="CSLB 1012345", match_level=MatchLevel.NORMALIZED)
    assert license_id == str(read)
    assert ("CSLB 1012345", MatchLevel.NORMALIZED) == (read.entered, read.match_level)
    assert read == LicenseId.parse(license_id)


def test_a_text_that_is_no_license_id_has_no_number() -> None:
    """Nothing is guessed; whoever needs a number sees that there is none."""
    assert LicenseId("1012345", "") == LicenseId.parse("1012345")
