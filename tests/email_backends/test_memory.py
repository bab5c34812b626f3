"""The mailbox in memory."""

from __future__ import annotations

import pytest

from permit_accounts.email_backends.memory import MemoryBackend
from permit_accounts.testing.email_contract import EmailBackendContract, Received, letter


@pytest.mark.attack("MAIL-04", "MAIL-05", "MAIL-07", "UNI-07", "UNI-08")
class TestMemoryBackend(EmailBackendContract):
    @pytest.fixture
    def backend(self):
        return MemoryBackend()

    @pytest.fixture
    def received(self, backend):
        return lambda: [Received.from_message(message) for message in backend.messages]


def test_messages_are_a_list_of_the_callers_own():
    """Whoever empties the list that he was given empties no mailbox."""
    backend = MemoryBackend()
    backend.send(letter())

    backend.messages.clear()

    assert [letter()] == backend.messages


def test_cleared():
    """A cleared mailbox is empty, and says how full it is."""
    backend = MemoryBackend()
    backend.send(letter())

    backend.clear()

    assert "MemoryBackend(0 messages)" == repr(backend)
