"""E-mail that was given up: what it is and why, and another try once that is mended."""

from __future__ import annotations

from collections.abc import Iterator

import click

from permit_accounts.cli.city import open_city
from permit_accounts.cli.endings import Ending
from permit_accounts.cli.options import Call
from permit_accounts.cli.report import listed
from permit_accounts.cli.shown import document, moment
from permit_accounts.outbox import Outbox


def failed(call: Call, *, limit: int) -> Ending:
    """List it, each with its reason; links are made when an e-mail leaves, so that none is shown."""
    page = open_city(call).accounts.outbox.failed(limit=limit)
    for email in page:
        pairs = [("reason", email.last_error), ("to", email.recipient), ("since", moment(email.created_at))]
        call.report.lines(f"{email.id}: {email.template}", *(f"    {line}" for line in listed(pairs)))
    if not page:
        call.report.lines("No e-mail was given up.")
    if len(page) == limit:
        call.report.note(f"There may be more than these {limit}: --limit shows up to 1000.")
    call.report.document({"failed": document(page)})
    return Ending.DONE


def retry(call: Call, *, email_id: str | None, every: bool) -> Ending:
    """Make one of them due again, or all."""
    if email_id is None and not every:
        raise click.UsageError("give the ID of one e-mail, or --all")
    if email_id is not None and every:
        raise click.UsageError("--all means every e-mail: leave it out, or leave the ID out")
    outbox = open_city(call).accounts.outbox
    due = [tried for tried in (_all(outbox) if email_id is None else (email_id,)) if outbox.retry(tried)]
    call.report.document({"retried": due})
    if email_id is not None and not due:
        call.report.note(f"No e-mail {email_id} was given up; `outbox failed` lists them.")
        return Ending.REFUSED
    call.report.lines(f"{len(due)} due again; `outbox deliver` sends what is due.")
    return Ending.DONE


def _all(outbox: Outbox) -> Iterator[str]:
    page = outbox.failed()
    while page:
        yield from (email.id for email in page)
        page = outbox.failed(after=page[-1])
