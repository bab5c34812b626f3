"""Cells that a spreadsheet would take for formulas: guarded on the way out, restored on the way in.

A cell that begins with `=` is run, not read, by whoever opens the file. So does one that begins after a
separator, where the program splits at another separator than the file was written with; hence every place
where a cell could begin is guarded (OWASP Web Security Testing Guide, CSV injection).
"""

from __future__ import annotations

import unicodedata
from typing import Final

from permit_accounts.rules.patterns import Pattern

# The signs that begin a formula, with their full-width and small forms, which some programs fold.
_SIGNS: Final = "=+\\-@＝＋－＠﹦﹢﹣﹫"
# Where a cell could begin: at the start, or after whatever some program takes for a separator or a quote.
_BEGINS: Final = r'(?:^|(?<=[,;:|"]))'
_TO_GUARD: Final = Pattern(rf"{_BEGINS}(?=[\s']*[{_SIGNS}])")
_GUARDED: Final = Pattern(rf"{_BEGINS}'(?=[\s']*[{_SIGNS}])")


def guarded(text: str) -> str:
    """The text as a cell that no spreadsheet runs: without control characters, formulas led by `'`.

    `guarded` of two different texts without control characters is two different texts; `restored` gives
    each back.
    """
    if not text.isprintable():
        text = "".join(c for c in text if not _is_control(c))
    return _TO_GUARD.sub("'", text)


def restored(cell: str) -> str:
    """What `guarded` was given: exactly its own apostrophes are taken away, nothing else."""
    return _GUARDED.sub("", cell) if "'" in cell else cell


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
