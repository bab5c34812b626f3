"""Whom a page of the console is about, as its address says it: by username or license number."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from permit_accounts import Account, Found, License
from permit_accounts.staff_console.at_desk import AtDesk


@attrs.frozen(kw_only=True)
class Subject:
    """Whom an act is about.

    Args:
        name: The username, or the license's number with its board.
        account_type: By whose rule the name is read; None for any.
        license: The license that is meant, where the act is about one.
        account: The id of the account that was found by the name, so that an act is done to no other one
            that has the name since; empty where the address does not say.
    """

    name: str
    account_type: str | None = None
    license: str = ""
    account: str = ""

    @classmethod
    def asked(cls, asking: AtDesk) -> Subject:
        """The subject of this request's address."""
        query = asking.query
        return cls(
            name=query.get("who", ""),
            account_type=query.get("type") or None,
            license=query.get("license", ""),
            account=query.get("account", ""),
        )

    @classmethod
    def of(cls, found: Found) -> Subject:
        """The account that was found, or the license that has none."""
        if found.account is not None:
            return cls.of_account(found.account)
        return cls.of_license(found.license)

    @classmethod
    def of_account(cls, account: Account) -> Subject:
        """An account."""
        return cls(name=account.username, account_type=account.account_type)

    @classmethod
    def of_license(cls, known: License | None) -> Subject:
        """A license that no account has."""
        return cls(name=known.id if known is not None else "")

    @property
    def of_person(self) -> Subject:
        """The person whose page this leads back to; where none was named, whoever has the license."""
        return Subject(name=self.name or self.license, account_type=self.account_type)

    @property
    def query(self) -> Mapping[str, str]:
        """The parameters of the address; a parameter without a value is left out."""
        return {
            "who": self.name,
            "type": self.account_type or "",
            "license": self.license,
            "account": self.account,
        }
