"""License classes: the trades that a license covers, in one spelling each.

Boards, people and files write `C10`, `C-08`, `D03` and `C-61/D-28`; here they are `C-10`, `C-8`, `D-3` and
`D-28`: every D code is a part of C-61 (16 CCR 832.61), so the leading `C-61/` says nothing more. Codes are
not held against a list: retired ones are still on live licenses, and new ones come.
"""

from __future__ import annotations

import re
from typing import Final

from permit_accounts.model.codes import Code
from permit_accounts.model.outcomes import Problem
from permit_accounts.rules.licenses.characters import readable
from permit_accounts.rules.patterns import Pattern

#: One California class as it stands beside a number. More than two digits would be a number, not a class.
CALIFORNIA_CLASS: Final = r"(?:CLASS(?:ES)?[ :.]+)?(?:ASB|HAZ|A|B-?2|B|[CD]-?[0-9]{1,2})(?![A-Z0-9])"

_CODE: Final = Pattern(r"([A-Z]{1,3})(?:-?0*([0-9]{1,3}[A-Z]?))?", re.ASCII)
_SPECIALTY: Final = Pattern(r"\bC ?-? ?61 ?[/(-]? ?(?=D)", re.ASCII)
_APART: Final = Pattern(r"\b([A-Z]{1,3}) (?=[0-9])", re.ASCII)
_BETWEEN: Final = Pattern(r"(?:[ ,;:|&/().+]|\b(?:AND|CLASS(?:ES|IFICATIONS?)?)\b)+", re.ASCII)
#: A license with all of California's 113 codes would need fewer characters.
_MOST: Final = 1000


def normalized_class(text: str) -> str | Problem:
    """One class in its one spelling: `C-10` for `c10`, `D-49` for `C-61/D-49`.

    Args:
        text: One class, as typed or as a register writes it.
    """
    classes = parse_classes(text)
    if isinstance(classes, Problem):
        return classes
    return classes[0] if len(classes) == 1 else Problem(Code.LICENSE_CLASSES)


def parse_classes(text: str) -> tuple[str, ...] | Problem:
    """The classes of a form field, each once, in the order typed.

    Args:
        text: Classes parted by commas, semicolons, `|`, `/`, `&`, the word and, or blanks.
    """
    plain = readable(text, _MOST)
    if isinstance(plain, Problem):
        return plain
    codes = [_CODE.fullmatch(part) for part in _parts(plain)]
    if not codes or None in codes:
        return Problem(Code.LICENSE_CLASSES)
    return tuple(dict.fromkeys("-".join(filter(None, code.groups())) for code in codes if code))


def _parts(plain: str) -> list[str]:
    """What stands between the separators; `C 10` is one part and `C-61/D-28` is its D code."""
    joined = _APART.sub(r"\1-", _SPECIALTY.sub("", plain))
    return [part for part in _BETWEEN.split(joined) if part]
