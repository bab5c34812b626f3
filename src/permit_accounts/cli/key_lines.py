"""Keys as one line of a secrets file, fresh or going on from those in use."""

from __future__ import annotations

import os

import click

from permit_accounts.cli.endings import Ending
from permit_accounts.cli.options import KEYS_VARIABLE
from permit_accounts.cli.report import Report
from permit_accounts.tools.keyring import Keyring


def print_new_keys(report: Report, *, add_pepper: str | None, rotate: bool, drop_old_seals: bool) -> Ending:
    """Print the line, and beside it what comes of using it."""
    if drop_old_seals and not rotate:
        raise click.UsageError("--drop-old-seals goes with --rotate")
    ring = Keyring.from_env(KEYS_VARIABLE) if rotate else Keyring.new()
    if rotate:
        ring = ring.with_new_seal(keep=not drop_old_seals)
    elif os.environ.get(KEYS_VARIABLE):
        report.note(
            f"{KEYS_VARIABLE} holds keys already. These are others: with them every session ends, every "
            "count is forgotten, and peppered passwords cannot be checked. --rotate goes on from them."
        )
    if add_pepper is not None:
        ring = ring.with_new_pepper(add_pepper)
    # Commas and not spaces: shells, systemd and containers then read the line alike without quotation marks.
    text = ring.to_text().replace(" ", ",")
    report.lines(f"{KEYS_VARIABLE}={text}")
    report.document({"variable": KEYS_VARIABLE, "keys": text})
    if drop_old_seals:
        report.note("Once the portal runs with these keys, every session and every mailed link has ended.")
    report.note("Keep this line in a secrets file that only the portal can read, apart from the database.")
    return Ending.DONE
