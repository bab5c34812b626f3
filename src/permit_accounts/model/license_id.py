"""A license is named by who issued it and its number; the digits alone name nobody."""

from __future__ import annotations

import attrs

from permit_accounts.model.codes import MatchLevel


@attrs.frozen
class LicenseId:
    """One license: authority id and canonical number, such as `us-ca-cslb` and `1012345`.

    How it was typed (`entered`) and how it was understood (`match_level`) travel along but do not count
    when two are compared.
    """

    authority: str
    number: str
    entered: str = attrs.field(default="", eq=False, kw_only=True)
    match_level: MatchLevel = attrs.field(default=MatchLevel.EXACT, eq=False, kw_only=True)

    def __str__(self) -> str:
        return f"{self.authority}:{self.number}"
