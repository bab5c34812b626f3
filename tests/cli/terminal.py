"""A terminal at which commands are typed, and a city for them to work on."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest

from permit_accounts.accounts import Accounts
from permit_accounts.cli import main
from permit_accounts.cli.options import (
    ACTOR_VARIABLE,
    CONFIG_VARIABLE,
    DATABASE_VARIABLE,
    KEYS_VARIABLE,
)
from permit_accounts.email_backends.memory import MemoryBackend
from permit_accounts.model.codes import Permission
from permit_accounts.model.people import StaffMember
from permit_accounts.rules.policy import Argon2Cost
from permit_accounts.staff import StaffDesk
from permit_accounts.stores.sqlite import SQLiteStore
from permit_accounts.testing.world import city_policy
from permit_accounts.tools.keyring import Keyring
from permit_accounts.tools.services import utc_now

#: The least that an application may ask for, so that a hash costs some milliseconds.
CHEAP = Argon2Cost(time_cost=2, memory_cost=19456, parallelism=1)

CITY = """
[city]
city = "Sampleton"
support_phone = "(323) 555-0199"
base_url = "https://permits.sampleton.example.gov"
mail_from = "permits@sampleton.example.gov"

[policy]
argon2 = { time_cost = 2, memory_cost = 19456, parallelism = 1 }
"""


@attrs.frozen
class Ended:
    """What came of a command."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document of the standard output."""
        return json.loads(self.out)


class Terminal:
    """Types commands for one city, whose folder, keys and configuration are its own.

    Args:
        folder: Where its files are.
        monkeypatch: Sets the variables.
        read: What the command wrote since it was last asked.
    """

    def __init__(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, read: Callable[[], tuple[str, str]]
    ) -> None:
        self.folder = folder
        self.database = folder / "accounts.db"
        self.config = folder / "city.toml"
        self.keys = Keyring.new()
        self._read = read
        self.config.write_text(CITY)
        folder.chmod(0o700)
        self._patch = monkeypatch
        self.variables: Mapping[str, str] = {
            DATABASE_VARIABLE: f"sqlite:///{self.database}",
            CONFIG_VARIABLE: str(self.config),
            KEYS_VARIABLE: self.keys.to_text(),
            ACTOR_VARIABLE: "anna",
        }
        for name, value in self.variables.items():
            monkeypatch.setenv(name, value)

    def run(self, *arguments: str) -> Ended:
        """Run one command in this process."""
        code = main(arguments)
        out, err = self._read()
        return Ended(code, out, err)

    def without(self, *variables: str) -> None:
        """Take variables away."""
        for name in variables:
            self._patch.delenv(name, raising=False)

    def set(self, name: str, value: str) -> None:
        """Set a variable."""
        self._patch.setenv(name, value)

    def configure(self, more: str) -> None:
        """Add lines to the configuration file."""
        self.config.write_text(CITY + more)

    def portal(self, *, days_ago: float = 0, **policy: Any) -> Accounts:
        """The portal on the same database, as a city's application runs it; its clock may be behind."""

        def now() -> datetime:
            return utc_now() - timedelta(days=days_ago)

        return Accounts.open(
            SQLiteStore(self.database, create=True),
            keys=self.keys,
            policy=city_policy(**{"argon2": CHEAP} | policy),
            email=MemoryBackend(),
            now=now,
        )

    def desk(self, accounts: Accounts) -> StaffDesk:
        """A desk in the portal's own staff pages."""
        return StaffDesk(accounts, actor=StaffMember(id="ben", may=frozenset(Permission)))

    def roster(self, *rows: str, header: str = "license,business_name,email,last_permit_on") -> Path:
        """A roster file."""
        file = self.folder / "roster.csv"
        file.write_text("\n".join((header, *rows)) + "\n")
        return file

    @property
    def environment(self) -> dict[str, str]:
        """What a process of its own is given."""
        return {**os.environ, **self.variables}
