"""How a name is shown where nobody typed it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from permit_accounts.model.records import Identifier
from permit_accounts.tools import naming


@pytest.mark.parametrize(
    ("name_id", "shown"),
    [
        ("license:us-ca-cslb:1012345", "1012345"),
        ("public:ann", "ann"),
        ("design_professional:AEC:12", "AEC:12"),
    ],
)
def test_a_name_is_shown_as_it_is_typed(name_id: str, shown: str) -> None:
    """Without its kind, and a license without its board; a colon in a city's own number is a part of it."""
    name = Identifier(id=name_id, account_id="a", created_at=datetime(2026, 9, 1, tzinfo=UTC))
    assert shown == naming.shown(name)
