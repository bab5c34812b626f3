"""The commands of `permit-accounts staff` that show what happened."""

from __future__ import annotations

from typing import Any

import click

from permit_accounts.cli.options import Call, names_an_actor, of_type, works_on_a_city


def _in_pages(function: Any) -> Any:
    """How much of it is shown."""
    function = click.option("--all", "everything", is_flag=True, help="Everything, however much it is.")(
        function
    )
    return click.option(
        "--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many events."
    )(function)


@click.command()
@click.argument("text")
@of_type
@_in_pages
@names_an_actor
@works_on_a_city
def history(call: Call, **asked: Any) -> int:
    """What happened to an account, or around a license that has none; newest first."""
    from permit_accounts.cli import history_acts

    return history_acts.history(call, **asked)


@click.command()
@_in_pages
@names_an_actor
@works_on_a_city
def inbox(call: Call, **asked: Any) -> int:
    """What staff must learn of: refused registrations, waiting claims, failed e-mail; newest first."""
    from permit_accounts.cli import history_acts

    return history_acts.inbox(call, **asked)
