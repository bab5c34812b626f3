"""One examination from top to bottom; what cannot be opened ends it, for the rest hangs on that."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections import Counter
from collections.abc import Iterator
from typing import Final

import click

from permit_accounts.cli.city import City, database_url, keys, open_city, settings
from permit_accounts.cli.doctor import files, machine, records
from permit_accounts.cli.doctor import settings as decisions
from permit_accounts.cli.doctor.findings import Finding, Level, error, note, ok
from permit_accounts.cli.endings import Ending
from permit_accounts.cli.options import Call
from permit_accounts.cli.shown import document
from permit_accounts.email_backends.smtp import SMTPBackend
from permit_accounts.model.errors import ConfigurationError, PermitAccountsError
from permit_accounts.ports import EmailBackend

_LEVEL: Final = 9
_TOPIC: Final = 28
_COLORS: Final = {Level.OK: "green", Level.NOTE: "blue", Level.WARNING: "yellow", Level.ERROR: "red"}


def examine(call: Call, *, smtp: bool) -> Ending:
    """Look at everything and tell it, the worst words in the exit code."""
    findings: list[Finding] = []
    for finding in _findings(call, smtp=smtp):
        findings.append(finding)
        if not call.report.as_json:
            click.echo(f"{click.style(f'{finding.level:<7}', fg=_COLORS[finding.level])}  ", nl=False)
        call.report.lines(*_lines(finding))
    counts = Counter(finding.level for finding in findings)
    call.report.lines("", ", ".join(f"{counts[level]} {level}" for level in Level))
    call.report.document({"findings": document(findings)})
    return Ending.REFUSED if counts[Level.ERROR] else Ending.DONE


def _lines(finding: Finding) -> list[str]:
    """One line for programs that search in it; at a terminal as many as it takes."""
    words = f"{finding.topic:<17}  {finding.words}"
    if not sys.stdout.isatty():
        return [words]
    columns = max(shutil.get_terminal_size((80, 24)).columns, 60)
    return textwrap.wrap(words, columns - _LEVEL, subsequent_indent=" " * _TOPIC, drop_whitespace=True)


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
    try:
        city = open_city(call)
    except PermitAccountsError as wrong:
        yield error("database", str(wrong))
        return
    yield ok("database", f"{database_url(call, file)} has this release's tables")
    yield from _of_the_city_at_work(city)


def _of_the_city_at_work(city: City) -> Iterator[Finding]:
    s = city.accounts.services
    if city.database is not None:
        yield from files.of_the_file(city.database)
    yield from machine.of_hashing(s)
    yield from records.of_the_hashes(s)
    yield from records.of_the_outbox(s)
    yield from records.of_the_counts(s)
    yield from records.of_the_clock(s)
