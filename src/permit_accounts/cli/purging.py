"""Forgetting what has expired, and saying how much it was."""

from __future__ import annotations

from typing import Final

import attrs

from permit_accounts.cli.city import open_city
from permit_accounts.cli.endings import Ending
from permit_accounts.cli.options import Call
from permit_accounts.cli.progress import bar
from permit_accounts.cli.report import listed
from permit_accounts.cli.shown import document
from permit_accounts.purge import Purged
from permit_accounts.purge import purge as forget

_NAMES: Final = {
    "tokens": "links and grants",
    "sessions": "sessions",
    "counts": "counts of attempts",
    "events": "events past their retention",
    "visitors": "events without their visitor now",
}


def purge(call: Call) -> Ending:
    """Do it, with the number of records so far on a terminal."""
    services = open_city(call).accounts.services
    with bar() as advance:
        purged = forget(services, progress=lambda done: advance(f"forgotten: {_sum(done)}", _sum(done), 0))
    call.report.lines(*listed((words, str(getattr(purged, name))) for name, words in _NAMES.items()))
    call.report.document({"purged": document(purged)})
    return Ending.DONE


def _sum(purged: Purged) -> int:
    return sum(attrs.astuple(purged))
