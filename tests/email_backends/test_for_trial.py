"""A policy that does not name its city is for trying things out, where no e-mail leaves the machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from permit_accounts import Accounts, ConfigurationError, Keyring, Policy
from permit_accounts.email_backends.console import ConsoleBackend
from permit_accounts.email_backends.file import FileBackend
from permit_accounts.email_backends.memory import MemoryBackend
from permit_accounts.email_backends.smtp import SMTPBackend
from permit_accounts.ports import EmailBackend
from permit_accounts.stores.memory import MemoryStore


def opened(email: EmailBackend, policy: Policy | None = None) -> Accounts:
    return Accounts.open(MemoryStore(), keys=Keyring.new(), policy=policy or Policy(), email=email)


@pytest.mark.parametrize("backend", [MemoryBackend(), ConsoleBackend()])
def test_a_trial_needs_no_city(backend: EmailBackend) -> None:
    """Memory and console say so themselves."""
    assert isinstance(opened(backend), Accounts)


def test_what_sends_needs_a_city(tmp_path: Path) -> None:
    """Nobody is mailed a link to 127.0.0.1; every setting that is missing is named at once."""
    for backend in (SMTPBackend(host="mail.example.org"), FileBackend(tmp_path)):
        with pytest.raises(ConfigurationError, match=r"city=…, support_phone=…, base_url=…, mail_from=…"):
            opened(backend)


def test_a_city_on_this_machine_may_be_where_a_policy_begins(tmp_path: Path) -> None:
    """Port 8000 of this machine is as good an address as any until mail is sent to people."""
    default = Policy().base_url
    policy = Policy(
        city="Sampleton",
        support_phone="(323) 555-0199",
        mail_from="permits@sampleton.example.gov",
        base_url=default,
    )
    assert isinstance(opened(FileBackend(tmp_path), policy), Accounts)
    with pytest.raises(ConfigurationError, match=r"^Policy\(base_url=…\) must be set"):
        opened(SMTPBackend(host="mail.example.org"), policy)
