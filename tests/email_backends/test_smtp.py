"""E-mail over real sockets, to a server that behaves and one that does not."""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
import time
import traceback
from datetime import timedelta

import pytest
import trustme

from permit_accounts.email_backends.punctual import PunctualSMTP
from permit_accounts.email_backends.smtp import SMTPBackend
from permit_accounts.model.errors import ConfigurationError, Unavailable, Undeliverable
from permit_accounts.model.secret import Secret
from permit_accounts.testing.email_contract import LINK, POISON, EmailBackendContract, Received, letter
from permit_accounts.testing.smtp_server import Behavior, SMTPServer

PASSWORD = "Kz4-correct-horse"


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def trusting(authority):
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture(scope="module")
def certificate(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


def backend_for(server, **settings):
    settings = {"security": "none", "timeout": timedelta(seconds=10)} | settings
    return SMTPBackend(server.host, server.port, local_hostname="localhost", **settings)


@pytest.mark.attack("MAIL-04", "MAIL-05", "MAIL-07", "UNI-07", "UNI-08")
class TestSMTPBackend(EmailBackendContract):
    @pytest.fixture
    def server(self):
        with SMTPServer() as server:
            yield server

    @pytest.fixture
    def backend(self, server):
        return backend_for(server)

    @pytest.fixture
    def received(self, server):
        return lambda: [Received.from_bytes(envelope.content) for envelope in server.envelopes]


@pytest.mark.attack("MAIL-04", "UNI-07")
@pytest.mark.parametrize("recipient", [*POISON, "mıke@example.org"])
def test_poisoned_recipient_never_reaches_the_wire(recipient):
    """A planted recipient is refused before anybody connects."""
    with SMTPServer() as server:
        with pytest.raises(Undeliverable):
            backend_for(server).send(letter(recipient))

        assert 0 == server.connections


@pytest.mark.attack("UNI-07")
def test_envelope_names_one_recipient_and_the_bare_sender():
    """The envelope has the address within the sender and exactly one recipient; no Bcc is in the text."""
    with SMTPServer() as server:
        backend_for(server).send(letter(sender="Permit Center <no-reply@permits.example.gov>"))

        (envelope,) = server.envelopes
        assert "no-reply@permits.example.gov" == envelope.sender
        assert ("ann@example.org",) == envelope.recipients
        assert 1 == envelope.content.count(b"ann@example.org")


@pytest.mark.attack("MAIL-07")
def test_lines_on_the_wire():
    """No line is over 76 letters, nothing is outside ASCII, and the `=` of a link is written `=3D`."""
    with SMTPServer() as server:
        backend_for(server).send(letter())

        (envelope,) = server.envelopes
        assert 76 >= max(len(line) for line in envelope.content.split(b"\r\n"))
        assert envelope.content.isascii()
        assert b"token=3D" in envelope.content
        assert LINK in Received.from_bytes(envelope.content).text


@pytest.mark.parametrize(
    ("behavior", "error", "words"),
    [
        (Behavior.DEFER, Unavailable, "sending failed: the mail server answered 451"),
        (Behavior.DEMAND_SIGN_IN, Unavailable, "sending failed: the mail server answered 530"),
        (Behavior.REFUSE_SENDER, Undeliverable, "sending failed: the mail server answered 553"),
        (Behavior.REFUSE_RECIPIENT, Undeliverable, "sending failed: the mail server answered 550"),
        (Behavior.REFUSE_DATA, Undeliverable, "sending failed: the mail server answered 554"),
        (Behavior.DROP, Unavailable, "sending failed: SMTPServerDisconnected"),
    ],
)
@pytest.mark.attack("MAIL-12")
def test_answers_of_the_server(behavior, error, words):
    """5xx of the sender, the recipient or the text is for good; 4xx, a sign-in and silence are for now."""
    with SMTPServer(behavior) as server:
        with pytest.raises(error) as told:
            backend_for(server).send(letter())

        assert words == str(told.value)
        assert isinstance(told.value.__cause__, smtplib.SMTPException)


@pytest.mark.attack("MAIL-12")
def test_silent_server():
    """A server that accepts the connection and says nothing costs one time-out."""
    with SMTPServer(Behavior.HANG) as server:
        with pytest.raises(Unavailable, match="connecting failed"):
            backend_for(server, timeout=timedelta(seconds=0.3)).send(letter())

        assert 1 == server.connections


@pytest.mark.attack("MAIL-12")
@pytest.mark.parametrize("security", ["none", "tls"])
def test_server_that_never_comes_to_an_end(security, certificate, trusting):
    """One line after the other, each long before the time-out: the deadline is for all of them together."""
    secured = {"ssl_context": trusting} if security == "tls" else {}
    with SMTPServer(Behavior.DRIP, tls=certificate if secured else None) as server:
        backend = backend_for(server, security=security, deadline=timedelta(seconds=0.3), **secured)
        began = time.monotonic()
        with pytest.raises(Unavailable, match="connecting failed"):
            backend.send(letter())

        assert 5 > time.monotonic() - began


def test_deadline_that_comes_between_two_answers():
    """Nothing more is said once it has come."""
    seconds = [0.0]
    with SMTPServer() as server:
        connection = PunctualSMTP(
            server.host, server.port, deadline=1, timeout=10, clock=lambda: seconds[0], local_hostname="us"
        )
        assert (250, b"localhost") == connection.helo()
        seconds[0] = 1.0
        with contextlib.closing(connection), pytest.raises(TimeoutError):
            connection.noop()


def test_connection_that_is_gone_is_told_as_ever():
    """There is no socket to hurry any more."""
    with SMTPServer() as server:
        connection = PunctualSMTP(server.host, server.port, deadline=10, timeout=10, local_hostname="us")
        connection.close()

        with pytest.raises(smtplib.SMTPServerDisconnected):
            connection.noop()


def test_nobody_listens():
    """A closed port is out of reach; the driver's error is the cause."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with pytest.raises(Unavailable) as told:
        SMTPBackend("127.0.0.1", port, security="none").send(letter())

    assert "connecting failed: ConnectionRefusedError" == str(told.value)
    assert isinstance(told.value.__cause__, ConnectionRefusedError)


def test_farewell_that_fails_is_no_failure():
    """Once the text is accepted the e-mail is sent, whatever the server says to the farewell."""
    with SMTPServer(Behavior.BAD_FAREWELL) as server:
        backend_for(server).send(letter())

        assert 1 == len(server.envelopes)


def test_errors_repeat_no_address():
    """The server's words repeat the recipient, so they are not in the message of the error."""
    with SMTPServer(Behavior.REFUSE_RECIPIENT) as server, pytest.raises(Undeliverable) as told:
        backend_for(server).send(letter())

    assert "ann@" not in str(told.value)
    assert "ann@" in str(told.value.__cause__)


def test_sender_that_is_no_address():
    """A wrong `mail_from` can be mended, so the e-mail is kept; nobody connects."""
    with SMTPServer() as server:
        with pytest.raises(Unavailable, match="mail_from"):
            backend_for(server).send(letter(sender="the city"))

        assert 0 == server.connections


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_encrypted(security, certificate, trusting):
    """The e-mail and the sign-in travel encrypted, under a certificate that was checked."""
    with SMTPServer(**{security: certificate}, sign_in=("portal", PASSWORD)) as server:
        backend = backend_for(
            server, security=security, ssl_context=trusting, username="portal", password=Secret(PASSWORD)
        )
        backend.send(letter())

        (envelope,) = server.envelopes
        assert envelope.encrypted
        assert envelope.signed_in


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_certificate_of_a_stranger(security, certificate):
    """A certificate that nobody trusts ends the connection before a word of the e-mail is said."""
    with SMTPServer(**{security: certificate}) as server:
        with pytest.raises(Unavailable) as told:
            backend_for(server, security=security).send(letter())

        assert isinstance(told.value.__cause__, ssl.SSLCertVerificationError)
        assert [] == server.envelopes


def test_certificate_of_another_name(authority, trusting):
    """A good certificate for another host is no certificate."""
    other = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("mail.example.gov").configure_cert(other)

    with SMTPServer(tls=other) as server:
        with pytest.raises(Unavailable) as told:
            backend_for(server, security="tls", ssl_context=trusting).send(letter())

        assert isinstance(told.value.__cause__, ssl.SSLCertVerificationError)


def test_no_fallback_to_an_unencrypted_connection(trusting):
    """A server that no longer offers STARTTLS (or somebody between who hides it) gets nothing."""
    with SMTPServer() as server:
        with pytest.raises(Unavailable, match="the encryption failed: SMTPNotSupportedError"):
            backend_for(server, security="starttls", ssl_context=trusting).send(letter())

        assert [] == server.envelopes


def test_wrong_password_is_for_now_and_shows_nowhere(certificate, trusting):
    """A refused sign-in can be mended; the password is in no message, cause or local variable."""
    with SMTPServer(tls=certificate, sign_in=("portal", "another")) as server:
        backend = backend_for(
            server, security="tls", ssl_context=trusting, username="portal", password=PASSWORD
        )
        with pytest.raises(Unavailable) as told:
            backend.send(letter())

    assert "signing in to the mail server failed: the mail server answered 535" == str(told.value)
    trace = traceback.TracebackException.from_exception(told.value, capture_locals=True)
    assert PASSWORD not in "".join(trace.format())
    assert PASSWORD not in repr(backend)


def test_sign_in_in_clear_on_this_machine():
    """A relay on the loopback address may be signed in to without encryption."""
    with SMTPServer(sign_in=("portal", PASSWORD)) as server:
        backend_for(server, username="portal", password=PASSWORD).send(letter())

        (envelope,) = server.envelopes
        assert envelope.signed_in
        assert not envelope.encrypted


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_this_machine(host):
    """These names are this machine."""
    backend = SMTPBackend(host, security="none", username="portal", password=PASSWORD)

    assert f"SMTPBackend({host!r}, 25, security='none')" == repr(backend)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"security": "ssl"}, "one of starttls, tls, none"),
        ({"timeout": 30}, "timeout=…. takes a timedelta, not 30"),
        ({"deadline": None}, "deadline=…. takes a timedelta, not None"),
        ({"timeout": timedelta(0)}, "timeout"),
        ({"deadline": timedelta(0)}, "deadline"),
        ({"security": "none", "ssl_context": ssl.create_default_context()}, "ssl_context"),
        ({"username": "portal"}, "both or neither"),
        ({"password": PASSWORD}, "both or neither"),
        ({"security": "none", "username": "portal", "password": PASSWORD}, "in clear"),
        ({"username": "portal", "password": "пароль"}, "ASCII"),
        ({"username": "портал", "password": PASSWORD}, "ASCII"),
    ],
)
def test_arguments_that_do_not_fit_together(settings, words):
    """What cannot be meant is found out at the start, in words without the password."""
    with pytest.raises(ConfigurationError, match=words) as told:
        SMTPBackend("mail.example.gov", **settings)

    assert PASSWORD not in str(told.value)


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("tls", 465), ("none", 25)])
def test_ports(security, port):
    """Each kind of connection has its own port by default."""
    assert f"SMTPBackend('mail.example.gov', {port}, security={security!r})" == repr(
        SMTPBackend("mail.example.gov", security=security)
    )
