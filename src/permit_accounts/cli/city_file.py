"""A city's settings in a TOML file: what an operator can write down without a line of Python.

    database = "sqlite:////srv/permits/accounts.db"
    scratch = "redis://127.0.0.1:6379/0"

    [city]
    city = "Sampleton"
    support_phone = "(323) 555-0199"
    base_url = "https://permits.sampleton.example.gov"
    mail_from = "permits@sampleton.example.gov"

    [policy]
    strict = true
    temporary_ttl = "24 hours"

    [smtp]
    host = "mail.sampleton.example.gov"
    username = "permits"
    password_env = "PERMIT_ACCOUNTS_SMTP_PASSWORD"

They must be the settings that the portal itself has. No password stands in the file: it names the variable
that holds one. A name that is not known is an error, for it would otherwise be a setting that does nothing.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Literal

import attrs

from permit_accounts.email_backends.smtp import SMTPBackend
from permit_accounts.model.codes import QuestionUse, ScratchOutage
from permit_accounts.model.errors import ConfigurationError
from permit_accounts.model.secret import Secret
from permit_accounts.rules.policy import Argon2Cost, Limit, Links, Policy

#: Settings of `Policy` that stand under `[city]`.
CITY: Final = (
    *("city", "support_phone", "base_url", "mail_from"),
    *("staff_email", "time_zone", "languages", "context_words"),
)
#: Settings that only Python can give.
_ONLY_IN_PYTHON: Final = frozenset({"account_types", "breach_check"})
_SPAN: Final = re.compile(r"([0-9]{1,6}) *(second|minute|hour|day)s?", re.ASCII)
_SECURITY: Final = ("starttls", "tls", "none")


@attrs.frozen(kw_only=True)
class MailServer:
    """Where e-mail is handed in."""

    host: str
    port: int | None = None
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password_env: str | None = None

    def password(self) -> Secret:
        """The password out of the variable that the file names; empty where it names none.

        Raises:
            ConfigurationError: There is no such variable.
        """
        if self.password_env is None:
            return Secret("")
        text = os.environ.get(self.password_env, "")
        if not text:
            raise ConfigurationError(f"the environment variable {self.password_env} holds no password")
        return Secret(text)

    def backend(self) -> SMTPBackend:
        """What speaks to it."""
        return SMTPBackend(
            self.host,
            self.port,
            security=self.security,
            username=self.username,
            password=self.password(),
        )


@attrs.frozen(kw_only=True)
class CityFile:
    """What stands in a file: a policy and, where they are named, database, counts and mail server."""

    policy: Policy = attrs.field(factory=Policy)
    database: str | None = None
    scratch: str | None = None
    mail_server: MailServer | None = None


def read_city_file(path: str) -> CityFile:
    """The settings in a file.

    Raises:
        ConfigurationError: It cannot be read, or a setting in it cannot be used; the message says which.
    """
    tables = _tables(path)
    unknown = sorted(set(tables) - {"database", "scratch", "city", "policy", "smtp"})
    if unknown:
        raise ConfigurationError(f"{path}: there is no setting or table named {', '.join(unknown)}")
    try:
        return CityFile(
            policy=_policy(_table(tables, "city"), _table(tables, "policy")),
            database=_text("database", tables["database"]) if "database" in tables else None,
            scratch=_text("scratch", tables["scratch"]) if "scratch" in tables else None,
            mail_server=_mail_server(_table(tables, "smtp")) if "smtp" in tables else None,
        )
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: {error}") from None


def _tables(path: str) -> dict[str, Any]:
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} is no TOML file: {error}") from None


def _table(tables: Mapping[str, Any], name: str) -> dict[str, Any]:
    table = tables.get(name, {})
    if not isinstance(table, dict):
        raise ConfigurationError(f"{name} must be a table: [{name}]")
    return table


def _policy(city: dict[str, Any], policy: dict[str, Any]) -> Policy:
    fields = {field.name: field for field in attrs.fields(Policy)}
    strict = policy.pop("strict", False)
    if not isinstance(strict, bool):
        raise ConfigurationError("[policy] strict is true or false")
    for table, given, known in (
        ("city", city, set(CITY)),
        ("policy", policy, set(fields) - set(CITY) - _ONLY_IN_PYTHON),
    ):
        unknown = sorted(set(given) - known)
        if unknown:
            raise ConfigurationError(
                f"[{table}] has no setting named {', '.join(unknown)}{_elsewhere(unknown, fields)}"
            )
    settings: dict[str, Any] = {name: _setting(name, value) for name, value in {**city, **policy}.items()}
    return Policy.strict(**settings) if strict else Policy(**settings)


def _setting(name: str, value: object) -> object:
    """A value as `Policy` takes it: what TOML has no type for is written as text or as a table."""
    default = _DEFAULTS[name]
    read = next((read for kind, read in _READERS.items() if isinstance(default, kind)), None)
    read = _costs if name == "earlier_argon2" else read
    try:
        return value if read is None else read(value)
    except (TypeError, ValueError) as error:
        raise ConfigurationError(f"{name} = {value!r}: {error}") from None


def _span(value: object) -> timedelta | None:
    if value == "forever":
        return None
    match = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError('a time is written as "30 minutes", "72 hours" or "21 days"')
    return timedelta(**{f"{match[2]}s": int(match[1])})


def _limit(value: object) -> Limit:
    if not isinstance(value, dict) or set(value) != {"count", "within"}:
        raise ValueError('a limit is written as { count = 3, within = "1 hour" }')
    within = _span(value["within"])
    if within is None or not isinstance(value["count"], int):
        raise ValueError('a limit is written as { count = 3, within = "1 hour" }')
    return Limit(count=value["count"], within=within)


def _made_from(kind: type[Argon2Cost] | type[Links]) -> Callable[[object], object]:
    def make(value: object) -> object:
        if not isinstance(value, dict):
            raise TypeError("this setting is a table")
        known = [field.name for field in attrs.fields(kind)]
        unknown = sorted(set(value) - set(known))
        if unknown:
            raise ValueError(f"there is no {', '.join(unknown)} in it, but {', '.join(known)}")
        return kind(**value)

    return make


def _words(value: object) -> tuple[object, ...]:
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise ValueError('this setting is a list of texts, such as ["en", "es"]')
    return tuple(value)


def _costs(value: object) -> tuple[object, ...]:
    if not isinstance(value, list):
        raise TypeError("this setting is a list of tables, each as that of argon2")
    return tuple(map(_made_from(Argon2Cost), value))


def _word_of(kind: type[StrEnum]) -> Callable[[object], object]:
    known = [str(word) for word in kind]

    def read(value: object) -> object:
        if value not in known:
            raise ValueError(f"this setting is one of {', '.join(known)}")
        return kind(str(value))

    return read


def _elsewhere(unknown: Sequence[str], settings: Collection[str]) -> str:
    """Where those that there are elsewhere stand: in the other table, or in Python alone."""
    places = []
    for name in (name for name in unknown if name in settings):
        table = "city" if name in CITY else "policy"
        where = "only Python can give it" if name in _ONLY_IN_PYTHON else f"it stands in [{table}]"
        places.append(f"; {name}: {where}")
    return "".join(places)


def _mail_server(table: dict[str, Any]) -> MailServer:
    known = {field.name for field in attrs.fields(MailServer)}
    unknown = sorted(set(table) - known)
    if unknown:
        raise ConfigurationError(f"[smtp] has no setting named {', '.join(unknown)}")
    if not str(table.get("host", "")).strip():
        raise ConfigurationError("[smtp] needs a host")
    for name, value in table.items():
        if name == "port":
            if not isinstance(value, int) or not 0 < value < 65536:
                raise ConfigurationError("[smtp] port is a number such as 587")
        else:
            _text(f"[smtp] {name}", value)
    if table.get("security", "starttls") not in _SECURITY:
        raise ConfigurationError(f"[smtp] security is one of {', '.join(_SECURITY)}")
    if ("username" in table) is not ("password_env" in table):
        raise ConfigurationError(
            "[smtp] username and password_env, the variable that holds its password, go together: "
            "give both or neither"
        )
    return MailServer(**table)


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise ConfigurationError(f"{name} must be a text in quotation marks")
    return value


#: How a setting is read, by the type of its default.
_READERS: Final[Mapping[type, Callable[[object], object]]] = {
    timedelta: _span,
    Limit: _limit,
    Argon2Cost: _made_from(Argon2Cost),
    Links: _made_from(Links),
    QuestionUse: _word_of(QuestionUse),
    ScratchOutage: _word_of(ScratchOutage),
    tuple: _words,
}
_DEFAULTS: Final[Mapping[str, object]] = {
    field.name: getattr(Policy(), field.name) for field in attrs.fields(Policy)
}
