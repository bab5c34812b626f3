"""What it means to be a hasher, as tests: subclass it and give one fixture.

class TestMyHasher(HasherContract):
    @pytest.fixture
    def hasher(self):
        return MyHasher(…)
"""

from __future__ import annotations

import pytest

from permit_accounts.model.secret import Secret
from permit_accounts.ports import Hasher

_PASSWORD = "seven quiet lanterns drift"


class HasherContract:
    """Every test is one promise of `permit_accounts.ports.Hasher`."""

    def test_right_text_verifies(self, hasher: Hasher) -> None:
        """What was hashed is right, however often it is asked."""
        encoded = hasher.hash(Secret(_PASSWORD))

        assert hasher.verify(encoded, Secret(_PASSWORD))
        assert hasher.verify(encoded, Secret(_PASSWORD))

    @pytest.mark.parametrize(
        "other",
        [
            "Seven quiet lanterns drift",
            "seven quiet lanterns drift ",
            " seven quiet lanterns drift",
            "seven quiet lanterns drif",
            "seven quiet lanterns drift\0",
            "seven\0quiet lanterns drift",
            "",
        ],
    )
    def test_any_other_text_does_not(self, hasher: Hasher, other: str) -> None:
        """Case, space and control characters count; nothing is trimmed or folded."""
        assert not hasher.verify(hasher.hash(Secret(_PASSWORD)), Secret(other))

    @pytest.mark.parametrize("at", [0, 8, 55, 56, 71, 72, 73, 127, 128, 129, 199])
    def test_every_character_counts(self, hasher: Hasher, at: int) -> None:
        """Texts that differ at any one place do not verify for each other: nothing is cut off."""
        text = "x" * 200
        other = text[:at] + "y" + text[at + 1 :]

        assert not hasher.verify(hasher.hash(Secret(text)), Secret(other))

    def test_what_follows_a_nul_counts(self, hasher: Hasher) -> None:
        """A NUL ends nothing."""
        assert not hasher.verify(hasher.hash(Secret("lantern\0one")), Secret("lantern\0two"))

    @pytest.mark.parametrize("text", ["ñandú café 15 ✓ 🎈🎈🎈", "x" * 1024, "\u00e9", "e\u0301"])
    def test_any_text_can_be_hashed(self, hasher: Hasher, text: str) -> None:
        """All of Unicode, and as long as the policy lets through; as given, in no other normal form."""
        assert hasher.verify(hasher.hash(Secret(text)), Secret(text))

    def test_normal_form_is_the_callers(self, hasher: Hasher) -> None:
        """Two spellings of one letter are two texts here."""
        assert not hasher.verify(hasher.hash(Secret("caf\u00e9")), Secret("cafe\u0301"))

    def test_each_hash_has_its_own_salt(self, hasher: Hasher) -> None:
        """Two people with one password do not show it."""
        assert hasher.hash(Secret(_PASSWORD)) != hasher.hash(Secret(_PASSWORD))

    def test_hash_holds_no_secret(self, hasher: Hasher) -> None:
        """What is stored is one short line of ASCII without the text."""
        encoded = hasher.hash(Secret(_PASSWORD))

        assert encoded.isascii()
        assert encoded.isprintable()
        assert _PASSWORD not in encoded
        assert len(encoded) <= 255

    @pytest.mark.parametrize("stored", [None, "", "x", "!", "abc", "null", "$", "\0", "ñ", "x" * 1_000_000])
    def test_what_is_no_hash_verifies_nothing(self, hasher: Hasher, stored: str | None) -> None:
        """An account without a usable hash cannot be signed in to by a password, and nothing is raised."""
        assert not hasher.verify(stored, Secret(_PASSWORD))
        assert not hasher.verify(stored, Secret(""))
        assert not hasher.verify(stored, Secret(stored or "None"))

    def test_hash_of_nothing_opens_nothing(self, hasher: Hasher) -> None:
        """Should the hash of an empty text ever be stored, an empty password is still wrong."""
        assert not hasher.verify(hasher.hash(Secret("")), Secret(""))

    @pytest.mark.parametrize("text", ["\ud800", "pass\udfffword", "\0", "\x7f\x80"])
    def test_odd_text_is_just_wrong(self, hasher: Hasher, text: str) -> None:
        """Half a surrogate pair or a control character is a wrong password, not a fault."""
        assert not hasher.verify(hasher.hash(Secret(_PASSWORD)), Secret(text))

    def test_cut_hash_verifies_nothing(self, hasher: Hasher) -> None:
        """A stored hash that was cut anywhere fails closed."""
        encoded = hasher.hash(Secret(_PASSWORD))

        assert [] == [n for n in range(len(encoded)) if hasher.verify(encoded[:n], Secret(_PASSWORD))]

    def test_fresh_hash_needs_no_other(self, hasher: Hasher) -> None:
        """What was made just now is what is made today."""
        assert not hasher.needs_rehash(hasher.hash(Secret(_PASSWORD)))

    @pytest.mark.parametrize("stored", ["", "x", "$", "ñ", "x" * 100_000])
    def test_a_damaged_hash_is_told_from_a_sound_one(self, hasher: Hasher, stored: str) -> None:
        """So that staff learn of an account whose password nobody can enter."""
        assert hasher.readable(hasher.hash(Secret(_PASSWORD)))
        assert not hasher.readable(stored)
