"""The page about the public face names everything that the desk can be told about a sign-in."""

from __future__ import annotations

import re

from docs.documents import ROOT
from permit_accounts import Obstacle, Remark

PAGE = (ROOT / "docs" / "reference" / "api.md").read_text(encoding="utf-8")


def test_every_obstacle_and_remark_is_listed() -> None:
    """Neither more nor less than the two enumerations."""
    section = PAGE.partition("### What `explain` says")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`[a-z][^|]*) \|", section, re.M)
    listed = [word for row in rows for word in re.findall(r"`([a-z-]+)`", row)]
    assert sorted([*Obstacle, *Remark]) == sorted(listed)
