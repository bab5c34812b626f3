"""Files of an earlier portal's users, and what a city's store holds after they were imported."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Mapping
from typing import Any

from permit_accounts.existing_users import import_users
from permit_accounts.model.codes import Code
from permit_accounts.model.files import FileFault, FileRefused
from permit_accounts.model.records import Account
from permit_accounts.model.users import UserProblem, UserReason, UsersReport
from permit_accounts.rules.old_costs import OldScheme
from permit_accounts.testing.world import World
from permit_accounts.texts.catalog import LANGUAGES, TomlCatalog
from permit_accounts.tools import lookups
from permit_accounts.tools.old_digests import digest_of
from roster.town import everything

HEADER = "username,password_hash,email"
DECLARED = ("pbkdf2_sha256:rounds=10",)


def old_password(n: object) -> str:
    """The password that somebody has."""
    return f"old lantern {n}"


def old_hash(password: str, *, rounds: int = 10) -> str:
    """A hash as Django writes it, quickly made."""

    digest = digest_of(password.encode(), OldScheme("pbkdf2_sha256", (rounds,), b"salt", 32))
    return f"pbkdf2_sha256${rounds}$salt${base64.b64encode(digest).decode()}"


def csv_file(*lines: str, header: str = HEADER, encoding: str = "utf-8") -> io.BytesIO:
    """A CSV file of these rows."""
    return io.BytesIO("\n".join((header, *lines, "")).encode(encoding))


def json_file(*rows: Mapping[str, object], lines: bool = False) -> io.BytesIO:
    """A JSON file of these rows: an array, or one on each line."""
    text = "\n".join(map(json.dumps, rows)) if lines else json.dumps(rows)
    return io.BytesIO(text.encode())


def row(name: str, *, email: str | None = None) -> str:
    """A row of a CSV file; the password is `old_password(name)`."""
    address = f"{name}@mail.example.org" if email is None else email
    return f"{name},{old_hash(old_password(name))},{address}"


def many(count: int) -> io.BytesIO:
    """A file of so many users, `u100` and on."""
    return csv_file(*(row(f"user{n}x") for n in range(100, 100 + count)))


def imported(world: World, source: Any, **how: Any) -> UsersReport:
    """The report of a file that is not refused; its counts add up, and all it says has words."""
    report = import_users(world.services, source, **how)
    assert isinstance(report, UsersReport), report
    assert report.rows == report.added + report.unchanged + report.duplicates + report.refused
    assert all(map(words, report.problems))
    return report


def refused(world: World, source: Any, **how: Any) -> tuple[FileFault, int]:
    """Why a file is refused, and where; that it changed nothing is checked."""
    before = everything(world.store)
    refusal = import_users(world.services, source, **how)
    assert isinstance(refusal, FileRefused), refusal
    assert before == everything(world.store)
    assert words(refusal)
    return refusal.fault, refusal.line


def words(told: FileRefused | UserProblem) -> str:
    """The catalog's English words; whatever they show was told, in every language."""
    for language in LANGUAGES:
        assert "{" not in TomlCatalog().text(told.text_key, language, dict.fromkeys(told.params, ""))
    return TomlCatalog().text(told.text_key, "en", told.params)


def reasons(report: UsersReport) -> list[tuple[int, str, Code | UserReason]]:
    """What a report says of rows: line, column, reason."""
    return [(problem.line, problem.column, problem.reason) for problem in report.problems]


def account(world: World, name_id: str) -> Account:
    """The account of this name."""
    found = lookups.account_named(world.services, name_id)
    assert found is not None
    return found
