"""Who must carry workers' compensation insurance, as a dated table (California).

Business and Professions Code 7125 asks every licensee for a certificate. Whom it lets off has changed by law,
so the answer depends on the day:

| from | who is let off | law |
| --- | --- | --- |
| 1 January 2023 | those without employees, but not C-8, C-20, C-22, C-39, D-49 | SB 216 (2022, ch. 978) |
| 1 January 2028 | joint ventures without employees, and nobody else | SB 1455 (2024, ch. 485) |

SB 1455 moved the second line from 2026, where SB 216 had it.

An inactive license needs no certificate (7125). C-49 (tree and palm) has taken the place of C-61/D-49 since
1 January 2024 and is treated as its successor, though the statute names D-49. The table begins with 2023; a
day before it is answered by employees alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

import attrs

from permit_accounts.model.codes import LicenseStatus
from permit_accounts.model.outcomes import Problem
from permit_accounts.model.values import Value
from permit_accounts.rules.licenses.classes import parse_classes


@attrs.frozen(kw_only=True, eq=False, repr=False)
class WorkersCompRule(Value):
    """Who needs a certificate even without employees, from a day on.

    Args:
        since: The first day.
        statute: The law that says so.
        classes: Licenses that need one for the sake of a class.
        everyone: Whether every license needs one.
        joint_ventures_let_off: Whether a joint venture without employees needs none.
    """

    since: date
    statute: str
    classes: frozenset[str] = frozenset()
    everyone: bool = False
    joint_ventures_let_off: bool = False

    def asks(self, classes: str | Iterable[str], business_type: str) -> bool:
        """Whether a licensee without employees needs a certificate; what cannot be read asks for one."""
        if self.joint_ventures_let_off and _letters(business_type) == "jointventure":
            return False
        texts = (classes,) if isinstance(classes, str) else classes
        return self.everyone or any(self._named_in(text) for text in texts if text.strip())

    def _named_in(self, text: str) -> bool:
        codes = parse_classes(text)
        return isinstance(codes, Problem) or not self.classes.isdisjoint(codes)


#: Oldest first.
WORKERS_COMP_RULES: Final = (
    WorkersCompRule(
        since=date(2023, 1, 1),
        statute="B&P 7125; SB 216 (Stats. 2022, ch. 978)",
        classes=frozenset({"C-8", "C-20", "C-22", "C-39", "D-49", "C-49"}),
    ),
    WorkersCompRule(
        since=date(2028, 1, 1),
        statute="B&P 7125; SB 1455 (Stats. 2024, ch. 485)",
        everyone=True,
        joint_ventures_let_off=True,
    ),
)


def workers_comp_required(
    classes: str | Iterable[str],
    business_type: str,
    *,
    has_employees: bool,
    status: LicenseStatus,
    on_date: date,
) -> bool:
    """Whether a licensee must have workers' compensation insurance on file on a day.

    Args:
        classes: The classes of the license, one by one or several in a text, in any spelling: `C-10, C-39`
            as the form has it. A text that cannot be read may hold any class, so it asks for a certificate.
        business_type: As the form or the register says it: `joint-venture`, `JointVenture`.
        has_employees: Whether anybody is employed.
        status: Where the license stands; one of unknown standing is treated as active.
        on_date: The day asked about.
    """
    if status is LicenseStatus.INACTIVE:
        return False
    in_force = [rule for rule in WORKERS_COMP_RULES if rule.since <= on_date]
    return has_employees or (bool(in_force) and in_force[-1].asks(classes, business_type))


def _letters(text: str) -> str:
    return "".join(filter(str.isalpha, text)).lower()
