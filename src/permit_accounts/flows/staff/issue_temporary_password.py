"""Issue a temporary password: shown to staff once, read out over the telephone, good for set-up only.

A number on the roster gets its account now; one that is not, with a license that staff vouch for. Whoever had
the account before loses everything that was open, and so do former mailboxes that could take a change of
address back. Staff never learn a lasting password.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import attrs

from permit_accounts.model.codes import (
    Code,
    EventName,
    LinkState,
    NameState,
    Permission,
    Standing,
)
from permit_accounts.model.outcomes import Refused, TemporaryPasswordIssued
from permit_accounts.model.people import StaffMember
from permit_accounts.model.records import Account
from permit_accounts.model.secret import Secret
from permit_accounts.ports import Add, Change, Replace
from permit_accounts.rules import temporary
from permit_accounts.rules.account_types import Field
from permit_accounts.rules.forms import read_form
from permit_accounts.tools import audit, claims, desk, lookups, messages, roster_accounts, tokens
from permit_accounts.tools.mailboxes import on_file_now
from permit_accounts.tools.services import Services

#: What staff say of a license that no record has: whose it is, since they alone vouch for it.
_VOUCHED: Final = (Field(name="business_name", required=True),)


@attrs.frozen(kw_only=True)
class Issue:
    """What staff say when they issue a temporary password.

    Args:
        reason: Why, in a sentence.
        checked_how: How the caller was checked, such as "called back the number on the register"
            (NIST SP 800-63B-4, 4.2.1: a documented method).
        second_reason: Why a link to the confirmed address on file would not do.
        no_email_reason: Why the person has no e-mail address; set-up then does not ask for one.
        business_name: Whose license it is. Needed where the number is not on the roster and nothing else is
            known of it, since a mistyped number would else get a password that opens nobody's account.
        by_post: Whether it goes out as a letter, and so lives up to 21 days (NIST SP 800-63B-4, 4.2.1.2).
    """

    reason: str
    checked_how: str
    second_reason: str = ""
    no_email_reason: str = ""
    business_name: str = ""
    by_post: bool = False


def issue_temporary_password(
    s: Services,
    actor: StaffMember,
    *,
    who: desk.Who,
    issue: Issue,
    within_limit: bool,
) -> TemporaryPasswordIssued | Refused:
    """Give the account of a license number or username a temporary password.

    Args:
        within_limit: False once this member of staff has issued too many within the hour.
    """
    now = s.now()
    refusal = _not_permitted(s, actor, issue, now=now, within_limit=within_limit)
    if refusal is not None:
        return refusal
    subject = desk.subject(s, who)
    if isinstance(subject, Refused):
        return subject
    name, account = desk.name_and_account(s, subject)
    if not who.is_still(account):
        return desk.refusing(s, actor, Code.STAFF_MOVED, now=now, account=account)
    if name is not None and account is not None:
        retired = name.state is not NameState.ACTIVE
        found = _account_on_file(s, actor, subject, account, issue, retired=retired, now=now)
    else:
        account = None
        found = _first_account(s, actor, subject, issue, now=now)
    if isinstance(found, Refused):
        return found
    before, made = found

    password = temporary.new_temporary(s.random, s.policy.temporary_symbols)
    symbols = temporary.temporary_symbols(password, s.policy.temporary_symbols) or password
    until = now + (s.policy.temporary_ttl_by_post if issue.by_post else s.policy.temporary_ttl)
    ready = before.with_temporary(s.hasher.hash(symbols), until=until, now=now)
    if issue.no_email_reason and ready.email is None:
        ready = attrs.evolve(ready, no_email_reason=issue.no_email_reason)

    kept: tuple[Change, ...] = (Add(ready),)
    if account is not None:
        kept = (Replace(account, ready), *tokens.cancel_links(s, account))

    s.store.commit(
        *made,
        *kept,
        *messages.to_account(s, "temporary-issued", ready, now=now),
        _event(s, actor, ready, subject, issue, now=now),
    )
    return _issued(ready, password, until)


def _not_permitted(
    s: Services, actor: StaffMember, issue: Issue, *, now: datetime, within_limit: bool
) -> Refused | None:
    """Nothing is issued without permission, reason and how the caller was checked, or past the limit."""
    refusal = desk.forbidden(s, actor, Permission.TEMPORARY_PASSWORD, now=now, reason=issue.reason)
    if refusal is not None:
        return refusal
    if not all(desk.written(text) for text in _said(issue)):
        return desk.refusing(s, actor, Code.STAFF_REASON, now=now, params={"maximum": "500"})
    if not within_limit:
        return desk.refusing(s, actor, Code.STAFF_LIMIT, now=now)
    return None


def _said(issue: Issue) -> tuple[str, ...]:
    """What stands in the event beside the reason: how the caller was checked, always, and what was added."""
    return (issue.checked_how, *filter(None, (issue.second_reason, issue.no_email_reason)))


def _account_on_file(
    s: Services,
    actor: StaffMember,
    subject: desk.Subject,
    account: Account,
    issue: Issue,
    *,
    retired: bool,
    now: datetime,
) -> tuple[Account, tuple[Change, ...]] | Refused:
    """The account that has the name, with its address as it is on file now; nothing else comes into being."""
    code = _why_not(s, subject, account, retired=retired, issue=issue)
    if code is None:
        return on_file_now(s, account), ()
    return desk.refusing(
        s,
        actor,
        code,
        now=now,
        account=account,
        license_id=subject.license_id,
        params=desk.holder_shown(account) | {"phone": s.policy.support_phone},
    )


def _why_not(
    s: Services, subject: desk.Subject, account: Account, *, retired: bool, issue: Issue
) -> Code | None:
    """Why an account that is there may not get one, if so."""
    if retired:
        return Code.STAFF_RETIRED
    if account.standing in (Standing.DISABLED, Standing.CLOSED):
        return Code.STAFF_STANDING
    if s.policy.temporary_only_without_email and on_file_now(s, account).email is not None:
        return Code.STAFF_USE_LINK
    # A second password on top of the first needs its second reason again.
    finished = account.standing is not Standing.SETUP
    link = lookups.link(s, subject.license_id, account.id) if finished and subject.license_id else None
    if link is not None and link.state is not LinkState.VERIFIED:
        return Code.STAFF_CLAIMED
    if account.email_confirmed_at is not None and not desk.written(issue.second_reason):
        return Code.STAFF_SECOND_REASON
    return None


def _first_account(
    s: Services, actor: StaffMember, subject: desk.Subject, issue: Issue, *, now: datetime
) -> tuple[Account, tuple[Change, ...]] | Refused:
    """The account of a number that has none yet, and what comes into being with it."""
    license_id = subject.license_id
    account_type = roster_accounts.account_type_for(s, license_id) if license_id is not None else None
    if license_id is None or account_type is None:
        return desk.not_found(s, actor, subject, now=now)
    held = claims.verified_link(s, license_id)
    if held is not None:
        holder = lookups.account(s, held.account_id)
        shown = desk.holder_shown(holder) if holder is not None else {}
        return desk.refusing(s, actor, Code.STAFF_HELD, now=now, license_id=license_id, params=shown)
    known = lookups.license_record(s, license_id)
    said = read_form(
        desk.LICENSE_FACTS if known is not None else _VOUCHED, {"business_name": issue.business_name}
    )
    if said.problems:
        return Refused(said.problems)
    record = known or roster_accounts.vouched(license_id, said.texts["business_name"], now=now)
    account = roster_accounts.new_account(s, account_type, record, now=now)
    if s.policy.temporary_only_without_email and account.email is not None:
        return desk.refusing(s, actor, Code.STAFF_USE_LINK, now=now, license_id=license_id)
    written = () if known is not None else (Add(record),)
    names = roster_accounts.name_changes(account, license_id, now=now, decided_by=actor.id)
    return account, (*written, *names)


def _event(
    s: Services,
    actor: StaffMember,
    account: Account,
    subject: desk.Subject,
    issue: Issue,
    *,
    now: datetime,
) -> Add:
    said = {
        "checked_how": issue.checked_how,
        "second_reason": issue.second_reason,
        "no_email_reason": issue.no_email_reason,
        "by_post": "yes" if issue.by_post else "",
    }
    return audit.staff_event(
        s,
        EventName.STAFF_ISSUED_TEMPORARY,
        at=now,
        actor=actor,
        account=account,
        license_id=subject.license_id,
        reason=issue.reason,
        params={key: text for key, text in said.items() if text},
    )


def _issued(account: Account, password: Secret, until: datetime) -> TemporaryPasswordIssued:
    return TemporaryPasswordIssued(
        account=attrs.evolve(account, temporary_hash=None, answer_hash=None),
        password=password.reveal(),
        spelled=temporary.spelled(password),
        until=until,
    )
