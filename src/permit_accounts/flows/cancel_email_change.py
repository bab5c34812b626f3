"""Take a change of address back, with the link mailed to the old one.

Somebody else changed it, or may have: the old address is back on file, the password is void, everything that
was open is ended, and a reset link is on its way to the old address.
"""

from __future__ import annotations

from permit_accounts.model.codes import EventName, Purpose
from permit_accounts.model.outcomes import EmailChangeCancelled, Refused
from permit_accounts.model.people import Visitor
from permit_accounts.model.secret import Secret
from permit_accounts.ports import Add, Remove, Replace
from permit_accounts.tools import addresses, audit, messages, refusals, tokens
from permit_accounts.tools.services import Services


def cancel_email_change(s: Services, *, token: Secret, visitor: Visitor) -> EmailChangeCancelled | Refused:
    """Put the old address back. This link alone outlives the epoch: the change itself made it grow.

    Links to take later changes back die with it, or whoever made them could undo the undoing; a link to take
    an earlier change back stays good. Question and answer are erased, as with every mailbox that has to prove
    itself first: they may be the thief's, and the owner is asked for new ones at the next sign-in.
    """
    now = s.now()
    presented = tokens.present(s, Purpose.CANCEL_EMAIL_CHANGE, token, now=now)
    if presented is None or presented[0].sent_to is None:
        return refusals.dead_link(s, EventName.EMAIL_CHANGE_REFUSED, now=now, visitor=visitor)
    link, account = presented
    old_address = presented[0].sent_to

    key = addresses.key_of(old_address)
    back = account.with_email(old_address, key, confirmed_at=now).without_password()
    back = back.with_question(None, None).with_untrusted_devices(now)
    reset = tokens.issue(
        s, back, Purpose.RESET_PASSWORD, now=now, ttl=s.policy.reset_ttl, sent_to=old_address
    )
    s.store.commit(
        Remove(link),
        Replace(account, back),
        *tokens.cancel_links(s, account, after=link),
        *addresses.set_aside(s, account, key, now=now),
        *(addresses.claimed(s, back, key, now=now) or ()),
        Add(reset),
        *messages.to_account(s, "email-change-cancelled", back, now=now, tokens=(reset,)),
        audit.event(s, EventName.EMAIL_CHANGE_CANCELLED, at=now, account=back, visitor=visitor),
    )
    return EmailChangeCancelled()
