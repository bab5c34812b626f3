"""`permit-accounts outbox`: send the e-mail that waits, and see to what was given up."""

from __future__ import annotations

from typing import Any

import click

from permit_accounts.cli.options import Call, works_on_a_city


@click.group()
def outbox() -> None:
    """Send the e-mail that waits, and see to what was given up."""


@outbox.command()
@click.option("--watch", is_flag=True, help="Go on until interrupted, as a service beside the portal.")
@works_on_a_city
def deliver(call: Call, **asked: Any) -> int:
    """Send what is due, through the mail server of the configuration file or by what --app sends with.

    Ctrl-C and SIGTERM end it after the e-mail that is under way; a second Ctrl-C ends it at once. The exit
    code is 1 where an e-mail was given up, of which staff read in `staff inbox`, and 4 where one was
    deferred; it is tried again by itself.
    """
    from permit_accounts.cli.delivering import deliver

    return deliver(call, **asked)


@outbox.command()
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many.")
@works_on_a_city
def failed(call: Call, **asked: Any) -> int:
    """List the e-mail that was given up, each with its reason.

    A mail server refused it for good, or too many tries failed. Mend what the reason says, then `retry`.
    """
    from permit_accounts.cli import failed_mail

    return failed_mail.failed(call, **asked)


@outbox.command()
@click.argument("email_id", metavar="[ID]", required=False)
@click.option("--all", "every", is_flag=True, help="All that was given up.")
@works_on_a_city
def retry(call: Call, **asked: Any) -> int:
    """Make an e-mail that was given up due again, with all its tries before it.

    `outbox failed` shows each ID. An e-mail whose link is no longer good is dropped when it comes to be sent.
    The exit code is 1 where no such e-mail was given up.
    """
    from permit_accounts.cli import failed_mail

    return failed_mail.retry(call, **asked)
