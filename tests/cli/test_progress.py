"""A bar is drawn at a terminal, and nowhere else."""

from __future__ import annotations

import io
import sys

import pytest

from permit_accounts.cli.progress import bar


class _Screen(io.StringIO):
    """A standard error output that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_at_a_terminal_there_is_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is being done and how much of it is done; gone at the end."""
    screen = _Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    with bar() as advance:
        advance("checking the roster", 1, 4)
        advance("importing the roster", 2, 4)
    shown = screen.getvalue()
    assert "importing the roster" in shown
    assert "50%" in shown


def test_elsewhere_there_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    """A log file holds no bars."""
    with bar() as advance:
        advance("importing", 1, 2)
    assert ("", "") == tuple(capsys.readouterr())
