"""How commands end: exit codes, one sentence, never a traceback."""

from __future__ import annotations

import json
import logging

import click
import pytest

from permit_accounts.cli.endings import Ending, ended
from permit_accounts.cli.options import answers_in_json
from permit_accounts.cli.report import Report, plain
from permit_accounts.cli.tree import command as whole
from permit_accounts.model.errors import (
    ConfigurationError,
    Conflict,
    OutcomeUnknown,
    TryAgainLater,
    Unavailable,
)

CASES = (
    (ConfigurationError("set the city"), 3, "set the city"),
    (TryAgainLater("busy"), 4, "too much at once: busy"),
    (Unavailable("no database"), 4, "out of reach: no database"),
    (OutcomeUnknown("lost at the commit"), 5, "this may have been done: lost at the commit. Look first"),
    (Conflict("moved on"), 4, "out of reach: moved on"),
    (PermissionError(13, "Permission denied", "x.csv"), 4, "x.csv: Permission denied"),
    (OSError("odd"), 4, "OSError"),
    (RuntimeError("canary secret"), 4, "this is a bug (RuntimeError)"),
    (KeyboardInterrupt(), 130, "interrupted"),
    (click.Abort(), 130, "interrupted"),
    (click.UsageError("which?"), 2, "which?"),
)
_IDS = [type(case[0]).__name__ for case in CASES]


def _raising(error: BaseException) -> click.Command:
    @click.command()
    @answers_in_json
    def fails() -> None:
        raise error

    return fails


@pytest.mark.parametrize(("error", "code", "words"), CASES, ids=_IDS)
def test_a_fault_is_a_sentence(
    error: BaseException, code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each kind of fault has its exit code; nobody sees a traceback."""
    assert code == ended(_raising(error), [])
    told = capsys.readouterr()
    assert words in told.err
    assert "" == told.out
    assert "Traceback" not in told.err


@pytest.mark.attack("LOG-01")
def test_the_words_of_an_unexpected_error_are_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """They may hold anything, a password included."""
    ended(_raising(RuntimeError("canary secret")), [])
    assert "canary" not in "".join(capsys.readouterr())


@pytest.mark.parametrize(("error", "code", "words"), CASES, ids=_IDS)
def test_with_json_a_fault_is_a_document(
    error: BaseException, code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A program that reads the standard output always finds one document there."""
    assert code == ended(_raising(error), ["--json"])
    assert Ending(code).name.lower() == json.loads(capsys.readouterr().out)["error"]


def test_debug_shows_the_traceback() -> None:
    """Where it is asked for, an unexpected error comes through whole."""

    @click.command()
    @click.pass_obj
    def fails(report: Report) -> None:
        report.debug = True
        raise RuntimeError("the whole of it")

    with pytest.raises(RuntimeError, match="the whole of it"):
        ended(fails, [])


def test_the_option_is_the_programs(capsys: pytest.CaptureFixture[str]) -> None:
    """`--debug` stands before the command."""
    assert 0 == ended(whole, ["--debug", "keys", "--help"])


def test_an_ending_is_the_exit_code() -> None:
    """A command says how it ended; one that says nothing is done."""

    @click.command()
    def refuses() -> Ending:
        return Ending.REFUSED

    @click.command()
    def nothing() -> None:
        """Nothing."""

    assert (1, 0) == (ended(refuses, []), ended(nothing, []))


def test_a_library_warning_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """What the library logs while a command runs is seen, without control characters; then no more."""

    @click.command()
    def warns() -> None:
        logging.getLogger("permit_accounts.stores").warning("odd \x1b[31m file")
        logging.getLogger("permit_accounts.throttle").warning("no client address is known")

    ended(warns, [])
    logging.getLogger("permit_accounts.stores").warning("later")
    assert "warning: odd �[31m file\n" == capsys.readouterr().err


@pytest.mark.attack("CSV-11")
def test_no_text_moves_the_cursor() -> None:
    """A name in a file or a record cannot color or rewrite the terminal of whoever reads it."""
    assert "a�[2Jb\n�c" == plain("a\x1b[2Jb\n\rc")
