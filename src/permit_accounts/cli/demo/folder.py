"""The folder of a demonstration: a database, its keys, and the e-mails that were sent. It may be deleted.

A second start goes on with what is there. Nothing in it is of use to a city.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import attrs

from permit_accounts.cli.new_files import new_file
from permit_accounts.model.errors import ConfigurationError
from permit_accounts.tools.keyring import Keyring

_DATABASE: Final = "accounts.db"
_KEYS: Final = "keys.txt"
_MAIL: Final = "mail"
_OURS: Final = "permit-accounts-demo.txt"
_SAID: Final = "A demonstration of permit_accounts keeps its data here. Delete the folder to begin again.\n"


@attrs.frozen(kw_only=True)
class DemoFolder:
    """Where the demonstration's files are.

    Args:
        database: The SQLite file.
        mail: The folder of e-mails.
        keyring: The keys, from a file beside the database.
        is_new: Whether this is the first start.
    """

    database: Path
    mail: Path
    keyring: Keyring
    is_new: bool


def opened(path: str) -> DemoFolder:
    """The folder at this path, made with all that belongs into it where it is not there yet.

    Raises:
        ConfigurationError: It cannot be made or written to, holds something else, or has lost its keys.
    """
    folder = Path(path)
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        is_new = not folder.joinpath(_OURS).exists()
        if is_new and any(folder.iterdir()):
            raise ConfigurationError(
                f"the folder {folder} holds other files: name one with --folder that is empty or not there"
            )
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError
        folder.joinpath(_OURS).write_text(_SAID, encoding="utf-8")
        folder.joinpath(_MAIL).mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"the folder {folder} cannot be made or written to ({error.strerror or 'no permission'}): "
            "name another one with --folder"
        ) from None
    database = folder / _DATABASE
    return DemoFolder(
        database=database,
        mail=folder / _MAIL,
        keyring=_keys(folder / _KEYS, database),
        is_new=is_new,
    )


def _keys(path: Path, database: Path) -> Keyring:
    """The keys in the file; new ones where there is neither a file nor a database that needs the old."""
    if path.exists():
        return Keyring.from_text(path.read_text(encoding="ascii"))
    if database.exists():
        raise ConfigurationError(
            f"{path} is gone, and {database} cannot be read without it: delete the folder {path.parent}"
        )
    keyring = Keyring.new()
    with new_file(str(path), database=None) as file:
        file.write(keyring.to_text().encode("ascii"))
    return keyring
