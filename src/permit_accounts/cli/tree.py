"""The commands and their groups, each loaded when it is called.

What a group says of its commands stands in a table here, so that its help needs none of them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib import import_module
from typing import Final

import click

from permit_accounts.cli.report import Report

_FULL_WIDTH: Final = 88


class LateGroup(click.Group):
    """A group whose commands stand in modules that are not loaded yet.

    Args:
        table: For each command, the module in `permit_accounts.cli.commands` that has it under its own name,
            and one line of what it does.
    """

    def __init__(self, table: Mapping[str, tuple[str, str]], **settings: object) -> None:
        super().__init__(**settings)  # type: ignore[arg-type]
        self._table: Final = dict(table)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the table."""
        return list(self._table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command itself, loaded now."""
        if cmd_name not in self._table:
            return None
        module = import_module(f"permit_accounts.cli.commands.{self._table[cmd_name][0]}")
        found = getattr(module, cmd_name.replace("-", "_"))
        return found if isinstance(found, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table, without loading what it names."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in self._table.items()])


def _note_debug(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    context.ensure_object(Report).debug = value


@click.group(
    "permit-accounts",
    cls=LateGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": _FULL_WIDTH},
    table={
        "demo": ("demo", "Serve the whole portal to a browser on this machine."),
        "tour": ("tour", "Walk through both log-in guides, each step done and checked."),
        "doctor": ("doctor", "Say what is wrong or weak with this installation."),
        "db": ("db", "Make the database's tables, bring them up to date, look them over."),
        "keys": ("keys", "Make the city's keys."),
        "roster": ("roster", "Import and export the contractor roster."),
        "users": ("users", "Import the users of an earlier portal with their passwords."),
        "staff": ("staff", "Find people, issue temporary passwords, decide claims."),
        "explain": ("explain", "Say why somebody cannot sign in."),
        "outbox": ("outbox", "Send the e-mail that waits; see to what was given up."),
        "purge": ("purge", "Forget what has expired."),
        "cslb": ("cslb", "Index the California board's public license file."),
    },
)
@click.option(
    "--debug",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_note_debug,
    help="Show the traceback of an unexpected error.",
)
@click.version_option(package_name="permit-accounts", message="permit-accounts %(version)s")
def command() -> None:
    """Sign-in for city permit portals, from a terminal.

    \b
    Try it:                       permit-accounts demo
    A new city:                   permit-accounts keys new
    Somebody calls for help:      permit-accounts explain 1012345 --actor ann
                                  permit-accounts staff temporary-password 1012345 --actor ann

    Whoever acts stands in the history: --actor or PERMIT_ACCOUNTS_ACTOR says who that is.

    A command finds the city by --database and --config, or by the variables PERMIT_ACCOUNTS_DATABASE and
    PERMIT_ACCOUNTS_CONFIG, and attempt counts that are kept apart by --scratch. The keys are in
    PERMIT_ACCOUNTS_KEYS, never on the command line. With --app, or PERMIT_ACCOUNTS_APP, it takes the portal's
    own accounts instead, as the portal puts them together.

    \b
    Exit codes: 0 done; 1 refused, or something is wrong; 2 not understood; 3 the configuration is wrong;
    4 something is out of reach; 130 interrupted.
    """
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        click.get_current_context().color = False
