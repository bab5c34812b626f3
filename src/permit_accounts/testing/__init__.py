"""The kit for those who plug something in, or test what they built on this library. Needs `pytest`.

For each port a contract: subclass it, give its fixtures, and your store, backend, register, hasher or catalog
is held to what the library's own are held to.
"""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite(
    "permit_accounts.testing.adapter_answering",
    "permit_accounts.testing.adapter_asking",
    "permit_accounts.testing.adapter_case",
    "permit_accounts.testing.adapter_crowd",
    "permit_accounts.testing.catalog_contract",
    "permit_accounts.testing.email_contract",
    "permit_accounts.testing.hasher_contract",
    "permit_accounts.testing.register_contract",
    "permit_accounts.testing.right_answers",
    "permit_accounts.testing.store_asking",
    "permit_accounts.testing.store_case",
    "permit_accounts.testing.store_changing",
    "permit_accounts.testing.store_finding",
    "permit_accounts.testing.store_keeping",
    "permit_accounts.testing.store_racing",
)

from permit_accounts.testing.catalog_contract import CatalogContract  # noqa: E402
from permit_accounts.testing.email_contract import EmailBackendContract, Received  # noqa: E402
from permit_accounts.testing.faulty import Fault, FaultyStore  # noqa: E402
from permit_accounts.testing.hasher import CheapHasher  # noqa: E402
from permit_accounts.testing.hasher_contract import HasherContract  # noqa: E402
from permit_accounts.testing.races import race_processes, race_threads  # noqa: E402
from permit_accounts.testing.register_contract import LicenseRegisterContract  # noqa: E402
from permit_accounts.testing.saboteur import Saboteur  # noqa: E402
from permit_accounts.testing.saboteurs import SABOTEURS  # noqa: E402
from permit_accounts.testing.store_contract import StoreContract  # noqa: E402
from permit_accounts.testing.world import World  # noqa: E402

__all__ = (
    "SABOTEURS",
    "CatalogContract",
    "CheapHasher",
    "EmailBackendContract",
    "Fault",
    "FaultyStore",
    "HasherContract",
    "LicenseRegisterContract",
    "Received",
    "Saboteur",
    "StoreContract",
    "World",
    "race_processes",
    "race_threads",
)
