"""The steps from a typed number to its one normal form: small functions, composed per board.

Each step takes upper-case ASCII of at most 100 characters and gives text of the same kind. A step that does
not apply returns its text unchanged, so what no step understands reaches the board's pattern as it is and is
refused there. Digits are never joined over a separator unless the separators group them (`1 012 345`,
`1,012,345`) or spell them one by one (`1 0 1 2`): two numbers in one field must not become a third.

A step with `repairs` undoes damage (a spreadsheet's lost zeros) instead of removing ornament; a number that
needed one is marked so.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import attrs

from permit_accounts.model.values import Value
from permit_accounts.rules.patterns import Pattern


@attrs.frozen(eq=False, repr=False)
class Step(Value):
    """One step of a canonicalization.

    Args:
        words: What it does, for the reference page.
        apply: The step itself, total and idempotent.
        repairs: Whether it undoes damage.
    """

    words: str
    apply: Callable[[str], str] = attrs.field(repr=False)
    repairs: bool = False


def replaced(pattern: str, by: str, words: str) -> Step:
    """One regular expression replaced where it stands first."""
    found = Pattern(pattern, re.ASCII)
    return Step(words, lambda text: found.sub(by, text, count=1))


def compacted(separators: str) -> Step:
    """Separators dropped, but not between digits unless they group them."""
    marks = re.escape(separators)
    loose = Pattern(rf"(?<![0-9])[{marks}]+|[{marks}]+(?![0-9])", re.ASCII)
    return Step("separators dropped", lambda text: loose.sub("", _GROUPS.sub(_joined, text)))


def zero_padded(digits: int) -> Step:
    """Leading zeros given back to the last run of digits, which one letter may follow; never shortens."""

    def padded(found: re.Match[str]) -> str:
        return found[1].zfill(digits) + found[2]

    return Step(f"zeros padded to {digits} digits", lambda text: _LAST_DIGITS.sub(padded, text), repairs=True)


def fraction_padded(digits: int) -> Step:
    """Trailing zeros given back after the only dot: at most two, for more would be a guess."""
    short = Pattern(rf"(?<=\.)[0-9]{{{digits - 2},{digits - 1}}}\Z", re.ASCII)

    def padded(found: re.Match[str]) -> str:
        return found[0].ljust(digits, "0")

    words = f"zeros padded to {digits} digits after the dot"
    return Step(words, lambda text: short.sub(padded, text), repairs=True)


def _joined(found: re.Match[str]) -> str:
    """Digits without the blanks that group them by three or spell them one by one."""
    text = found[0]
    return text.replace(" ", "") if _THOUSANDS.fullmatch(text) or _SPELLED.fullmatch(text) else text


def _ungrouped(text: str) -> str:
    return re.sub("[ ,.']", "", text) if _SEPARATED.fullmatch(text) else text


def _whole(text: str) -> str:
    return _FLOAT.sub(r"\1", text)


_GROUPS: Final = Pattern(r"(?<![0-9])[0-9]+(?: [0-9]+)+", re.ASCII)
_THOUSANDS: Final = Pattern(r"[0-9]{1,3}(?: [0-9]{3})+", re.ASCII)
_SPELLED: Final = Pattern(r"[0-9](?: [0-9])+", re.ASCII)
_LAST_DIGITS: Final = Pattern(r"(?<![0-9])([0-9]+)([A-Z]?)\Z", re.ASCII)
# One dot and three digits (101.000) may be a fraction or a thousand: neither is assumed.
_SEPARATED: Final = Pattern(
    r"[0-9]{1,3}(?:(?:,[0-9]{3})+|(?:\.[0-9]{3}){2,}|(?: [0-9]{3})+|(?:'[0-9]{3})+)|[0-9](?: [0-9])+",
    re.ASCII,
)
_FLOAT: Final = Pattern(r"\A([0-9]+)(?:[.,]00?|(?<=[0-9]{4})\.0+)\Z", re.ASCII)

#: `1012345.0`, as a spreadsheet writes a number.
WHOLE: Final = Step("a spreadsheet's `.0` undone", _whole, repairs=True)
#: `1,012,345` and `1 0 1 2 3 4 5`.
UNGROUPED: Final = Step("digit grouping undone", _ungrouped)
#: `01012345`, where a board's numbers have no leading zeros.
NO_LEADING_ZEROS: Final = replaced(r"\A0+(?=[0-9])", "", "leading zeros dropped")
#: What every number made of digits alone goes through.
DIGITS: Final = (WHOLE, UNGROUPED)
#: What a number with letters goes through: `CBC-015082`, `BC 785639`.
LETTERS_AND_DIGITS: Final = compacted(" -#")
