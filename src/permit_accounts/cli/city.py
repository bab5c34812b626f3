"""The city that a command works on: put together here from its settings, or by its own application."""

from __future__ import annotations

import os
from pathlib import Path

import attrs
import click

from permit_accounts.accounts import Accounts
from permit_accounts.cli.application import accounts_of
from permit_accounts.cli.city_file import CityFile, MailServer, read_city_file
from permit_accounts.cli.options import CONFIG_VARIABLE, DATABASE_VARIABLE, KEYS_VARIABLE, Call, at_the_end
from permit_accounts.email_backends.console import ConsoleBackend
from permit_accounts.model.codes import Permission
from permit_accounts.model.errors import ConfigurationError
from permit_accounts.model.people import StaffMember
from permit_accounts.ports import EmailBackend
from permit_accounts.rules.policy import Policy
from permit_accounts.staff import StaffDesk
from permit_accounts.stores.by_url import SQLITE
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.stores.sqlite import SQLiteStore
from permit_accounts.tools.keyring import Keyring


@attrs.frozen(kw_only=True)
class City:
    """A city's accounts and what a command must know beside them.

    Attributes:
        accounts: What the command calls.
        database: The file that it must never write over; None where the store is not such a file.
        mail_server: What the configuration file says of it.
    """

    accounts: Accounts
    database: Path | None
    mail_server: MailServer | None = None

    @property
    def policy(self) -> Policy:
        """The city's decisions."""
        return self.accounts.policy

    def desk(self, actor: str) -> StaffDesk:
        """The desk of whoever works at this terminal.

        It has every permission: whoever can read the keys and write the database needs no permission.
        """
        return StaffDesk(self.accounts, actor=operator(actor))


def operator(actor: str) -> StaffMember:
    """Whoever works at this terminal.

    Raises:
        ConfigurationError: The name cannot stand in a history.
    """
    named = actor.strip()
    if not named or len(named) > 100 or not named.isprintable():
        raise ConfigurationError("--actor takes a name of one to a hundred letters, such as a user name")
    return StaffMember(id=named, may=frozenset(Permission))


def open_city(call: Call) -> City:
    """The city, for everything but sending e-mail.

    Raises:
        ConfigurationError: Something is missing or does not fit; the message says what to do.
    """
    if call.app is not None:
        return _of_the_application(call, call.app)
    return _opened(call, settings(call), ConsoleBackend(), keys())


def open_city_for_trial(call: Call, *, needs_keys: str = "") -> City:
    """The city, for what only looks: where there is no database yet, an empty one in memory stands for it.

    Keys of its own stand for the city's where those are not set, for a trial seals nothing.

    Args:
        needs_keys: What cannot be told without the city's own keys; empty where nothing is.

    Raises:
        ConfigurationError: Something is missing or does not fit; the message says what to do.
    """
    if call.app is not None:
        return _of_the_application(call, call.app)
    file = settings(call)
    url, ring = call.database or file.database, _keys_for_trial(call, needs_keys)
    path = path_of(url) if url else None
    if url and (path is None or (path.exists() and path.stat().st_size)):
        # Without the store of counts: a trial counts nothing.
        alone = attrs.evolve(file, scratch=None)
        return _opened(call._replace(scratch=None), alone, ConsoleBackend(), ring)
    missing = f"There is no database {path} yet" if path is not None else "No database is named"
    call.report.note(f"{missing}; an empty one stands in for it.")
    accounts = Accounts.open(MemoryStore(), keys=ring, policy=file.policy, email=ConsoleBackend())
    return City(accounts=accounts, database=path)


def open_city_with_mail(call: Call) -> City:
    """The city with its mail server, or with whatever its application sends e-mail by.

    Raises:
        ConfigurationError: Something is missing or does not fit; the message says what to do.
    """
    if call.app is not None:
        return _of_the_application(call, call.app)
    file = settings(call)
    if file.mail_server is None:
        raise ConfigurationError(
            f"the mail server is not known: write a table [smtp] with a host into the file of --config "
            f"or {CONFIG_VARIABLE}"
        )
    return _opened(call, file, file.mail_server.backend(), keys())


def settings(call: Call) -> CityFile:
    """What the configuration file says; the defaults where there is none."""
    return read_city_file(call.config) if call.config else CityFile()


def database_url(call: Call, file: CityFile) -> str:
    """Where the database is.

    Raises:
        ConfigurationError: Nobody said.
    """
    url = call.database or file.database
    if not url:
        raise ConfigurationError(
            "which database? Give --database sqlite:////srv/permits/accounts.db, or a server's "
            f"postgresql://user@host/database or mariadb://…; or set {DATABASE_VARIABLE}, or write "
            'database = "…" into the file of --config'
        )
    return url


def keys() -> Keyring:
    """The city's keys out of the environment; they are never an argument, which everybody could read."""
    return Keyring.from_env(KEYS_VARIABLE)


def _keys_for_trial(call: Call, needs_keys: str) -> Keyring:
    if os.environ.get(KEYS_VARIABLE, "").strip():
        return keys()
    if needs_keys:
        call.report.note(f"{KEYS_VARIABLE} holds no keys; without them a trial cannot tell {needs_keys}.")
    return Keyring.new()


def _of_the_application(call: Call, app: str) -> City:
    accounts = accounts_of(app)
    _refuse_unknown_type(call, accounts.policy)
    store = accounts.services.store
    return City(accounts=accounts, database=store.path if isinstance(store, SQLiteStore) else None)


def _refuse_unknown_type(call: Call, policy: Policy) -> None:
    """A misspelled type would pass for a name that nobody has."""
    known = [account_type.id for account_type in policy.account_types]
    if call.account_type is not None and call.account_type not in known:
        named = ", ".join(repr(type_id) for type_id in known)
        raise click.UsageError(f"--type {call.account_type}: the account types are {named}")


def _opened(call: Call, file: CityFile, email: EmailBackend, ring: Keyring) -> City:
    _refuse_unknown_type(call, file.policy)
    url = database_url(call, file)
    path = path_of(url)
    if path is not None and not path.exists() and not call.create:
        raise ConfigurationError(
            f"there is no file {path}: mend the path. The portal makes it with Accounts.open(create=True), "
            "and so does `permit-accounts db upgrade`"
        )
    accounts = Accounts.open(
        url,
        keys=ring,
        policy=file.policy,
        email=email,
        create=call.create,
        scratch=call.scratch or file.scratch,
    )
    at_the_end(getattr(accounts.services.store, "close", lambda: None))
    return City(accounts=accounts, database=path, mail_server=file.mail_server)


def path_of(url: str) -> Path | None:
    """The file that a URL names, if it names one."""
    return Path(url.removeprefix(SQLITE)).absolute() if url.startswith(SQLITE) else None
