"""StaffDesk: what only the city's staff may do, each act with an actor, a permission and a reason.

The host application signs its staff in and says who may do what. Reads are audited; changes take a reason,
are audited with it, and notify the person on file. Staff never learn a lasting password. Nothing is read or
counted for somebody without the permission: each flow asks for it first.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Concatenate, Final, ParamSpec, TypeVar

from permit_accounts.accounts import Accounts
from permit_accounts.flows.staff import change_standing, claims_desk, correct
from permit_accounts.flows.staff.check_answer import check_answer
from permit_accounts.flows.staff.explain import explain
from permit_accounts.flows.staff.find import find
from permit_accounts.flows.staff.history import history, inbox
from permit_accounts.flows.staff.issue_temporary_password import Issue, issue_temporary_password
from permit_accounts.flows.staff.send_link import send_link
from permit_accounts.flows.staff.transfer import transfer
from permit_accounts.front_door import FrontDoor, secret
from permit_accounts.model.codes import Code, LinkState, Permission
from permit_accounts.model.files import FileRefused
from permit_accounts.model.outcomes import (
    AnswerChecked,
    Claims,
    Done,
    Explained,
    Found,
    History,
    LinkDecided,
    LinkSent,
    Refused,
    TemporaryPasswordIssued,
)
from permit_accounts.model.people import StaffMember
from permit_accounts.model.records import AuditEvent, LicenseLink
from permit_accounts.model.roster import RosterProgress, RosterReport, RowProblem
from permit_accounts.roster import import_roster
from permit_accounts.rules.account_types import AccountType
from permit_accounts.rules.forms import not_text
from permit_accounts.rules.roster_columns import RosterColumns
from permit_accounts.tools import desk
from permit_accounts.tools.row_source import Encoding, Source
from permit_accounts.tools.services import Services
from permit_accounts.tools.throttle import limits

T = TypeVar("T")
P = ParamSpec("P")

_PAGE: Final = 50


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

    def find(self, text: str, account_type: AccountType | str | None = None) -> tuple[Found, ...] | Refused:
        """Accounts by license number, username or e-mail address; roster licenses by their exact number."""
        return self._told(find, text=text, account_type=account_type)

    def explain(
        self, text: str, account_type: AccountType | str | None = None
    ) -> tuple[Explained, ...] | Refused:
        """Why everybody whom this text can mean cannot sign in; found as by `find`."""
        return self._told(explain, text=text, account_type=account_type)

    def history(
        self,
        text: str,
        account_type: AccountType | str | None = None,
        *,
        limit: int = _PAGE,
        after: AuditEvent | None = None,
    ) -> History | Refused:
        """What happened to an account, or around a license that has none; newest first."""
        return self._told(history, text=text, account_type=account_type, limit=limit, after=after)

    def inbox(self, *, limit: int = _PAGE, after: AuditEvent | None = None) -> History | Refused:
        """What staff must learn of: refused roster registrations, waiting claims, failed mail."""
        return self._told(inbox, limit=limit, after=after)

    def claims(
        self, state: LinkState = LinkState.CLAIMED, *, limit: int = _PAGE, after: LicenseLink | None = None
    ) -> Claims | Refused:
        """The claims in a state, and who makes them; `CLAIMED` and `PENDING` wait for staff.

        Raises:
            ConfigurationError: There is no such state.
        """
        return self._told(claims_desk.waiting, state=state, limit=limit, after=after)

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
            business_name: Whose license it is; required where nothing is known of the number.
            by_post: Whether it goes out as a letter, and so lives up to 21 days.
        """
        issue = Issue(
            reason=reason,
            checked_how=checked_how,
            second_reason=second_reason,
            no_email_reason=no_email_reason,
            business_name=business_name,
            by_post=by_post is True,
        )
        counted = desk.permits(self._actor, Permission.TEMPORARY_PASSWORD, reason=reason)
        limit = self._s.policy.temporary_issues
        within = not counted or limits.allow(self._s, "temporary-password", self._actor.id, limit)
        return self._told(
            issue_temporary_password, who=desk.Who(text, account_type), issue=issue, within_limit=within
        )

    def send_link(
        self, text: str, account_type: AccountType | str | None = None, *, reason: str
    ) -> LinkSent | Refused:
        """Mail a set-up link to the address on file: new password, question and answer."""
        return self._changed(Permission.LINK, send_link, who=desk.Who(text, account_type), reason=reason)

    def check_answer(
        self, text: str, answer: str, account_type: AccountType | str | None = None, *, reason: str
    ) -> AnswerChecked | Refused:
        """Whether what the caller says matches the answer on file. It changes nothing by itself."""
        wrong = not_text(answer=answer)
        if wrong is not None:
            return wrong
        said = secret(answer)
        del answer
        who = desk.Who(text, account_type)
        counted = desk.permits(self._actor, Permission.ANSWER, reason=reason)
        return limits.with_answer_limit(
            self._s,
            desk.account_named(self._s, who) if counted else None,
            lambda left: self._told(
                check_answer,
                who=who,
                answer=said,
                answers_left=left,
                reason=reason,
            ),
        )

    # ------------------------------------------------------------------------------------------- its standing

    def open(
        self, text: str, account_type: AccountType | str | None = None, *, reason: str
    ) -> Done | Refused:
        """Let unknown devices try the password again, after strangers' failures closed it."""
        return self._changed(
            Permission.OPEN, change_standing.open_password, who=desk.Who(text, account_type), reason=reason
        )

    def disable(
        self, text: str, account_type: AccountType | str | None = None, *, reason: str
    ) -> Done | Refused:
        """Turn an account off; every session ends at its next request."""
        return self._changed(
            Permission.DISABLE, change_standing.disable, who=desk.Who(text, account_type), reason=reason
        )

    def enable(
        self, text: str, account_type: AccountType | str | None = None, *, reason: str
    ) -> Done | Refused:
        """Turn a disabled account on again."""
        return self._changed(
            Permission.DISABLE, change_standing.enable, who=desk.Who(text, account_type), reason=reason
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
        return self._changed(
            Permission.DISABLE,
            change_standing.reopen,
            who=desk.Who(text, account_type),
            new_name=new_name,
            reason=reason,
        )

    # ------------------------------------------------------------------------------------- what is on file

    def change_email(
        self, text: str, email: str, account_type: AccountType | str | None = None, *, reason: str
    ) -> Done | Refused:
        """Put another address on file, for somebody whose identity documents were seen in person."""
        return self._changed(
            Permission.EMAIL,
            correct.change_email,
            who=desk.Who(text, account_type),
            email=email,
            reason=reason,
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
        facts = {"business_name": business_name, "contact_name": contact_name, "phone": phone, "email": email}
        return self._changed(
            Permission.LICENSES,
            correct.correct_license,
            license_text=license_text,
            facts=facts,
            on_roster=on_roster,
            reason=reason,
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
    ) -> RosterReport | FileRefused | Refused:
        """Import the city's roster of contractors; see `permit_accounts.roster.import_roster`."""
        refusal = desk.forbidden(self._s, self._actor, Permission.ROSTER, now=self._s.now(), reason=reason)
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
        return self._changed(
            Permission.LICENSES,
            claims_desk.verify,
            license_text=license_text,
            who=desk.Who(text, account_type),
            reason=reason,
        )

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
        who = desk.Who(text, account_type)
        return self._claim_ended(LinkState.REJECTED, license_text, who, new_name=new_name, reason=reason)

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
        who = desk.Who(text, account_type)
        return self._claim_ended(LinkState.RELEASED, license_text, who, new_name=new_name, reason=reason)

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
        return self._changed(
            Permission.LICENSES,
            transfer,
            held=desk.Who(license_text),
            to=desk.Who(to, account_type) if to is not None else None,
            new_name_for_holder=new_name_for_holder,
            reason=reason,
        )

    # ----------------------------------------------------------------------------------------------- private

    def _claim_ended(
        self, state: LinkState, license_text: str, who: desk.Who, *, new_name: str | None, reason: str
    ) -> LinkDecided | Refused:
        return self._changed(
            Permission.LICENSES,
            claims_desk.end_claim,
            license_text=license_text,
            who=who,
            state=state,
            new_name=new_name,
            reason=reason,
        )

    def _changed(
        self,
        permission: Permission,
        flow: Callable[Concatenate[Services, StaffMember, P], T],
        *args: P.args,
        **given: P.kwargs,
    ) -> T | Refused:
        """What came of a change, where this member of staff has not made too many within the hour.

        Only what is permitted and has a reason is counted; the flow itself refuses the rest.
        """
        counted = desk.permits(self._actor, permission, reason=given.get("reason"))
        limit = self._s.policy.staff_changes
        if counted and not limits.allow(self._s, "staff-change", self._actor.id, limit):
            return desk.refusing(self._s, self._actor, Code.STAFF_LIMIT, now=self._s.now())
        return self._told(flow, *args, **given)

    def _told(
        self, flow: Callable[Concatenate[Services, StaffMember, P], T], *args: P.args, **given: P.kwargs
    ) -> T:
        """What came of a flow for this member of staff, told again where the world had moved on."""
        return self._door.told(lambda s: flow(s, self._actor, *args, **given))
