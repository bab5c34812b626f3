"""A license's name says who issued it."""

from __future__ import annotations

import pytest

from permit_accounts import LicenseId, license_name, parse_license
from permit_accounts.rules.licenses import FORMATS


@pytest.mark.parametrize("authority", sorted(FORMATS))
def test_every_board_is_named_with_its_state(authority):
    """No id of ours stands in it, and the number does as it is."""
    known = FORMATS[authority]
    name = license_name(str(LicenseId(authority, known.example)))
    assert name.endswith(f" {known.board} {known.example}")
    assert authority not in name


def test_what_is_read_to_a_clerk_can_be_typed():
    """The name of a license finds it."""
    name = license_name("us-ca-cslb:1012345")
    assert "California CSLB 1012345" == name
    assert "us-ca-cslb:1012345" == str(parse_license(name, ["us-ca-cslb"]))


@pytest.mark.parametrize(
    "text", ["", "ann", "us-ca-cslb", "us-ca-cslb:", "xx-board:12", "ann@mail.example.org"]
)
def test_what_names_no_license_stays(text):
    """A username, a board that nobody knows."""
    assert text == license_name(text)
