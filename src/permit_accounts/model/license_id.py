"""A license is named by who issued it and its number; the digits alone name nobody."""

from __future__ import annotations

from typing import Self

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

    @classmethod
    def parse(cls, license_id: str, *, entered: str = "", match_level: MatchLevel = MatchLevel.EXACT) -> Self:
        """The license behind an id as `str` writes it, such as `us-ca-cslb:1012345`.

        What a person types is for `parse_license`. A text without a colon comes out without a number.
        """
        authority, _, number = license_id.partition(":")
        return cls(authority, number, entered=entered, match_level=match_level)

    def __str__(self) -> str:
        return f"{self.authority}:{self.number}"
