"""Accounts: one method for each thing that a person does, whatever the framework around it.

Every method takes plain values and returns an outcome; a refusal is a value with all problems at once. What
is raised is a fault: `ConfigurationError` when things are put together, `TryAgainLater` where there is too
much at once, `Unavailable` where a store is out of reach.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from datetime import datetime
from typing import Final, Self

import attrs

from permit_accounts.flows.cancel_email_change import cancel_email_change
from permit_accounts.flows.change_email import change_email
from permit_accounts.flows.change_password import change_password
from permit_accounts.flows.change_security_question import change_security_question
from permit_accounts.flows.close_account import close_account
from permit_accounts.flows.confirm_email import confirm_email
from permit_accounts.flows.end_sessions import end_other_sessions, end_session
from permit_accounts.flows.finish_setup import finish_setup
from permit_accounts.flows.licenses import add_license, release_license
from permit_accounts.flows.open_reset import open_reset
from permit_accounts.flows.open_setup import open_setup
from permit_accounts.flows.own_account import (
    activity,
    export_account,
    licenses,
    own_sessions,
    verified_licenses,
)
from permit_accounts.flows.reauthenticate import reauthenticate
from permit_accounts.flows.register import register
from permit_accounts.flows.remind_usernames import remind_usernames
from permit_accounts.flows.request_password_reset import request_password_reset
from permit_accounts.flows.resend_confirmation import resend_confirmation
from permit_accounts.flows.reset_password import reset_password
from permit_accounts.flows.sign_in import sign_in
from permit_accounts.flows.sign_out import sign_out
from permit_accounts.front_door import FrontDoor, known_type, masked, name_meant, secret
from permit_accounts.joined import JoinedDoor
from permit_accounts.model.codes import Code, Purpose
from permit_accounts.model.errors import ConfigurationError, PermitAccountsError
from permit_accounts.model.license_id import LicenseId
from permit_accounts.model.outcomes import (
    AccountClosed,
    AccountExport,
    CheckYourEmail,
    ConfirmYourEmail,
    EmailChangeCancelled,
    EmailConfirmed,
    History,
    LicenseAdded,
    LicenseReleased,
    LicenseStanding,
    PasswordReset,
    Problem,
    Refused,
    ResetForm,
    SessionsEnded,
    SetupForm,
    SetupRequired,
    SignedIn,
    SignedInAs,
    SignedOut,
    refused,
)
from permit_accounts.model.people import Visitor
from permit_accounts.model.records import Account, AuditEvent, Session
from permit_accounts.outbox import Outbox
from permit_accounts.ports import Catalog, EmailBackend, Hasher, LicenseRegister, Store
from permit_accounts.purge import Purged, purge
from permit_accounts.rules import temporary
from permit_accounts.rules.account_types import AccountType
from permit_accounts.rules.blocklist import check_blocklist
from permit_accounts.rules.emails import Email, parse_email
from permit_accounts.rules.forms import not_text
from permit_accounts.rules.licenses import parse_license
from permit_accounts.rules.names import boards_of
from permit_accounts.rules.policy import Limit, Policy
from permit_accounts.rules.registration import read_registration
from permit_accounts.rules.sources import source_of
from permit_accounts.stores.by_url import open_store, scratch_of
from permit_accounts.texts.catalog import TomlCatalog
from permit_accounts.tools import lookups, mailboxes, naming, parts, presenting, sessions, throttle, tokens
from permit_accounts.tools.keyring import Keyring
from permit_accounts.tools.policy_hasher import argon2_of
from permit_accounts.tools.services import Services, utc_now
from permit_accounts.tools.throttle import limits

_NOBODY: Final = Visitor()
_PAGE: Final = 50


class Accounts:
    """The accounts of one city. Make it with `Accounts.open`; it may be shared by all threads.

    Args:
        services: What the flows work with.
        email: Takes e-mail away; only the outbox speaks to it.
    """

    def __init__(self, services: Services, *, email: EmailBackend) -> None:
        self.services = services
        self.outbox = Outbox(services, email)
        self._door = FrontDoor(services)

    def joined(self, store: Store) -> JoinedAccounts:
        """These accounts inside a transaction of the application's.

        Args: `store` takes part in it: `SQLAlchemyStore(connection)`, or `DjangoStore.joined()`.
        """
        parts.check_store("Accounts.joined(…)", store)
        inside = copy(self)
        inside._door = JoinedDoor(self._door, store)
        return JoinedAccounts(inside, attrs.evolve(self.services, store=store))

    @classmethod
    def open(
        cls,
        store: str | Store,
        *,
        keys: Keyring,
        policy: Policy,
        email: EmailBackend,
        create: bool = False,
        scratch: str | Store | None = None,
        registers: Mapping[str, LicenseRegister] | None = None,
        catalog: Catalog | None = None,
        hasher: Hasher | None = None,
        now: Callable[[], datetime] = utc_now,
        random: Callable[[int], bytes] = os.urandom,
    ) -> Self:
        """Put a city's accounts together.

        Args:
            store: `sqlite:///accounts.db` (relative) or `sqlite:////srv/accounts.db`; `postgresql://…` or
                `mariadb://…`, whose tables `permit-accounts db upgrade` makes; or any `Store`.
            keys: The city's keys.
            policy: The city's decisions.
            email: How e-mail leaves.
            create: Whether a SQLite file that is not there yet may be made (a missing folder never is), or
                the tables in a database on a server that has none of them.
            scratch: Where attempt counts that may be forgotten are kept: `redis://127.0.0.1:6379/0`, or any
                `Store`; the store itself by default.
            registers: By authority id, where the standing of a license can be looked up.
            catalog: The words of e-mails; English, Spanish and Russian by default.
            hasher: Argon2id at the policy's cost by default.
            now: The time, aware and in UTC.
            random: So many random bytes.

        Raises:
            ConfigurationError: Something does not fit together; the message says what to do.
        """
        parts.check_settings(keys=keys, policy=policy, create=create, registers=registers)
        parts.check_city(policy, email)
        check_blocklist()
        if getattr(hasher, "for_tests", False):
            raise ConfigurationError("this hasher is for tests; leave hasher out for Argon2id")
        kept = open_store(store, create=create) if isinstance(store, str) else store
        services = Services(
            store=kept,
            scratch=scratch_of(scratch, kept),
            hasher=hasher if hasher is not None else argon2_of(policy, keys, random),
            keyring=keys,
            policy=policy,
            catalog=catalog if catalog is not None else TomlCatalog(),
            registers=dict(registers or {}),
            now=now,
            random=random,
        )
        parts.check_parts(services, email)
        if services.scratch is not kept:
            services = attrs.evolve(services, scratch=throttle.watched(services, services.scratch))
        return cls(services, email=email)

    @property
    def policy(self) -> Policy:
        """The city's decisions."""
        return self.services.policy

    # ------------------------------------------------------------------------------- setting up an account

    def register(
        self,
        account_type: AccountType | str,
        form: Mapping[str, object],
        *,
        language: str = "en",
        visitor: Visitor = _NOBODY,
    ) -> SignedIn | ConfirmYourEmail | Refused:
        """Set up an account of one's own, and be signed in at once (or confirm first, in `Policy.strict`).

        Args:
            account_type: `PUBLIC`, `CONTRACTOR`, one of the city's own, or its id.
            form: The fields of the account type beside username, password, question and answer.
            language: What the person's e-mails are written in.
        """
        s, given = self.services, masked(form)
        del form
        if isinstance(given, Refused):
            return given
        kind = known_type(s.policy, account_type)
        if isinstance(kind, Refused):
            return kind
        if not kind.self_registration:
            return refused(Code.CHOICE, "account_type")
        registration = read_registration(kind, given, s.policy, s.now().date())
        if not self._may_from(visitor, "registration-form", s.policy.registration_forms_source):
            return limits.refusal(s, s.policy.registration_forms_source)
        refused_anyway = bool(registration.problems) or naming.not_free(s, registration.name) is not None
        if not refused_anyway and not self._may_from(visitor, "registration", s.policy.registrations_source):
            return limits.refusal(s, s.policy.registrations_source)
        wanted = registration.name.license if registration.name is not None else None
        may_tell = wanted is None or self._may_mail("claim-notice", str(wanted))
        may_mail = refused_anyway or self._may_confirm("registration-mail", registration.email)
        spoken = language if language in s.policy.languages else "en"
        return self._door.told(
            lambda told: register(
                told,
                account_type=kind,
                registration=registration,
                language=spoken,
                visitor=visitor,
                may_tell=may_tell,
                may_mail=may_mail,
            )
        )

    def confirm_email(
        self,
        token: str,
        *,
        session_token: str | None = None,
        password: str | None = None,
        new_password: str | None = None,
        visitor: Visitor = _NOBODY,
    ) -> EmailConfirmed | Refused:
        """Confirm the mailbox that a link was mailed to: a first confirmation, or a change of address.

        A first confirmation also takes a live session of the account, its password, or a new password;
        without one it is refused with `PASSWORD_AGAIN`, and the page asks.
        """
        link, session = secret(token), secret(session_token) if session_token is not None else None
        given = secret(password) if password is not None else None
        new = secret(new_password) if new_password is not None else None
        del token, session_token, password, new_password
        s = self.services
        presented = presenting.presented_confirmation(s, link, now=s.now())
        return self._door.behind_token(
            presented[1] if presented is not None else None,
            visitor,
            lambda told: confirm_email(
                told,
                token=link,
                session_token=session,
                password=given,
                new_password=new,
                visitor=visitor,
            ),
        )

    def resend_confirmation(
        self,
        identifier: str,
        account_type: AccountType | str | None = None,
        *,
        visitor: Visitor = _NOBODY,
    ) -> CheckYourEmail | Refused:
        """Mail the confirmation link once more. The same answer for everybody."""
        wrong = not_text(identifier=identifier)
        if wrong is not None:
            return wrong
        kinds = self._types(account_type)
        limit = self.policy.confirmation_mails
        may_mail = self._may_ask("confirmation", identifier, kinds, visitor, limit)
        return self._door.told(
            lambda told: resend_confirmation(
                told, identifier=identifier, account_types=kinds, may_mail=may_mail, visitor=visitor
            )
        )

    # ------------------------------------------------------------------------------------ signing in, set-up

    def sign_in(
        self,
        account_type: AccountType | str,
        username: str,
        password: str,
        *,
        remember: bool = False,
        visitor: Visitor = _NOBODY,
    ) -> SignedIn | SetupRequired | Refused:
        """Sign in with a username, or a license number, and the password.

        Args:
            account_type: What was chosen in the log-in drop-down.
            username: As typed; a contractor's is the license number, in any form people write it.
            password: As typed; a temporary password answers `SetupRequired`.
            remember: Whether "Remember me" was ticked.
        """
        wrong = not_text(username=username, password=password)
        if wrong is not None:
            return wrong
        offered = secret(password)
        del password
        s = self.services
        kind = known_type(s.policy, account_type)
        if isinstance(kind, Refused):
            return kind
        name_id = name_meant(kind, username)
        account = lookups.account_named(s, name_id)
        keys = throttle.keys_for(s, account=account, name=name_id, visitor=visitor)
        shape = temporary.temporary_symbols(offered, s.policy.temporary_symbols) is not None
        outcome = self._door.counted(
            keys,
            lambda told, attempt: sign_in(
                told,
                name_id=name_id,
                password=offered,
                remember=remember is True,
                visitor=visitor,
                attempt=attempt,
            ),
            temporary_shape=shape,
        )
        if isinstance(outcome, SignedIn):
            self._door.end_surplus_sessions(outcome)
        return outcome

    def open_setup(self, token: str) -> SetupForm | Refused:
        """What the set-up page asks for: exactly the fields that `finish_setup` takes."""
        grant = secret(token)
        del token
        return open_setup(self.services, token=grant)

    def finish_setup(
        self, token: str, form: Mapping[str, object], *, language: str = "", visitor: Visitor = _NOBODY
    ) -> SignedIn | Refused:
        """Set password, question and what is missing, and be signed in; e-mails then come in `language`."""
        grant, given = secret(token), masked(form)
        del token, form
        if isinstance(given, Refused):
            return given
        s = self.services
        presented = presenting.presented_setup(s, grant, now=s.now())
        return self._door.behind_token(
            presented[1] if presented is not None else None,
            visitor,
            lambda told: finish_setup(told, token=grant, form=given, language=language, visitor=visitor),
        )

    # -------------------------------------------------------------------------------- forgotten things

    def request_password_reset(
        self,
        identifier: str,
        account_type: AccountType | str | None = None,
        *,
        visitor: Visitor = _NOBODY,
    ) -> CheckYourEmail | Refused:
        """Forgot password: by username, license number or e-mail address. The same answer for everybody.

        Args:
            identifier: As typed.
            account_type: Where a name is meant, whose; None tries each type.
        """
        wrong = not_text(identifier=identifier)
        if wrong is not None:
            return wrong
        kinds = self._types(account_type)
        hourly, daily = self.policy.reset_mails_hour, self.policy.reset_mails_day
        may_mail = self._may_ask("reset", identifier, kinds, visitor, hourly, daily)
        return self._door.told(
            lambda told: request_password_reset(
                told, identifier=identifier, account_types=kinds, may_mail=may_mail, visitor=visitor
            )
        )

    def open_reset(self, token: str) -> ResetForm | Refused:
        """What the page behind a mailed reset link shows: the username, and the question if one is asked."""
        link = secret(token)
        del token
        return open_reset(self.services, token=link)

    def reset_password(
        self, token: str, password: str, answer: str = "", *, visitor: Visitor = _NOBODY
    ) -> PasswordReset | Refused:
        """Set a new password with a mailed link. Nobody is signed in by it."""
        wrong = not_text(password=password, answer=answer)
        if wrong is not None:
            return wrong
        link, new, said = secret(token), secret(password), secret(answer)
        del token, password, answer
        s = self.services
        presented = tokens.present(s, Purpose.RESET_PASSWORD, link, now=s.now())
        account = presented[1] if presented is not None else None
        return self._door.behind_token(
            account,
            visitor,
            lambda told: limits.with_answer_limit(
                s,
                account,
                lambda left: reset_password(
                    told, token=link, password=new, answer=said, answers_left=left, visitor=visitor
                ),
            ),
        )

    def remind_usernames(self, email: str, *, visitor: Visitor = _NOBODY) -> CheckYourEmail | Refused:
        """Mail the usernames of a mailbox to it. The same answer for everybody."""
        wrong = not_text(email=email)
        if wrong is not None:
            return wrong
        may_mail = self._may_ask("usernames", email, (), visitor, self.policy.username_reminders)
        return self._door.told(
            lambda told: remind_usernames(told, email=email, may_mail=may_mail, visitor=visitor)
        )

    # ---------------------------------------------------------------------------------------- sessions

    def session(self, token: str | None) -> SignedInAs | None:
        """Whose session this is, or None. # Cost: two reads, and one write at most every five minutes."""
        opened = secret(token)
        del token
        s = self.services
        now = s.now()
        signed_in = sessions.present(s, opened, now=now)
        touch = sessions.touch(s, signed_in.session, now=now) if signed_in is not None else None
        if signed_in is None or touch is None:
            return signed_in
        try:
            s.store.commit(touch)
        except PermitAccountsError:
            # Another request touched it first, or the next one will.
            return signed_in
        return sessions.seen(s, signed_in, now=now)

    def reauthenticate(
        self, session_token: str, password: str, *, visitor: Visitor = _NOBODY
    ) -> SignedIn | Refused:
        """Enter the password again before a sensitive act; the session gets a new token."""
        wrong = not_text(password=password)
        if wrong is not None:
            return wrong
        session, given = secret(session_token), secret(password)
        del session_token, password
        return self._door.behind_password(
            self._door.whose_session(session),
            visitor,
            lambda told: reauthenticate(told, session_token=session, password=given, visitor=visitor),
        )

    def sign_out(self, session_token: str, *, visitor: Visitor = _NOBODY) -> SignedOut:
        """End this session. Twice is the same as once."""
        session = secret(session_token)
        del session_token
        return self._door.told(lambda told: sign_out(told, session_token=session, visitor=visitor))

    def sessions(self, session_token: str) -> tuple[Session, ...] | Refused:
        """The live sessions of one's own account."""
        session = secret(session_token)
        del session_token
        return own_sessions(self.services, session_token=session)

    def end_session(
        self, session_token: str, session_id: str, *, visitor: Visitor = _NOBODY
    ) -> SessionsEnded | Refused:
        """End one of one's own sessions, by its id in the list."""
        session = secret(session_token)
        del session_token
        wanted = session_id if isinstance(session_id, str) else ""
        return self._door.told(
            lambda told: end_session(told, session_token=session, session_id=wanted, visitor=visitor)
        )

    def end_other_sessions(self, session_token: str, *, visitor: Visitor = _NOBODY) -> SignedIn | Refused:
        """End all sessions but this one, which gets a new token; asks for a fresh password."""
        session = secret(session_token)
        del session_token
        return self._door.told(lambda told: end_other_sessions(told, session_token=session, visitor=visitor))

    # ------------------------------------------------------------------------------- changes while signed in

    def change_password(
        self,
        session_token: str,
        current_password: str,
        password: str,
        *,
        visitor: Visitor = _NOBODY,
    ) -> SignedIn | Refused:
        """Change the password; the session gets a new token, all others and all links end."""
        wrong = not_text(current_password=current_password, password=password)
        if wrong is not None:
            return wrong
        session, current, new = secret(session_token), secret(current_password), secret(password)
        del session_token, current_password, password
        account = self._door.whose_session(session)
        answering = account if account is not None and account.answer_hash is not None else None
        return self._door.behind_password(
            account,
            visitor,
            lambda told: limits.with_answer_limit(
                self.services,
                answering,
                lambda left: change_password(
                    told,
                    session_token=session,
                    current=current,
                    password=new,
                    answers_left=left,
                    visitor=visitor,
                ),
            ),
        )

    def change_security_question(
        self,
        session_token: str,
        password: str,
        question: str,
        answer: str,
        *,
        visitor: Visitor = _NOBODY,
    ) -> SignedIn | Refused:
        """Change the security question and answer; asks for the password, ends all other sessions."""
        wrong = not_text(password=password, question=question, answer=answer)
        if wrong is not None:
            return wrong
        session, given, said = secret(session_token), secret(password), secret(answer)
        del session_token, password, answer
        return self._door.behind_password(
            self._door.whose_session(session),
            visitor,
            lambda told: change_security_question(
                told,
                session_token=session,
                password=given,
                question_id=question,
                answer=said,
                visitor=visitor,
            ),
        )

    def change_email(
        self, session_token: str, email: str, *, visitor: Visitor = _NOBODY
    ) -> CheckYourEmail | Refused:
        """Ask for another address: a link goes to the new one, a notice to the old one."""
        wrong = not_text(email=email)
        if wrong is not None:
            return wrong
        session = secret(session_token)
        del session_token
        parsed = parse_email(email)
        if isinstance(parsed, Problem):
            return Refused((parsed,))
        account = self._door.whose_session(session)
        if account is None:
            return refused(Code.SESSION)
        may_mail = self._may_change_email(account, parsed, visitor)
        return self._door.told(
            lambda told: change_email(
                told, session_token=session, email=parsed, may_mail=may_mail, visitor=visitor
            )
        )

    def cancel_email_change(
        self, token: str, *, visitor: Visitor = _NOBODY
    ) -> EmailChangeCancelled | Refused:
        """Take a change of address back, with the link mailed to the old one."""
        link = secret(token)
        del token
        s = self.services
        presented = tokens.present(s, Purpose.CANCEL_EMAIL_CHANGE, link, now=s.now())
        return self._door.behind_token(
            presented[1] if presented is not None else None,
            visitor,
            lambda told: cancel_email_change(told, token=link, visitor=visitor),
        )

    # ---------------------------------------------------------------------------------- one's licenses

    def verified_licenses(self, account: Account) -> tuple[LicenseId, ...]:
        """The licenses that the account is verified to hold: gate by this, never by the username."""
        return verified_licenses(self.services, account=_an_account(account))

    def licenses(self, account: Account) -> tuple[LicenseStanding, ...]:
        """Every claim of the account, with its state and what is known of the license."""
        return licenses(self.services, account=_an_account(account))

    def add_license(
        self, session_token: str, license_text: str, *, visitor: Visitor = _NOBODY
    ) -> LicenseAdded | Refused:
        """Claim a license for one's own account; staff verify it."""
        wrong = not_text(license=license_text)
        if wrong is not None:
            return wrong
        session = secret(session_token)
        del session_token
        account = self._door.whose_session(session)
        if account is None:
            return refused(Code.SESSION)
        parsed = parse_license(license_text, boards_of(account.account_type, self.services.policy))
        if isinstance(parsed, Problem):
            return Refused((attrs.evolve(parsed, field="license"),))
        limit = self.policy.registrations_source
        if not self._may_from(visitor, "license", limit) or not limits.allow(
            self.services, "license-of", account.id, limit
        ):
            return limits.refusal(self.services, limit)
        may_be_told = self._may_mail("claim-notice", str(parsed))
        return self._door.told(
            lambda told: add_license(
                told,
                session_token=session,
                license_id=parsed,
                holder_may_be_told=may_be_told,
                visitor=visitor,
            )
        )

    def release_license(
        self, session_token: str, license_id: LicenseId | str, *, visitor: Visitor = _NOBODY
    ) -> LicenseReleased | Refused:
        """Let a license go, by its id such as `us-ca-cslb:1012345`; asks for a fresh password."""
        session = secret(session_token)
        del session_token
        return self._door.told(
            lambda told: release_license(
                told, session_token=session, license_id=str(license_id), visitor=visitor
            )
        )

    # ------------------------------------------------------------------------------ the account itself

    def activity(
        self, session_token: str, *, limit: int = _PAGE, after: AuditEvent | None = None
    ) -> History | Refused:
        """A page of what happened to one's account, newest first."""
        session = secret(session_token)
        del session_token
        return activity(self.services, session_token=session, limit=limit, after=after)

    def close_account(
        self, session_token: str, password: str, *, visitor: Visitor = _NOBODY
    ) -> AccountClosed | Refused:
        """Give the account up; asks for the password."""
        wrong = not_text(password=password)
        if wrong is not None:
            return wrong
        session, given = secret(session_token), secret(password)
        del session_token, password
        return self._door.behind_password(
            self._door.whose_session(session),
            visitor,
            lambda told: close_account(told, session_token=session, password=given, visitor=visitor),
        )

    def export_account(self, session_token: str, *, visitor: Visitor = _NOBODY) -> AccountExport | Refused:
        """Everything kept about oneself; asks for a fresh password."""
        session = secret(session_token)
        del session_token
        return self._door.told(lambda told: export_account(told, session_token=session, visitor=visitor))

    # ------------------------------------------------------------------------------------ housekeeping

    def recent_failures(self) -> int:
        """How many attempts failed of late in this process, over all names and sources: a gauge to watch.

        Of late is `Policy.failure_rate_alarm.within`. Nothing is written down: add up a city's processes.
        """
        return self._door.failure_rate.reading(self.services.now())

    def purge(self) -> Purged:
        """Forget what has expired: tokens, sessions, counts, and events past their retention."""
        return purge(self.services)

    # ----------------------------------------------------------------------------------------- private

    def _types(self, wanted: AccountType | str | None) -> tuple[AccountType, ...]:
        if wanted is None:
            return self.services.policy.account_types
        kind = known_type(self.services.policy, wanted)
        return () if isinstance(kind, Refused) else (kind,)

    def _may_mail(self, kind: str, name: str) -> bool:
        policy = self.services.policy
        return limits.allow(self.services, kind, name, policy.reset_mails_hour, policy.reset_mails_day)

    def _may_confirm(self, kind: str, email: Email | None) -> bool:
        """Whether this mailbox may get one more mail that asks it to confirm; anybody may have typed it.

        Registrations have a count of their own: strangers who register with an address cannot use up what
        its owner may ask for. One that is refused is not counted, since it sends none.
        """
        limit = self.services.policy.confirmation_mails
        return email is None or limits.allow(self.services, kind, email.key, limit)

    def _may_change_email(self, account: Account, email: Email, visitor: Visitor) -> bool:
        """Whether this account may have one more address asked to confirm.

        It has counts of its own, so that nobody uses up what the owner of that address may ask for, and the
        account's is one of them: its notices go to an address that may be somebody else's.
        """
        limit = self.policy.confirmation_mails
        return (
            self._may_from(visitor, "mail-request", self.policy.reset_requests_source)
            and limits.allow(self.services, "change-email-of", account.id, limit)
            and self._may_confirm("change-email", email)
        )

    def _may_from(self, visitor: Visitor, kind: str, limit: Limit) -> bool:
        """Whether there may be one more of this kind from where this visitor is."""
        source = source_of(Visitor.of(visitor).ip)
        return source is None or limits.allow(self.services, kind, source, limit)

    def _may_ask(
        self,
        kind: str,
        identifier: str,
        account_types: Sequence[AccountType],
        visitor: Visitor,
        *per_mailbox: Limit,
    ) -> bool:
        """Whether one more mail of this kind may be sent: counted where it is asked from and, wherever that
        is, for the mailbox that it leads to now. The flow looks that up by itself, in each telling.

        What leads to none is counted as often and apart, for no mail is sent: else a stranger could use up
        the mails of an address before its owner registers.
        """
        s = self.services
        asked = mailboxes.asked_for(s, identifier, account_types)
        if not self._may_from(visitor, "mail-request", s.policy.reset_requests_source):
            return False
        if asked.mailbox is None:
            return limits.allow(s, f"{kind}-nowhere", asked.text, *per_mailbox)
        return limits.allow(s, kind, asked.mailbox.key, *per_mailbox)


class JoinedAccounts:
    """Accounts inside a transaction of the application's: what may be undone together with it, and no more.

    Made by `Accounts.joined`. An account and the application's own row about it are made together, or not.
    Counts of attempts and the trace of what was refused are written outside the transaction and stay. Each
    flow is told once: a `Conflict` goes to the caller, and the transaction can go on.

    Attributes:
        register: As `Accounts.register`. A session's token is good once the transaction is committed.
        close_account: As `Accounts.close_account`.
        services: For `import_roster` inside the transaction.
    """

    def __init__(self, accounts: Accounts, services: Services) -> None:
        self.register: Final = accounts.register
        self.close_account: Final = accounts.close_account
        self.services: Final = services


def _an_account(given: object) -> Account:
    """What an application took for an account; a session that has ended gives None."""
    if not isinstance(given, Account):
        raise ConfigurationError(f"account=… takes the Account of a session, not a {type(given).__name__}")
    return given
