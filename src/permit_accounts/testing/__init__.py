"""The kit for those who plug something in, or test what they built on this library. Needs `pytest`.

For each port a contract: subclass it, give its fixtures, and your store, backend, register, hasher or catalog
is held to what the library's own are held to. `docs/reference/testing.md` lists all that is here.

A name is loaded when it is first asked for (PEP 562): pytest imports this package wherever the library is
installed, also for those who test something else. The same names stand in `__init__.pyi` for type checkers.
"""

import pkgutil
from importlib import import_module

import pytest

# Before any of them is imported, so that a failed promise shows both sides of its comparison.
pytest.register_assert_rewrite(*(f"{__name__}.{module.name}" for module in pkgutil.iter_modules(__path__)))

_HOMES = {
    "adapter_contract": ("AdapterContract",),
    "browser": ("Browser",),
    "catalog_contract": ("CatalogContract",),
    "email_contract": ("EmailBackendContract", "Received"),
    "faulty": ("Fault", "FaultyStore"),
    "hasher": ("CheapHasher",),
    "hasher_contract": ("HasherContract",),
    "invariants": ("violations",),
    "proxy": ("Break", "CuttingProxy"),
    "races": ("race_processes", "race_threads"),
    "register_contract": ("LicenseRegisterContract",),
    "saboteur": ("Saboteur",),
    "saboteurs": ("SABOTEURS",),
    "store_contract": ("StoreContract",),
    "world": (
        "PASSWORD",
        "World",
        "city_policy",
        "contractor_form",
        "links_in",
        "public_form",
        "setup_form",
        "strict_policy",
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME_OF)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> object:
    """A name of the kit, from the module where it is kept."""
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """What is here, whether it has been asked for or not."""
    return sorted({*globals(), *_HOME_OF})
