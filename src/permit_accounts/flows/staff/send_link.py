"""Send a set-up link to the address on file: the way past a forgotten answer, and the safer first sign-in.

Staff see nothing of it. Behind it the person sets a new password, question and answer, which ends everything
that was open before.
"""

from __future__ import annotations

from datetime import datetime

from permit_accounts.model.codes import Code, EventName, NameState, Permission, Purpose, Standing
from permit_accounts.model.outcomes import LinkSent, Refused
from permit_accounts.model.people import StaffMember
from permit_accounts.model.records import Account
from permit_accounts.ports import Add, Change, Replace
from permit_accounts.rules import setup
from permit_accounts.tools import audit, desk, lookups, messages, roster_accounts, tokens
from permit_accounts.tools.mailboxes import on_file_now
from permit_accounts.tools.services import Services


def send_link(s: Services, actor: StaffMember, *, who: desk.Who, reason: str) -> LinkSent | Refused:
    """Mail a set-up link to the address on file, for an account in set-up or a finished one."""
    now = s.now()
    forbidden = desk.forbidden(s, actor, Permission.LINK, now=now, reason=reason)
    if forbidden is not None:
        return forbidden
    subject = desk.subject(s, who)
    if isinstance(subject, Refused):
        return subject
    found = _found(s, actor, who, subject, now=now)
    if isinstance(found, Refused):
        return found
    account, changes = found
    if account.email is None:
        return desk.refusing(s, actor, Code.STAFF_NO_EMAIL, now=now, account=account)

    link = tokens.issue(
        s,
        account,
        Purpose.SETUP_LINK,
        now=now,
        ttl=s.policy.setup_link_ttl,
        sent_to=account.email,
        asks=setup.asks(account, s.policy),
    )
    s.store.commit(
        *changes,
        *tokens.older(s, account, Purpose.SETUP_LINK),
        Add(link),
        *messages.to_account(s, "setup-link", account, now=now, tokens=(link,)),
        audit.staff_event(
            s,
            EventName.STAFF_SENT_LINK,
            at=now,
            actor=actor,
            account=account,
            license_id=subject.license_id,
            reason=reason,
        ),
    )
    return LinkSent(account=desk.without_hashes(account))


def _found(
    s: Services, actor: StaffMember, who: desk.Who, subject: desk.Subject, *, now: datetime
) -> tuple[Account, tuple[Change, ...]] | Refused:
    """The account with its address as it is on file now, made from the roster where it has to be."""
    name, stored = desk.name_and_account(s, subject)
    if not who.is_still(stored):
        return desk.refusing(s, actor, Code.STAFF_MOVED, now=now, account=stored)
    if name is not None and stored is not None:
        if name.state is not NameState.ACTIVE:
            return desk.refusing(s, actor, Code.STAFF_RETIRED, now=now, account=stored)
        if stored.standing in (Standing.DISABLED, Standing.CLOSED):
            return desk.refusing(s, actor, Code.STAFF_STANDING, now=now, account=stored)
        account = on_file_now(s, stored)
        return account, (Replace(stored, account),) if account.email != stored.email else ()
    license_id = subject.license_id
    record = lookups.license_record(s, license_id) if license_id is not None else None
    account_type = roster_accounts.account_type_for(s, license_id) if license_id is not None else None
    if record is None or account_type is None or record.on_roster_since is None:
        return desk.not_found(s, actor, subject, now=now)
    account = roster_accounts.new_account(s, account_type, record, now=now)
    if account.email is None:
        return desk.refusing(s, actor, Code.STAFF_NO_EMAIL, now=now, license_id=license_id)
    names = roster_accounts.name_changes(account, record.id, now=now, decided_by=actor.id)
    return account, (Add(account), *names)
