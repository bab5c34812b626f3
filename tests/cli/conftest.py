"""A terminal for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.terminal import Terminal


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """A city of its own, and somebody who types."""

    def read() -> tuple[str, str]:
        captured = capsys.readouterr()
        return captured.out, captured.err

    monkeypatch.setenv("COLUMNS", "80")
    return Terminal(tmp_path, monkeypatch, read)
