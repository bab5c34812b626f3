"""Sends e-mails through the city's mail server, over an encrypted connection unless it is told otherwise.

Every send is a connection of its own, with a limit on each wait and one on all of them together. What the
server answers decides: a refusal for good (5xx) of the sender, the recipient or the text is `Undeliverable`;
everything else that can go wrong is `Unavailable` and tried again, a wrong password included, since that can
be mended. Messages of errors name the step and the three digits; the server's own words stand in the cause
alone, since they repeat addresses.
"""

from __future__ import annotations

import contextlib
import ipaddress
import smtplib
import ssl
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final, Literal

from permit_accounts.email_backends.mime import envelope_sender, mime
from permit_accounts.email_backends.punctual import PunctualSMTP, PunctualSMTPOverTLS
from permit_accounts.model.errors import ConfigurationError, Unavailable, Undeliverable
from permit_accounts.model.secret import Secret
from permit_accounts.ports import Message

#: RFC 6409 (587), RFC 8314 (465), RFC 5321 (25).
_PORTS: Final = {"starttls": 587, "tls": 465, "none": 25}
#: RFC 4954: the server asks for a sign-in or refuses it. A setting is wrong, not this e-mail.
_SIGN_IN: Final = frozenset({530, 534, 535, 538})


class SMTPBackend:
    """Hands each e-mail to one mail server (ASVS 5.0, 12.3.1: no fallback to an unencrypted connection).

    Args:
        host: The mail server.
        port: 587 for `starttls`, 465 for `tls`, 25 for `none` by default.
        security: `starttls` and `tls` check the server's certificate and never go on without it. `none`
            sends the links in e-mails in clear; it is for a relay on this machine or in a closed network.
        username: Who signs in to the server; nobody by default.
        password: With what, in ASCII. It is in no representation, message or log (ASVS 5.0, 13.3.1).
        timeout: The longest wait for each answer.
        deadline: The longest that one e-mail takes in all, however slowly the server speaks. Shorter than
            the lease of the outbox (5 minutes), or another worker would send the e-mail meanwhile.
        ssl_context: For a certificate authority of the city's own.
        local_hostname: What this machine calls itself to the server; its own name by default.

    Raises:
        ConfigurationError: The arguments do not fit together.
    """

    def __init__(
        self,
        host: str,
        port: int | None = None,
        *,
        security: Literal["starttls", "tls", "none"] = "starttls",
        username: str | None = None,
        password: Secret | str | None = None,
        timeout: timedelta = timedelta(seconds=30),
        deadline: timedelta = timedelta(minutes=2),
        ssl_context: ssl.SSLContext | None = None,
        local_hostname: str | None = None,
    ) -> None:
        self._password = password if isinstance(password, Secret) else Secret(password or "")
        if security not in _PORTS:
            raise ConfigurationError(f"SMTPBackend(security={security!r}): one of {', '.join(_PORTS)}")
        for name, span in (("timeout", timeout), ("deadline", deadline)):
            if not isinstance(span, timedelta):
                raise ConfigurationError(f"SMTPBackend({name}=…) takes a timedelta, not {span!r}")
        if min(timeout, deadline) <= timedelta(0):
            raise ConfigurationError("SMTPBackend(timeout=…, deadline=…) must be longer than nothing")
        if security == "none" and ssl_context is not None:
            raise ConfigurationError("SMTPBackend(ssl_context=…) has no use with security='none'")
        if bool(username) != bool(self._password):
            raise ConfigurationError("SMTPBackend(username=…, password=…) takes both or neither")
        if username and security == "none" and not _is_loopback(host):
            raise ConfigurationError(
                f"SMTPBackend: the password for {host!r} would travel in clear; security='starttls' or 'tls'"
            )
        if not (username or "").isascii() or not self._password.reveal().isascii():
            raise ConfigurationError("SMTPBackend(username=…, password=…) must be ASCII")
        self._host = host
        self._port = _PORTS[security] if port is None else port
        self._security = security
        self._username = username
        self._timeout = timeout.total_seconds()
        self._deadline = deadline
        self._context = ssl_context if ssl_context or security == "none" else ssl.create_default_context()
        self._local_hostname = local_hostname

    @property
    def deadline(self) -> timedelta:
        """The longest that one e-mail takes."""
        return self._deadline

    def send(self, message: Message) -> None:
        """Send one e-mail; it has been accepted when this returns.

        Raises:
            Unavailable: The server is out of reach, too slow, busy, not trusted, or wants another sign-in.
            Undeliverable: The recipient is not one plain address (nothing is sent), or the server refused
                the e-mail for good.
        """
        letter = mime(message).as_bytes()
        sender = envelope_sender(message)
        with self._ready() as server, _told_as_our_own("sending"):
            server.sendmail(sender, [message.recipient], letter)

    def greet(self) -> None:
        """Connect, encrypt, sign in and leave: nothing is sent, and `send` would come as far.

        Raises:
            Unavailable: As for `send`.
        """
        with self._ready():
            pass

    @contextlib.contextmanager
    def _ready(self) -> Iterator[smtplib.SMTP]:
        """A server that has been greeted and takes e-mails."""
        with _told_as_our_own("connecting"):
            server = self._connected()
        with contextlib.closing(server):
            with _told_as_our_own("the encryption"):
                self._encrypt(server)
            self._sign_in(server)
            yield server
            # An e-mail is accepted by now: whatever the farewell brings must not have it sent again.
            with contextlib.suppress(smtplib.SMTPException, OSError):
                server.quit()

    def _connected(self) -> PunctualSMTP:
        options: dict[str, Any] = {
            "deadline": self._deadline.total_seconds(),
            "timeout": self._timeout,
            "local_hostname": self._local_hostname,
        }
        if self._security == "tls":
            return PunctualSMTPOverTLS(self._host, self._port, context=self._context, **options)
        return PunctualSMTP(self._host, self._port, **options)

    def _encrypt(self, server: smtplib.SMTP) -> None:
        if self._security == "starttls":
            server.starttls(context=self._context)

    def _sign_in(self, server: smtplib.SMTP) -> None:
        if not self._username:
            return
        try:
            server.login(self._username, self._password.reveal())
        except (smtplib.SMTPException, OSError) as error:
            # Without its frames: there the password stands as plain text.
            raise Unavailable(_words("signing in to the mail server", error)) from error.with_traceback(None)

    def __repr__(self) -> str:
        return f"SMTPBackend({self._host!r}, {self._port}, security={self._security!r})"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@contextlib.contextmanager
def _told_as_our_own(step: str) -> Iterator[None]:
    try:
        yield
    except (
        smtplib.SMTPRecipientsRefused,
        smtplib.SMTPSenderRefused,
        smtplib.SMTPDataError,
    ) as error:
        code = _code(error)
        for_good = 500 <= code <= 599 and code not in _SIGN_IN
        raise (Undeliverable if for_good else Unavailable)(_words(step, error)) from error
    except (smtplib.SMTPException, OSError) as error:
        raise Unavailable(_words(step, error)) from error


def _words(step: str, error: smtplib.SMTPException | OSError) -> str:
    code = _code(error)
    answer = f"the mail server answered {code}" if code > 0 else type(error).__name__
    return f"{step} failed: {answer}"


def _code(error: smtplib.SMTPException | OSError) -> int:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return next(iter(error.recipients.values()))[0]
    return error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else -1
