"""The `permit-accounts` command: what operators and staff do from a terminal.

Everything is loaded when it is needed and not before, so that `--help` answers at once. Whoever can read the
city's keys and its database can do anything with this command; it asks for no permission of its own.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

#: Said where the packages of the extra are missing.
NOT_INSTALLED: Final = (
    "The permit-accounts command needs more packages: install permit-accounts with its extra [cli]"
)

#: What the extra brings.
EXTRA: Final = frozenset({"click", "rich", "aiosmtpd"})


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: What follows the command's name; by default what the program was called with.

    Returns:
        The exit code: see `permit_accounts.cli.endings.Ending`.
    """
    try:
        from permit_accounts.cli.endings import ended
        from permit_accounts.cli.tree import command

        return ended(command, arguments)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in EXTRA:
            raise
        print(NOT_INSTALLED, file=sys.stderr)
        return 3
