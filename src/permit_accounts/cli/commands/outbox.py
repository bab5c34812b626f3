"""`permit-accounts outbox`: send the e-mail that waits."""

from __future__ import annotations

from typing import Any

import click

from permit_accounts.cli.options import Call, works_on_a_city


@click.group()
def outbox() -> None:
    """Send the e-mail that waits."""


@outbox.command()
@click.option("--watch", is_flag=True, help="Go on until interrupted, as a service beside the portal.")
@works_on_a_city
def deliver(call: Call, **asked: Any) -> int:
    """Send what is due, through the mail server of the configuration file.

    Ctrl-C and SIGTERM end it after the e-mail that is under way; a second Ctrl-C ends it at once. The exit
    code is 1 where an e-mail was given up, of which staff read in `staff inbox`, and 4 where one was
    deferred; it is tried again by itself.
    """
    from permit_accounts.cli.delivering import deliver

    return deliver(call, **asked)
