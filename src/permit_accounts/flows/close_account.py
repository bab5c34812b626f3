"""Close an account: credentials are erased, names retired, claims released; the profile stays."""

from __future__ import annotations

from permit_accounts.model.codes import EventName
from permit_accounts.model.outcomes import AccountClosed, Refused
from permit_accounts.model.people import Visitor
from permit_accounts.model.secret import Secret
from permit_accounts.ports import Remove, Replace
from permit_accounts.tools import audit, messages, naming, reauthentication, tokens
from permit_accounts.tools.services import Services


def close_account(
    s: Services, *, session_token: Secret, password: Secret, visitor: Visitor
) -> AccountClosed | Refused:
    """Give the account up. Staff can reopen it while its data is kept.

    Mailboxes that could take a change of address back are told as well: whoever made the change may be the
    one who closes, and the link that they hold opens nothing any more.
    """
    now = s.now()
    present = reauthentication.confirmed(
        s, session_token, password, event=EventName.ACCOUNT_CLOSE_REFUSED, now=now, visitor=visitor
    )
    if isinstance(present, Refused):
        return present
    account = present.account

    s.store.commit(
        Replace(account, account.closed()),
        Remove(present.session),
        *naming.let_go(s, account, now=now),
        *messages.to_account(s, "account-closed", account, now=now),
        *(
            messages.to_address(s, "account-closed", mailbox, account, now=now)
            for mailbox in tokens.former_mailboxes(s, account, now=now)
        ),
        audit.event(s, EventName.ACCOUNT_CLOSED, at=now, account=account, visitor=visitor),
    )
    return AccountClosed()
