"""How long 10,000 e-mails that are due take to leave from PostgreSQL to a mail server on loopback.

    python tests/benchmarks/outbox_rate.py                       # one worker, two, and four
    python tests/benchmarks/outbox_rate.py --mails 200 --workers 1

Every e-mail is the answer to a forgotten password: it names a token, whose link is sealed as it leaves, and
its account. The workers are processes with one thread each, as `permit-accounts outbox deliver --watch` is;
the mail server is another process, which takes everything. It ends with status 1 where the mails took longer
than the bound with every number of workers, or where one left twice or not at all.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from email import message_from_bytes
from typing import Final

from filled_city import city_on, records
from server_city import copy_records, made_on, opened, server, unindexed

from permit_accounts import Policy
from permit_accounts.accounts import Accounts
from permit_accounts.email_backends.smtp import SMTPBackend
from permit_accounts.model.codes import Purpose
from permit_accounts.model.records import Account, OneTimeToken, OutboxEmail, Record
from permit_accounts.testing.smtp_server import SMTPServer
from permit_accounts.tools.keyring import Keyring
from permit_accounts.tools.services import Services

BOUND_SECONDS: Final = 60
KEYS: Final = "OUTBOX_KEYS"
_A_COPY: Final = 5_000
#: Far above what is measured; by default an outbox keeps to 600 mails a minute.
_POLICY: Final = Policy(
    city="Sampleton",
    support_phone="(323) 555-0199",
    base_url="https://permits.sampleton.example.gov",
    outbox_mails_per_minute=1_000_000,
)


def city(url: str, port: int) -> Accounts:
    """A city whose e-mail leaves through a server on loopback."""
    backend = SMTPBackend("127.0.0.1", port, security="none", local_hostname="localhost")
    keys = Keyring.from_env(KEYS)
    return city_on(opened(url), hashes="cheap", keys=keys, policy=_POLICY, email=backend)


def due(s: Services, i: int) -> Iterator[Record]:
    """The i-th account with a token and the e-mail that names it."""
    now = s.now()
    for record in records(s, i, "x"):
        yield record
        if isinstance(record, Account):
            account = record
    token = OneTimeToken(
        id=s.new_secret_id(),
        purpose=Purpose.RESET_PASSWORD,
        account_id=account.id,
        epoch=account.epoch,
        created_at=now,
        expires_at=now + timedelta(hours=1),
        sent_to=account.email,
    )
    yield token
    yield OutboxEmail(
        id=s.new_id(now),
        recipient=account.email or "",
        template="reset-link",
        params={"username": account.username, "account_type": account.account_type},
        token_ids=(token.id,),
        seal_id=s.keyring.seal_ids[0],
        account_id=account.id,
        due_at=now,
        created_at=now,
    )


def fill(accounts: Accounts, url: str, mails: int) -> None:
    """So many e-mails, due now."""
    with unindexed(url):
        for first in range(0, mails, _A_COPY):
            numbers = range(first, min(first + _A_COPY, mails))
            copy_records(url, (record for i in numbers for record in due(accounts.services, i)))


def sink() -> None:
    """Take e-mails until the other side closes our input; then say how many of each there were."""
    with SMTPServer() as mail_server:
        print(mail_server.port, flush=True)
        sys.stdin.read()
        ids = Counter(message_from_bytes(each.content)["Message-ID"] for each in mail_server.envelopes)
    print(len(ids), sum(ids.values()), flush=True)


def work(url: str, port: str) -> None:
    """Deliver until nothing is due."""
    accounts = city(url, int(port))
    print("ready", flush=True)
    sys.stdin.readline()
    sent = 0
    while done := accounts.outbox.deliver().sent:
        sent += done
    print(sent, flush=True)


@contextmanager
def child(*words: str) -> Iterator[subprocess.Popen[str]]:
    """This script again, doing one of the parts."""
    command = [sys.executable, __file__, *words]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def delivered(url: str, workers: int, mails: int) -> float:
    """How many seconds the e-mails took."""
    with child("--sink") as mail_server, ExitStack() as stack:
        port = _line(mail_server)
        fill(city(url, int(port)), url, mails)
        working = [stack.enter_context(child("--work", url, port)) for _ in range(workers)]
        for process in working:
            _line(process)
        begun = time.perf_counter()
        for process in working:
            print(file=process.stdin, flush=True)
        shares = [_line(process) for process in working]
        seconds = time.perf_counter() - begun
        assert mail_server.stdin is not None
        mail_server.stdin.close()
        different, arrived = map(int, _line(mail_server).split())
    print(
        f"{workers} {'worker' if workers == 1 else 'workers'}: {arrived:,} mails in {seconds:.1f} s, "
        f"{arrived / seconds:,.0f} a second ({' + '.join(shares)})",
        flush=True,
    )
    if (different, arrived) != (mails, mails):
        sys.exit(f"{arrived} mails arrived, {different} different ones, of {mails}")
    return seconds


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--server", help="postgresql://user@host:port/database, where databases may be made")
    parser.add_argument("--mails", type=int, default=10_000)
    parser.add_argument("--workers", type=int, action="append")
    parser.add_argument("--sink", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--work", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.sink:
        sink()
    elif given.work:
        work(*given.work)
    else:
        os.environ[KEYS] = Keyring.new().to_text()
        taken = []
        for workers in given.workers or (1, 2, 4):
            with made_on(server(given.server)) as url:
                taken.append(delivered(url, workers, given.mails))
        sys.exit(f"at most {BOUND_SECONDS} s" if min(taken) > BOUND_SECONDS else 0)


if __name__ == "__main__":
    main()
