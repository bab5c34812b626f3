"""What others know of an account."""

from __future__ import annotations

from permit_accounts import Policy
from permit_accounts.model.codes import Standing
from permit_accounts.model.records import Account
from permit_accounts.rules import known_words
from permit_accounts.testing.world import START

POLICY = Policy(city="West Hollywood")


def test_everything_on_file_is_known() -> None:
    """Username, address with the part before the @, each fact of the profile, and the city."""
    account = Account(
        id="a",
        account_type="public",
        standing=Standing.ACTIVE,
        username="a.n.lee@maple.example",
        email="office@maple.example",
        email_key="office@maple.example",
        profile={"last_name": "Lee", "city": "Pasadena", "business_name": ""},
        created_at=START,
    )

    expected = (
        *("a.n.lee@maple.example", "a.n.lee", "CSLB a.n.lee@maple.example", "CSLB a.n.lee"),
        *("office@maple.example", "office"),
        *("Lee", "Pasadena", "West Hollywood"),
    )
    assert expected == known_words.of_account(account, POLICY)


def test_an_account_to_be_has_the_same_facts() -> None:
    """What a form says is no less known than what is on file; nothing is named twice, and no empty text."""
    known = known_words.of_facts("1012345", "", "Lee", "1012345", policy=POLICY)
    assert ("1012345", "CSLB 1012345", "Lee", "West Hollywood") == known
    assert ("Lee", "West Hollywood") == known_words.of_facts("", "Lee", policy=POLICY)
