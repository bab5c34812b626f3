"""`permit-accounts demo`: the whole portal in a browser on this machine."""

from __future__ import annotations

import click

from permit_accounts.cli.report import Report


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="Where to serve it."
)
@click.option(
    "--folder",
    type=click.Path(file_okay=False),
    default="permit-accounts-demo",
    show_default=True,
    metavar="FOLDER",
    help="Where its data is kept from one start to the next; made where it is not there.",
)
def demo(port: int, folder: str) -> int:
    """Serve both guides, the staff desk and everybody's mail to a browser on this machine.

    Everything happens for an invented city in a new SQLite file. Open the address that is printed and do what
    stands below it. Only this machine can reach it, but anybody on it: it is served over http without a
    certificate, and whoever opens the staff desk is taken for staff, so enter nothing real. Ctrl-C ends it;
    the next start goes on with the same data.
    """
    from permit_accounts.cli.demo.showing import show

    return show(click.get_current_context().ensure_object(Report), folder=folder, port=port)
