"""The city's permits, in place of its permit system."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from permit_accounts import Account


@dataclass(frozen=True)
class Permit:
    """A permit, and the id of the account that applied for it; empty for those of the paper days."""

    number: str
    address: str
    work: str
    account_id: str = ""


PERMITS = (
    Permit("B26-0107", "18 Cedar Row", "Re-roofing"),
    Permit("B26-0112", "402 Mill Lane", "Solar panels"),
    Permit("E26-0031", "77 Cedar Row", "Electrical service upgrade"),
)


def matching(street: str) -> Sequence[Permit]:
    """The permits in a street; none where none was named."""
    wanted = street.strip().casefold()
    return [permit for permit in PERMITS if wanted and wanted in permit.address.casefold()]


def of_account(account: Account) -> Sequence[Permit]:
    """The permits of an account: by its id, which never changes and is never given to another."""
    return [permit for permit in PERMITS if permit.account_id == account.id]
