"""Close an account: credentials are erased, names retired, claims released; the profile stays."""

from __future__ import annotations

from permit_accounts.model.codes import Code, EventName
from permit_accounts.model.outcomes import AccountClosed, Refused, refused
from permit_accounts.model.people import Visitor
from permit_accounts.model.secret import Secret
from permit_accounts.ports import Remove, Replace
from permit_accounts.tools import audit, messages, naming, reproof, sessions, tokens
from permit_accounts.tools.services import Services


def close_account(
    s: Services, *, session_token: Secret, password: Secret, visitor: Visitor
) -> AccountClosed | Refused:
    """Give the account up. Staff can reopen it while its data is kept.

    Mailboxes that could take a change of address back are told as well: whoever made the change may be the
    one who closes, and the link that they hold opens nothing any more.
    """
    now = s.now()
    signed_in = sessions.present(s, session_token, now=now)
    if signed_in is None:
        return refused(Code.SESSION)
    account = signed_in.account
    if not reproof.right(s, account, password):
        s.store.commit(
            reproof.wrong(s, account, EventName.ACCOUNT_CLOSE_REFUSED, now=now, visitor=visitor)
        )
        return reproof.refusal()

    s.store.commit(
        Replace(account, account.closed()),
        Remove(signed_in.session),
        *naming.let_go(s, account, now=now),
        *messages.to_account(s, "account-closed", account, now=now),
        *(
            messages.to_address(s, "account-closed", mailbox, account, now=now)
            for mailbox in tokens.former_mailboxes(s, account, now=now)
        ),
        audit.event(s, EventName.ACCOUNT_CLOSED, at=now, account=account, visitor=visitor),
    )
    return AccountClosed()
