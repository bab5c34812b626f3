"""`permit-accounts purge`: forget what has expired."""

from __future__ import annotations

import click

from permit_accounts.cli.options import Call, works_on_a_city


@click.command()
@works_on_a_city
def purge(call: Call) -> int:
    """Forget what has expired: links, sessions, counts, and events past their retention. Run it daily.

    It may be interrupted anywhere and be run twice at once.
    """
    from permit_accounts.cli.purging import purge

    return purge(call)
