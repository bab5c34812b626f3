"""A license, or a problem of an import, as a row of text that any spreadsheet program may open.

What a license is exported as, an import reads back as the same facts.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from permit_accounts.model.codes import LicenseStatus
from permit_accounts.model.license_id import LicenseId
from permit_accounts.model.records import License, StatusFacts
from permit_accounts.model.roster import RowProblem
from permit_accounts.rules.roster_columns import NAMES
from permit_accounts.rules.roster_facts import GROUPS, OWN
from permit_accounts.rules.spreadsheet import guarded

#: The header of a list of problems.
PROBLEM_HEADER: Final = ("line", "column", "license", "reason", "in_words")


def license_cells(record: License) -> list[str]:
    """What is known of a license, in the order of `NAMES`, guarded."""
    license_id = LicenseId.parse(record.id)
    texts: dict[str, str] = {"license": license_id.number, "authority": license_id.authority}
    texts |= {column.name: _text(getattr(record, column.name)) for column in OWN}
    for group in GROUPS:
        facts = getattr(record, group.field)
        if facts is not None:
            texts |= {column.name: _text(getattr(facts, column.fields[0])) for column in group.columns}
    texts |= _status(record.status)
    return [guarded(texts.get(name, "")) for name in NAMES]


def problem_cells(problem: RowProblem, in_words: str) -> list[str]:
    """A problem in the order of `PROBLEM_HEADER`, guarded; column names come from a file."""
    texts = (str(problem.line), problem.column, problem.license, problem.reason.value, in_words)
    return [guarded(text) for text in texts]


def _status(facts: StatusFacts | None) -> Mapping[str, str]:
    """The board's own word, else ours; nothing where neither says anything."""
    if facts is None:
        return {}
    ours = "" if facts.status is LicenseStatus.UNKNOWN else facts.status.value
    return {"status": facts.text or ours}


def _text(value: str | date | tuple[str, ...] | None) -> str:
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, str) else ", ".join(value)
