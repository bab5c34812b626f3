"""A register held in memory."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from permit_accounts.model.codes import FactSource, LicenseStatus
from permit_accounts.model.errors import ConfigurationError
from permit_accounts.model.records import StatusFacts
from permit_accounts.ports import LicenseRegister, RegisterAnswer
from permit_accounts.registers import MemoryRegister

AS_OF = datetime(2026, 9, 1, tzinfo=UTC)
ANSWER = RegisterAnswer(
    business=None,
    status=StatusFacts(status=LicenseStatus.ACTIVE, source=FactSource.REGISTER, as_of=AS_OF),
    workers_comp=None,
)


def test_it_answers_for_what_it_was_given() -> None:
    """By authority and number, exactly."""
    register: LicenseRegister = MemoryRegister({"us-ca-larkspur-aec:AEC123": ANSWER})
    assert ANSWER == register.lookup("us-ca-larkspur-aec", "AEC123")
    assert register.lookup("us-ca-larkspur-aec", "AEC124") is None
    assert register.lookup("us-ca-cslb", "AEC123") is None


def test_a_later_change_of_the_mapping_is_not_seen() -> None:
    """One object serves many threads, so it keeps a copy."""
    answers = {"us-ca-cslb:1012345": ANSWER}
    register = MemoryRegister(answers)
    answers.clear()
    assert ANSWER == register.lookup("us-ca-cslb", "1012345")


@pytest.mark.parametrize("key", ["1012345", "us-ca-cslb:", ":1012345", ""])
def test_a_key_that_is_no_license_id_is_told_at_once(key: str) -> None:
    """It could never be found."""
    with pytest.raises(ConfigurationError, match="license id"):
        MemoryRegister({key: ANSWER})
