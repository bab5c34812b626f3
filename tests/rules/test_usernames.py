"""Usernames: the one key, and which ones may be registered."""

from __future__ import annotations

import time

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from permit_accounts.model.codes import Code
from permit_accounts.rules.account_types import CONTRACTOR, PUBLIC, LicenseNumber
from permit_accounts.rules.policy import Policy
from permit_accounts.rules.usernames import LONGEST, username_key, username_problems

POLICY = Policy(city="West Hollywood")


def codes(text: str) -> list[Code]:
    return [problem.code for problem in username_problems(text, POLICY)]


@pytest.mark.attack("UNI-03")
def test_the_key_of_a_key_is_itself_for_every_character() -> None:
    """One at a time, over the planes of Unicode that hold letters."""
    changed = [hex(n) for n in range(0x20000) if username_key(k := username_key(chr(n))) != k]
    assert [] == changed


@pytest.mark.attack("UNI-03")
@given(st.text(max_size=300))
@example("\u1d2e\u1d35\u1d33\u1d2e\u1d35\u1d3f\u1d30")
@example("\u03b1\u0345\u0301")
@example("¨a¨")
@example("\ufdfa" * 200)
@example("\u0345" * 300)
@example("x" * 257)
@example("a~" + " " * 300)
def test_the_key_of_a_key_is_itself(text: str) -> None:
    """Idempotent, bounded, and something every store can keep, whatever was typed."""
    key = username_key(text)
    assert key == username_key(key)
    assert len(key) <= 256
    key.encode("utf-8")
    assert "\0" not in key


@pytest.mark.attack("UNI-03", "UNI-10")
def test_big_bird_in_small_capitals_is_bigbird() -> None:
    """It finds bigbird's account and cannot be registered beside it."""
    assert "bigbird" == username_key("ᴮᴵᴳᴮᴵᴿᴰ")
    assert [Code.USERNAME] == codes("ᴮᴵᴳᴮᴵᴿᴰ")


@pytest.mark.attack("UNI-05")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("kim", "\u212aim"),
        ("sam", "ſam"),
        ("fin", "ﬁn"),
        ("strauss", "strauß"),
        ("ΣΑΣ", "σας"),
        ("ann", "Ａｎｎ"),
    ],
)
def test_what_some_layer_folds_together_is_one_name(one: str, other: str) -> None:
    """Full case folding after compatibility composition."""
    assert username_key(one) == username_key(other)


@pytest.mark.attack("UNI-04", "UNI-16")
@pytest.mark.parametrize(
    "typed", [" bob", "bob ", "bob\t", "bob\u00a0", "bob\u3000", "bob\n", "\u2003BOB\r\n"]
)
def test_white_space_around_a_name_does_not_count(typed: str) -> None:
    """At every door alike, or a trailing space would defeat the limits on attempts."""
    assert "bob" == username_key(typed)
    assert [] == codes(typed)


@pytest.mark.attack("UNI-16", "UNI-19")
@pytest.mark.parametrize("typed", ["b ob", "b\u00a0ob", "bo\nb", "bob\u2028x"])
def test_white_space_inside_a_name_is_refused(typed: str) -> None:
    """It is not dropped either: the key differs."""
    assert [Code.USERNAME] == codes(typed)
    assert "bob" != username_key(typed)


@pytest.mark.attack("UNI-09")
@pytest.mark.parametrize(
    "typed",
    [
        "ad\u200bmins",
        "anna\u202eanna",
        "\u2066anna\u2069",
        "anna\u00ad",
        "anna\ufe0f",
        "an\u0000na",
        "anna\u0008",
        "anna\U000e0041",
        "anna\u3164",
    ],
)
def test_invisible_characters_are_refused(typed: str) -> None:
    """Two names that look alike would be two people."""
    assert [Code.USERNAME] == codes(typed)


@pytest.mark.attack("UNI-10")
@pytest.mark.parametrize("typed", ["аdmin", "ⓐdmin", "раура1", "josé"])
def test_letters_beyond_ascii_are_refused(typed: str) -> None:
    """Look-alikes of other scripts cannot stand beside the name that they imitate."""
    assert [Code.USERNAME] == codes(typed)


@pytest.mark.parametrize(
    "typed", ["ann", "Ann.Lee", "ann_lee-2", "ann+permits@example.org", "a" * 64, "3dprint"]
)
def test_plain_names_are_accepted(typed: str) -> None:
    """Letters, digits and . _ - @ +, so that an e-mail address will do."""
    assert [] == codes(typed)


@pytest.mark.parametrize(("typed", "code"), [("ab", Code.USERNAME_LENGTH), ("a" * 65, Code.USERNAME_LENGTH)])
def test_lengths_are_three_to_sixty_four(typed: str, code: Code) -> None:
    """The problem says both bounds."""
    (problem,) = username_problems(typed, POLICY)
    assert (code, {"min": "3", "max": "64"}) == (problem.code, problem.params)


def test_all_problems_come_at_once() -> None:
    """Too short and of the wrong characters."""
    assert [Code.USERNAME_LENGTH, Code.USERNAME] == codes("é")


@pytest.mark.parametrize("typed", [".ann", "-rf", "_ann", "@ann"])
def test_a_name_begins_with_a_letter_or_digit(typed: str) -> None:
    """Nothing that reads like an option or a handle."""
    assert [Code.USERNAME] == codes(typed)


@pytest.mark.parametrize("typed", ["123456", "101-2345", "1.2.3"])
def test_digits_alone_are_refused(typed: str) -> None:
    """They would pass for a license number of some board."""
    assert [Code.USERNAME_ALL_DIGITS] == codes(typed)


@pytest.mark.parametrize("typed", ["cslb1012345", "CSLB-1012345"])
def test_a_board_label_is_refused(typed: str) -> None:
    """A public user must not pass for a contractor."""
    assert [Code.USERNAME_LIKE_LICENSE] == codes(typed)


def test_a_license_number_of_the_citys_boards_is_refused() -> None:
    """Only of those that this policy takes numbers of."""
    local = attrs.evolve(CONTRACTOR, username=LicenseNumber(("us-fl-highlands-hc",)))
    policy = attrs.evolve(POLICY, account_types=(PUBLIC, local))
    (problem,) = username_problems("hc1234", policy)
    assert Code.USERNAME_LIKE_LICENSE == problem.code
    assert [] == codes("hc1234")


@pytest.mark.parametrize(
    "typed",
    ["admin", "Root", "no-reply", "a.d.m.i.n", "support24", "staff_1", "westhollywood", "West.Hollywood"],
)
def test_names_that_speak_for_the_city_are_refused(typed: str) -> None:
    """Compared without separators and trailing digits; the city's own name is one of them."""
    assert [Code.USERNAME_RESERVED] == codes(typed)


@given(st.from_regex(r"\s?[A-Za-z0-9._@+-]{1,64}\s?", fullmatch=True))
def test_every_name_that_may_be_registered_is_its_own_key_in_lower_case(typed: str) -> None:
    """So whoever signs in with any spelling of it finds it."""
    if not codes(typed):
        assert typed.strip().lower() == username_key(typed)
        assert username_key(typed) == username_key(typed.upper())
        assert len(username_key(typed)) <= LONGEST


@pytest.mark.attack("UNI-14")
@pytest.mark.parametrize("character", ["a", "\u0301", "½", "\ufdfa", " ", "\ud800", "A\u030a"])
def test_a_megabyte_has_a_short_key_at_once(character: str) -> None:
    """Nothing of that size reaches a store, a count or a log."""
    text = "b" + character * 1_000_000 + "b"
    started = time.process_time()
    key = username_key(text)
    assert time.process_time() - started < 0.05
    assert len(key) <= LONGEST + 1
    assert key.endswith("~")
    assert [Code.USERNAME_LENGTH] == codes(text)


def test_a_text_that_grows_when_folded_is_cut_too() -> None:
    """One character of 18 letters."""
    assert username_key("\ufdfa" * 60).endswith("~")
