"""A register held in memory: for a city that keeps a short list of its own, and for tests."""

from __future__ import annotations

from collections.abc import Mapping

from permit_accounts.model.errors import ConfigurationError
from permit_accounts.model.license_id import LicenseId
from permit_accounts.ports import RegisterAnswer


class MemoryRegister:
    """Answers from a mapping that was given once; later changes of it are not seen.

    Args:
        answers: License id (`us-ca-cslb:1012345`) to what is known of it.

    Raises:
        ConfigurationError: A key is no license id.
    """

    def __init__(self, answers: Mapping[str, RegisterAnswer]) -> None:
        read = {key: LicenseId.parse(key) for key in answers}
        malformed = [key for key, named in read.items() if not (named.authority and named.number)]
        if malformed:
            raise ConfigurationError(
                f"MemoryRegister has {malformed[0]!r}: a key is a license id: authority, colon and "
                "number, such as 'us-ca-cslb:1012345'"
            )
        self._answers = {read[key]: answer for key, answer in answers.items()}

    def lookup(self, authority: str, number: str) -> RegisterAnswer | None:
        """The facts of one license, or None where the mapping has none."""
        return self._answers.get(LicenseId(authority, number))
