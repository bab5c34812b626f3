"""The types say what the library does: right use passes a strict type checker, wrong use does not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
USES = Path(__file__).parent / "uses.py"


def _mypy(file: Path) -> str:
    """What mypy says of a file, under the project's own strict settings; empty where it is content."""
    run = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", "pyproject.toml", "--no-error-summary", str(file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return run.stdout + run.stderr


def test_right_uses_pass_and_wrong_uses_do_not() -> None:
    """Each line of `uses.py` is as it says."""
    assert "" == _mypy(USES)


@pytest.mark.parametrize(
    ("ignored", "error"),
    [
        ("assert_never(outcome)  # type: ignore[arg-type]", "SetupRequired"),
        ("session_token  # type: ignore[union-attr]", "session_token"),
        ('outcome.session_token != ""  # type: ignore[attr-defined]', "Coroutine"),
        ("store = Drawer()  # type: ignore[assignment]", "Drawer"),
    ],
)
def test_a_wrong_use_is_told(ignored: str, error: str, tmp_path: Path) -> None:
    """Without its ignore, a wrong use is an error with the culprit's name."""
    text = USES.read_text(encoding="utf-8")
    assert 1 == text.count(ignored)
    file = tmp_path / "wrong_use.py"
    file.write_text(text.replace(ignored, ignored.partition("  #")[0]), encoding="utf-8")
    assert error in _mypy(file)
