"""The doctor finds each thing that is wrong or weak, and says nothing else is."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import sys
from collections import namedtuple
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace

import attrs
import click
import pytest

from cli.terminal import CITY, Terminal
from permit_accounts.cli.city_file import MailServer
from permit_accounts.cli.doctor import files, hashes, machine
from permit_accounts.cli.doctor.settings import of_the_policy
from permit_accounts.cli.options import DATABASE_VARIABLE, KEYS_VARIABLE
from permit_accounts.model.codes import QuestionUse
from permit_accounts.model.errors import ConfigurationError
from permit_accounts.model.outcomes import SetupRequired, SignedIn
from permit_accounts.ports import Replace
from permit_accounts.rules.policy import Argon2Cost
from permit_accounts.testing.smtp_server import Behavior, SMTPServer
from permit_accounts.testing.world import PASSWORD, World, city_policy, public_form, strict_policy
from permit_accounts.tools import lookups
from permit_accounts.tools.keyring import Keyring

_PROGRAM = "import sys; from permit_accounts.cli import main; sys.exit(main())"


def _levels(terminal: Terminal, *arguments: str) -> dict[str, str]:
    findings = terminal.run("doctor", *arguments, "--json").document["findings"]
    return {finding["topic"]: finding["level"] for finding in findings}


def test_a_sound_city_has_no_errors(terminal: Terminal) -> None:
    """Exit code 0; what the guides ask for against the standards is a note, not a fault."""
    terminal.portal()
    ended = terminal.run("doctor")
    assert (0, "") == (ended.code, ended.err)
    assert ended.out.endswith(" 0 warning, 0 error\n")
    levels = _levels(terminal)
    assert {"ok"} == {
        levels[topic] for topic in ("city", "keys", "database", "file-mode", "hashes", "outbox", "disk")
    }
    assert {"note"} == {
        levels[topic] for topic in ("security-question", "registration", "clock", "mail-server")
    }


def test_every_finding_is_one_line_for_a_program(terminal: Terminal) -> None:
    """A search for `error` finds the whole of it."""
    terminal.portal()
    lines = terminal.run("doctor").out.splitlines()
    assert len(lines) == len(_levels(terminal)) + 2


def test_at_a_terminal_it_fits(terminal: Terminal) -> None:
    """Eighty columns are enough for everything."""
    terminal.portal()
    plain = click.unstyle(_at_a_terminal(terminal, TERM="xterm", NO_COLOR=""))
    assert [] == [line for line in plain.splitlines() if len(line) > 80 and "sqlite:///" not in line]


@pytest.mark.parametrize(
    ("variables", "colored"),
    [
        ({"TERM": "xterm", "NO_COLOR": ""}, True),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False),
        ({"TERM": "dumb", "NO_COLOR": ""}, False),
    ],
)
def test_colors_are_left_out_on_request(variables: dict[str, str], colored: bool, terminal: Terminal) -> None:
    """By the variables that all programs heed."""
    terminal.portal()
    assert colored == ("\x1b[" in _at_a_terminal(terminal, **variables))


def _at_a_terminal(terminal: Terminal, **variables: str) -> str:
    """What doctor shows where somebody sits before it."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, "doctor"],
        stdout=theirs,
        stderr=theirs,
        env={**terminal.environment, **variables},
    )
    os.close(theirs)
    shown = b""
    while select.select([ours], [], [], 60)[0]:
        try:
            piece = os.read(ours, 10_000)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    assert 0 == process.wait(30)
    return shown.decode()


def test_a_wrong_configuration_ends_it(terminal: Terminal) -> None:
    """Everything else hangs on it."""
    terminal.config.write_text("[policy]\npassword_min = 3\n")
    assert (1, {"configuration": "error"}) == (terminal.run("doctor").code, _levels(terminal))


def test_missing_keys_end_it(terminal: Terminal) -> None:
    """Without keys no database is opened."""
    terminal.without(KEYS_VARIABLE)
    assert ("error", True) == ((levels := _levels(terminal))["keys"], "database" not in levels)


def test_a_missing_database_ends_it(terminal: Terminal) -> None:
    """A path that leads nowhere, or none at all."""
    assert "error" == _levels(terminal)["database"]
    terminal.without(DATABASE_VARIABLE)
    assert "error" == _levels(terminal)["database"]
    assert 1 == terminal.run("doctor").code


def test_texts_that_were_never_set_are_a_warning(terminal: Terminal) -> None:
    """An e-mail that names no city, and a link that leads to the reader's own machine."""
    terminal.portal()
    terminal.config.write_text("")
    levels = _levels(terminal)
    assert ("warning", "warning") == (levels["city"], levels["base-url"])


@pytest.mark.parametrize(
    ("zone", "level"), [("America/Los_Angeles", "ok"), ("America/Los_Angelos", "warning")]
)
def test_a_time_zone_that_nobody_knows_is_a_warning(zone: str, level: str, terminal: Terminal) -> None:
    """Here a misspelled name is found before the portal refuses to start."""
    terminal.portal()
    terminal.config.write_text(f'[city]\ntime_zone = "{zone}"\n')
    assert level == _levels(terminal)["time-zone"]


def test_decisions_weaker_than_the_standards_are_notes() -> None:
    """Each is somebody's decision; `Policy.strict` has none of them."""

    def notes(**settings: object) -> set[str]:
        return {f.topic for f in of_the_policy(city_policy(**settings)) if f.level == "note"}

    assert {"security-question", "registration"} == notes()
    assert {"passwords", "security-question", "registration"} == notes(password_min=12)
    assert {"audit", "registration"} == notes(
        audit_retention=timedelta(days=30), security_question=QuestionUse.OFF
    )
    assert set() == {f.topic for f in of_the_policy(strict_policy()) if f.level == "note"}


def test_a_file_that_others_can_read_is_a_warning(terminal: Terminal) -> None:
    """The database holds what people told the city."""
    terminal.portal()
    terminal.database.chmod(0o640)
    assert "warning" == _levels(terminal)["file-mode"]


@pytest.mark.parametrize(
    ("mode", "level"), [(0o700, "ok"), (0o755, "note"), (0o777, "error"), (0o1777, "note")]
)
def test_a_folder_that_everybody_can_write_to_is_an_error(mode: int, level: str, terminal: Terminal) -> None:
    """Whoever can write to it can put another database in the place of this one."""
    terminal.portal()
    terminal.folder.chmod(mode)
    assert level == _levels(terminal)["folder-mode"]


def test_modes_are_posix(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Elsewhere a mode says nothing."""
    terminal.portal()
    monkeypatch.setattr(files, "os", SimpleNamespace(name="nt"))
    assert {"wal", "disk"} == {finding.topic for finding in files.of_the_file(terminal.database)}


@pytest.mark.parametrize(("free", "level"), [(10 << 30, "ok"), (500 << 20, "warning"), (50 << 20, "error")])
def test_a_full_disk_is_an_error(
    free: int, level: str, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before it is quite full."""
    terminal.portal()
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(free, 0, free))
    assert level == _levels(terminal)["disk"]


def test_a_log_without_end_is_a_warning(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some program reads and never stops, so that the log cannot be carried into the file."""
    terminal.portal()
    monkeypatch.setattr(files, "_LONG_LOG", 10)
    log = terminal.folder / "sample.db-wal"
    log.write_bytes(b"x" * 11)
    (finding,) = files._log_length(terminal.folder / "sample.db")
    assert "warning" == finding.level


@pytest.mark.parametrize(
    ("cheap", "slow", "level"), [(0, 60_000, "ok"), (60_000, 60_000, "note"), (0, 0, "warning")]
)
def test_the_cost_of_a_hash_is_measured(
    cheap: int, slow: int, level: str, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too cheap for a thief is a note, too slow for people a warning; time and memory are told."""
    monkeypatch.setattr(machine, "_CHEAP", timedelta(milliseconds=cheap))
    monkeypatch.setattr(machine, "_SLOW", timedelta(milliseconds=slow))
    (finding,) = machine.of_hashing(terminal.portal().services)
    assert (level, True) == (finding.level, " ms and 19 MiB" in finding.words)


def test_a_missing_blocklist_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it any common password would pass."""

    def missing() -> None:
        raise ConfigurationError("the list is not there")

    monkeypatch.setattr(machine, "check_blocklist", missing)
    (finding,) = machine.of_the_blocklist()
    assert ("error", "the list is not there") == (finding.level, finding.words)


@pytest.mark.attack("HASH-10")
def test_a_pepper_that_hashes_name_must_stay(terminal: Terminal) -> None:
    """Taken out of the key ring, it would lock everybody out who has such a hash."""
    terminal.keys = terminal.keys.with_new_pepper("v1")
    terminal.set(KEYS_VARIABLE, terminal.keys.to_text())
    assert isinstance(terminal.portal().register("public", public_form("ann")), SignedIn)
    assert "ok" == _levels(terminal)["hashes"]

    without = terminal.keys.to_text().partition(" pepper.")[0]
    terminal.set(KEYS_VARIABLE, without)
    ended = terminal.run("doctor")
    assert (1, True) == (ended.code, "1 accounts have hashes with the pepper 'v1'" in ended.out)


def test_a_hash_that_cannot_be_read_is_an_error(terminal: Terminal) -> None:
    """A damaged row, or one that another program wrote."""
    portal = terminal.portal()
    assert isinstance(portal.register("public", public_form("ann")), SignedIn)
    account = lookups.account_named(portal.services, "public:ann")
    assert account is not None
    portal.services.store.commit(Replace(account, attrs.evolve(account, password_hash="plaintext")))
    (finding,) = hashes.of_the_hashes(portal.services)
    assert ("error", True) == (finding.level, "1 accounts" in finding.words)
    assert "plaintext" not in finding.words


@pytest.mark.attack("ENUM-03")
def test_hashes_that_time_tells_from_others_are_counted(terminal: Terminal) -> None:
    """With the line that hides them. Once a sign-in has made them anew, the line may go."""
    assert isinstance(terminal.portal().register("public", public_form("ann")), SignedIn)
    lanes = CITY.replace("parallelism = 1", "parallelism = 2")
    line = "earlier_argon2 = [{ time_cost = 2, memory_cost = 19456, parallelism = 1 }]"

    terminal.config.write_text(lanes)
    told = terminal.run("doctor").out
    assert "1 hashes take another time to check" in told
    assert line in told

    terminal.config.write_text(f"{lanes}{line}\n")
    assert "note" == _levels(terminal)["earlier-hashes"]

    now = terminal.portal(argon2=Argon2Cost(time_cost=2, memory_cost=19456, parallelism=2))
    assert isinstance(now.sign_in("public", "ann", PASSWORD), SignedIn | SetupRequired)
    told = terminal.run("doctor").out
    assert "take earlier_argon2 out" in told
    terminal.config.write_text(lanes)
    assert "earlier-hashes" not in _levels(terminal)


def test_what_hashes_cost_is_asked_of_our_own_hasher_alone() -> None:
    """Another one knows of no policy; whether its hashes can be read is all there is to say."""
    assert ["ok"] == [finding.level for finding in hashes.of_the_hashes(World().services)]


def test_mail_that_waits_for_long_is_an_error(terminal: Terminal) -> None:
    """Nobody sends it; what to run is said."""
    portal = terminal.portal(days_ago=1)
    assert isinstance(portal.register("public", public_form("ann")), SignedIn)
    assert "error" == _levels(terminal)["outbox"]
    assert "outbox deliver --watch" in terminal.run("doctor").out


def test_mail_of_just_now_is_fine(terminal: Terminal) -> None:
    """It is about to be sent."""
    assert isinstance(terminal.portal().register("public", public_form("ann")), SignedIn)
    assert "ok" == _levels(terminal)["outbox"]


def test_mail_that_could_not_be_sent_is_a_warning(terminal: Terminal) -> None:
    """It is not due before its pause is over, and still it waits: how much, until when and why."""
    with SMTPServer(Behavior.DEFER) as server:
        terminal.configure(f'[smtp]\nhost = "127.0.0.1"\nport = {server.port}\nsecurity = "none"\n')
        assert isinstance(terminal.portal().register("public", public_form("ann")), SignedIn)
        assert 4 == terminal.run("outbox", "deliver").code
    assert "warning" == _levels(terminal)["outbox"]
    told = terminal.run("doctor").out
    assert "1 e-mail, next try " in told
    assert "the mail server answered 451" in told


def test_mail_that_was_written_with_other_keys_is_an_error(terminal: Terminal) -> None:
    """Its links cannot be made here, and it would wait until it is given up."""
    assert isinstance(terminal.portal().register("public", public_form("ann")), SignedIn)
    assert "ok" == _levels(terminal)["outbox"]
    terminal.set(KEYS_VARIABLE, Keyring.new().to_text())
    assert "error" == _levels(terminal)["outbox"]
    assert "1 written with keys that are not in this key ring" in terminal.run("doctor").out


def test_mail_that_was_given_up_is_a_warning(terminal: Terminal) -> None:
    """With where to read why."""
    with SMTPServer(Behavior.REFUSE_RECIPIENT) as server:
        terminal.configure(f'[smtp]\nhost = "127.0.0.1"\nport = {server.port}\nsecurity = "none"\n')
        assert isinstance(terminal.portal().register("public", public_form("ann")), SignedIn)
        assert 1 == terminal.run("outbox", "deliver").code
    assert "warning" == _levels(terminal)["failed-email"]


def test_a_history_from_the_future_is_an_error(terminal: Terminal) -> None:
    """One clock or the other is wrong, and sessions and links are judged by it."""
    assert isinstance(terminal.portal(days_ago=-1).register("public", public_form("ann")), SignedIn)
    assert "error" == _levels(terminal)["clock"]


def test_a_history_of_the_past_is_fine(terminal: Terminal) -> None:
    """The last event is told."""
    assert isinstance(terminal.portal().register("public", public_form("ann")), SignedIn)
    assert "ok" == _levels(terminal)["clock"]


class TestMailServer:
    """What can be said of the mail server, with and without asking it."""

    @pytest.fixture
    def server(self, terminal: Terminal) -> Iterator[SMTPServer]:
        terminal.portal()
        with SMTPServer(sign_in=("permits", "canary-password")) as server:
            terminal.configure(
                f'[smtp]\nhost = "127.0.0.1"\nport = {server.port}\nsecurity = "none"\n'
                'username = "permits"\npassword_env = "SAMPLE_PASSWORD"\n'
            )
            terminal.set("SAMPLE_PASSWORD", "canary-password")
            yield server

    def test_it_is_asked_where_that_is_asked_for(self, terminal: Terminal, server: SMTPServer) -> None:
        """It answers, takes the password, and gets no e-mail."""
        assert "smtp" not in _levels(terminal)
        assert "ok" == _levels(terminal, "--smtp")["smtp"]
        assert [] == server.envelopes

    def test_a_wrong_password_is_an_error(self, terminal: Terminal, server: SMTPServer) -> None:
        """Without showing it."""
        terminal.set("SAMPLE_PASSWORD", "canary-of-another")
        ended = terminal.run("doctor", "--smtp")
        assert (1, True) == (ended.code, "the mail server answered 535" in ended.out)
        assert "canary" not in ended.out + ended.err

    def test_no_password_is_a_warning(self, terminal: Terminal, server: SMTPServer) -> None:
        """The variable is named; asking the server is then an error."""
        terminal.without("SAMPLE_PASSWORD")
        assert "warning" == _levels(terminal)["mail-server"]
        assert "error" == _levels(terminal, "--smtp")["smtp"]

    def test_nobody_there_is_an_error(self, terminal: Terminal) -> None:
        """The machine's own discard port, where nobody listens."""
        (finding,) = machine.of_the_connection(MailServer(host="127.0.0.1", port=9, security="none").backend)
        assert ("error", True) == (finding.level, "ConnectionRefusedError" in finding.words)

    @pytest.mark.parametrize("security", ["starttls", "tls"])
    def test_a_server_without_encryption_is_an_error(self, security: str, server: SMTPServer) -> None:
        """Where the city asked for it, nothing goes on without it."""
        mail_server = MailServer(host=server.host, port=server.port, security=security)  # type: ignore[arg-type]
        (finding,) = machine.of_the_connection(mail_server.backend)
        assert "error" == finding.level

    def test_encryption_is_fine(self, terminal: Terminal) -> None:
        """The default of a configured server."""
        terminal.portal()
        terminal.configure('[smtp]\nhost = "mail.example.gov"\n')
        assert "ok" == _levels(terminal)["mail-server"]
