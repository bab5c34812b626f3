"""`permit-accounts cslb`: the California board's public license file, made searchable."""

from __future__ import annotations

from datetime import datetime

import click

from permit_accounts.cli.days import Day
from permit_accounts.cli.options import answers_in_json
from permit_accounts.cli.report import Report


@click.group()
def cslb() -> None:
    """Index the California board's public license file, so that licenses are looked up without its site."""


@cslb.command()
@click.argument("csv", type=click.Path(exists=True, dir_okay=False))
@click.argument("index", type=click.Path(dir_okay=False))
@click.option(
    "--as-of",
    type=Day(),
    metavar="DATE",
    help="The day of the file, such as 2026-03-02; by default the time at which it was last written.",
)
@click.option(
    "--least-share",
    type=click.FloatRange(0, 1),
    default=0.8,
    show_default=True,
    help="How many licenses, compared with the index in place, a whole file has at the least.",
)
@answers_in_json
def index(csv: str, index: str, as_of: datetime | None, least_share: float) -> int:
    """Index the License Master file CSV and put the result in the place of INDEX.

    A file that broke off while it was downloaded is refused, and the index in place stays.
    """
    from permit_accounts.cli.indexing import index_file

    report = click.get_current_context().ensure_object(Report)
    return index_file(report, csv, index, as_of=as_of, least_share=least_share)
