"""The contract of registers is itself tested: each saboteur is wrong in one way and must be found."""

from __future__ import annotations

import itertools
import threading
from datetime import UTC, datetime

import attrs
import pytest

from permit_accounts.model.codes import FactSource, LicenseStatus
from permit_accounts.model.records import StatusFacts
from permit_accounts.ports import RegisterAnswer
from permit_accounts.registers import MemoryRegister
from permit_accounts.testing import LicenseRegisterContract

KNOWN = ("us-ca-cslb", "1012345")
STATUS = StatusFacts(
    status=LicenseStatus.ACTIVE, source=FactSource.REGISTER, as_of=datetime(2026, 8, 24, tzinfo=UTC)
)
ANSWER = RegisterAnswer(business=None, status=STATUS, workers_comp=None)
ANSWERS = {":".join(KNOWN): ANSWER}


def with_status(**changes):
    return attrs.evolve(ANSWER, status=attrs.evolve(STATUS, **changes))


class Empty(MemoryRegister):
    def lookup(self, authority, number):
        return None


class Fickle(MemoryRegister):
    calls = itertools.count()

    def lookup(self, authority, number):
        found = super().lookup(authority, number)
        return found and with_status(text=f"asked {next(self.calls)} times")


class SpeaksForStaff(MemoryRegister):
    def lookup(self, authority, number):
        found = super().lookup(authority, number)
        return found and with_status(source=FactSource.STAFF)


class WithoutTimeZone(MemoryRegister):
    def lookup(self, authority, number):
        found = super().lookup(authority, number)
        return found and with_status(as_of=datetime(2026, 8, 24))  # noqa: DTZ001 - the very mistake


class AnyBoard(MemoryRegister):
    def lookup(self, authority, number):
        return super().lookup(KNOWN[0], number)


class Tidying(MemoryRegister):
    def lookup(self, authority, number):
        return super().lookup(authority, number.strip("\0%+- \n"))


class AnyDigits(MemoryRegister):
    def lookup(self, authority, number):
        return super().lookup(authority, str(int(number)) if number.isdecimal() else number)


class Raising(MemoryRegister):
    def lookup(self, authority, number):
        found = super().lookup(authority, number)
        if found is None:
            raise LookupError(number)
        return found


class OneCaller(MemoryRegister):
    callers = frozenset[int]()

    def lookup(self, authority, number):
        self.callers |= {threading.get_ident()}
        return super().lookup(authority, number) if len(self.callers) == 1 else None


SABOTEURS = [
    *(Empty, Fickle, SpeaksForStaff, WithoutTimeZone, AnyBoard, Tidying, AnyDigits, Raising, OneCaller),
]


def findings(register):
    """The promises that a register breaks."""
    contract = LicenseRegisterContract()
    broken = []
    for name in sorted(name for name in dir(contract) if name.startswith("test_")):
        test = getattr(contract, name)
        cases = [value for mark in getattr(test, "pytestmark", []) for value in mark.args[1]] or [None]
        for case in cases:
            try:
                test(register, KNOWN, *([] if case is None else [case]))
            except (AssertionError, LookupError, ValueError):
                broken.append(name)
    return broken


@pytest.mark.parametrize("saboteur", SABOTEURS)
def test_saboteur_is_found(saboteur):
    """Whatever a register does wrong, the contract sees it."""
    assert [] != findings(saboteur(ANSWERS))


def test_honest_register_passes():
    """A register that does nothing wrong is not accused."""
    assert [] == findings(MemoryRegister(ANSWERS))


@pytest.mark.parametrize("fixture", ["register", "known"])
def test_missing_fixture_says_what_to_do(fixture):
    """Whoever forgets a fixture is told its name."""
    with pytest.raises(pytest.fail.Exception, match=fixture):
        getattr(LicenseRegisterContract, fixture).__wrapped__(LicenseRegisterContract())
