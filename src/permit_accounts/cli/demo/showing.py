"""Starting the demonstration, and what is said about it at the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from importlib.resources import as_file, files
from typing import Final

from permit_accounts.cli.demo.city import STAFF, Returning, city_of, returning_contractor
from permit_accounts.cli.demo.folder import DemoFolder, opened
from permit_accounts.cli.demo.mail_pages import MailPages
from permit_accounts.cli.demo.serving import Server, until_stopped
from permit_accounts.cli.endings import Ending
from permit_accounts.cli.report import Report
from permit_accounts.contrib.wsgi import answer, start, wsgi_app
from permit_accounts.staff_console import StaffConsole
from permit_accounts.web import Site

#: A mail is in the viewer before anybody has gone there.
_AT_ONCE: Final = timedelta(seconds=0.5)


def show(report: Report, *, folder: str, port: int) -> Ending:
    """Serve the portal until somebody says stop."""
    with until_stopped() as terminated:
        server = Server(port)
        try:
            _serve(server, report, opened(folder))
        finally:
            server.close()
    report.note("Stopped. The next start goes on with the same data.")
    return Ending.DONE if terminated else Ending.INTERRUPTED


def _serve(server: Server, report: Report, kept: DemoFolder) -> None:
    accounts = city_of(kept, server.base_url)
    contractor = returning_contractor(accounts)
    with as_file(files("permit_accounts.cli.demo").joinpath("templates")) as look:
        site = Site(accounts, templates=look)
        console = StaffConsole(accounts, who=lambda request: STAFF, templates=look)
        # Whatever is at no page of the demonstration is not found in the portal's own words.
        application = wsgi_app(
            site,
            console,
            MailPages(accounts, kept.mail, templates=look),
            otherwise=lambda environ, start_response: start(answer(site, environ), start_response),
        )
        accounts.outbox.start(_AT_ONCE)
        try:
            report.headings("The permit portal of Sampleton", "")
            report.lines(*_words(server.base_url, kept, contractor))
            server.serve(application)
        finally:
            accounts.outbox.stop()


def _words(base_url: str, kept: DemoFolder, contractor: Returning) -> Iterator[str]:
    yield f"Open        {base_url}"
    yield f"Mail        {base_url}/mail   every e-mail that the portal sends"
    yield f"Staff desk  {base_url}/staff  what the city's staff see"
    yield f"Data        {kept.database.parent}{'' if kept.is_new else ', from before'}"
    yield "Mail and staff desk ask for no password: anybody on this machine can open them, so enter"
    yield "nothing real."
    yield ""
    if contractor.temporary is not None:
        yield "A contractor of the roster has called staff and was given a temporary password:"
        yield ""
        yield f"    license number      {contractor.license}"
        yield f"    temporary password  {contractor.temporary}"
        yield ""
        yield "1. Choose Contractor in the log-in drop-down, enter both, and choose Login."
        yield "2. Choose a password of your own, a security question and its answer."
        yield "3. You are on the Dashboard, with the license number in the upper right."
    elif contractor.account:
        yield f"The contractor {contractor.account} has finished set-up: sign in with the password that was"
        yield "chosen, or choose Forgot Password and look into Mail."
    else:
        yield f"The contractor {contractor.license} gets no more temporary passwords within the hour;"
        yield "the last one is still good."
    yield ""
    yield "Or choose Setup an Account as a public user, or as a contractor who is new to the city."
    yield "Ctrl-C ends it."
