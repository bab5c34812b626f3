"""What every act at the staff desk goes through: permission, a reason, and whom it is about."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import attrs

from permit_accounts.model.codes import Code, EventName, NameState, Permission, Reason, Standing
from permit_accounts.model.license_id import LicenseId
from permit_accounts.model.outcomes import Problem, Refused
from permit_accounts.model.people import StaffMember
from permit_accounts.model.records import Account, Identifier
from permit_accounts.model.values import Value
from permit_accounts.rules.account_types import AccountType, Chosen, Field, Kind
from permit_accounts.rules.characters import is_plain_line
from permit_accounts.rules.forms import not_text
from permit_accounts.rules.licenses import parse_license
from permit_accounts.rules.names import Name, parse_name
from permit_accounts.rules.policy import Policy
from permit_accounts.rules.usernames import username_problems
from permit_accounts.tools import audit, lookups, naming
from permit_accounts.tools.services import Services

_REASON_LENGTH: Final = 500


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Subject(Value):
    """Whom an act is about: one name, and the license that it stands for.

    Args:
        name_id: The name; one that nobody can have where the text is nobody's.
        license: The license that the name is.
        hints: Why the text is nobody's, where it was meant as a license number.
    """

    name_id: str
    license: LicenseId | None = None
    hints: tuple[Problem, ...] = ()

    @property
    def license_id(self) -> str | None:
        """The license's id, such as `us-ca-cslb:1012345`."""
        return str(self.license) if self.license is not None else None


class Who:
    """Whom staff mean by a text, and the same account each time that an act is told again.

    Between two tellings a name may have passed to another account, which staff did not mean.

    Args:
        text: A license number or username, as typed.
        account_type: The account type that is meant; None where any may be.
    """

    def __init__(self, text: str, account_type: AccountType | str | None = None) -> None:
        self.text = text
        self.account_type = account_type
        self._met: str | None = None

    def is_still(self, account: Account | None) -> bool:
        """Whether this is the account that the first telling met, if it met one."""
        if self._met is None and account is not None:
            self._met = account.id
        return account is None or account.id == self._met


#: A name that nobody can have.
_NOBODY: Final = "?"
#: What the rule of license numbers says of a text that was meant as one; it says others of any text.
_HINTS: Final = frozenset(
    {
        Code.LICENSE_CLASS,
        Code.LICENSE_LOOKALIKE,
        Code.LICENSE_OTHER_BOARD,
        Code.LICENSE_SEVERAL,
        Code.LICENSE_SPREADSHEET,
    }
)


# ------------------------------------------------------------------------------------- permission and reason


def permits(actor: StaffMember, permission: Permission, *, reason: object) -> bool:
    """Whether this member of staff may make this change for this reason.

    What has to be counted before a flow is counted only then; the flow itself refuses, as `forbidden` says.
    """
    return permission in actor.may and written(reason)


def forbidden(
    s: Services, actor: StaffMember, permission: Permission, *, now: datetime, reason: str
) -> Refused | None:
    """Why this member of staff may not make this change; None where they may.

    Args:
        reason: Why they do it, in a sentence. No change is made without one, whatever stands in its place.
    """
    refusal = may_not(s, actor, permission, now=now)
    if refusal is None and not written(reason):
        return Refused((Problem(Code.STAFF_REASON, "reason", {"maximum": str(_REASON_LENGTH)}),))
    return refusal


def may_not(s: Services, actor: StaffMember, permission: Permission, *, now: datetime) -> Refused | None:
    """Why this member of staff may not even look, committed as an event; None where they may.

    Reading needs the permission and no reason.
    """
    if permission not in actor.may:
        s.store.commit(
            audit.staff_event(
                s,
                EventName.STAFF_REFUSED,
                at=now,
                actor=actor,
                cause=Reason.NOT_ALLOWED,
                params={"permission": permission},
            )
        )
        return Refused((Problem(Code.STAFF_NOT_ALLOWED, params={"permission": permission}),))
    return None


def written(reason: object) -> bool:
    """Whether there is a reason: some words, not too many, in one line that can be read."""
    return isinstance(reason, str) and 3 <= len(reason.strip()) <= _REASON_LENGTH and is_plain_line(reason)


def refusing(
    s: Services,
    actor: StaffMember,
    code: Code,
    *,
    now: datetime,
    account: Account | None = None,
    license_id: str | None = None,
    params: dict[str, str] | None = None,
) -> Refused:
    """A refusal that is committed as an event."""
    s.store.commit(
        audit.staff_event(
            s,
            EventName.STAFF_REFUSED,
            at=now,
            actor=actor,
            account=account,
            license_id=license_id,
            params={"code": code},
        )
    )
    return Refused((Problem(code, params=params or {}),))


#: What staff may say of a license; each is read as on any other page.
LICENSE_FACTS = (
    Field(name="business_name"),
    Field(name="contact_name"),
    Field(name="phone", kind=Kind.PHONE, max_length=30),
    Field(name="email", kind=Kind.EMAIL, max_length=254),
)


# ------------------------------------------------------------------------------------------- who is meant


def subject(s: Services, who: Who) -> Subject | Refused:
    """The one name that is meant: somebody's, else the license that it would be, else nobody's.

    It asks the store, so a flow comes here only once it knows what this member of staff may.
    """
    wrong = not_text(text=who.text)
    if wrong is not None:
        return wrong
    names = [name for _, name in readings(s.policy, who.text, who.account_type) if isinstance(name, Name)]
    held = [name for name in names if lookups.identifier(s, name.id)]
    licenses = [name for name in names if name.license is not None]
    nobody = Subject(name_id=_NOBODY, hints=hints(s.policy, who.text, who.account_type))
    return next((Subject(name_id=name.id, license=name.license) for name in (*held, *licenses)), nobody)


def hints(policy: Policy, text: str, account_type: AccountType | str | None) -> tuple[Problem, ...]:
    """What keeps this text from being the license number that it was meant as, each once."""
    read = (problem for _, problem in readings(policy, text, account_type))
    wrong = [problem for problem in read if isinstance(problem, Problem) and problem.code in _HINTS]
    return tuple(problem for place, problem in enumerate(wrong) if problem not in wrong[:place])


def not_found(s: Services, actor: StaffMember, meant: Subject, *, now: datetime) -> Refused:
    """The refusal of an act about nobody, committed as an event, with what may be wrong with the text."""
    nobody = refusing(s, actor, Code.STAFF_NOT_FOUND, now=now, license_id=meant.license_id)
    return Refused((*nobody.problems, *meant.hints))


def readings(
    policy: Policy, text: str, account_type: AccountType | str | None
) -> tuple[tuple[AccountType, Name | Problem], ...]:
    """What this text is by the rule of each account type, or of the one that is meant.

    Nothing for a type that this city does not have.
    """
    wanted = account_type.id if isinstance(account_type, AccountType) else account_type
    kinds = (kind for kind in policy.account_types if wanted is None or kind.id == wanted)
    return tuple((kind, parse_name(kind, text)) for kind in kinds)


def license_meant(s: Services, text: str) -> str | Refused:
    """The id of the license that is meant, whether or not anything is known of it."""
    wrong = not_text(license=text)
    if wrong is not None:
        return wrong
    parsed = parse_license(text, s.policy.authorities)
    return Refused((parsed,)) if isinstance(parsed, Problem) else str(parsed)


def claim_meant(
    s: Services, actor: StaffMember, license_text: str, who: Who, *, now: datetime
) -> tuple[str, Account] | Refused:
    """The license and the account of a claim, whether or not there is one."""
    license_id = license_meant(s, license_text)
    if isinstance(license_id, Refused):
        return license_id
    account = account_meant(s, actor, who, now=now)
    return account if isinstance(account, Refused) else (license_id, account)


def name_and_account(s: Services, meant: Subject) -> tuple[Identifier | None, Account | None]:
    """The name in whatever state, and the account that has it or last had it."""
    name = lookups.identifier(s, meant.name_id)
    return name, lookups.account(s, name.account_id) if name is not None else None


def account_named(s: Services, who: Who) -> Account | None:
    """Whose act it is to be counted for, before the flow says what it makes of it."""
    meant = subject(s, who)
    return None if isinstance(meant, Refused) else name_and_account(s, meant)[1]


def account_meant(s: Services, actor: StaffMember, who: Who, *, now: datetime) -> Account | Refused:
    """The account that a change is about, or the refusal that is committed as an event.

    A name that its account gave up does not mean that account, unless the account itself was closed: else a
    number that changed hands would lead to somebody whom staff do not mean.
    """
    meant = subject(s, who)
    if isinstance(meant, Refused):
        return meant
    name, account = name_and_account(s, meant)
    if name is None or account is None:
        return not_found(s, actor, meant, now=now)
    if not who.is_still(account):
        return refusing(s, actor, Code.STAFF_MOVED, now=now, account=account)
    if name.state is not NameState.ACTIVE and account.standing is not Standing.CLOSED:
        return refusing(s, actor, Code.STAFF_RETIRED, now=now, account=account)
    return account


def new_name(
    s: Services, actor: StaffMember, account: Account, text: str | None, *, now: datetime
) -> Name | Refused | None:
    """The name that staff give an account, read by its own type's rule; None where they give none."""
    if text is None:
        return None
    wrong = not_text(new_name=text)
    if wrong is not None:
        return wrong
    kind = s.policy.account_type(account.account_type)
    name = parse_name(kind, text)
    if isinstance(name, Problem):
        return Refused((name,))
    problems = tuple(username_problems(text, s.policy)) if isinstance(kind.username, Chosen) else ()
    if problems:
        return Refused(problems)
    if naming.is_taken(s, account, name):
        return refusing(s, actor, Code.USERNAME_TAKEN, now=now, account=account)
    return name


# ------------------------------------------------------------------------------------------ what is shown


def holder_shown(account: Account) -> dict[str, str]:
    """Who has it, as far as the desk is shown in a refusal."""
    return {"username": account.username, "account_type": account.account_type, "email": account.email or ""}


def without_hashes(account: Account) -> Account:
    """The account as the desk is shown it: nothing in it could be guessed at."""
    until = (
        account.temporary_until if account.temporary_hash is not None else None
    )  # of one that is not spent
    return attrs.evolve(
        account, password_hash=None, temporary_hash=None, temporary_until=until, answer_hash=None
    )
