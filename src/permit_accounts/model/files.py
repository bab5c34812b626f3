"""What an import tells of a whole file of rows, whatever the rows are: why it was refused, and what goes on.

Codes and numbers only; a catalog has the words, under `text_key`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import attrs

from permit_accounts.model.outcomes import Outcome


class FileFault(StrEnum):
    """Why a whole file was refused; then nothing of it was written.

    But for `CHANGED`: the file was right when it was checked and another when it was read again. Some of its
    rows may have been written.
    """

    EMPTY = "empty"
    NOT_CSV = "not-csv"
    ENCODING = "encoding"
    COLUMN_MISSING = "column-missing"
    COLUMN_TWICE = "column-twice"
    QUOTE = "quote"
    TOO_LARGE = "too-large"
    TOO_MANY_ROWS = "too-many-rows"
    ROW_TOO_LONG = "row-too-long"
    SCIENTIFIC = "scientific-notation"
    CHANGED = "changed-meanwhile"
    NOT_JSON = "not-json"


class ImportStage(StrEnum):
    """What an import is doing: reading the file through, or writing what it tells."""

    CHECKING = "checking"
    IMPORTING = "importing"


@attrs.frozen(kw_only=True, eq=False, repr=False)
class FileRefused(Outcome):
    """The whole file was refused. Nothing of it was written; `FileFault.CHANGED` is the one exception.

    Args:
        line: The physical line where it was noticed; 0 where there is none to name.
        params: What the text's placeholders stand for, such as the columns found.
    """

    fault: FileFault
    line: int = 0
    params: Mapping[str, str] = attrs.field(factory=dict)

    @property
    def text_key(self) -> str:
        """Under which key a catalog has the words."""
        return f"file.{self.fault}"
