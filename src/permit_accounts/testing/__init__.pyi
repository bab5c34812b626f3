"""The names of the kit for type checkers and editors; `__init__.py` says at run time where each is kept."""

from permit_accounts.testing.adapter_contract import AdapterContract
from permit_accounts.testing.browser import Browser
from permit_accounts.testing.catalog_contract import CatalogContract
from permit_accounts.testing.email_contract import EmailBackendContract, Received
from permit_accounts.testing.faulty import Fault, FaultyStore
from permit_accounts.testing.hasher import CheapHasher
from permit_accounts.testing.hasher_contract import HasherContract
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.proxy import Break, CuttingProxy
from permit_accounts.testing.races import race_processes, race_threads
from permit_accounts.testing.register_contract import LicenseRegisterContract
from permit_accounts.testing.saboteur import Saboteur
from permit_accounts.testing.saboteurs import SABOTEURS
from permit_accounts.testing.store_contract import StoreContract
from permit_accounts.testing.world import (
    PASSWORD,
    World,
    city_policy,
    contractor_form,
    links_in,
    public_form,
    setup_form,
    strict_policy,
)

__all__ = [
    "PASSWORD",
    "SABOTEURS",
    "AdapterContract",
    "Break",
    "Browser",
    "CatalogContract",
    "CheapHasher",
    "CuttingProxy",
    "EmailBackendContract",
    "Fault",
    "FaultyStore",
    "HasherContract",
    "LicenseRegisterContract",
    "Received",
    "Saboteur",
    "StoreContract",
    "World",
    "city_policy",
    "contractor_form",
    "links_in",
    "public_form",
    "race_processes",
    "race_threads",
    "setup_form",
    "strict_policy",
    "violations",
]
