"""The roster as a CSV file for whoever works at this terminal."""

from __future__ import annotations

import os
import sys

import click

from permit_accounts.cli.city import open_city
from permit_accounts.cli.endings import Ending
from permit_accounts.cli.new_files import new_file
from permit_accounts.cli.options import Call
from permit_accounts.roster import export_roster


def export_file(call: Call, *, file: str, overwrite: bool) -> Ending:
    """Write it, and say how many licenses are in it."""
    city = open_city(call)
    services = city.accounts.services
    if file == "-":
        count = export_roster(services, sys.stdout.buffer)
        sys.stdout.buffer.flush()
        call.report.note(f"{count} licenses")
        return Ending.DONE
    if not overwrite and os.path.lexists(file):
        raise click.UsageError(f"{file} is there already; name another file, or replace it with --overwrite")
    with new_file(file, database=city.database, overwrite=overwrite) as target:
        count = export_roster(services, target)
    call.report.lines(f"{count} licenses in {file}")
    call.report.document({"licenses": count, "file": file})
    return Ending.DONE
