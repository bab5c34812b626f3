"""The California board's numbers, which people write together with their classes.

`B-2 1012345`, `1012345 C-10` and `CSLB #1154002, C-61/D-28` each hold one number. Deleting all that is not a
digit would make 21012345 or 101234510 of them, another holder's number perhaps; so known classes are taken
off as classes, and whatever else is left over refuses the whole.
"""

from __future__ import annotations

import re
from typing import Final

from permit_accounts.rules.licenses.classes import CALIFORNIA_CLASS
from permit_accounts.rules.licenses.format import GENERIC_WORDS, Confidence, Format, word_pattern
from permit_accounts.rules.licenses.normal_form import DIGITS, NO_LEADING_ZEROS, Step
from permit_accounts.rules.patterns import Pattern

_LABELS: Final = ("CSLB", "CALIFORNIA", "CALIF", "CA")
_APART: Final = "[ ,/|&;:#()-]+"
# Before a number a comma may not come last, nor may the number be grouped: C-1,012,345 has two readings.
_BEFORE: Final = Pattern(
    rf"\A(?:{CALIFORNIA_CLASS}{_APART})+(?<!,)"
    rf"(?:(?:{word_pattern(GENERIC_WORDS + _LABELS)})(?![A-Z])[ #:.,)=_/-]*)*"
    r"(?=[0-9]{3,9}(?![ ,.']?[0-9]))",
    re.ASCII,
)
_AFTER: Final = Pattern(
    rf"(?<=[0-9]){_APART}{CALIFORNIA_CLASS}(?:{_APART}{CALIFORNIA_CLASS})*\)?\Z", re.ASCII
)


_CLASS: Final = "(?:CLASS(?:ES)? )?(?:ASB|HAZ|A|B[ -]?2|B|[CD](?:[ -]?[0-9]{1,2})?)"
_CLASSES: Final = rf"{_CLASS}(?:{_APART}{_CLASS}){{0,9}}"
_GROUPED: Final = r"(?:[1-9][0-9]{2,6}|[1-9][0-9]{0,2}(?:[ ,.'][0-9]{3}){1,2})"
_BESIDE: Final = Pattern(rf"{_CLASSES}(?:{_APART})?{_GROUPED}|{_GROUPED}(?:{_APART})?{_CLASSES}\)?", re.ASCII)


def beside_a_class(text: str) -> bool:
    """Whether a number and classes stand together in a way that has two readings: `B1012345`, `C-1,012,345`.

    Args:
        text: Readable text without labels.
    """
    return _BESIDE.fullmatch(text) is not None


def _without_classes(text: str) -> str:
    return _AFTER.sub("", _BEFORE.sub("", text))


#: What goes through it is the number of a board whose numbers people write together with classes.
CLASSES_DROPPED: Final = Step("classes beside the number dropped", _without_classes)
CSLB: Final = Format(
    id="us-ca-cslb",
    board="CSLB",
    state="CA",
    name="California Contractors State License Board, license",
    pattern="[1-9][0-9]{0,6}",
    shape="1 to 7 digits, no leading zeros",
    example="1012345",
    confidence=Confidence.MEDIUM,
    labels=_LABELS,
    steps=(CLASSES_DROPPED, *DIGITS, NO_LEADING_ZEROS),
    source=(
        "The board's public master file: digits only, the newest about 1,156,000 in 2026. The shortest "
        "number still alive is less well known, hence medium."
    ),
)
