"""Records and outcomes as people and programs read them: lines of text, or a document.

What a record keeps out of its `repr` is in neither: hashes, ids of tokens and sessions, passwords.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

import attrs

from permit_accounts.cli.endings import Ending
from permit_accounts.cli.options import TYPES
from permit_accounts.cli.report import Report, listed
from permit_accounts.model.codes import Code
from permit_accounts.model.outcomes import Found, Problem, Refused
from permit_accounts.model.records import Account, AuditEvent, License, LicenseLink
from permit_accounts.texts.catalog import TomlCatalog

_CATALOG: Final = TomlCatalog()
_LANGUAGE: Final = "en"
#: Said where nobody is found, for whoever runs a portal with types of its own must not take it for the truth.
OTHER_TYPES: Final = f"Where --app names no portal, only the account types {' and '.join(TYPES)} are known."


def document(value: object) -> Any:
    """A value as JSON has it; fields that are kept out of a `repr` are left out."""
    kind: Any = type(value)
    if attrs.has(kind):
        fields = attrs.fields(kind)
        return {field.name: document(getattr(value, field.name)) for field in fields if field.repr}
    if isinstance(value, Mapping):
        return {str(key): document(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [document(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def text(key: str, params: Mapping[str, str] | None = None, *, otherwise: str = "") -> str:
    """The catalog's words under a key."""
    try:
        return _CATALOG.text(key, _LANGUAGE, params or {})
    except KeyError:
        return otherwise or key


def moment(at: datetime | None) -> str:
    """A moment in this machine's time zone, which it names; empty for none."""
    return f"{at.astimezone():%Y-%m-%d %H:%M %Z}" if at is not None else ""


def refused(report: Report, refusal: Refused) -> Ending:
    """Say what was wrong, all of it."""
    for problem in refusal.problems:
        report.note(*problem_lines(problem))
        if problem.code is Code.STAFF_NOT_FOUND:
            report.note(OTHER_TYPES)
    report.document(
        {
            "refused": [
                {**document(problem), "text": text(f"code.{problem.code}", problem.params)}
                for problem in refusal.problems
            ]
        }
    )
    return Ending.REFUSED


def problem_lines(problem: Problem) -> list[str]:
    """The catalog's sentence and, below it, what the problem tells beside it."""
    where = f"{text(f'field.{problem.field}', otherwise=problem.field)}: " if problem.field else ""
    words = text(f"code.{problem.code}", problem.params)
    told = [f"  {name.replace('_', ' ')}: {value}" for name, value in problem.params.items() if value]
    return [f"{where}{words}", *(line for line in told if line.partition(": ")[2] not in words)]


def found_lines(found: Found) -> list[str]:
    """One hit of a search at the desk."""
    lines = account_lines(found.account) if found.account is not None else ["no account yet"]
    if found.names:
        names = ", ".join(f"{name.id} ({name.state})" for name in found.names)
        lines += listed([("names", names)])
    lines += [link_line(link) for link in found.links]
    if found.license is not None:
        lines += license_lines(found.license)
    return lines


def account_lines(account: Account) -> list[str]:
    """Who somebody is and how the account stands."""
    confirmed = moment(account.email_confirmed_at)
    email = account.email or f"none: {account.no_email_reason or 'nobody gave one'}"
    proof = f" (confirmed {confirmed})" if confirmed else " (not confirmed)" if account.email else ""
    return [
        f"{account.username}, {text(f'account-type.{account.account_type}', otherwise=account.account_type)}",
        *listed(
            (
                ("standing", account.standing),
                ("e-mail", f"{email}{proof}"),
                ("temporary password until", moment(account.temporary_until)),
                ("closed for unknown devices", moment(account.untrusted_closed_at)),
                ("since", moment(account.created_at)),
                *((text(f"field.{name}", otherwise=name), value) for name, value in account.profile.items()),
            )
        ),
    ]


def license_lines(record: License) -> list[str]:
    """What is known of a license, and whether it is on the roster."""
    roster = moment(record.on_roster_since)
    pairs = [("license", record.id), ("on the roster since", roster or "not on the roster")]
    if record.business is not None:
        pairs.append(("business", record.business.name))
    if record.status is not None:
        expires = f", expires {record.status.expires_on}" if record.status.expires_on else ""
        pairs.append(("status", f"{record.status.text or record.status.status}{expires}"))
        pairs.append(("classes", ", ".join(record.status.classes)))
    if record.contact is not None:
        contact = (record.contact.name, record.contact.email or "no e-mail", record.contact.phone)
        pairs.append(("contact on file", ", ".join(part for part in contact if part)))
    pairs.append(("last permit", str(record.last_permit_on or "")))
    pairs.append(("division", record.division or ""))
    return listed(pairs)


def link_line(link: LicenseLink) -> str:
    """One account's claim on a license."""
    by = f", decided by {link.decided_by}" if link.decided_by else ""
    return f"claim on {link.license_id}: {link.state} since {moment(link.since)}{by}"


def event_lines(event: AuditEvent) -> list[str]:
    """One thing that happened, with who did it and why."""
    who = f"{event.actor} {event.actor_id}" if event.actor == "staff" else str(event.actor)
    about = f" ({event.cause})" if event.cause is not None else ""
    told = [("reason", event.reason), ("license", event.license_id or ""), ("from", event.ip)]
    told += [(name.replace("_", " "), value) for name, value in event.params.items()]
    return [
        f"{moment(event.at)}  {text(f'event.{event.name}', otherwise=event.name)}{about}, by {who}",
        *(f"    {line}" for line in listed(told)),
    ]
