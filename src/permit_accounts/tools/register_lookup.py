"""Asks a board's register about one license; whatever happens to it keeps nobody out."""

from __future__ import annotations

import attrs

from permit_accounts.model.errors import ConfigurationError
from permit_accounts.model.license_id import LicenseId
from permit_accounts.model.values import Value
from permit_accounts.ports import RegisterAnswer
from permit_accounts.tools.services import Services


@attrs.frozen(eq=False, repr=False)
class NoAnswer(Value):
    """The register failed, with this kind of fault."""

    kind: str


def answer(s: Services, license_id: LicenseId) -> RegisterAnswer | NoAnswer | None:
    """What the register of this license's board says; None where it knows of none, or there is no register.

    Raises:
        ConfigurationError: The register answers something that is no answer: a mistake of whoever made it.
    """
    register = s.registers.get(license_id.authority)
    if register is None:
        return None
    try:
        told: object = register.lookup(license_id.authority, license_id.number)
    except Exception as error:
        # Only the kind of fault: a foreign one's words may repeat a connection string.
        return NoAnswer(type(error).__name__)
    if told is None or isinstance(told, RegisterAnswer):
        return told
    raise ConfigurationError(f"a register must answer a RegisterAnswer or None, not {type(told).__name__}")
