"""What must hold in every store at every moment, whatever was interrupted, raced or refused before.

Fault tests and the story machine ask this after each step; an integrator can ask it of a copy of a real
store.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TypeVar

from permit_accounts.model.codes import LinkState, NameState, Standing
from permit_accounts.model.names import LICENSE
from permit_accounts.model.records import (
    Account,
    Identifier,
    LicenseLink,
    OneTimeToken,
    OutboxEmail,
    Record,
    Session,
)
from permit_accounts.ports import Every, Store
from permit_accounts.tools.naming import signs_in

R = TypeVar("R", bound=Record)

_PAGE = 500
_LIVE = frozenset({LinkState.CLAIMED, LinkState.PENDING, LinkState.VERIFIED})


def violations(store: Store) -> tuple[str, ...]:
    """Every broken invariant in a sentence; empty where all hold. Reads the whole store."""
    accounts = {account.id: account for account in _all(store, Account)}
    names = tuple(_all(store, Identifier))
    links = tuple(_all(store, LicenseLink))
    return (
        *_of_accounts(accounts, names),
        *_of_names(accounts, names, links),
        *_of_links(accounts, links),
        *_of_tokens(accounts, tuple(_all(store, OneTimeToken))),
        *_of_sessions(accounts, tuple(_all(store, Session))),
        *_of_emails(tuple(_all(store, OutboxEmail))),
    )


def _of_accounts(accounts: dict[str, Account], names: tuple[Identifier, ...]) -> Iterator[str]:
    named = Counter(name.account_id for name in names if name.state is NameState.ACTIVE and signs_in(name))
    for account in accounts.values():
        who = f"account {account.id}"
        secrets = (account.password_hash, account.temporary_hash, account.answer_hash)
        if account.standing is Standing.CLOSED and (any(secrets) or named[account.id]):
            yield f"{who} is closed and still has a credential or a name"
        if account.standing is not Standing.CLOSED and not named[account.id]:
            yield f"{who} is not closed and has no name"
        if account.standing is Standing.SETUP and account.password_hash is not None:
            yield f"{who} is in set-up and has a lasting password"
        if account.temporary_hash is not None and account.temporary_until is None:
            yield f"{who} has a temporary password without an end"
        if (account.email is None) != (account.email_key is None):
            yield f"{who} has half an e-mail address"
        if account.email is None and account.email_confirmed_at is not None:
            yield f"{who} has confirmed an address that it does not have"
        if (account.question_id is None) != (account.answer_hash is None):
            yield f"{who} has half a security question"


def _of_names(
    accounts: dict[str, Account], names: tuple[Identifier, ...], links: tuple[LicenseLink, ...]
) -> Iterator[str]:
    live = {(link.license_id, link.account_id) for link in links if link.state in _LIVE}
    for name in names:
        if name.account_id not in accounts:
            yield f"name {name.id} belongs to no account"
        active = name.kind == LICENSE and name.state is NameState.ACTIVE
        if active and (name.said, name.account_id) not in live:
            yield f"name {name.id} signs in an account that has no claim on the license"


def _of_links(accounts: dict[str, Account], links: tuple[LicenseLink, ...]) -> Iterator[str]:
    for link in links:
        account = accounts.get(link.account_id)
        if account is None:
            yield f"link {link.id} belongs to no account"
        elif account.standing is Standing.CLOSED and link.state in _LIVE:
            yield f"link {link.id} is live and its account is closed"
        if link.id != LicenseLink.id_for(link.license_id, link.account_id):
            yield f"link {link.id} does not name what it links"


def _of_tokens(accounts: dict[str, Account], tokens: tuple[OneTimeToken, ...]) -> Iterator[str]:
    for token in tokens:
        account = accounts.get(token.account_id)
        if account is None:
            yield f"a {token.purpose} token belongs to no account"
        elif token.epoch > account.epoch:
            yield f"a {token.purpose} token is of an epoch to come"


def _of_sessions(accounts: dict[str, Account], sessions: tuple[Session, ...]) -> Iterator[str]:
    for session in sessions:
        account = accounts.get(session.account_id)
        if account is None:
            yield "a session belongs to no account"
        elif session.epoch > account.epoch:
            yield f"a session of account {account.id} is of an epoch to come"
        elif session.epoch == account.epoch and account.standing is not Standing.ACTIVE:
            yield f"a session of account {account.id} is alive though it is {account.standing}"


def _of_emails(emails: tuple[OutboxEmail, ...]) -> Iterator[str]:
    for email in emails:
        if (email.due_at is None) != (email.state == "failed"):
            yield f"e-mail {email.id} is {email.state} and its due moment says otherwise"


def _all(store: Store, kind: type[R]) -> Iterator[R]:
    after: R | None = None
    while page := store.select(kind, Every(), limit=_PAGE, after=after):
        yield from page
        after = page[-1]
