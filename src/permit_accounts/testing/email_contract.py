"""What it means to be an e-mail backend, as tests: subclass it and give two fixtures.

class TestMyBackend(EmailBackendContract):
    @pytest.fixture
    def backend(self):
        return MyBackend(…)

    @pytest.fixture
    def received(self):
        return lambda: [Received.from_bytes(raw) for raw in my_mailbox]
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr
from typing import Final, Self

import attrs
import pytest

from permit_accounts.model.errors import Undeliverable
from permit_accounts.ports import EmailBackend, Message


@attrs.frozen(kw_only=True)
class Received:
    """An e-mail on the other side. `html` is None where a backend shows the text alone."""

    recipient: str
    sender: str
    subject: str
    message_id: str
    text: str
    html: str | None

    @classmethod
    def from_message(cls, message: Message) -> Self:
        """What a backend that keeps messages as they are has received."""
        return cls(
            recipient=message.recipient,
            sender=parseaddr(message.sender)[1],
            subject=message.subject,
            message_id=message.message_id,
            text=message.text,
            html=message.html,
        )

    @classmethod
    def from_bytes(cls, raw: bytes) -> Self:
        """What stands in an e-mail in Internet format."""
        letter = message_from_bytes(raw, policy=default)
        assert isinstance(letter, EmailMessage)
        return cls(
            recipient=str(letter["To"]),
            sender=parseaddr(str(letter["From"]))[1],
            subject=str(letter["Subject"]),
            message_id=str(letter["Message-ID"]),
            text=_body(letter, "plain"),
            html=_body(letter, "html"),
        )


def _body(letter: EmailMessage, kind: str) -> str:
    part = letter.get_body((kind,))
    assert part is not None, f"the e-mail has no {kind} part"
    text: str = part.get_content()
    return text.replace("\r\n", "\n")


LINK: Final = (
    "https://permits.example.gov/reset-password?token="
    "3Dq7f-_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_.3D_-zyxwvutsrqponmlkjihgfedcba9876543210A"
)

#: Addresses that name more than one mailbox, none, or a command.
POISON: Final = (
    "",
    "a@x.example,b@y.example",
    "a@x.example;b@y.example",
    "a@x.example b@y.example",
    "a@x.example SIZE=1",
    "<a@x.example>",
    "Name <a@x.example>",
    "a@x.example>\r\nRCPT TO:<b@y.example",
    "a@x.example\r\nBcc: b@y.example",
    "a@x.example\n",
    "a@x.example\u2028",
    "a@x.example\x00",
    '"b@y.example"@x.example',
    '"a b"@x.example',
    "a@[127.0.0.1]",
    "@y.example:a@x.example",
    "a%b@x.example",
    "a@x@y.example",
    "a@",
    "@x.example",
    "-f@x.example",
    "--help@x.example",
    "-oQ/var/spool@x.example",
    "'$(id)'@x.example",
    "|cmd@x.example",
    "`id`@x.example",
    "a@-x.example",
    "a..b@x.example",
    "a" * 65 + "@x.example",
    "a@" + ".".join(["x" * 60] * 5),
)


def letter(
    recipient: str = "ann@example.org",
    *,
    sender: str = "no-reply@permits.example.gov",
    subject: str = "Portal: confirm your address",
    text: str = f"Hello,\n\nopen this page: – ¿sí? – да\n\n{LINK}\n\nThe city\n",
    message_id: str = "<00062b1c@permits.example.gov>",
) -> Message:
    """An e-mail with a long link and words outside ASCII."""
    return Message(
        recipient=recipient,
        sender=sender,
        subject=subject,
        text=text,
        html=f'<!DOCTYPE html>\n<p>да</p>\n<p><a href="{LINK}">{LINK}</a></p>\n',
        message_id=message_id,
        date=datetime(2026, 3, 1, 12, 0, tzinfo=UTC),
    )


class EmailBackendContract:
    """Every test is one promise of `permit_accounts.ports.EmailBackend`."""

    @pytest.fixture
    def backend(self) -> EmailBackend:
        """The backend under test."""
        raise NotImplementedError("give a fixture named `backend`")

    @pytest.fixture
    def received(self) -> Callable[[], Sequence[Received]]:
        """What arrived so far on the other side, oldest first."""
        raise NotImplementedError("give a fixture named `received`")

    def test_arrives_whole(self, backend: EmailBackend, received: Callable[[], Sequence[Received]]) -> None:
        """Recipient, sender, subject, id and both readings arrive as they were given."""
        message = letter()

        backend.send(message)

        (arrived,) = received()
        assert _shown(Received.from_message(message), arrived) == _trimmed(arrived)

    def test_words_outside_ascii(
        self, backend: EmailBackend, received: Callable[[], Sequence[Received]]
    ) -> None:
        """A subject and a text in Spanish and Russian arrive letter by letter."""
        backend.send(letter(subject="Подтвердите адрес: ¡señal!", text="Ёжик\n\nmañana\n"))

        (arrived,) = received()
        assert "Подтвердите адрес: ¡señal!" == arrived.subject
        assert "Ёжик\n\nmañana" == arrived.text.strip()

    def test_link_stays_on_its_line(
        self, backend: EmailBackend, received: Callable[[], Sequence[Received]]
    ) -> None:
        """However long it is and whatever follows its `=`, a link arrives unbroken on its own line."""
        backend.send(letter())

        (arrived,) = received()
        assert LINK in arrived.text.splitlines()
        assert arrived.html is None or f'href="{LINK}"' in arrived.html

    def test_lines_that_a_protocol_reads(
        self, backend: EmailBackend, received: Callable[[], Sequence[Received]]
    ) -> None:
        """A lone dot and a line that begins with `From ` are text like any other."""
        text = "one\n.\n..two\nFrom the city\n.\n\nthree\n"

        backend.send(letter(text=text))

        (arrived,) = received()
        assert text.strip() == arrived.text.strip()

    def test_each_to_its_own_recipient(
        self, backend: EmailBackend, received: Callable[[], Sequence[Received]]
    ) -> None:
        """Two e-mails go to two people; neither sees the other."""
        backend.send(letter("ann@example.org", message_id="<1@permits.example.gov>"))
        backend.send(letter("ben@example.org", message_id="<2@permits.example.gov>"))

        arrived = {(one.recipient, one.message_id) for one in received()}
        assert {
            ("ann@example.org", "<1@permits.example.gov>"),
            ("ben@example.org", "<2@permits.example.gov>"),
        } == arrived

    def test_sent_twice(self, backend: EmailBackend, received: Callable[[], Sequence[Received]]) -> None:
        """A worker may die between sending and noting it: the second time is no error and has the same id."""
        backend.send(letter())
        backend.send(letter())

        arrived = received()
        assert len(arrived) in (1, 2)
        assert {"<00062b1c@permits.example.gov>"} == {one.message_id for one in arrived}

    @pytest.mark.parametrize("recipient", POISON)
    def test_poisoned_recipient(
        self, backend: EmailBackend, received: Callable[[], Sequence[Received]], recipient: str
    ) -> None:
        """A recipient that is not exactly one plain address is refused for good, and nothing leaves."""
        with pytest.raises(Undeliverable):
            backend.send(letter(recipient))

        assert [] == list(received())

    @pytest.mark.parametrize("recipient", ["mıke@example.org", "mike@exämple.org", "mike@еxample.org"])
    def test_recipient_outside_ascii(
        self, backend: EmailBackend, received: Callable[[], Sequence[Received]], recipient: str
    ) -> None:
        """It is refused, or arrives at that mailbox letter by letter: never at another."""
        try:
            backend.send(letter(recipient))
        except Undeliverable:
            assert [] == list(received())
        else:
            assert [recipient] == [one.recipient for one in received()]

    @pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\u2028", "\x85", "\x0b"])
    def test_line_break_in_a_header(
        self, backend: EmailBackend, received: Callable[[], Sequence[Received]], end: str
    ) -> None:
        """A line break in the subject adds no header: the e-mail is refused for good."""
        with pytest.raises(Undeliverable):
            backend.send(letter(subject=f"Hello{end}Bcc: ben@example.org"))

        assert [] == list(received())

    def test_many_threads(self, backend: EmailBackend, received: Callable[[], Sequence[Received]]) -> None:
        """One backend serves many threads: each e-mail arrives once and whole."""
        ids = [f"<{n}@permits.example.gov>" for n in range(16)]
        barrier = threading.Barrier(4)

        def send(some: Sequence[str]) -> None:
            barrier.wait()
            for message_id in some:
                backend.send(letter(message_id=message_id, subject=message_id))

        threads = [threading.Thread(target=send, args=(ids[n::4],)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted((i, i) for i in ids) == sorted((one.message_id, one.subject) for one in received())


def _trimmed(one: Received) -> Received:
    html = one.html if one.html is None else one.html.strip()
    return attrs.evolve(one, text=one.text.strip(), html=html)


def _shown(sent: Received, arrived: Received) -> Received:
    """What was sent, without what this backend does not show."""
    return _trimmed(sent if arrived.html is not None else attrs.evolve(sent, html=None))
