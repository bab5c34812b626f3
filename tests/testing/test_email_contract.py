"""The contract of e-mail backends is itself tested: each saboteur is wrong in one way and must be found."""

from __future__ import annotations

import attrs
import pytest

from permit_accounts.email_backends.memory import MemoryBackend
from permit_accounts.email_backends.mime import mime
from permit_accounts.model.errors import Undeliverable
from permit_accounts.testing.email_contract import EmailBackendContract, Received


class Careless:
    """A backend that keeps whatever it is given, changed by what a saboteur does to it."""

    def __init__(self, change=lambda message: message, check=mime):
        self.change = change
        self.check = check
        self.kept = []

    def send(self, message):
        self.check(message)
        self.kept.append(self.change(message))

    @property
    def messages(self):
        return self.kept


class Twice(MemoryBackend):
    """Sends every e-mail two times."""

    def send(self, message):
        super().send(message)
        super().send(message)


class OnceOnly(MemoryBackend):
    """Fails when an e-mail comes again after a worker died."""

    def send(self, message):
        if message.message_id in {kept.message_id for kept in self.messages}:
            raise RuntimeError("sent before")
        super().send(message)


class Forgetful(MemoryBackend):
    """Keeps the last e-mail alone."""

    def send(self, message):
        self.clear()
        super().send(message)


def wrapped(message):
    lines = message.text.split("\n")
    cut = [line[start : start + 76] for line in lines for start in range(0, len(line) or 1, 76)]
    return attrs.evolve(message, text="\n".join(cut))


def one_recipient_only(message):
    if "," in message.recipient or not message.recipient.strip():
        raise Undeliverable("a list")


def no_break_in_the_subject(message):
    mime(attrs.evolve(message, recipient="ann@example.org"))


def any_subject(message):
    mime(attrs.evolve(message, subject="x"))


def ascii_only(message):
    return message.encode("ascii", "replace").decode()


SABOTEURS = {
    "sends twice": Twice,
    "fails the second time": OnceOnly,
    "keeps the last alone": Forgetful,
    "keeps nothing": lambda: Careless(lambda message: attrs.evolve(message, text="")),
    "wraps lines": lambda: Careless(wrapped),
    "knows no letters outside ASCII": lambda: Careless(
        lambda message: attrs.evolve(message, subject=ascii_only(message.subject))
    ),
    "ends at a lone dot": lambda: Careless(
        lambda message: attrs.evolve(message, text=message.text.split("\n.\n")[0])
    ),
    "quotes From": lambda: Careless(
        lambda message: attrs.evolve(message, text=message.text.replace("\nFrom ", "\n>From "))
    ),
    "writes to somebody else": lambda: Careless(
        lambda message: attrs.evolve(message, recipient="postmaster@example.org")
    ),
    "writes in its own name": lambda: Careless(
        lambda message: attrs.evolve(message, sender="postmaster@example.org")
    ),
    "makes ids of its own": lambda: Careless(
        lambda message: attrs.evolve(message, message_id=f"<{id(message)}@relay.example.org>")
    ),
    "decodes what is no code": lambda: Careless(
        lambda message: attrs.evolve(message, text=message.text.replace("=3D", "="))
    ),
    "breaks the link's markup": lambda: Careless(
        lambda message: attrs.evolve(message, html=message.html.replace("href=", "HREF ="))
    ),
    "looks for commas only": lambda: Careless(check=one_recipient_only),
    "checks the subject only": lambda: Careless(check=no_break_in_the_subject),
    "checks the recipient only": lambda: Careless(check=any_subject),
    "writes to a look-alike": lambda: Careless(
        lambda message: attrs.evolve(message, recipient=message.recipient.replace("ı", "i")),
        lambda message: message.recipient.isascii() and mime(message),
    ),
}


def findings(make):
    """The promises that a backend breaks, each tried with a fresh one."""
    contract = EmailBackendContract()
    broken = []
    for name in sorted(name for name in dir(contract) if name.startswith("test_")):
        test = getattr(contract, name)
        marks = [mark for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]
        cases = [{mark.args[0]: value} for mark in marks for value in mark.args[1]] or [{}]
        for case in cases:
            backend = make()
            try:
                test(
                    backend,
                    lambda backend=backend: [Received.from_message(kept) for kept in backend.messages],
                    **case,
                )
            except (AssertionError, ValueError, RuntimeError, pytest.fail.Exception):
                broken.append(name)
    return broken


@pytest.mark.parametrize("saboteur", SABOTEURS)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_saboteur_is_found(saboteur):
    """Whatever a backend does wrong, the contract sees it."""
    assert [] != findings(SABOTEURS[saboteur])


def test_honest_backend_passes():
    """A backend that does nothing wrong is not accused."""
    assert [] == findings(MemoryBackend)


def test_backend_that_knows_international_addresses_passes():
    """Refusing an address outside ASCII is one way; delivering to that very mailbox is the other."""

    def check(message):
        if message.recipient.isascii() or message.recipient[-1].isspace():
            mime(message)

    assert [] == findings(lambda: Careless(check=check))


@pytest.mark.parametrize("fixture", ["backend", "received"])
def test_missing_fixture_says_what_to_do(fixture):
    """Whoever forgets a fixture is told its name."""
    give = getattr(EmailBackendContract, fixture)

    with pytest.raises(NotImplementedError, match=fixture):
        give.__wrapped__(EmailBackendContract())
