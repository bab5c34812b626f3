"""`permit-accounts keys`: make the city's keys, renew them, end every session after a restored backup."""

from __future__ import annotations

from typing import Any

import click

from permit_accounts.cli.options import KEYS_VARIABLE, answers_in_json


@click.group()
def keys() -> None:
    """Make the city's keys.

    They are printed as one line for a secrets file and kept nowhere. Whoever has them can forge sessions.
    """


@keys.command()
@click.option("--add-pepper", metavar="NAME", help="Add a fresh pepper under this name, such as v1.")
@click.option(
    "--rotate", is_flag=True, help=f"Go on from the keys in {KEYS_VARIABLE}, with a fresh seal first."
)
@click.option(
    "--drop-old-seals",
    is_flag=True,
    help="With --rotate: keep no old seal, so that every session and every mailed link ends.",
)
@answers_in_json
def new(**asked: Any) -> int:
    """Print a line PERMIT_ACCOUNTS_KEYS=… with fresh keys.

    \b
    A new city:                     permit-accounts keys new
    Once a year:                    permit-accounts keys new --rotate
    After restoring a backup:       permit-accounts keys new --rotate --drop-old-seals

    A rotated ring keeps the old seals, so that nobody is signed out; take the oldest away by hand once the
    longest session is over. The count key and the peppers always stay.
    """
    from permit_accounts.cli.key_lines import print_new_keys

    return print_new_keys(click.get_current_context().obj, **asked)
