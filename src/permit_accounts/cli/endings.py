"""How a command ends: an exit code for scripts, a sentence for people, never a traceback.

A traceback is shown only where `--debug` asks for it. An error that nobody expected is named by its kind
alone, since its words may hold what must not be shown.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from enum import IntEnum
from typing import Final

import click

from permit_accounts.cli import EXTRA
from permit_accounts.cli.logs import listening
from permit_accounts.cli.report import Report
from permit_accounts.model.errors import (
    ConfigurationError,
    OutcomeUnknown,
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
    UNKNOWN = 5
    INTERRUPTED = 130


def ended(command: click.Command, arguments: Sequence[str] | None) -> int:
    """Run a command and say in one sentence what went wrong with it, if anything did."""
    report = Report()
    _make_printable()
    try:
        with listening():
            outcome = command.main(arguments, "permit-accounts", standalone_mode=False, obj=report)
    except click.UsageError as error:
        error.show(sys.stderr)
        return _told(report, Ending.USAGE, error.format_message(), aloud=False)
    except (click.Abort, KeyboardInterrupt):
        return _told(report, Ending.INTERRUPTED, "interrupted")
    except Exception as error:
        return _fault(report, error)
    return int(outcome) if isinstance(outcome, int) else Ending.DONE


def _make_printable() -> None:
    """A letter that the terminal does not know is a question mark, not an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


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
        case OutcomeUnknown():
            return _told(report, Ending.UNKNOWN, _UNKNOWN.format(error=error))
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


_UNKNOWN: Final = (
    "this may have been done: {error}. Look first, as with `permit-accounts explain` or by signing in; "
    "if it was not, run the command again."
)
_BUG: Final = (
    "this is a bug ({kind}). Run the command again as `permit-accounts --debug …` and report what it shows; "
    "look it through first, for it may name people."
)
