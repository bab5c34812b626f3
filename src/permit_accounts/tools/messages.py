"""Which e-mail for what: each is put into the outbox by the commit of what it tells of.

Mail goes to the address stored, never to one typed. Nothing here is a secret: links are made from the named
tokens when the e-mail leaves, and no e-mail carries a password.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from permit_accounts.model.records import Account, OneTimeToken, OutboxEmail
from permit_accounts.ports import Add
from permit_accounts.rules.usernames import unlinked
from permit_accounts.tools.services import Services


def to_account(
    s: Services,
    template: str,
    account: Account,
    *,
    now: datetime,
    tokens: Sequence[OneTimeToken] = (),
    params: dict[str, str] | None = None,
) -> tuple[Add, ...]:
    """An e-mail to the address on file; nothing where there is none."""
    if account.email is None:
        return ()
    return (to_address(s, template, account.email, account, now=now, tokens=tokens, params=params),)


def to_address(
    s: Services,
    template: str,
    recipient: str,
    account: Account,
    *,
    now: datetime,
    tokens: Sequence[OneTimeToken] = (),
    params: dict[str, str] | None = None,
) -> Add:
    """An e-mail about an account to one stored address of it (its new or its former one)."""
    named = {"username": called(account, recipient), "account_type": account.account_type}
    return Add(
        OutboxEmail(
            id=s.new_id(now),
            recipient=recipient,
            template=template,
            params=named | (params or {}),
            token_ids=tuple(token.id for token in tokens),
            seal_id=s.keyring.seal_ids[0] if tokens else "",
            account_id=account.id,
            language=account.language,
            due_at=now,
            created_at=now,
        )
    )


def called(account: Account, recipient: str) -> str:
    """What an account is called in a mail to this address.

    Whoever registers chooses the name and types the address, so a mailbox that is not the account's own,
    as far as is known, is sent no name that reads like a link.
    """
    return account.username if account.has_proved(recipient) else unlinked(account.username)


def to_staff(
    s: Services, *, now: datetime, event: str, license_id: str = "", contact: str = ""
) -> tuple[Add, ...]:
    """A notice to the city's staff, where the policy names an address for it."""
    if s.policy.staff_email is None:
        return ()
    return (
        Add(
            OutboxEmail(
                id=s.new_id(now),
                recipient=s.policy.staff_email,
                template="staff-notice",
                params={"event": event, "license": license_id, "contact": contact},
                due_at=now,
                created_at=now,
            )
        ),
    )
