"""`permit-accounts tour`: both guides, step by step, done and checked."""

from __future__ import annotations

import click

from permit_accounts.cli.options import answers_in_json
from permit_accounts.cli.report import Report


@click.command()
@click.option(
    "--keep",
    type=click.Path(file_okay=False),
    metavar="FOLDER",
    help="Leave the database, the roster and the e-mails there; by default nothing is left behind.",
)
@answers_in_json
def tour(keep: str | None) -> int:
    """Walk through both log-in guides: public users and contractors, each step done and checked.

    Everything happens for an invented city in a new SQLite file, with e-mail sent over SMTP to a mail server
    that runs inside this command. What is printed was read back from what the library returned, from the
    database or from an e-mail that arrived. It takes less than a minute. The exit code is 1 where a step does
    not come out as the guides say.
    """
    from permit_accounts.cli.tour.guide import take

    return take(click.get_current_context().ensure_object(Report), keep=keep)
