"""StaffDesk: what only the city's staff may do, each act with an actor, a permission and a reason.

The host application signs its staff in and says who may do what. Reads are audited; changes take a reason,
are audited with it, and notify the person on file. Staff never learn a lasting password.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final

from permit_accounts.accounts import Accounts
from permit_accounts.flows.staff import change_standing, claims_desk, correct
from permit_accounts.flows.staff.check_answer import check_answer
from permit_accounts.flows.staff.find import find
from permit_accounts.flows.staff.history import history, inbox
from permit_accounts.flows.staff.issue_temporary_password import Issue, issue_temporary_password
from permit_accounts.flows.staff.send_link import send_link
from permit_accounts.flows.staff.transfer import transfer
from permit_accounts.front_door import FrontDoor, known_type, not_text, secret
from permit_accounts.model.codes import LinkState, Permission
from permit_accounts.model.license_id import LicenseId
from permit_accounts.model.outcomes import (
    AnswerChecked,
    Claims,
    Done,
    Found,
    History,
    LinkDecided,
    LinkSent,
    Problem,
    Refused,
    TemporaryPasswordIssued,
)
from permit_accounts.model.people import StaffMember
from permit_accounts.model.records import AuditEvent, LicenseLink
from permit_accounts.model.roster import RosterProgress, RosterRefused, RosterReport, RowProblem
from permit_accounts.roster import import_roster
from permit_accounts.rules.account_types import AccountType, Chosen, Field, Kind
from permit_accounts.rules.emails import Email, parse_email
from permit_accounts.rules.forms import read_form
from permit_accounts.rules.licenses import parse_license
from permit_accounts.rules.names import Name, parse_name
from permit_accounts.rules.roster_columns import RosterColumns
from permit_accounts.rules.usernames import username_problems
from permit_accounts.tools import claims, desk, limits, lookups
from permit_accounts.tools.desk import Subject
from permit_accounts.tools.roster_file import Encoding, Source

_PAGE: Final = 50
#: A name that nobody can have.
_NOBODY: Final = Subject(name_id="?")
#: What staff may set right about a license; each is read as on any other page.
_LICENSE_FACTS: Final = (
    Field(name="business_name"),
    Field(name="contact_name"),
    Field(name="phone", kind=Kind.PHONE, max_length=30),
    Field(name="email", kind=Kind.EMAIL, max_length=254),
)


class StaffDesk:
    """The desk of one member of staff; make one per request.

    Args:
        accounts: The city's accounts.
        actor: Who acts, and what they may do.
    """

    def __init__(self, accounts: Accounts, *, actor: StaffMember) -> None:
        self._s = accounts.services
        self._door = FrontDoor(accounts.services)
        self._actor = actor

    # ---------------------------------------------------------------------------------------------- reading

    def find(
        self, text: str, account_type: AccountType | str | None = None
    ) -> tuple[Found, ...] | Refused:
        """Accounts and roster licenses by exact license number, username or e-mail address."""
        wrong = not_text(text=text)
        if wrong is not None:
            return wrong
        email = parse_email(text)
        subjects = self._subjects(text, account_type)
        return self._door.told(
            lambda s: find(
                s,
                actor=self._actor,
                subjects=subjects,
                email_key=email.key if isinstance(email, Email) else None,
            )
        )

    def history(
        self,
        text: str,
        account_type: AccountType | str | None = None,
        *,
        limit: int = _PAGE,
        after: AuditEvent | None = None,
    ) -> History | Refused:
        """What happened to an account, or around a license that has none; newest first."""
        subject = self._subject(text, account_type)
        if isinstance(subject, Refused):
            return subject
        return self._door.told(
            lambda s: history(s, actor=self._actor, subject=subject, limit=limit, after=after)
        )

    def inbox(self, *, limit: int = _PAGE, after: AuditEvent | None = None) -> History | Refused:
        """What staff must learn of: refused roster registrations, waiting claims, failed mail."""
        return self._door.told(lambda s: inbox(s, actor=self._actor, limit=limit, after=after))

    def claims(
        self,
        state: LinkState = LinkState.CLAIMED,
        *,
        limit: int = _PAGE,
        after: LicenseLink | None = None,
    ) -> Claims | Refused:
        """The claims in a state; `CLAIMED` and `PENDING` wait for staff."""
        return self._door.told(
            lambda s: claims_desk.waiting(
                s, actor=self._actor, state=LinkState(state), limit=limit, after=after
            )
        )

    # ----------------------------------------------------------------------------------- getting somebody in

    def issue_temporary_password(
        self,
        text: str,
        account_type: AccountType | str | None = None,
        *,
        reason: str,
        checked_how: str,
        second_reason: str = "",
        no_email_reason: str = "",
        business_name: str = "",
        by_post: bool = False,
    ) -> TemporaryPasswordIssued | Refused:
        """Give somebody a temporary password: shown once, read out over the telephone, good for set-up only.

        Args:
            text: The license number or username.
            reason: Why, in a sentence.
            checked_how: How the caller was checked, by the city's documented method.
            second_reason: Why a link to the confirmed address on file would not do.
            no_email_reason: Why the person has no e-mail address; set-up then does not ask for one.
            business_name: Whose license it is, where the number is not on the roster.
            by_post: Whether it goes out as a letter, and so lives up to 21 days.
        """
        subject = self._subject(text, account_type)
        if isinstance(subject, Refused):
            return subject
        issue = Issue(
            reason=reason,
            checked_how=checked_how,
            second_reason=second_reason,
            no_email_reason=no_email_reason,
            business_name=business_name,
            by_post=by_post is True,
        )
        within = limits.allow(
            self._s, "temporary-password", self._actor.id, self._s.policy.temporary_issues
        )
        return self._door.told(
            lambda s: issue_temporary_password(
                s, actor=self._actor, subject=subject, issue=issue, within_limit=within
            )
        )

    def send_link(
        self, text: str, account_type: AccountType | str | None = None, *, reason: str
    ) -> LinkSent | Refused:
        """Mail a set-up link to the address on file: new password, question and answer."""
        subject = self._subject(text, account_type)
        if isinstance(subject, Refused):
            return subject
        return self._door.told(
            lambda s: send_link(s, actor=self._actor, subject=subject, reason=reason)
        )

    def check_answer(
        self, text: str, answer: str, account_type: AccountType | str | None = None, *, reason: str
    ) -> AnswerChecked | Refused:
        """Whether what the caller says matches the answer on file. It changes nothing by itself."""
        wrong = not_text(answer=answer)
        if wrong is not None:
            return wrong
        said = secret(answer)
        del answer
        subject = self._subject(text, account_type)
        if isinstance(subject, Refused):
            return subject
        _, account = desk.name_and_account(self._s, subject)
        return limits.answering(
            self._s,
            account,
            lambda left: self._door.told(
                lambda s: check_answer(
                    s, actor=self._actor, subject=subject, answer=said, answers_left=left, reason=reason
                )
            ),
        )

    # ------------------------------------------------------------------------------------------- its standing

    def open(
        self, text: str, account_type: AccountType | str | None = None, *, reason: str
    ) -> Done | Refused:
        """Let unknown devices try the password again, after strangers' failures closed it."""
        subject = self._subject(text, account_type)
        if isinstance(subject, Refused):
            return subject
        return self._door.told(
            lambda s: change_standing.open_password(s, actor=self._actor, subject=subject, reason=reason)
        )

    def disable(
        self, text: str, account_type: AccountType | str | None = None, *, reason: str
    ) -> Done | Refused:
        """Turn an account off; every session ends at its next request."""
        subject = self._subject(text, account_type)
        if isinstance(subject, Refused):
            return subject
        return self._door.told(
            lambda s: change_standing.disable(s, actor=self._actor, subject=subject, reason=reason)
        )

    def enable(
        self, text: str, account_type: AccountType | str | None = None, *, reason: str
    ) -> Done | Refused:
        """Turn a disabled account on again."""
        subject = self._subject(text, account_type)
        if isinstance(subject, Refused):
            return subject
        return self._door.told(
            lambda s: change_standing.enable(s, actor=self._actor, subject=subject, reason=reason)
        )

    def reopen(
        self,
        text: str,
        account_type: AccountType | str | None = None,
        *,
        new_name: str | None = None,
        reason: str,
    ) -> Done | Refused:
        """Bring a closed account back, in set-up."""
        subject = self._subject(text, account_type)
        if isinstance(subject, Refused):
            return subject
        named = self._new_name(Permission.DISABLE, subject, new_name)
        if isinstance(named, Refused):
            return named
        return self._door.told(
            lambda s: change_standing.reopen(
                s, actor=self._actor, subject=subject, new_name=named, reason=reason
            )
        )

    # ------------------------------------------------------------------------------------- what is on file

    def change_email(
        self, text: str, email: str, account_type: AccountType | str | None = None, *, reason: str
    ) -> Done | Refused:
        """Put another address on file, for somebody whose identity documents were seen in person."""
        wrong = not_text(email=email)
        if wrong is not None:
            return wrong
        parsed = parse_email(email)
        if isinstance(parsed, Problem):
            return Refused((parsed,))
        subject = self._subject(text, account_type)
        if isinstance(subject, Refused):
            return subject
        return self._door.told(
            lambda s: correct.change_email(
                s, actor=self._actor, subject=subject, email=parsed, reason=reason
            )
        )

    def correct_license(
        self,
        license_text: str,
        *,
        reason: str,
        business_name: str | None = None,
        contact_name: str | None = None,
        phone: str | None = None,
        email: str | None = None,
        on_roster: bool | None = None,
    ) -> Found | Refused:
        """Set facts of a license right; they then stand with staff as their source, whatever is imported.

        Args:
            on_roster: False takes the license off the roster, until a file names it again.
        """
        license_id = self._license(license_text)
        if isinstance(license_id, Refused):
            return license_id
        given = {"business_name": business_name, "contact_name": contact_name, "phone": phone, "email": email}
        form = read_form(_LICENSE_FACTS, given)
        if form.problems:
            return Refused(form.problems)
        parsed = parse_email(form.texts.get("email", ""))
        correction = correct.Correction(
            business_name=form.texts.get("business_name"),
            contact_name=form.texts.get("contact_name"),
            phone=form.texts.get("phone"),
            email=parsed if isinstance(parsed, Email) else None,
            on_roster=on_roster,
        )
        return self._door.told(
            lambda s: correct.correct_license(
                s,
                actor=self._actor,
                license_id=str(license_id),
                correction=correction,
                reason=reason,
            )
        )

    def import_roster(
        self,
        source: Source,
        *,
        reason: str,
        columns: RosterColumns | None = None,
        authority: str | None = None,
        permits_after: date | None = None,
        division: str | None = None,
        encoding: Encoding | None = None,
        dry_run: bool = False,
        progress: Callable[[RosterProgress], None] | None = None,
        tell: Callable[[RowProblem], None] | None = None,
    ) -> RosterReport | RosterRefused | Refused:
        """Import the city's roster of contractors; see `permit_accounts.roster.import_roster`."""
        refusal = desk.forbidden(
            self._s, self._actor, Permission.ROSTER, now=self._s.now(), reason=reason
        )
        if refusal is not None:
            return refusal
        return import_roster(
            self._s,
            source,
            authority=authority,
            columns=columns,
            permits_after=permits_after,
            division=division,
            encoding=encoding,
            dry_run=dry_run,
            actor=self._actor,
            reason=reason,
            progress=progress,
            tell=tell,
        )

    # ------------------------------------------------------------------------------------------------ claims

    def approve(
        self,
        license_text: str,
        text: str,
        account_type: AccountType | str | None = None,
        *,
        reason: str,
    ) -> LinkDecided | Refused:
        """Verify an account's claim on a license, or link the two where there was no claim."""
        pair = self._pair(license_text, text, account_type)
        if isinstance(pair, Refused):
            return pair
        return self._door.told(
            lambda s: claims_desk.verify(
                s, actor=self._actor, license_id=pair[0], subject=pair[1], reason=reason
            )
        )

    link = approve

    def reject(
        self,
        license_text: str,
        text: str,
        account_type: AccountType | str | None = None,
        *,
        new_name: str | None = None,
        reason: str,
    ) -> LinkDecided | Refused:
        """Turn a claim down; its name is retired with it."""
        return self._end_claim(license_text, text, account_type, LinkState.REJECTED, new_name, reason)

    def release(
        self,
        license_text: str,
        text: str,
        account_type: AccountType | str | None = None,
        *,
        new_name: str | None = None,
        reason: str,
    ) -> LinkDecided | Refused:
        """Take a license from an account; its name is retired with it."""
        return self._end_claim(license_text, text, account_type, LinkState.RELEASED, new_name, reason)

    def transfer(
        self,
        license_text: str,
        to: str | None = None,
        account_type: AccountType | str | None = None,
        *,
        new_name_for_holder: str | None = None,
        reason: str,
    ) -> Done | Refused:
        """Give a license and its name to another account, or to a new one in set-up.

        Args:
            to: A username or license number of the account that gets it; None makes one.
            new_name_for_holder: What the former holder signs in with from now on, where this was the only
                name; without one that account is closed.
        """
        license_id = self._license(license_text)
        if isinstance(license_id, Refused):
            return license_id
        receiver = self._subject(to, account_type) if to is not None else None
        if isinstance(receiver, Refused):
            return receiver
        holder = Subject(name_id=claims.name_of(str(license_id)), license=license_id)
        named = self._new_name(Permission.LICENSES, holder, new_name_for_holder)
        if isinstance(named, Refused):
            return named
        return self._door.told(
            lambda s: transfer(
                s,
                actor=self._actor,
                license_id=str(license_id),
                to=receiver,
                new_name_for_holder=named,
                reason=reason,
            )
        )

    # ----------------------------------------------------------------------------------------------- private

    def _end_claim(
        self,
        license_text: str,
        text: str,
        account_type: AccountType | str | None,
        state: LinkState,
        new_name: str | None,
        reason: str,
    ) -> LinkDecided | Refused:
        pair = self._pair(license_text, text, account_type)
        if isinstance(pair, Refused):
            return pair
        named = self._new_name(Permission.LICENSES, pair[1], new_name)
        if isinstance(named, Refused):
            return named
        return self._door.told(
            lambda s: claims_desk.end_claim(
                s,
                actor=self._actor,
                license_id=pair[0],
                subject=pair[1],
                state=state,
                new_name=named,
                reason=reason,
            )
        )

    def _subjects(self, text: str, account_type: AccountType | str | None) -> tuple[Subject, ...]:
        """Every name that this text can stand for."""
        kinds: tuple[AccountType, ...] = self._s.policy.account_types
        if account_type is not None:
            kind = known_type(self._s.policy, account_type)
            kinds = () if isinstance(kind, Refused) else (kind,)
        names = (parse_name(kind, text) for kind in kinds)
        return tuple(
            Subject(name_id=name.id, license=name.license) for name in names if isinstance(name, Name)
        )

    def _subject(self, text: str, account_type: AccountType | str | None) -> Subject | Refused:
        """The one name that is meant: somebody's, else the license that it would be, else nobody's.

        Whether there is such a name is for the flow to say, which first asks what this member of staff may.
        """
        wrong = not_text(text=text)
        if wrong is not None:
            return wrong
        subjects = self._subjects(text, account_type)
        held = [subject for subject in subjects if lookups.identifier(self._s, subject.name_id)]
        licenses = [subject for subject in subjects if subject.license is not None]
        return next(iter((*held, *licenses)), _NOBODY)

    def _license(self, text: str) -> LicenseId | Refused:
        wrong = not_text(license=text)
        if wrong is not None:
            return wrong
        parsed = parse_license(text, self._s.policy.authorities)
        return Refused((parsed,)) if isinstance(parsed, Problem) else parsed

    def _pair(
        self, license_text: str, text: str, account_type: AccountType | str | None
    ) -> tuple[str, Subject] | Refused:
        license_id = self._license(license_text)
        if isinstance(license_id, Refused):
            return license_id
        subject = self._subject(text, account_type)
        return subject if isinstance(subject, Refused) else (str(license_id), subject)

    def _new_name(
        self, permission: Permission, subject: Subject, text: str | None
    ) -> Name | Refused | None:
        """A new name for the account that has this one, read by its own type's rule.

        None where there is none, and where the flow will refuse anyway: then nothing is told of the account.
        """
        if text is None or permission not in self._actor.may:
            return None
        _, account = desk.name_and_account(self._s, subject)
        if account is None:
            return None
        wrong = not_text(new_name=text)
        if wrong is not None:
            return wrong
        kind = self._s.policy.account_type(account.account_type)
        name = parse_name(kind, text)
        if isinstance(name, Problem):
            return Refused((name,))
        chosen = isinstance(kind.username, Chosen)
        problems = tuple(username_problems(text, self._s.policy)) if chosen else ()
        return Refused(problems) if problems else name
