"""One examination from top to bottom; what cannot be opened ends it, for the rest hangs on that."""

from __future__ import annotations

from collections.abc import Iterator

from permit_accounts.cli.city import City, database_url, keys, open_city, path_of, settings
from permit_accounts.cli.doctor import files, hashes, machine, records
from permit_accounts.cli.doctor import settings as decisions
from permit_accounts.cli.doctor.findings import Finding, Level, error, note, ok
from permit_accounts.cli.doctor.servers import of_the_server
from permit_accounts.cli.doctor.telling import tell
from permit_accounts.cli.endings import Ending
from permit_accounts.cli.options import Call
from permit_accounts.cli.server_tables import tables_at, tables_of
from permit_accounts.email_backends.smtp import SMTPBackend
from permit_accounts.model.errors import ConfigurationError, PermitAccountsError, Unavailable
from permit_accounts.ports import EmailBackend
from permit_accounts.tools.services import utc_now


def examine(call: Call, *, smtp: bool) -> Ending:
    """Look at everything and tell it, the worst words in the exit code."""
    return tell(call.report, _findings(call, smtp=smtp))


def _findings(call: Call, *, smtp: bool) -> Iterator[Finding]:
    return _of_an_application(call, smtp=smtp) if call.app is not None else _of_settings(call, smtp=smtp)


def _of_an_application(call: Call, *, smtp: bool) -> Iterator[Finding]:
    """The city as the portal has put it together."""
    try:
        city = open_city(call)
    except PermitAccountsError as wrong:
        yield error("application", str(wrong))
        return
    yield ok("application", f"{call.app} are the city's accounts")
    yield from decisions.of_the_city(city.policy)
    yield from decisions.of_the_policy(city.policy)
    yield from _of_the_backend(city.accounts.outbox.backend, smtp=smtp)
    yield from machine.of_the_blocklist()
    yield from decisions.of_the_keys(city.accounts.services.keyring)
    tables = tables_of(city.accounts.services.store)
    if tables is not None:
        yield from of_the_server(tables, city.accounts.services.now)
    yield from _of_the_city_at_work(city)


def _of_the_backend(backend: EmailBackend, *, smtp: bool) -> Iterator[Finding]:
    if not isinstance(backend, SMTPBackend):
        yield note("mail-server", "the application sends its e-mail by no mail server; --smtp tries none.")
        return
    yield ok("mail-server", f"the application sends its e-mail by {backend}")
    if smtp:
        yield from machine.of_the_connection(lambda: backend)


def _of_settings(call: Call, *, smtp: bool) -> Iterator[Finding]:
    try:
        file = settings(call)
    except ConfigurationError as wrong:
        yield error("configuration", str(wrong))
        return
    yield ok("configuration", call.config or "no file: the defaults")
    yield from decisions.of_the_city(file.policy)
    yield from decisions.of_the_policy(file.policy)
    yield from decisions.of_the_mail_server(file.mail_server)
    if smtp and file.mail_server is not None:
        yield from machine.of_the_connection(file.mail_server.backend)
    yield from machine.of_the_blocklist()
    try:
        yield from decisions.of_the_keys(keys())
    except ConfigurationError as wrong:
        yield error("keys", str(wrong))
        return
    url = database_url(call, file) if call.database or file.database else None
    yield from _of_the_database(call, url)


def _of_the_database(call: Call, url: str | None) -> Iterator[Finding]:
    try:
        tables = tables_at(url) if url is not None and path_of(url) is None else None
    except ConfigurationError as wrong:
        yield error("database", str(wrong))
        return
    found = list(of_the_server(tables, utc_now)) if tables is not None else []
    yield from found
    try:
        city = open_city(call)
    except PermitAccountsError as wrong:
        if not any(finding.level is Level.ERROR for finding in found):
            yield error("database", str(wrong))
        return
    if tables is None:
        yield ok("database", f"{url} has this release's tables")
    yield from _of_the_city_at_work(city)


def _of_the_city_at_work(city: City) -> Iterator[Finding]:
    """What was found before a database fails is told all the same."""
    try:
        yield from _of_what_is_kept(city)
    except Unavailable as gone:
        yield error("records", f"nothing more can be looked at: {gone}")


def _of_what_is_kept(city: City) -> Iterator[Finding]:
    s = city.accounts.services
    if city.database is not None:
        yield from files.of_the_file(city.database)
    yield from machine.of_hashing(s)
    yield from hashes.of_the_hashes(s)
    yield from records.of_the_outbox(s)
    yield from records.of_the_counts(s)
    yield from records.of_the_clock(s)
