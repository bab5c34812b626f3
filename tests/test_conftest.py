"""The suite's own rules: a skip fails the gate, nothing leaves the machine, long tests wait to be asked."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from coverage import CoverageData
from hypothesis import settings

CONFTEST = Path(__file__).parent / "conftest.py"

SKIPS = """
import pytest

def test_runs():
    assert True

@pytest.mark.skip(reason="no such service")
def test_stays_away():
    assert False
"""

WHOLE_MODULE_SKIPS = """
import pytest

pytest.importorskip("no_such_package_anywhere")
"""

EXPECTED_FAILURE = """
import pytest

@pytest.mark.xfail(reason="known")
def test_fails_as_expected():
    assert False
"""

LONG = """
import pytest

def test_short():
    assert True

@pytest.mark.long
def test_long():
    assert True
"""


SUBJECT = """def before():
    return 1

def meanwhile():
    return 2

def after():
    return 3
"""

UNMEASURED = """
import subject

def test_before():
    assert 1 == subject.before()

def test_meanwhile(unmeasured):
    assert 2 == subject.meanwhile()

def test_after():
    assert 3 == subject.after()
"""


def _run(
    folder: Path, text: str, *options: str, no_skips: bool = False, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a suite of one file under this suite's conftest."""
    shutil.copy(CONFTEST, folder / "conftest.py")
    (folder / "test_it.py").write_text(text)
    (folder / "pytest.ini").write_text(
        f"[pytest]\npythonpath = {CONFTEST.parent}\nmarkers =\n    long: slow\n"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment.pop("COVERAGE_PROCESS_CONFIG", None)  # of a measured run around this one
    environment |= {"PERMIT_ACCOUNTS_NO_SKIPS": "1" if no_skips else "", **variables}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, str(folder)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_skip_is_a_skip_on_a_developer_s_machine(tmp_path: Path) -> None:
    """Who lacks a service can still run the rest."""
    assert 0 == _run(tmp_path, SKIPS).returncode


def test_a_skip_fails_the_gate(tmp_path: Path) -> None:
    """A test that needs something of the machine cannot quietly stay away from the gate."""
    run = _run(tmp_path, SKIPS, no_skips=True)
    assert 1 == run.returncode
    assert "PERMIT_ACCOUNTS_NO_SKIPS=1 forbids" in run.stdout
    assert "skipped" not in run.stdout.splitlines()[-1]


def test_a_skipped_module_fails_the_gate(tmp_path: Path) -> None:
    """The same holds where a whole module steps aside."""
    assert 0 != _run(tmp_path, WHOLE_MODULE_SKIPS, no_skips=True).returncode


def test_an_expected_failure_is_no_skip(tmp_path: Path) -> None:
    """What is marked as failing did run."""
    assert 0 == _run(tmp_path, EXPECTED_FAILURE, no_skips=True).returncode


def test_long_tests_wait_to_be_asked(tmp_path: Path) -> None:
    """The quick suite leaves them out and says so."""
    assert "1 passed, 1 deselected" in _run(tmp_path, LONG).stdout


def test_long_tests_run_when_asked(tmp_path: Path) -> None:
    """`-m long` runs those and no others."""
    run = _run(tmp_path, LONG, "-m", "long", "-vv")
    assert 0 == run.returncode
    assert "::test_long PASSED" in run.stdout


def test_an_unmeasured_test_covers_nothing(tmp_path: Path) -> None:
    """What runs before and after it in the same run is measured; the lines that it alone reaches are not."""
    (tmp_path / "subject.py").write_text(SUBJECT)
    measured = {
        "COVERAGE_PROCESS_START": str(tmp_path / "coverage.ini"),
        "COVERAGE_FILE": str(tmp_path / "measured"),
    }
    (tmp_path / "coverage.ini").write_text(f"[run]\ninclude = {tmp_path}/subject.py\n")
    assert 0 == _run(tmp_path, UNMEASURED, **measured).returncode

    lines = CoverageData(str(tmp_path / "measured"))
    lines.read()
    assert {2, 8} == set(lines.lines(str(tmp_path / "subject.py")) or ()) & {2, 5, 8}


@pytest.mark.parametrize("address", [("192.0.2.1", 25), ("mail.example.org", 25), ("2001:db8::1", 25, 0, 0)])
def test_no_connection_leaves_the_machine(address: tuple[object, ...]) -> None:
    """A test that would need the network fails at once, wherever it runs."""
    family = socket.AF_INET6 if len(address) == 4 else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as client, pytest.raises(AssertionError, match="loopback"):
        client.connect(address)


def test_no_datagram_leaves_the_machine() -> None:
    """Nor does a single packet, such as a name query made by hand."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        with pytest.raises(AssertionError, match="loopback"):
            client.sendto(b"?", ("192.0.2.1", 53))


def test_no_name_is_looked_up_elsewhere() -> None:
    """A look-up is refused before a packet leaves."""
    with pytest.raises(AssertionError, match="loopback"):
        socket.getaddrinfo("mx.example.org", 25)


def test_loopback_is_open() -> None:
    """Servers that a test started itself can be reached."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname(), timeout=5) as client,
    ):
        assert server.getsockname() == client.getpeername()


def test_no_example_has_a_deadline() -> None:
    """A busy machine must not fail a property: examples are timed by nobody."""
    assert settings().deadline is None
