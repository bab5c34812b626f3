"""Claims: one id for each account and license, and what was typed goes along."""

from __future__ import annotations

from datetime import UTC, datetime

from permit_accounts.model.codes import LinkState, MatchLevel
from permit_accounts.model.license_id import LicenseId
from permit_accounts.model.records import LicenseLink
from permit_accounts.tools import claims

NOW = datetime(2026, 9, 1, tzinfo=UTC)


def test_a_claim_names_both_and_says_how_the_number_was_entered() -> None:
    """One id per account and license, however the number was typed."""
    typed = LicenseId("us-ca-cslb", "1012345", entered="Lic. 1012345", match_level=MatchLevel.NORMALIZED)

    link = claims.new_link("a", typed, LinkState.VERIFIED, since=NOW, decided_by="staff-7")

    expected = LicenseLink(
        id=LicenseLink.id_for("us-ca-cslb:1012345", "a"),
        license_id="us-ca-cslb:1012345",
        account_id="a",
        state=LinkState.VERIFIED,
        since=NOW,
        decided_by="staff-7",
        entered="Lic. 1012345",
        match_level=MatchLevel.NORMALIZED,
    )
    assert expected == link
