"""Sending e-mail from a terminal: through a real mail server, once or as a service, and stopped cleanly."""

from __future__ import annotations

import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from cli.terminal import Terminal
from permit_accounts.cli.loopback_smtp import LoopbackSMTP
from permit_accounts.email_backends.smtp import SMTPBackend
from permit_accounts.model.outcomes import SignedIn
from permit_accounts.ports import Message
from permit_accounts.testing.smtp_server import Behavior, SMTPServer
from permit_accounts.testing.world import public_form
from permit_accounts.tools import lookups

_PROGRAM = "import sys; from permit_accounts.cli import main; sys.exit(main())"


@pytest.fixture
def server(terminal: Terminal) -> Iterator[SMTPServer]:
    """A mail server, and a city that knows it."""
    with SMTPServer() as server:
        terminal.configure(f'[smtp]\nhost = "127.0.0.1"\nport = {server.port}\nsecurity = "none"\n')
        yield server


def _registered(terminal: Terminal, *names: str) -> None:
    for name in names:
        assert isinstance(terminal.portal().register("public", public_form(name)), SignedIn)


@contextmanager
def _watching(terminal: Terminal) -> Iterator[subprocess.Popen[str]]:
    """The command as a service beside the portal, in a process of its own that ends with the test."""
    with subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, "outbox", "deliver", "--watch"],
        env=terminal.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_what_is_due_is_sent(terminal: Terminal, server: SMTPServer) -> None:
    """Each e-mail that a flow left behind, over SMTP."""
    _registered(terminal, "ann", "ben")
    ended = terminal.run("outbox", "deliver")
    assert (0, "sent 2, deferred 0, dropped 0, given up 0\n") == (ended.code, ended.out)
    assert ["ann@mail.example.org", "ben@mail.example.org"] == [
        recipient for envelope in server.envelopes for recipient in envelope.recipients
    ]


def test_nothing_to_send_is_done(terminal: Terminal, server: SMTPServer) -> None:
    """A city where nothing has happened yet."""
    terminal.portal()
    document = terminal.run("outbox", "deliver", "--json").document
    assert {"sent": 0, "dropped": 0, "deferred": 0, "failed": 0} == document["delivered"]
    assert (False, False, None) == (document["stopped"], document["more"], document["waiting"])


def test_a_busy_server_defers(terminal: Terminal, server: SMTPServer) -> None:
    """Exit code 4 and the reason, without anybody's address; the outbox tries again by itself."""
    _registered(terminal, "ann")
    server.behavior = Behavior.DEFER
    ended = terminal.run("outbox", "deliver")
    assert (4, True) == (ended.code, "deferred 1" in ended.out)
    assert "Still waiting: 1 e-mail, next try " in ended.err
    assert "the mail server answered 451" in ended.err
    assert "ann@" not in ended.out + ended.err
    _registered(terminal, "ben")
    server.behavior = Behavior.ACCEPT
    waiting = terminal.run("outbox", "deliver", "--json").document["waiting"]
    assert (1, True) == (waiting["count"], "451" in waiting["last_error"])


def test_a_refusal_for_good_is_given_up(terminal: Terminal, server: SMTPServer) -> None:
    """Exit code 1; staff read of it in their inbox."""
    _registered(terminal, "ann")
    server.behavior = Behavior.REFUSE_RECIPIENT
    assert 1 == terminal.run("outbox", "deliver").code
    assert "E-mail could not be delivered" in terminal.run("staff", "inbox").out


def test_no_more_than_a_minute_may_see(terminal: Terminal, server: SMTPServer) -> None:
    """What is left is said."""
    terminal.configure(
        f'outbox_mails_per_minute = 1\n[smtp]\nhost = "127.0.0.1"\nport = {server.port}\nsecurity = "none"\n'
    )
    _registered(terminal, "ann", "ben")
    ended = terminal.run("outbox", "deliver")
    assert ("sent 1, deferred 0, dropped 0, given up 0\n", True) == (ended.out, "More is due" in ended.err)


def test_a_mail_server_must_be_known(terminal: Terminal) -> None:
    """The table of the configuration file is named."""
    terminal.portal()
    ended = terminal.run("outbox", "deliver")
    assert (3, True) == (ended.code, "[smtp]" in ended.err)


def test_a_city_without_a_name_sends_nothing(terminal: Terminal, server: SMTPServer) -> None:
    """Links and telephone numbers go out to people, so they must be somebody's."""
    terminal.portal()
    terminal.config.write_text(f'[smtp]\nhost = "127.0.0.1"\nport = {server.port}\nsecurity = "none"\n')
    ended = terminal.run("outbox", "deliver")
    assert (3, True) == (ended.code, "base_url" in ended.err)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_watching_ends_after_the_present_mail(
    number: signal.Signals, code: int, terminal: Terminal, server: SMTPServer
) -> None:
    """A real process, stopped as people and services stop it: no traceback, nothing sent twice or lost."""
    _registered(terminal, "ann")
    with _watching(terminal) as process:
        assert process.stderr is not None
        assert "Sending e-mail for Sampleton; Ctrl-C ends it.\n" == process.stderr.readline()
        assert "sent 1, deferred 0, given up 0\n" == process.stderr.readline().partition("  ")[2]
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert (code, "sent 1, deferred 0, dropped 0, given up 0\n") == (process.returncode, out)
    assert "Traceback" not in err
    assert 1 == len(server.envelopes)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_a_signal_in_the_middle_finishes_the_mail(
    number: signal.Signals,
    code: int,
    terminal: Terminal,
    server: SMTPServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The e-mail under way is sent and noted; the next one is left for the next time."""
    _registered(terminal, "ann", "ben")
    send = SMTPBackend.send

    def interrupted(self: SMTPBackend, message: Message) -> None:
        signal.raise_signal(number)
        send(self, message)

    monkeypatch.setattr(SMTPBackend, "send", interrupted)
    ended = terminal.run("outbox", "deliver")
    assert (code, "sent 1, deferred 0, dropped 0, given up 0\n") == (ended.code, ended.out)
    assert 1 == len(server.envelopes)


def test_a_second_ctrl_c_ends_at_once(
    terminal: Terminal, server: SMTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a mail server does not answer, nobody has to wait for it; the e-mail is sent again later."""
    _registered(terminal, "ann")

    def impatient(self: SMTPBackend, message: Message) -> None:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(SMTPBackend, "send", impatient)
    ended = terminal.run("outbox", "deliver")
    assert (130, "") == (ended.code, ended.out)
    assert 0 == len(server.envelopes)


def test_handlers_are_as_before_afterwards(terminal: Terminal, server: SMTPServer) -> None:
    """A program that calls the command keeps its own way of being interrupted."""
    terminal.portal()
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    terminal.run("outbox", "deliver")
    assert before == (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM))


def test_watching_survives_a_database_out_of_reach(terminal: Terminal, server: SMTPServer) -> None:
    """It says so and goes on; a service must not end because of a moment.

    A real process and a real fault: the table of the outbox is taken away under it, and put back.
    """
    portal = terminal.portal()
    with _watching(terminal) as process, closing(sqlite3.connect(terminal.database)) as database:
        assert process.stderr is not None
        assert "Sending e-mail for Sampleton; Ctrl-C ends it.\n" == process.stderr.readline()
        database.execute("ALTER TABLE outbox_email RENAME TO out_of_reach")
        assert "outbox failed and is repeated: Unavailable\n" in process.stderr.readline()
        database.execute("ALTER TABLE out_of_reach RENAME TO outbox_email")
        assert isinstance(portal.register("public", public_form("ann")), SignedIn)
        lines = iter(process.stderr.readline, "")
        assert "sent 1, deferred 0, given up 0\n" in (line.partition("  ")[2] for line in lines)
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=30)
    assert (0, "sent 1, deferred 0, dropped 0, given up 0\n") == (process.returncode, out)


def test_what_was_given_up_is_listed_and_tried_again(terminal: Terminal, server: SMTPServer) -> None:
    """With the reason and without a link; once the reason is mended it is due again, and leaves."""
    _registered(terminal, "ann", "ben")
    assert "No e-mail was given up.\n" == terminal.run("outbox", "failed").out
    server.behavior = Behavior.REFUSE_RECIPIENT
    terminal.run("outbox", "deliver")

    listed = terminal.run("outbox", "failed")
    first, second = terminal.run("outbox", "failed", "--json").document["failed"]
    assert (0, True) == (listed.code, f"{first['id']}: confirm-email\n" in listed.out)
    assert "the mail server answered 550" in listed.out
    assert {"ann@mail.example.org", "ben@mail.example.org"} == {first["recipient"], second["recipient"]}
    assert not {"token_ids", "https://"} & {*first, listed.out}

    server.behavior = Behavior.ACCEPT
    assert [first["id"]] == terminal.run("outbox", "retry", first["id"], "--json").document["retried"]
    assert "sent 1, deferred 0, dropped 0, given up 0\n" == terminal.run("outbox", "deliver").out
    assert [first["recipient"]] == [name for each in server.envelopes for name in each.recipients]


def test_all_that_was_given_up_is_tried_again(terminal: Terminal, server: SMTPServer) -> None:
    """After a mail server was set up wrongly for a day."""
    _registered(terminal, "ann", "ben", "cleo")
    server.behavior = Behavior.REFUSE_RECIPIENT
    terminal.run("outbox", "deliver")
    assert "There may be more than these 1" in terminal.run("outbox", "failed", "--limit", "1").err
    server.behavior = Behavior.ACCEPT
    assert (0, "3 due again; `outbox deliver` sends what is due.\n") == (
        (ended := terminal.run("outbox", "retry", "--all")).code,
        ended.out,
    )
    assert 0 == terminal.run("outbox", "deliver").code
    assert 3 == len(server.envelopes)


def test_nothing_is_tried_again_by_mistake(terminal: Terminal, server: SMTPServer) -> None:
    """An id that nothing has, one that is due anyway, both at once, or neither."""
    _registered(terminal, "ann")
    (due,) = lookups.emails_due(services := terminal.portal().services, services.now(), limit=5)
    for number in ("nothing", due.id):
        ended = terminal.run("outbox", "retry", number)
        assert (1, "", True) == (ended.code, ended.out, f"No e-mail {number} was given up" in ended.err)
    for wrong, words in (
        ([], "give the ID of one e-mail, or --all"),
        ([due.id, "--all"], "leave the ID out"),
    ):
        ended = terminal.run("outbox", "retry", *wrong)
        assert (2, True) == (ended.code, words in ended.err)
    assert [due] == list(lookups.emails_due(services, services.now(), limit=5))


def test_the_loopback_server_keeps_what_arrives(terminal: Terminal) -> None:
    """The tour's own mail server: recipient, subject, text and links of each e-mail, over a socket."""
    with LoopbackSMTP() as mail:
        terminal.configure(f'[smtp]\nhost = "127.0.0.1"\nport = {mail.port}\nsecurity = "none"\n')
        _registered(terminal, "ann")
        assert 0 == terminal.run("outbox", "deliver").code
        (letter,) = mail.received
        assert "ann@mail.example.org" == letter.recipient
        ((page, token),) = letter.links
        assert "https://permits.sampleton.example.gov/confirm-email" == page
        assert token not in repr(letter)
        with socket.create_connection((mail.host, mail.port)):
            pass
    assert 0 == len(lookups.emails_due(terminal.portal().services, terminal.portal().services.now(), limit=5))
