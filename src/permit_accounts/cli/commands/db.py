"""`permit-accounts db`: make the database's tables, bring them up to date, look them over."""

from __future__ import annotations

import click

from permit_accounts.cli.options import Call, works_on_a_city


@click.group()
def db() -> None:
    """Make the database's tables, bring them up to date, look them over.

    None of these needs the city's keys. `upgrade` needs a user of the database who may make tables; the
    portal itself needs none who may.
    """


@db.command()
@click.option("--sql", is_flag=True, help="Change nothing, and print what would be said to the database.")
@works_on_a_city
def upgrade(call: Call, *, sql: bool) -> int:
    """Make the tables, or bring them up to this release. A SQLite file is made where it is not there.

    It may be run at any time, by several programs at once, and again after it was interrupted.
    """
    from permit_accounts.cli.database import print_statements, upgrade

    return print_statements(call) if sql else upgrade(call)


@db.command()
@works_on_a_city
def current(call: Call) -> int:
    """Say which release's tables the database holds, and which this release needs."""
    from permit_accounts.cli.database import current

    return current(call)


@db.command()
@works_on_a_city
def check(call: Call) -> int:
    """Say everything that is wrong with the database. It changes nothing.

    Tables, columns, collations and indexes; this user's privileges; the server's version, letters, clock and
    settings. The exit code is 1 where something is an error.
    """
    from permit_accounts.cli.database import check

    return check(call)
