"""The commands of `permit-accounts staff` that decide who holds a license."""

from __future__ import annotations

from typing import Any

import click

from permit_accounts.cli.options import Call, names_an_actor, of_type, takes_a_reason, works_on_a_city

_STATES = ("claimed", "pending", "verified", "rejected", "released")


def _on_a_license(function: Any) -> Any:
    """A license, an account, and who decides why."""
    return click.argument("license_text", metavar="LICENSE")(
        click.argument("text")(of_type(names_an_actor(takes_a_reason(works_on_a_city(function)))))
    )


@click.command()
@click.option(
    "--state", type=click.Choice(_STATES), default="claimed", show_default=True, help="Which claims."
)
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many.")
@names_an_actor
@works_on_a_city
def claims(call: Call, **asked: Any) -> int:
    """List the claims on licenses that wait: those somebody made, or that wait for set-up (pending)."""
    from permit_accounts.cli import claim_acts

    return claim_acts.claims(call, **asked)


@click.command()
@_on_a_license
def link(call: Call, **asked: Any) -> int:
    """Link LICENSE to the account TEXT, verified: a second license, or one nobody claimed."""
    from permit_accounts.cli import claim_acts

    return claim_acts.verify(call, **asked)


@click.command()
@_on_a_license
def approve(call: Call, **asked: Any) -> int:
    """Verify the claim of the account TEXT on LICENSE."""
    from permit_accounts.cli import claim_acts

    return claim_acts.verify(call, **asked)


@click.command()
@_on_a_license
@click.option("--new-name", metavar="TEXT", help="What the account signs in with, if this was its only name.")
def reject(call: Call, **asked: Any) -> int:
    """Turn down the claim of the account TEXT on LICENSE; the name is retired with it."""
    from permit_accounts.cli import claim_acts

    return claim_acts.end(call, act="reject", **asked)


@click.command()
@_on_a_license
@click.option("--new-name", metavar="TEXT", help="What the account signs in with, if this was its only name.")
def release(call: Call, **asked: Any) -> int:
    """Take LICENSE from the account TEXT; the name is retired with it."""
    from permit_accounts.cli import claim_acts

    return claim_acts.end(call, act="release", **asked)


@click.command()
@click.argument("license_text", metavar="LICENSE")
@click.option(
    "--to", metavar="TEXT", help="The account that gets it; without it a new one is made, in set-up."
)
@click.option(
    "--new-name-for-holder", metavar="TEXT", help="What the former holder signs in with from now on."
)
@of_type
@names_an_actor
@takes_a_reason
@works_on_a_city
def transfer(call: Call, **asked: Any) -> int:
    """Give LICENSE and its name to another account, or to a new one.

    Where it was the former holder's only name and no new one is given, that account is closed.
    """
    from permit_accounts.cli import claim_acts

    return claim_acts.transfer(call, **asked)
