"""How a command ends: an exit code for scripts, a sentence for people, never a traceback.

A traceback is shown only where `--debug` asks for it. An error that nobody expected is named by its kind
alone, since its words may hold what must not be shown.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from enum import IntEnum
from typing import Final

import click

from permit_accounts.cli import EXTRA
from permit_accounts.cli.report import Report
from permit_accounts.model.errors import (
    ConfigurationError,
    PermitAccountsError,
    TryAgainLater,
)


class Ending(IntEnum):
    """Exit codes; stable."""

    DONE = 0
    REFUSED = 1
    USAGE = 2
    CONFIGURATION = 3
    UNAVAILABLE = 4
    INTERRUPTED = 130


def ended(command: click.Command, arguments: Sequence[str] | None) -> int:
    """Run a command and say in one sentence what went wrong with it, if anything did."""
    report = Report()
    try:
        with command.make_context("permit-accounts", _given(arguments), obj=report) as context:
            outcome = command.invoke(context)
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.UsageError as error:
        error.show(sys.stderr)
        return _told(report, Ending.USAGE, error.format_message(), aloud=False)
    except (click.Abort, KeyboardInterrupt):
        return _told(report, Ending.INTERRUPTED, "interrupted")
    except BrokenPipeError:
        return _unread()
    except Exception as error:
        return _fault(report, error)
    return int(outcome) if isinstance(outcome, Ending) else Ending.DONE


def _given(arguments: Sequence[str] | None) -> list[str]:
    return list(sys.argv[1:] if arguments is None else arguments)


def _fault(report: Report, error: Exception) -> int:
    if report.debug:
        raise error
    if isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] in EXTRA:
        raise error
    match error:
        case ConfigurationError():
            return _told(report, Ending.CONFIGURATION, str(error))
        case TryAgainLater():
            return _told(report, Ending.UNAVAILABLE, f"too much at once: {error}. Try again in a moment.")
        case PermitAccountsError():
            return _told(report, Ending.UNAVAILABLE, f"out of reach: {error}")
        case OSError():
            named = f"{error.filename}: " if error.filename is not None else ""
            return _told(report, Ending.UNAVAILABLE, f"{named}{error.strerror or type(error).__name__}")
    return _told(report, Ending.UNAVAILABLE, _BUG.format(kind=type(error).__name__))


def _told(report: Report, ending: Ending, words: str, *, aloud: bool = True) -> int:
    if aloud:
        report.note(f"permit-accounts: {words}")
    report.error(ending.name.lower(), words)
    return ending


def _unread() -> int:
    """Nobody reads on, such as `head`. What is still in the buffer must not be written at the exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return Ending.DONE


_BUG: Final = (
    "this is a bug ({kind}). Run the command again as `permit-accounts --debug …` and report what it shows; "
    "look it through first, for it may name people."
)
