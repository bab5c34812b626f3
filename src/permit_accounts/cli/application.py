"""The accounts of a city's own application, as it puts them together.

A configuration file names a database, a policy and a mail server. Account types, stores and e-mail backends
of the city's own are Python, and stand in its application.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from types import ModuleType

from permit_accounts.accounts import Accounts
from permit_accounts.model.errors import ConfigurationError, PermitAccountsError


def accounts_of(app: str) -> Accounts:
    """What `--app` names: an `Accounts`, or a function without arguments that returns one.

    Args:
        app: A module and a name in it, such as `city_portal:accounts`. The present folder is looked in too,
            after everything that is installed.

    Raises:
        ConfigurationError: There is no such thing; the message says what there is instead.
    """
    module_name, _, name = app.partition(":")
    if not module_name or not name.isidentifier():
        # What stands there instead may be the address of a database, with its password.
        raise ConfigurationError("--app: write a module and a name, such as city_portal:accounts")
    module = _imported(module_name)
    if not hasattr(module, name):
        raise ConfigurationError(f"--app {app}: the module {module_name} has no {name}")
    found = getattr(module, name)
    if callable(found):
        found = _called(app, found)
    if not isinstance(found, Accounts):
        raise ConfigurationError(
            f"--app {app}: a thing of type {type(found).__name__} is neither Accounts nor a function "
            "that returns them"
        )
    return found


def _imported(name: str) -> ModuleType:
    here = os.getcwd()
    if here not in sys.path:
        sys.path.append(here)  # last, or a file of somebody's in /tmp would stand in for what is installed
    try:
        return import_module(name)
    except PermitAccountsError:
        raise
    except Exception as error:
        if isinstance(error, ModuleNotFoundError) and f"{name}.".startswith(f"{error.name}."):
            raise ConfigurationError(
                f"there is no module {error.name}: run the command in its folder, or name that in PYTHONPATH"
            ) from None
        raise _broken(f"the module {name} cannot be imported", error) from error


def _called(app: str, make: object) -> object:
    assert callable(make)
    try:
        return make()
    except PermitAccountsError:
        raise
    except Exception as error:
        raise _broken(f"--app {app} is not Accounts itself, and failed when it was called", error) from error


def _broken(words: str, error: Exception) -> ConfigurationError:
    """Only the kind of fault: its words may hold what the application keeps secret."""
    return ConfigurationError(f"{words} ({type(error).__name__}); `permit-accounts --debug …` shows where")
