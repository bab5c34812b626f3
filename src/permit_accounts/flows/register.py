"""Register: a person sets up an account of their own and, as the guides say, is signed in at once.

A license number proves nothing, for it is public: the link stays `claimed` until staff or a channel on file
confirm it, and a number that is on the roster or taken is answered with "call staff".
"""

from __future__ import annotations

from datetime import datetime

import attrs

from permit_accounts.model.codes import (
    Code,
    EventName,
    LinkState,
    Purpose,
    Reason,
    Standing,
)
from permit_accounts.model.outcomes import ConfirmYourEmail, Problem, Refused, SignedIn
from permit_accounts.model.people import Visitor
from permit_accounts.model.records import (
    Account,
    Identifier,
    License,
)
from permit_accounts.ports import Add, Change, RegisterAnswer, Replace
from permit_accounts.rules.account_types import AccountType
from permit_accounts.rules.names import Name
from permit_accounts.rules.registration import Registration
from permit_accounts.tools import (
    admission,
    audit,
    claims,
    confirmations,
    lookups,
    messages,
    naming,
    register_lookup,
    tokens,
)
from permit_accounts.tools.services import Services


def register(
    s: Services,
    *,
    account_type: AccountType,
    registration: Registration,
    language: str,
    visitor: Visitor,
    may_tell: bool,
    may_mail: bool,
) -> SignedIn | ConfirmYourEmail | Refused:
    """Make an account from a form that was read, with its name, license claim, session and e-mail.

    Args:
        registration: The form as the rules read it, problems included.
        may_tell: Whether the holder of a license that somebody else registers, and the city's staff, may get
            a mail about it now; each license has its own limit, and the desk's list shows every refusal.
        may_mail: False over the limit of mails to this mailbox, which anybody may have typed; the account
            is made, and the person asks for the confirmation mail later.
    """
    now = s.now()
    name = registration.name
    taken = naming.not_free(s, name)
    if registration.problems or taken is not None or name is None:
        return _refused(s, registration, taken, now=now, visitor=visitor, may_tell=may_tell)

    account = _made(s, account_type, registration, name, language, now=now)
    claim = _license_changes(s, account, name, now=now)
    confirmation = _confirmation(s, account, now=now) if may_mail else ()
    changes: list[Change] = [
        Add(account),
        Add(Identifier(id=name.id, account_id=account.id, created_at=now)),
        *claim,
        *confirmation,
        audit.event(s, EventName.REGISTERED, at=now, account=account, visitor=visitor),
    ]

    if admission.refusal(s, account) is not None:
        s.store.commit(*changes)
        return ConfirmYourEmail()
    session = admission.admit(s, account, now=now, visitor=visitor)
    s.store.commit(*changes, Add(session))
    return admission.signed_in(s, account, session, now=now)


def _refused(
    s: Services,
    registration: Registration,
    taken: Reason | None,
    *,
    now: datetime,
    visitor: Visitor,
    may_tell: bool,
) -> Refused:
    """All problems at once; a taken name costs the same hash as a free one and changes nothing of it."""
    if taken is not None and not registration.problems:
        s.hasher.hash(registration.password)
        if registration.answer is not None:
            s.hasher.hash(registration.answer)
    license_id = str(registration.name.license) if registration.name and registration.name.license else None
    contact = registration.email.address if registration.email else ""
    wants_staff = license_id if taken is not None else None
    told = _told(s, wants_staff) if taken is not None else ()
    s.store.commit(
        *(_notices(s, wants_staff, contact, now=now) if wants_staff and may_tell else ()),
        audit.event(
            s,
            EventName.REGISTRATION_REFUSED,
            at=now,
            visitor=visitor,
            cause=taken or Reason.INVALID_FORM,
            license_id=wants_staff,
            for_desk=wants_staff is not None,
            params=_contact(registration) if wants_staff else {},
        ),
    )
    return Refused((*registration.problems, *told))


def _told(s: Services, wants_staff: str | None) -> tuple[Problem, ...]:
    """What the person is told of a name that is taken: whom to call where it is a license."""
    if wants_staff is None:
        return (Problem(Code.USERNAME_TAKEN, "username"),)
    return (Problem(Code.LICENSE_CALL_STAFF, "username", {"phone": s.policy.support_phone}),)


def _contact(registration: Registration) -> dict[str, str]:
    """How the desk reaches the person who was told to call: what they typed, and nothing secret."""
    wanted = ("business_name", "contact_name", "phone")
    given = {key: registration.profile[key] for key in wanted if registration.profile.get(key)}
    return given | ({"email": registration.email.address} if registration.email else {})


def _notices(s: Services, license_id: str, contact: str, *, now: datetime) -> tuple[Add, ...]:
    """Mails to the city's staff, and to whoever holds the license, verified or not: somebody tried it."""
    told = messages.to_staff(
        s, now=now, event=EventName.REGISTRATION_REFUSED, license_id=license_id, contact=contact
    )
    holder = claims.holder(s, license_id)
    if holder is None:
        return told
    return (
        *messages.to_account(s, "claim-noticed", holder, now=now, params={"license": license_id}),
        *told,
    )


def _made(
    s: Services,
    account_type: AccountType,
    registration: Registration,
    name: Name,
    language: str,
    *,
    now: datetime,
) -> Account:
    account = Account(
        id=s.new_id(now),
        account_type=account_type.id,
        standing=Standing.ACTIVE,
        username=name.display,
        email=registration.email.address if registration.email else None,
        email_key=registration.email.key if registration.email else None,
        password_hash=s.hasher.hash(registration.password),
        profile=dict(registration.profile),
        language=language,
        created_at=now,
    )
    if registration.question_id is not None and registration.answer is not None:
        account = account.with_first_question(registration.question_id, s.hasher.hash(registration.answer))
    return account


def _confirmation(s: Services, account: Account, *, now: datetime) -> tuple[Change, ...]:
    """The link that confirms the mailbox and, beside it, those that take over older accounts which never
    confirmed it.

    Where no session opens before that, somebody whose account has confirmed it is told so instead. The
    account is made all the same, for what is made or not made would show that the address is in use.
    """
    if account.email is None or account.email_key is None:
        return ()
    sharing = lookups.accounts_with_email(s, account.email_key)
    if not s.policy.sign_in_after_registration and any(_is_proved(other) for other in sharing):
        confirm = tokens.issue(
            s, account, Purpose.CONFIRM_EMAIL, now=now, ttl=s.policy.confirm_ttl, sent_to=account.email
        )
        told = messages.to_account(s, "email-in-use", account, now=now, tokens=(confirm,))
        return (Add(confirm), *told)
    others = [
        other for other in sharing if other.email_confirmed_at is None and other.standing is Standing.ACTIVE
    ]
    return confirmations.asked(s, account, others, now=now)


def _is_proved(account: Account) -> bool:
    """Whether somebody has this account who has confirmed its mailbox."""
    return account.email_confirmed_at is not None and account.standing is not Standing.CLOSED


def _license_changes(s: Services, account: Account, name: Name, *, now: datetime) -> tuple[Change, ...]:
    """The claim on the license, and what its board's register says where it can be asked."""
    if name.license is None:
        return ()
    license_id = str(name.license)
    claim = claims.new_link(account.id, name.license, LinkState.CLAIMED, since=now)
    answer = register_lookup.answer(s, name.license)
    if isinstance(answer, register_lookup.NoAnswer):
        unavailable = audit.system_event(
            s,
            EventName.REGISTER_UNAVAILABLE,
            at=now,
            account_id=account.id,
            license_id=license_id,
            params={"error": answer.kind},
        )
        return (Add(claim), unavailable)
    return (Add(claim), *_facts(s, license_id, answer))


def _facts(s: Services, license_id: str, answer: RegisterAnswer | None) -> tuple[Change, ...]:
    """The register's facts, each group with its source; a group that it does not know stays as it was."""
    if answer is None:
        return ()
    known = lookups.license_record(s, license_id)
    before = known or License(id=license_id)
    after = attrs.evolve(
        before,
        business=answer.business or before.business,
        status=answer.status,
        workers_comp=answer.workers_comp or before.workers_comp,
    )
    return (Add(after) if known is None else Replace(known, after),)
