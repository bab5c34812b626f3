"""What is due leaves, in order, at a stated rate, and is forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest

from outbox.office import KEYRING, LEASE, SECOND, START, Hook, Office
from permit_accounts.model.codes import Purpose
from permit_accounts.model.secret import Secret
from permit_accounts.outbox import Delivered


@pytest.fixture
def office():
    return Office()


def test_sent_and_forgotten(office):
    """What is due goes to the address stored and is no longer there."""
    office.put()

    assert Delivered(sent=1) == office.deliver()

    (message,) = office.backend.messages
    assert "ann0@example.org" == message.recipient
    assert "<email-0@permits.example.gov>" == message.message_id
    assert START == message.date
    assert [] == office.emails()
    assert [] == office.events()


def test_nothing_to_do(office):
    """An empty outbox is an ordinary thing."""
    assert Delivered() == office.deliver()


def test_not_before_its_time(office):
    """An e-mail that is due in a microsecond waits for it."""
    office.put(due_at=START + timedelta(microseconds=1))

    assert Delivered() == office.deliver()
    office.now += timedelta(microseconds=1)
    assert Delivered(sent=1) == office.deliver()


def test_longest_waiting_first(office):
    """No more than the limit, and those first that have waited longest."""
    for n in range(3):
        office.put(n, due_at=START - n * SECOND)

    assert Delivered(sent=2) == office.deliver(limit=2)

    assert ["ann2@example.org", "ann1@example.org"] == [m.recipient for m in office.backend.messages]


def test_claimed_while_it_is_sent():
    """During the sending the record says how often it was tried and until when it is this worker's."""
    seen = []
    office = Office(backend=Hook(lambda message: seen.append(office.email())))
    office.put()

    office.deliver()

    (claimed,) = seen
    assert (1, START + LEASE, 2) == (claimed.attempts, claimed.due_at, claimed.version)


def test_sent_link_opens_its_door(office):
    """What is mailed is the sealed id of the token, which alone the keyring opens."""
    token = office.put_token(office.put_account())
    office.put(template="reset-link", token_ids=(token.id,))

    office.deliver()

    (message,) = office.backend.messages
    (sealed,) = [line.partition("?token=")[2] for line in message.text.splitlines() if "?token=" in line]
    assert token.id == KEYRING.open(Secret(sealed), Purpose.RESET_PASSWORD)


@pytest.mark.attack("CSV-13")
def test_mails_leave_at_a_stated_rate():
    """No more than the policy's number leave within any minute, however many are due."""
    office = Office(outbox_mails_per_minute=5)
    for n in range(12):
        office.put(n)

    assert [5, 0] == [office.deliver().sent, office.deliver().sent]
    office.now += timedelta(seconds=59)
    assert 0 == office.deliver().sent
    office.now += SECOND
    assert 5 == office.deliver().sent
    office.now += timedelta(minutes=1)
    assert 2 == office.deliver().sent


@pytest.mark.attack("CSV-13")
def test_clock_set_back_does_not_stop_the_mail():
    """A clock that is set back by hours does not stop the mail for hours."""
    office = Office(outbox_mails_per_minute=1)
    office.put(0, due_at=START - timedelta(days=1))
    office.put(1, due_at=START - timedelta(days=1))
    office.deliver()

    office.now -= timedelta(hours=3)

    assert 1 == office.deliver().sent
