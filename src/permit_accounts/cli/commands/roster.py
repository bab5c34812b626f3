"""`permit-accounts roster`: the city's contractors, out of a CSV file and into one."""

from __future__ import annotations

from typing import Any

import click

from permit_accounts.cli.days import Day
from permit_accounts.cli.options import Call, may_create, works_on_a_city
from permit_accounts.cli.row_options import imports_rows


@click.group()
def roster() -> None:
    """Import and export the contractor roster.

    Who is on it and has no account yet gets a temporary password from staff, or a set-up link by e-mail.
    """


@roster.command("import")
@imports_rows(example="license=LIC_NO", problems="every row that was refused or left out, and why,")
@click.option(
    "--mapping",
    type=click.Path(exists=True, dir_okay=False),
    metavar="TOML",
    help='The same as a file with lines such as license = "LIC_NO".',
)
@click.option(
    "--permits-after",
    type=Day(),
    metavar="DATE",
    help="Only rows whose last permit is later than this day, such as 2014-09-01.",
)
@click.option("--division", metavar="TEXT", help="Only rows whose last permit this division issued.")
@click.option("--authority", metavar="ID", help="The board of rows that name none, such as us-ca-cslb.")
@may_create
@works_on_a_city
def import_(call: Call, **asked: Any) -> int:
    """Import the contractors of a CSV FILE.

    \b
    permit-accounts roster import roster.csv --map license=LIC_NO --map email=EMAIL_ADDR \\
        --map last_permit_on=LAST_PERMIT --permits-after 2014-09-01

    Only facts about licenses are written: no account, no password, no e-mail. Nobody who is missing from the
    file loses anything. It may be interrupted and run again: what is there already stays as it is.

    Dates are 2019-05-14, or 5/14/2019 with the month first.

    The exit code is 1 where the whole file was refused, with nothing written; 0 where rows were refused or
    left out, which is said.
    """
    from permit_accounts.cli.importing import import_file

    return import_file(call, **asked)


@roster.command()
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True))
@click.option("--overwrite", is_flag=True, help="Replace FILE if it is there.")
@works_on_a_city
def export(call: Call, **asked: Any) -> int:
    """Export every license on the roster to a CSV FILE, or to the standard output for `-`.

    The file is readable by its owner only, opens safely in a spreadsheet program, and can be imported again.
    """
    from permit_accounts.cli.exporting import export_file

    return export_file(call, **asked)
