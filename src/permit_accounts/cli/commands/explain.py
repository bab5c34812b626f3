"""`permit-accounts explain`: why can this person not sign in?"""

from __future__ import annotations

from typing import Any

import click

from permit_accounts.cli.options import Call, names_an_actor, of_type, works_on_a_city


@click.command()
@click.argument("name")
@of_type
@names_an_actor
@works_on_a_city
def explain(call: Call, **asked: Any) -> int:
    """Say why the person with this license number, username or e-mail address cannot sign in.

    For each reason it says what staff can do. It changes nothing; like every look at an account it stands
    in the history. The exit code is 1 where nobody has this name.
    """
    from permit_accounts.cli.explaining import explain

    return explain(call, **asked)
