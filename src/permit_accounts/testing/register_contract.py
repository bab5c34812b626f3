"""What it means to be a license register, as tests: subclass it and give two fixtures.

class TestMyRegister(LicenseRegisterContract):
    @pytest.fixture
    def register(self):
        return MyRegister(…)

    @pytest.fixture
    def known(self):
        return "us-ca-cslb", "1012345"
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Final

import pytest

from permit_accounts.model.codes import FactSource
from permit_accounts.ports import LicenseRegister, RegisterAnswer

#: What is no canonical number of any board.
_NO_NUMBERS: Final = (
    *("", " ", "0", "-1", "1e9", "%", "_", "*", "../1", "' OR '1'='1", "1012345\0", "1012345\n"),
    *("\uff11\uff10\uff11\uff12\uff13\uff14\uff15", "\u0661\u0662\u0663", "\ud800", "9" * 400, "A" * 10_000),
)


class LicenseRegisterContract:
    """Every test is one promise of `permit_accounts.ports.LicenseRegister`."""

    @pytest.fixture
    def register(self) -> LicenseRegister:
        """The register under test."""
        pytest.fail("give a fixture named `register`")

    @pytest.fixture
    def known(self) -> tuple[str, str]:
        """The authority and canonical number of a license that the register under test knows."""
        pytest.fail("give a fixture named `known`")

    def test_knows_a_license(self, register: LicenseRegister, known: tuple[str, str]) -> None:
        """It answers for a license that it knows, and alike each time."""
        found = register.lookup(*known)

        assert isinstance(found, RegisterAnswer)
        assert found == register.lookup(*known)

    def test_says_whose_facts_and_of_when(self, register: LicenseRegister, known: tuple[str, str]) -> None:
        """Each group of facts is a register's, with an aware moment in UTC: it may be long ago."""
        found = register.lookup(*known)

        assert found is not None
        for facts in (found.business, found.status, found.workers_comp):
            if facts is not None:
                assert FactSource.REGISTER is facts.source
                assert timedelta(0) == facts.as_of.utcoffset()

    def test_absent_is_no_answer(self, register: LicenseRegister, known: tuple[str, str]) -> None:
        """A board or a number that it does not know is None: no fault, and not invalid."""
        authority, number = known

        assert register.lookup("no-such-board", number) is None
        assert register.lookup("", number) is None
        assert register.lookup(authority.upper(), number) is None

    @pytest.mark.parametrize("number", _NO_NUMBERS, ids=range(len(_NO_NUMBERS)))
    def test_what_is_no_number_is_not_found(
        self, register: LicenseRegister, known: tuple[str, str], number: str
    ) -> None:
        """Nothing in a text is evaluated, folded or cut: what is no number is not found, and not a fault."""
        assert register.lookup(known[0], number) is None

    @pytest.mark.parametrize("stray", [" {}", "{} ", "{}\0", "{}\n", "{}%", "-{}", "+{}", "{}.0"])
    def test_the_number_is_taken_exactly(
        self, register: LicenseRegister, known: tuple[str, str], stray: str
    ) -> None:
        """The rules bring a number to its canonical form; a register asks for that and nothing like it."""
        authority, number = known

        assert register.lookup(authority, stray.format(number)) is None

    def test_serves_many_threads(self, register: LicenseRegister, known: tuple[str, str]) -> None:
        """One object answers all requests of an application."""
        expected = register.lookup(*known)

        with ThreadPoolExecutor(max_workers=8) as threads:
            answers = list(threads.map(lambda _: register.lookup(*known), range(64)))

        assert [expected] * 64 == answers
