"""`permit-accounts doctor`: what is wrong or weak with this installation."""

from __future__ import annotations

from typing import Any

import click

from permit_accounts.cli.options import Call, works_on_a_city


@click.command()
@click.option("--smtp", is_flag=True, help="Also connect to the mail server, without sending anything.")
@works_on_a_city
def doctor(call: Call, **asked: Any) -> int:
    """Say what is wrong or weak with this installation. It changes nothing.

    Run it where the portal runs, with the portal's variables. The exit code is 1 where something is an error;
    a warning should be mended, a note should be known.
    """
    from permit_accounts.cli.doctor.visit import examine

    return examine(call, **asked)
