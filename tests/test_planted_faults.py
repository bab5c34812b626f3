"""A test of a grave attack fails once the guard against that attack is removed."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import pytest

from attack_table import marked
from planted import Fault, faults

ROOT = Path(__file__).parent.parent
FAULTS = faults()
#: The cases of account takeover, of lost or corrupted data, and of checks that fail open.
GRAVEST = frozenset(
    """
    TOK-02 TOK-04 TOK-05 TOK-07 TOK-08 TOK-09 TOK-10 TOK-11 TOK-12 TOK-14 TOK-15 TOK-17 TOK-18 TOK-24 TOK-25
    TOK-26 TOK-28 SQ-09
    VER-01 VER-02 VER-04 VER-05 UNI-02 UNI-03 UNI-04 UNI-05 UNI-07 LIC-02 LIC-03 LIC-04 LIC-06 LIC-08 LIC-09
    LIC-10 PWD-03 PWD-05 HASH-04 HASH-05 THR-01 THR-03 THR-04 THR-12 SESS-01 SESS-02 SESS-03 SESS-04 SESS-06
    SESS-09 TMP-02 TMP-03 TMP-04 TMP-06 TMP-08 TMP-10 SQ-01 SQ-02 SQ-07 MAIL-02 MAIL-04 MAIL-06 MAIL-09
    MAIL-10 MAIL-11 API-01 API-02 API-05 STO-01 STO-02 STO-03 STO-07 STO-08 CSV-08 CSV-09 CSV-11 LOG-01 CFG-01
    """.split()  # noqa: SIM905 - a list of words reads better in lines
)
MARKED = marked()


class Planter:
    """Removes the guard before each test of the run, and puts it back after."""

    def __init__(self, fault: Fault) -> None:
        self._fault = fault
        self._patch = pytest.MonkeyPatch()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        self._fault(self._patch)

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_teardown(self) -> None:
        self._patch.undo()


class Verdict:
    """Whether a test said that something is wrong.

    An error in the planting, or in a fixture that the fault broke, says nothing: it would come from a fault
    that removes no guard as well. So only an assertion in the test itself counts.
    """

    def __init__(self) -> None:
        self.missed = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        said = call.excinfo and isinstance(call.excinfo.value, AssertionError | pytest.fail.Exception)
        if said and call.when == "call":
            self.missed = True
            item.session.shouldstop = "the guard is missed"


def run(tests: tuple[str, ...], *plugins: object) -> pytest.ExitCode:
    """How these tests come out, in this process and without a word."""
    silent = ["-q", "-p", "no:cacheprovider", "-n", "0", "--rootdir", str(ROOT)]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return pytest.ExitCode(
            pytest.main([*silent, *(str(ROOT / test) for test in tests)], plugins=list(plugins))
        )


def test_every_grave_case_that_is_tested_has_its_fault() -> None:
    """No grave case rests on a test that was never seen to fail."""
    assert [] == sorted(case for case in GRAVEST.intersection(MARKED) if case not in FAULTS)


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.parametrize("case", sorted(GRAVEST.intersection(MARKED, FAULTS)))
def test_the_guard_is_missed(case: str) -> None:
    """Without its guard, at least one test that carries the case says so."""
    verdict = Verdict()
    run(MARKED[case], Planter(FAULTS[case]), verdict)
    assert verdict.missed
