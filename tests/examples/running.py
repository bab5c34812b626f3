"""The example applications as their docstrings start them: each a server with a folder of its own.

Or as a city starts them that outgrew one machine: several processes over a database server and Redis.

The accounts behind one are opened here as well, as the command line and the staff's programs do it: over the
same file, with the same keys.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from email import message_from_bytes, policy
from pathlib import Path
from time import monotonic
from typing import Final
from urllib.parse import urlsplit

import attrs

from permit_accounts import (
    CONTRACTOR,
    Accounts,
    Keyring,
    Permission,
    Policy,
    RosterReport,
    StaffDesk,
    StaffMember,
    TemporaryPasswordIssued,
)
from permit_accounts.email_backends.file import FileBackend

EXAMPLES: Final = Path(__file__).parents[2] / "docs" / "examples"
HOST: Final = "127.0.0.1"
STAFF: Final = ("desk", "of the desk, and only of the tests")
#: Each framework's folder, what starts it there, and what is to be done before.
STARTS: Final[Mapping[str, tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...]]]] = {
    "flask": ("flask_portal", ("-m", "flask", "--app", "portal", "run", "--port", "{port}"), ()),
    "fastapi": (
        "fastapi_portal",
        ("-m", "uvicorn", "portal:app", "--port", "{port}", "--no-proxy-headers"),
        (),
    ),
    "django": (
        "django_portal",
        ("manage.py", "runserver", "--noreload", f"{HOST}:{{port}}"),
        (("manage.py", "migrate", "-v0"), ("manage.py", "createsuperuser", "--noinput")),
    ),
}
FRAMEWORKS: Final = tuple(STARTS)
#: What starts each as several processes.
_GUNICORN: Final = ("-m", "gunicorn", "-w", "{workers}", "--threads", "2", "-b", f"{HOST}:{{port}}")
SEVERAL: Final[Mapping[str, tuple[str, ...]]] = {
    "flask": (*_GUNICORN, "portal:create_app()"),
    "fastapi": (*STARTS["fastapi"][1], "--workers", "{workers}"),
    "django": (*_GUNICORN, "portal.wsgi:application"),
}
#: Seconds after which a server that does not answer has failed.
_PATIENCE: Final = 60.0
#: What the server says of itself.
_SAID: Final = "said.txt"


@attrs.frozen(kw_only=True)
class Servers:
    """What an example stands on instead of a file of its own.

    Args:
        database: The URL of a database server, with the tables in it.
        scratch: The URL of a Redis server.
        workers: How many processes answer.
    """

    database: str
    scratch: str
    workers: int = 3


@attrs.frozen(kw_only=True)
class Running:
    """An example that answers.

    Args:
        framework: Which one.
        base: Its address.
        folder: Where it keeps its files.
        accounts: The accounts behind it.
        server: Its process.
    """

    framework: str
    base: str
    folder: Path
    accounts: Accounts
    server: subprocess.Popen[bytes]

    def desk(self) -> StaffDesk:
        """The desk of somebody who may do everything."""
        return StaffDesk(self.accounts, actor=StaffMember(id="counter-1", may=frozenset(Permission)))

    def put_on_roster(self, number: str, *, email: str = "") -> None:
        """A contractor whom the city knows."""
        roster = self.folder / "roster.csv"
        header = "license,business_name,business_type,classes,status,contact_name,email,phone,address"
        row = f"{number},Lantern Builders,corporation,B,CLEAR,Sam Sample,{email},(323) 555-0101,18 Cedar Row"
        roster.write_text(f"{header}\n{row}\n", encoding="utf-8")
        report = self.desk().import_roster(roster, reason="for a test", authority="us-ca-cslb")
        assert isinstance(report, RosterReport), report
        assert 1 == report.added, report

    def temporary_password(self, number: str) -> str:
        """What staff read out over the telephone."""
        issued = self.desk().issue_temporary_password(
            number, CONTRACTOR, reason="called to set the account up", checked_how="pocket card"
        )
        assert isinstance(issued, TemporaryPasswordIssued), issued
        return issued.password

    def mails_to(self, address: str) -> list[str]:
        """The words of each e-mail to an address so far, in the order in which they were sent."""
        found = []
        for file in (self.folder / "mail").glob("*.eml"):
            mail = message_from_bytes(file.read_bytes(), policy=policy.default)
            if mail["To"] == address:
                found.append((file.stat().st_mtime_ns, mail.get_body(("plain",)).get_content()))
        return [text for _, text in sorted(found)]

    def mailed_link(self, address: str, path: str) -> str:
        """The newest link to such a page that was mailed to the address, once there is one.

        What is due is delivered from here too, as a process beside the example would, so that nobody waits.
        """
        self.accounts.outbox.deliver()
        link = re.compile(rf"{re.escape(self.base)}{re.escape(path)}\?token=\S+")

        def links() -> list[str]:
            return [found for text in self.mails_to(address) for found in link.findall(text)]

        self.until(lambda: bool(links()))
        return links()[-1]

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something that the example does by itself."""
        end = monotonic() + _PATIENCE
        while not condition():
            assert monotonic() < end, f"nothing came of it:\n{_said(self.folder)}"
            with suppress(subprocess.TimeoutExpired):
                self.server.wait(timeout=0.05)
                raise AssertionError(f"it has ended:\n{_said(self.folder)}")


@contextmanager
def started(framework: str, folder: Path, servers: Servers | None = None) -> Iterator[Running]:
    """The example of a framework, from its start to its end."""
    place, command, before = STARTS[framework]
    if servers is not None:
        command = SEVERAL[framework]
    port = _free_port()
    base, keys = f"http://{HOST}:{port}", Keyring.new()
    surroundings = _surroundings(folder, base, keys) | _named(servers)
    for step in before:
        _run(step, place, surroundings)
    words = [part.format(port=port, workers=servers.workers if servers else 1) for part in command]
    with (folder / _SAID).open("wb") as said:
        server = subprocess.Popen(
            [sys.executable, *words],
            cwd=EXAMPLES / place,
            env=surroundings,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        try:
            _await(server, folder, base)
            accounts = _opened(folder, base, keys, servers)
            yield Running(framework=framework, base=base, folder=folder, accounts=accounts, server=server)
        finally:
            server.terminate()
            with suppress(subprocess.TimeoutExpired):
                server.wait(timeout=10)
            server.kill()
            server.wait()


def _await(server: subprocess.Popen[bytes], folder: Path, base: str) -> None:
    """Until it takes connections."""
    address = urlsplit(base)
    end = monotonic() + _PATIENCE
    while monotonic() < end:
        with suppress(OSError), socket.create_connection((address.hostname, address.port), timeout=1):
            return
        with suppress(subprocess.TimeoutExpired):
            server.wait(timeout=0.05)
            break
    raise AssertionError(f"it does not serve:\n{_said(folder)}")


def _said(folder: Path) -> str:
    return (folder / _SAID).read_text(encoding="utf-8", errors="replace")


def _surroundings(folder: Path, base: str, keys: Keyring) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(os.path.abspath(part) for part in sys.path if part),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PORTAL_FOLDER": str(folder),
        "PORTAL_ADDRESS": base,
        "PORTAL_STAFF": ":".join(STAFF),
        "PERMIT_ACCOUNTS_KEYS": keys.to_text(),
        "DJANGO_SECRET_KEY": "of a project that is only ever tested",
        "DJANGO_SUPERUSER_USERNAME": STAFF[0],
        "DJANGO_SUPERUSER_PASSWORD": STAFF[1],
        "DJANGO_SUPERUSER_EMAIL": "desk@sampleton.example.gov",
    }


def _named(servers: Servers | None) -> dict[str, str]:
    if servers is None:
        return {}
    return {"PORTAL_DATABASE": servers.database, "PORTAL_SCRATCH": servers.scratch}


def _run(step: tuple[str, ...], place: str, surroundings: Mapping[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, *step], cwd=EXAMPLES / place, env=surroundings, capture_output=True, text=True
    )
    assert 0 == done.returncode, done.stderr


def _opened(folder: Path, base: str, keys: Keyring, servers: Servers | None) -> Accounts:
    """With the settings of the examples, as whatever works on the same accounts must have them.

    Several processes may not have begun yet where their server takes connections, so who is first makes what
    they share.
    """
    mail = folder / "mail"
    mail.mkdir(mode=0o700, exist_ok=True)
    return Accounts.open(
        f"sqlite:///{folder / 'accounts.db'}" if servers is None else servers.database,
        scratch=None if servers is None else servers.scratch,
        create=servers is not None,
        keys=keys,
        policy=Policy(
            city="Sampleton",
            support_phone="(323) 555-0199",
            base_url=base,
            mail_from="permits@sampleton.example.gov",
        ),
        email=FileBackend(mail),
    )


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as free:
        port: int = free.getsockname()[1]
        return port
