"""The `permit-accounts` command inside a Django project: the same words, on the project's own accounts.

`manage.py accounts_roster import roster.csv` is `permit-accounts roster import roster.csv` with all its
options, progress, answers to Ctrl-C and exit codes. Which accounts is no option here: they are the site's, as
`PERMIT_ACCOUNTS` names it, whatever store they are kept in.
"""

from __future__ import annotations

import sys
from argparse import REMAINDER, ArgumentParser
from collections.abc import Sequence
from typing import Any, ClassVar, Final

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from permit_accounts import Accounts, ConfigurationError
from permit_accounts.cli import main
from permit_accounts.contrib.django.records.connections import piece_of_work
from permit_accounts.contrib.django.settings import configured

_APP: Final = f"{__name__}:project_accounts"


def project_accounts() -> Accounts:
    """The accounts of the project's site.

    Raises:
        ConfigurationError: `PERMIT_ACCOUNTS` is wrong.
    """
    try:
        return configured().site.accounts
    except ImproperlyConfigured as error:
        raise ConfigurationError(str(error)) from error


class ProjectCommand(BaseCommand):
    """One command of `permit-accounts`.

    Attributes:
        called: Its name there.
    """

    requires_system_checks = ()
    called: ClassVar[str]

    def run_from_argv(self, argv: list[str]) -> None:
        """Run it as typed: its own options are not Django's to read."""
        django, words = _django_options().parse_known_args(argv[2:])
        try:
            code = _run([*(["--debug"] if django.traceback else []), *self.sentence(words)])
        finally:
            connections.close_all()
        if code:
            sys.exit(code)

    def add_arguments(self, parser: ArgumentParser) -> None:
        """For `call_command`: everything goes on to the command."""
        parser.add_argument("words", nargs=REMAINDER)

    def handle(self, *_: Any, words: Sequence[str], **__: Any) -> None:
        """Run it for `call_command`.

        Raises:
            CommandError: It ended with another exit code than 0.
        """
        code = _run(self.sentence(words))
        if code:
            raise CommandError(f"{self.called} ended with exit code {code}", returncode=code)

    def sentence(self, words: Sequence[str]) -> list[str]:
        """The command's words, with the project's accounts named."""
        return [self.called, "--app", _APP, *words]


class GroupCommand(ProjectCommand):
    """A group of commands: the first word says which."""

    def sentence(self, words: Sequence[str]) -> list[str]:
        """The same, behind that word."""
        if not words or words[0].startswith("-"):
            return [self.called, *words]
        return [self.called, words[0], "--app", _APP, *words[1:]]


def _django_options() -> ArgumentParser:
    """What `manage.py` itself has read before, or what goes for every command of Django."""
    parser = ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--settings")
    parser.add_argument("--pythonpath")
    parser.add_argument("--traceback", action="store_true")
    parser.add_argument("--no-color", action="store_true")
    return parser


def _run(words: Sequence[str]) -> int:
    with piece_of_work():
        return main(words)
