"""`permit-accounts users`: the people whom a city brings from an earlier portal."""

from __future__ import annotations

from typing import Any

import click

from permit_accounts.cli.options import ACTOR_VARIABLE, Call, may_create, of_type, works_on_a_city


@click.group()
def users() -> None:
    """Import the users of an earlier portal.

    They sign in with the names and passwords that they have.
    """


@users.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option(
    "--map",
    "mapped",
    multiple=True,
    metavar="NAME=COLUMN",
    help="What a column is called in the file, such as username=LOGIN. May be given several times.",
)
@click.option("--encoding", type=click.Choice(["utf-8", "windows-1252"]), help="Found out by default.")
@click.option(
    "--dry-run", is_flag=True, help="Say what would come of it and write nothing; needs no database."
)
@click.option(
    "--problems",
    type=click.Path(dir_okay=False),
    metavar="CSV",
    help="Write all that is to be said of rows to this new file.",
)
@click.option(
    "--actor", envvar=ACTOR_VARIABLE, metavar="ID", help=f"Who imports. Variable: {ACTOR_VARIABLE}."
)
@click.option("--reason", default="", metavar="TEXT", help="Why; it stands in each account's history.")
@of_type
@may_create
@works_on_a_city
def import_(call: Call, **asked: Any) -> int:
    """Import the users of a CSV or JSON FILE.

    \b
    permit-accounts users import users.csv --map username=LOGIN --map password_hash=PASSWORD \\
        --map email=EMAIL_ADDR --dry-run

    Accounts are made, and none is changed: a name that somebody has stays theirs. No e-mail is sent. What
    old hashes cost must stand in the policy's imported_hashes; --dry-run says the line.

    It may be interrupted and run again: it goes on where it stopped, and accounts can be used meanwhile.

    The exit code is 1 where the whole file was refused, with nothing written; 0 where rows were refused,
    which is said.
    """
    from permit_accounts.cli.importing_users import import_file

    return import_file(call, **asked)
