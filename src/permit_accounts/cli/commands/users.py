"""`permit-accounts users`: the people whom a city brings from an earlier portal."""

from __future__ import annotations

from functools import partial
from typing import Any

import click

from permit_accounts.cli.options import Call, may_create, of_type, works_on_a_city
from permit_accounts.cli.row_options import imports_rows


@click.group()
def users() -> None:
    """Import the users of an earlier portal.

    They sign in with the names and passwords that they have.
    """


@users.command("import")
@imports_rows(example="username=LOGIN", problems="all that is to be said of rows")
@click.option("--reason", default="", metavar="TEXT", help="Why; it stands in each account's history.")
@partial(of_type, otherwise="the policy's first by default")
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
