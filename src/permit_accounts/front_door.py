"""What stands before every flow: an attempt is counted, the flow is told, the count is settled.

`Accounts` and `StaffDesk` go through here. The throttle's commits are this module's, before and after the
flow's own, so a flow that is told again is not counted twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Final, TypeVar

import attrs

from permit_accounts.model.codes import Code, EventName, Reason
from permit_accounts.model.errors import Conflict, PermitAccountsError, TryAgainLater
from permit_accounts.model.outcomes import Refused, SignedIn, refused
from permit_accounts.model.people import Visitor
from permit_accounts.model.records import Account
from permit_accounts.model.secret import Secret
from permit_accounts.rules.account_types import AccountType
from permit_accounts.rules.names import Name, parse_name
from permit_accounts.rules.policy import Policy
from permit_accounts.rules.usernames import username_key
from permit_accounts.rules.waits import Verdict
from permit_accounts.tools import audit, lookups, sessions, throttle
from permit_accounts.tools.retelling import RetoldHasher
from permit_accounts.tools.services import Services
from permit_accounts.tools.throttle import Attempt, FailureRate, Keys

T = TypeVar("T")

_log: Final = logging.getLogger("permit_accounts")

_SECRET_FIELDS: Final = frozenset({"password", "answer"})
#: How often a flow that met a conflict is told at the most.
TELLINGS: Final = 3

_WRONG: Final = frozenset(
    {
        Code.WRONG_CREDENTIALS,
        Code.TEMPORARY_LOOKALIKE,
        Code.LINK_INVALID,
        Code.SETUP_EXPIRED,
        Code.ANSWER_WRONG,
    }
)


class FrontDoor:
    """Counts, tells and settles for one `Services`."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.failure_rate = FailureRate(services.policy.failure_rate_alarm)

    def told(self, flow: Callable[[Services], T]) -> T:
        """What came of a flow, told again where the world had moved on.

        Raises:
            TryAgainLater: It met a conflict each time.
        """
        hasher = RetoldHasher(self.services.hasher, key=self.services.random(32))
        s = attrs.evolve(self.services, hasher=hasher)
        for _ in range(TELLINGS):
            try:
                return flow(s)
            except Conflict:
                _log.debug("a flow met a conflict and is told again")
                hasher.tell_again()
        raise TryAgainLater("others were changing the same records; ask again in a moment")

    def counted(
        self, keys: Keys, flow: Callable[[Services, Attempt], T], *, temporary_shape: bool = False
    ) -> T:
        """What came of a flow in which a secret is checked.

        Counted before, so that no number of attempts at once beats the limit; settled after, whatever came
        of it. A flow that failed for the world's reasons is nobody's failure.
        """
        reservation = throttle.reserve(self.services, keys, temporary_shape=temporary_shape)
        verdict = Verdict.NEUTRAL
        try:
            outcome = self.told(lambda s: flow(s, reservation.attempt))
            verdict = _verdict(outcome)
        finally:
            throttle.settle(self.services, reservation, verdict)
        self._noted(verdict)
        return outcome

    def behind_password(
        self, account: Account | None, visitor: Visitor, flow: Callable[[Services], T]
    ) -> T | Refused:
        """What came of a flow that asks somebody signed in for the password again."""
        if account is None:
            return self.told(flow)
        keys = throttle.keys_for_session(self.services, account, visitor)

        def tell(s: Services, attempt: Attempt) -> T | Refused:
            if attempt.must_wait:
                return _waiting(s, account, visitor, attempt)
            return _shut(s, account, visitor) if attempt.temporary_only else flow(s)

        return self.counted(keys, tell)

    def behind_token(
        self, account: Account | None, visitor: Visitor, flow: Callable[[Services], T]
    ) -> T | Refused:
        """What came of a flow behind a mailed link or grant; dead ones are counted by their source."""
        keys = _token_keys(account, visitor)
        if keys is None:
            outcome = self.told(flow)
            self._noted(_verdict(outcome))
            return outcome

        def tell(s: Services, attempt: Attempt) -> T | Refused:
            return _waiting(s, account, visitor, attempt) if attempt.must_wait else flow(s)

        return self.counted(keys, tell)

    def whose_session(self, session_token: Secret) -> Account | None:
        """The account of a live session."""
        signed_in = sessions.present(self.services, session_token, now=self.services.now())
        return signed_in.account if signed_in is not None else None

    def end_surplus_sessions(self, signed_in: SignedIn) -> None:
        """Let the oldest go where somebody has too many (ASVS 5.0, 7.1.2). Best effort, after the sign-in."""
        s = self.services
        try:
            kept = lookups.sessions_of(s, signed_in.account.id)
            ended = sessions.surplus_ended(s, signed_in.session, kept, now=s.now())
            if ended:
                s.store.commit(*ended)
        except PermitAccountsError as error:
            _log.warning("surplus sessions were not ended: %s", type(error).__name__)

    def _noted(self, verdict: Verdict) -> None:
        """Sound the alarm once where failures are many over the whole city; nobody is stopped by it."""
        s = self.services
        now = s.now()
        if verdict is not Verdict.WRONG or not self.failure_rate.note(now):
            return
        _log.warning("the system-wide rate of failed attempts has reached the alarm")
        try:
            s.store.commit(audit.system_event(s, EventName.FAILURE_RATE_ALARM, at=now, for_desk=True))
        except PermitAccountsError as error:
            _log.warning("the alarm was not recorded: %s", type(error).__name__)


def _token_keys(account: Account | None, visitor: Visitor) -> Keys | None:
    return throttle.keys_for_token(account) if account is not None else throttle.keys_for_dead_token(visitor)


def _waiting(s: Services, account: Account | None, visitor: Visitor, attempt: Attempt) -> Refused:
    """The answer to an attempt that waits behind a session or a link; one event per bucket and level."""
    if attempt.first_refusal:
        waiting = audit.event(
            s, EventName.SIGN_IN_WAITING, at=s.now(), account=account, visitor=visitor, cause=Reason.WAITING
        )
        s.store.commit(waiting)
    return attempt.refusal()


def _shut(s: Services, account: Account, visitor: Visitor) -> Refused:
    """The answer where no password is compared: too many have failed in sessions, and too many of strangers'.

    It is that of a wrong one and no wait, since no wait would end it; a mailed reset does.
    """
    s.store.commit(
        audit.event(
            s,
            EventName.REAUTHENTICATION_REFUSED,
            at=s.now(),
            account=account,
            visitor=visitor,
            cause=Reason.CLOSED_FOR_UNTRUSTED,
        )
    )
    return refused(Code.WRONG_CREDENTIALS, "current_password")


def _verdict(outcome: object) -> Verdict:
    if not isinstance(outcome, Refused):
        return Verdict.RIGHT
    return Verdict.WRONG if _WRONG.intersection(outcome.codes) else Verdict.NEUTRAL


def name_meant(account_type: AccountType, text: str) -> str:
    """The id of the name to look up and count by.

    A text that is no name at all gets an id that nobody can have, so that it is looked up and counted like
    any other.
    """
    name = parse_name(account_type, text)
    return name.id if isinstance(name, Name) else f"{account_type.id}?{username_key(text)}"


def known_type(policy: Policy, wanted: AccountType | str) -> AccountType | Refused:
    """The account type meant, or a refusal: the word may come from a form's drop-down."""
    wanted_id = wanted.id if isinstance(wanted, AccountType) else wanted
    for account_type in policy.account_types:
        if account_type.id == wanted_id:
            return account_type
    return refused(Code.CHOICE, "account_type", choices=", ".join(t.id for t in policy.account_types))


def secret(value: object) -> Secret:
    """A text behind a mask; whatever is no text opens nothing."""
    if isinstance(value, Secret):
        return value
    return Secret(value if isinstance(value, str) else "")


def masked(form: object) -> Mapping[str, object] | Refused:
    """A form whose password and answer no traceback can show; a refusal of what is no form at all."""
    if not isinstance(form, Mapping):
        return refused(Code.NOT_TEXT, "form")
    return {
        name: Secret(value) if name in _SECRET_FIELDS and isinstance(value, str) else value
        for name, value in form.items()
    }
