"""How a name is shown where nobody typed it."""

from __future__ import annotations

import pytest

from permit_accounts import CONTRACTOR
from permit_accounts.model.records import Identifier
from permit_accounts.testing.world import World, contractor_form
from permit_accounts.tools import naming
from story import signed_in


@pytest.mark.parametrize(
    ("name_id", "shown"),
    [
        ("license:us-ca-cslb:1012345", "1012345"),
        ("public:ann", "ann"),
        ("design_professional:AEC:12", "AEC:12"),
    ],
)
def test_a_name_is_shown_as_it_is_typed(name_id: str, shown: str) -> None:
    """Without its kind, and a license without the only board; a colon in a city's number is a part of it."""
    world = World()
    account = signed_in(world.accounts.register(CONTRACTOR, contractor_form("1012346"))).account
    name = Identifier(id=name_id, account_id=account.id, created_at=world.now())
    assert shown == naming.shown(world.services, account, name)
