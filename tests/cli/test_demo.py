"""The demonstration: the whole portal in one process, started and stopped as a person does it."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPCookieProcessor, Request, build_opener

import attrs
import pytest

from permit_accounts.cli.demo.city import LICENSE, city_of, returning_contractor
from permit_accounts.cli.demo.folder import opened
from permit_accounts.cli.demo.mail_pages import MailPages
from permit_accounts.cli.endings import Ending
from permit_accounts.rules.policy import Policy
from permit_accounts.testing.world import PASSWORD, World, public_form, setup_form
from permit_accounts.web import Request as PageRequest

_STARTED = "Ctrl-C ends it."


class Demo:
    """The command in a process of its own, once it serves."""

    def __init__(self, folder: Path, *options: str) -> None:
        command = [sys.executable, "-c", "import sys; from permit_accounts.cli import main; sys.exit(main())"]
        self.process = subprocess.Popen(
            [*command, "demo", "--port", "0", "--folder", str(folder), *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.said = ""
        while _STARTED not in self.said:
            line = self.process.stdout.readline()
            assert line, self.process.communicate()
            self.said += line
        self.address = self.found(r"Open +(\S+)")

    def found(self, pattern: str) -> str:
        match = re.search(pattern, self.said)
        assert match is not None, self.said
        return match[1]

    def stopped(self, how: signal.Signals = signal.SIGINT) -> tuple[int, str]:
        """The exit code, and what stands on the standard error output."""
        self.process.send_signal(how)
        _, errors = self.process.communicate(timeout=20)
        return self.process.returncode, errors


@contextmanager
def demo(folder: Path, *options: str) -> Iterator[Demo]:
    running = Demo(folder, *options)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.stopped()


class Person:
    """A browser over real HTTP."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._opener = build_opener(HTTPCookieProcessor())

    def get(self, path: str) -> tuple[str, str]:
        """Where one arrives, and the page."""
        return self._send(Request(self._address + path))

    def post(self, path: str, form: dict[str, str]) -> tuple[str, str]:
        """Fill in the form of a page and send it."""
        _, page = self.get(path)
        unseen = dict(re.findall(r'<input type="hidden" name="(csrf_token|about)" value="([^"]*)"', page))
        body = urlencode({**unseen, **form}).encode()
        return self._send(Request(self._address + path, data=body, headers={"Origin": self._address}))

    def _send(self, request: Request) -> tuple[str, str]:
        try:
            with self._opener.open(request, timeout=30) as response:
                return response.url.removeprefix(self._address), response.read().decode()
        except HTTPError as error:
            with error:
                return str(error.code), error.read().decode()


def test_a_contractor_follows_what_is_printed(tmp_path: Path) -> None:
    """The temporary password on the terminal, a password of one's own, the dashboard; then a second start."""
    folder = tmp_path / "demo"
    with demo(folder) as running:
        person = Person(running.address)
        temporary = running.found(r"temporary password +(\S+)")
        form = {"account_type": "contractor", "username": "1012345", "password": temporary}
        path, page = person.post("/sign-in", form)
        assert "/setup" == path, page
        asks = tuple(
            dict.fromkeys(re.findall(r'<(?:input|select)[^>]* id="f-[^"]+" name="([a-z_0-9]+)"', page))
        )
        entered = setup_form(tuple(name for name in asks if name != "password_again"))
        path, page = person.post("/setup", {**entered, "password_again": PASSWORD})
        assert "/dashboard" == path, page
        assert "1012345" in page
        assert (
            Ending.INTERRUPTED,
            "Stopped. The next start goes on with the same data.\n",
        ) == running.stopped()

    with demo(folder) as again:
        assert "The contractor 1012345 has finished set-up" in again.said
        assert "from before" in again.said
        form = {"account_type": "contractor", "username": "1012345", "password": PASSWORD}
        assert "/dashboard" == Person(again.address).post("/sign-in", form)[0]


def test_a_public_user_reads_the_mail_in_the_browser(tmp_path: Path) -> None:
    """It is shown within a second or two, and its link is one that can be clicked."""
    with demo(tmp_path / "demo") as running:
        person = Person(running.address)
        assert "No e-mail has been sent yet." in person.get("/mail")[1]
        status, page = person.get("/nowhere")
        assert ("404", True) == (status, "There is no such page" in page)
        form = {name: str(text) for name, text in public_form().items()}
        path, _ = person.post("/set-up-account/public", {**form, "password_again": PASSWORD})
        assert "/account-created" == path
        until = time.monotonic() + 30
        while "ann@mail.example.org" not in page and time.monotonic() < until:
            page = person.get("/mail")[1]
        assert "Staff desk" in page
        link = re.search(rf'<a href="({re.escape(running.address)}/confirm-email\?token=[^"]+)"', page)
        assert link is not None, page
        assert "demonstration on this machine" in page
        assert re.search(r"[0-9]{4}, [0-9]{1,2}:[0-9]{2}\s[AP]M P[DS]T", page) is not None


def test_every_address_that_is_printed_opens(tmp_path: Path) -> None:
    """The portal, its mail and the staff desk; the first and the last show the way to all three.

    And each says, as the terminal does, that whoever is at this machine can do the same.
    """
    with demo(tmp_path / "demo") as running:
        opened_at, pages = zip(
            *(Person(running.address).get(path) for path in ("/", "/mail", "/staff")), strict=True
        )
    assert ("/", "/mail", "/staff") == opened_at
    ways = ('href="/"', 'href="/mail"', 'href="/staff"')
    assert [ways, ways] == [tuple(way for way in ways if way in page) for page in (pages[0], pages[2])]
    warning = "nybody on this machine can open "
    assert [True] * 4 == [warning in text for text in (running.said, *pages)]


@pytest.mark.attack("WEB-13")
def test_a_name_of_somebody_elses_that_leads_here_opens_nothing(tmp_path: Path) -> None:
    """A page whose name is made to mean 127.0.0.1 reads what is there as its own (DNS rebinding)."""
    with demo(tmp_path / "demo") as running:
        port = urlsplit(running.address).port
        for path in ("/", "/mail", "/staff", "/api/csrf"):
            assert 421 == status_of(port, path, "rebound.example")
            assert status_of(port, path, "localhost") in (200, 303)


def status_of(port: int | None, path: str, host: str) -> int:
    """The answer to a browser that was told this name for the machine."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path, headers={"Host": f"{host}:{port}"})
        return connection.getresponse().status
    finally:
        connection.close()


def test_until_set_up_each_start_gives_a_fresh_temporary_password(tmp_path: Path) -> None:
    """The one before it is void."""
    passwords = set()
    for _ in range(2):
        with demo(tmp_path / "demo") as running:
            passwords.add(running.found(r"temporary password +(\S+)"))
    assert 2 == len(passwords)


def test_sigterm_ends_it_cleanly(tmp_path: Path) -> None:
    """As a service manager does it."""
    with demo(tmp_path / "demo") as running:
        code, errors = running.stopped(signal.SIGTERM)
    assert (Ending.DONE, False) == (code, "Traceback" in errors)


def test_the_usual_port_is_as_good_as_any_other(tmp_path: Path) -> None:
    """Its address is the one that a policy has by default, which only a real city must replace."""
    folder = opened(str(tmp_path / "demo"))
    accounts = city_of(folder, attrs.fields(Policy).base_url.default)
    assert LICENSE == returning_contractor(accounts).license


def run(*arguments: str) -> tuple[int, str]:
    command = [
        sys.executable,
        "-c",
        "import sys; from permit_accounts.cli import main; sys.exit(main())",
        "demo",
    ]
    ended = subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=60)
    return ended.returncode, ended.stderr


def test_a_busy_port_is_said_in_a_sentence(tmp_path: Path) -> None:
    """With another one to try; nothing was made."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, errors = run("--port", str(port), "--folder", str(tmp_path / "demo"))
    assert (Ending.CONFIGURATION, 1) == (code, errors.count("\n"))
    assert f"port {port} of this machine cannot be used" in errors
    assert not (tmp_path / "demo").exists()


@pytest.mark.parametrize("wrong", ["missing/demo", "full", "file"])
def test_a_folder_that_will_not_do_is_said_in_a_sentence(tmp_path: Path, wrong: str) -> None:
    """One in a folder that is not there, one that holds other files, one that is a file."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "accounts.db").write_bytes(b"of somebody else")
    (tmp_path / "file").write_bytes(b"")
    code, errors = run("--port", "0", "--folder", str(tmp_path / wrong))
    assert code in (Ending.CONFIGURATION, Ending.USAGE)
    assert "Traceback" not in errors
    assert str(tmp_path) in errors


def test_lost_keys_are_said_in_a_sentence(tmp_path: Path) -> None:
    """New ones would open nothing of what is there."""
    with demo(tmp_path / "demo"):
        pass
    (tmp_path / "demo" / "keys.txt").unlink()
    code, errors = run("--port", "0", "--folder", str(tmp_path / "demo"))
    assert (Ending.CONFIGURATION, True) == (code, "delete the folder" in errors)


def test_a_mail_that_cannot_be_read_is_told_in_words(tmp_path: Path) -> None:
    """Like any fault of the pages, and with their headers; HEAD is told the same without the words."""
    look = tmp_path / "look"
    look.mkdir()
    tmp_path.joinpath("mail.eml").mkdir()
    pages = MailPages(World().accounts, tmp_path, templates=look)
    told, head = (pages.handle(PageRequest(method=method, path=pages.path)) for method in ("GET", "HEAD"))
    assert (500, 500, b"") == (told.status, head.status, head.body)
    assert b"eml" not in told.body
    assert "no-store" == told.header("Cache-Control")
    assert told.header("Content-Length") == head.header("Content-Length")
