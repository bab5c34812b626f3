"""The shipped registers keep the contract of registers."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from permit_accounts.model.codes import FactSource, LicenseStatus
from permit_accounts.model.records import BusinessFacts, StatusFacts
from permit_accounts.ports import LicenseRegister, RegisterAnswer
from permit_accounts.registers import CslbRegister, MemoryRegister, index_cslb
from permit_accounts.testing import LicenseRegisterContract
from permit_accounts.testing.cslb_rows import MASTER_COLUMNS, write_master_csv

AS_OF = datetime(2026, 8, 24, 9, 30, tzinfo=UTC)
SOURCE = FactSource.REGISTER


class TestMemoryRegister(LicenseRegisterContract):
    """A short list of a city's own."""

    @pytest.fixture
    def known(self) -> tuple[str, str]:
        return "us-ca-cslb", "1012345"

    @pytest.fixture
    def register(self) -> LicenseRegister:
        answer = RegisterAnswer(
            business=BusinessFacts(name="Harbor Tile", source=SOURCE, as_of=AS_OF),
            status=StatusFacts(status=LicenseStatus.ACTIVE, source=SOURCE, as_of=AS_OF),
            workers_comp=None,
        )
        return MemoryRegister({"us-ca-cslb:1012345": answer})


class TestCslbRegister(LicenseRegisterContract):
    """The California board's public file, indexed."""

    @pytest.fixture
    def known(self) -> tuple[str, str]:
        return "us-ca-cslb", "1012345"

    @pytest.fixture
    def register(self, tmp_path: Path) -> LicenseRegister:
        row = dict.fromkeys(MASTER_COLUMNS, "") | {
            "LicenseNo": "1012345",
            "FullBusinessName": "HARBOR TILE",
            "PrimaryStatus": "CLEAR",
            "ExpirationDate": "01/31/2027",
            "WorkersCompCoverageType": "Exempt",
        }
        write_master_csv(tmp_path / "master.csv", [row])
        index_cslb(tmp_path / "master.csv", tmp_path / "cslb.index", as_of=AS_OF)
        return CslbRegister(tmp_path / "cslb.index", today=lambda: date(2026, 9, 1))
