"""What every command takes that imports a file of rows."""

from __future__ import annotations

from collections.abc import Callable

import click

from permit_accounts.cli.options import ACTOR_VARIABLE, F


def imports_rows(*, example: str, problems: str) -> Callable[[F], F]:
    """Give a command the file, and what is to be said of it.

    Args:
        example: What a column may be called, such as `license=LIC_NO`.
        problems: What stands in the file of `--problems`.
    """
    given = (
        click.argument("file", type=click.Path(exists=True, dir_okay=False)),
        click.option(
            "--map",
            "mapped",
            multiple=True,
            metavar="NAME=COLUMN",
            help=f"What a column is called in the file, such as {example}. May be given several times.",
        ),
        click.option(
            "--encoding", type=click.Choice(["utf-8", "windows-1252"]), help="Found out by default."
        ),
        click.option(
            "--dry-run", is_flag=True, help="Say what would come of it and write nothing; needs no database."
        ),
        click.option(
            "--problems",
            type=click.Path(dir_okay=False),
            metavar="CSV",
            help=f"Write {problems} to this new file.",
        ),
        click.option(
            "--actor", envvar=ACTOR_VARIABLE, metavar="ID", help=f"Who imports. Variable: {ACTOR_VARIABLE}."
        ),
    )

    def give(function: F) -> F:
        # The last that is given is shown first.
        for one in reversed(given):
            function = one(function)
        return function

    return give
