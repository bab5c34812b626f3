"""One board's license numbers: what they look like and how a typed one becomes canonical."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache
from typing import Final

import attrs

from permit_accounts.model.values import Value
from permit_accounts.rules.licenses.characters import unwrapped
from permit_accounts.rules.licenses.normal_form import Step
from permit_accounts.rules.patterns import Pattern

#: Words that stand before a number and name no board.
GENERIC_WORDS: Final = (
    *("LICENSE", "LICENSES", "LICENSED", "LICENCE", "LICENCES", "LIC", "NUMBER", "NUM", "NO", "NBR"),
    *("REGISTRATION", "REG", "STATE", "CONTRACTOR", "CONTRACTORS", "CONTRACTOR'S", "OF", "BOARD"),
)

#: The states whose boards are in the table, by postal code. State codes and names are labels too.
STATE_NAMES: Final = {
    "AZ": "ARIZONA",
    "CA": "CALIFORNIA",
    "CT": "CONNECTICUT",
    "FL": "FLORIDA",
    "GA": "GEORGIA",
    "HI": "HAWAII",
    "IL": "ILLINOIS",
    "LA": "LOUISIANA",
    "MA": "MASSACHUSETTS",
    "MD": "MARYLAND",
    "MI": "MICHIGAN",
    "MN": "MINNESOTA",
    "NC": "NORTH CAROLINA",
    "NH": "NEW HAMPSHIRE",
    "NJ": "NEW JERSEY",
    "NM": "NEW MEXICO",
    "NV": "NEVADA",
    "NY": "NEW YORK",
    "OR": "OREGON",
    "RI": "RHODE ISLAND",
    "SC": "SOUTH CAROLINA",
    "TN": "TENNESSEE",
    "TX": "TEXAS",
    "UT": "UTAH",
    "VA": "VIRGINIA",
    "WA": "WASHINGTON",
}

#: The other states: none of their boards is in the table, and their numbers are nobody's here.
STATES_WITHOUT_BOARD: Final = {
    "AK": "ALASKA",
    "AL": "ALABAMA",
    "AR": "ARKANSAS",
    "CO": "COLORADO",
    "DC": "DISTRICT OF COLUMBIA",
    "DE": "DELAWARE",
    "IA": "IOWA",
    "ID": "IDAHO",
    "IN": "INDIANA",
    "KS": "KANSAS",
    "KY": "KENTUCKY",
    "ME": "MAINE",
    "MO": "MISSOURI",
    "MS": "MISSISSIPPI",
    "MT": "MONTANA",
    "ND": "NORTH DAKOTA",
    "NE": "NEBRASKA",
    "OH": "OHIO",
    "OK": "OKLAHOMA",
    "PA": "PENNSYLVANIA",
    "SD": "SOUTH DAKOTA",
    "VT": "VERMONT",
    "WI": "WISCONSIN",
    "WV": "WEST VIRGINIA",
    "WY": "WYOMING",
}


class Confidence(StrEnum):
    """How well a format is known; a row counts as the lowest level of anything it says.

    A number that matches no format of low confidence is accepted as unrecognized. Only high and medium
    refuse.
    """

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


def word_pattern(words: tuple[str, ...]) -> str:
    """A regular expression for any of these words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def _ascii(pattern: str) -> Pattern:
    return Pattern(pattern, re.ASCII)


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Format(Value):
    """The license numbers of one authority.

    Args:
        id: The authority's id, stable: `us-ca-cslb`. An identity is `<id>:<canonical number>`.
        board: What people call the authority, as a message names it.
        state: Its postal code.
        name: What the number is.
        pattern: What the whole of a canonical number matches. ASCII only, every repetition bounded.
        shape: The same in words.
        example: A number of this shape, canonical.
        confidence: The lowest level of anything that the row says.
        labels: Words before the number that name the board.
        ornaments: Words dropped before the number that name no board.
        begins_with_letters: Whether numbers may begin with letters, so that a label must stand apart.
        prefixes: Letters that numbers begin with though they are a label, of this board or another.
        steps: What is done to a number once its labels are gone.
        source: Where the format is known from.
    """

    id: str
    board: str
    state: str
    name: str
    pattern: Pattern = attrs.field(converter=_ascii)
    shape: str
    example: str
    confidence: Confidence
    labels: tuple[str, ...] = ()
    ornaments: tuple[str, ...] = ()
    begins_with_letters: bool = False
    prefixes: tuple[str, ...] = ()
    steps: tuple[Step, ...]
    source: str

    def unlabeled(self, text: str) -> str:
        """The text without the words around the number; another authority's labels stay where they are."""
        before = _words_before(self.labels + self.ornaments, self.begins_with_letters)
        while found := before.match(text):
            text = text[found.end() :]
        return unwrapped(_label_after(self.labels).sub("", text.lstrip(" #:.")))

    def canonical(self, text: str) -> tuple[str, bool]:
        """The number that a text would be, and whether it had to be repaired; it may match no pattern."""
        text = self.unlabeled(text)
        repaired = False
        for step in self.steps:
            after = step.apply(text)
            repaired = repaired or (step.repairs and after != text)
            text = after
        return text, repaired

    def begins_with_a_word(self, number: str) -> bool:
        """Whether a number that was put together begins with a word that should have come off it."""
        words = {*GENERIC_WORDS, *self.labels, *self.ornaments} - {*self.prefixes}
        return self.begins_with_letters and _led_by(tuple(sorted(words))).match(number) is not None


@cache
def _led_by(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?:{word_pattern(words)})(?![A-Z])", re.ASCII)


@cache
def _words_before(words: tuple[str, ...], begins_with_letters: bool) -> re.Pattern[str]:
    """What stands before a number of a board with these words, and is taken off again and again."""
    apart = "(?=[ #:.()=_/-])" if begins_with_letters else "(?![A-Z])"
    return re.compile(rf"[ #:.(]*(?:{word_pattern(GENERIC_WORDS + words)}){apart}[ #:.,)=_/-]*", re.ASCII)


@cache
def _label_after(labels: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<=[0-9])[ ,/(]+(?:{word_pattern(labels) or '(?!)'})\)?\Z", re.ASCII)
