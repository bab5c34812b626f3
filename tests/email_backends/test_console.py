"""What a developer sees on the console."""

from __future__ import annotations

import io
import re

import pytest

from permit_accounts.email_backends.console import ConsoleBackend
from permit_accounts.model.errors import Unavailable
from permit_accounts.testing.email_contract import LINK, EmailBackendContract, Received, letter


def read_back(printed: str) -> list[Received]:
    found = []
    for letters in re.findall(r"^-{78}\n(.*?)\n-{78}\n", printed, re.DOTALL | re.MULTILINE):
        head, _, text = letters.partition("\n\n")
        headers = dict(line.split(": ", 1) for line in head.splitlines())
        found.append(
            Received(
                recipient=headers["To"],
                sender=headers["From"],
                subject=headers["Subject"],
                message_id=headers["Message-ID"],
                text=text,
                html=None,
            )
        )
    return found


@pytest.mark.attack("MAIL-04", "MAIL-05", "MAIL-07", "UNI-07", "UNI-08")
class TestConsoleBackend(EmailBackendContract):
    @pytest.fixture
    def stream(self):
        return io.StringIO()

    @pytest.fixture
    def backend(self, stream):
        return ConsoleBackend(stream)

    @pytest.fixture
    def received(self, stream):
        return lambda: read_back(stream.getvalue())


def test_standard_output_by_default(capsys):
    """Without a stream, it is the standard output of the moment."""
    ConsoleBackend().send(letter())

    assert LINK in capsys.readouterr().out


def test_console_of_another_code_page():
    """A letter that the console does not know is a question mark; the link is whole."""
    raw = io.BytesIO()
    backend = ConsoleBackend(io.TextIOWrapper(raw, encoding="ascii", newline="\n"))

    backend.send(letter(subject="Да"))

    printed = raw.getvalue().decode("ascii")
    assert "Subject: ??\n" in printed
    assert LINK in printed


def test_closed_stream():
    """A closed console is out of reach; the e-mail is kept."""
    stream = io.StringIO()
    stream.close()

    with pytest.raises(Unavailable, match="console"):
        ConsoleBackend(stream).send(letter())


def test_repr():
    """Its representation names no stream."""
    assert "ConsoleBackend()" == repr(ConsoleBackend())
