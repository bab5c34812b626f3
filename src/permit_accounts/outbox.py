"""E-mail leaves here: each due record is claimed, rendered, handed to the backend and forgotten.

A flow only adds a record to its commit, so no request waits for a mail server, and an e-mail and what it
tells of happen together or not at all. Delivery is at least once. It is twice only where a worker died or
stalled between sending and noting it, past its lease (5 minutes by default); the second has the same
Message-ID.

Nothing here holds a lock on the store: a worker claims an e-mail by replacing its record, which only one can.
"""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from enum import StrEnum
from functools import partial
from typing import Final

import attrs

from permit_accounts.model.codes import EventName, OutboxState, Reason
from permit_accounts.model.errors import Conflict, PermitAccountsError, Undeliverable
from permit_accounts.model.records import Account, OneTimeToken, OutboxEmail
from permit_accounts.model.values import Value
from permit_accounts.ports import Change, EmailBackend, Remove, Replace
from permit_accounts.rules.patterns import Pattern
from permit_accounts.tools import audit, lookups, mailed_links, notices
from permit_accounts.tools.background import Background, repeat
from permit_accounts.tools.keyring import Keyring
from permit_accounts.tools.pace import Pace
from permit_accounts.tools.rendering import rendered
from permit_accounts.tools.services import Services

log = logging.getLogger(__name__)

#: Why an e-mail waits that would leave with links which nobody can open.
OTHER_KEYS: Final = "it was written with keys that this process does not have"

_BATCH: Final = 100
_TRIES: Final = 5
#: So many seconds of a wait pass at once, since a signal that says stop does not end one.
_NAP: Final = 0.2
# What is cut from an error's words before they are kept: addresses, and whatever is long enough for a token.
_PRIVATE: Final = Pattern(r"\S*@\S*|\S{30,}")
_WORDS_LENGTH: Final = 200


@attrs.frozen(eq=False, repr=False)
class Delivered(Value):
    """What became of the e-mails of one round; those that another worker had are in no number.

    Args:
        sent: The backend took them.
        dropped: Their links were no longer good.
        deferred: They are tried again later.
        failed: They were given up, and staff learn of it.
    """

    sent: int = 0
    dropped: int = 0
    deferred: int = 0
    failed: int = 0

    def __add__(self, other: Delivered) -> Delivered:
        """What became of the e-mails of several rounds."""
        return Delivered(
            sent=self.sent + other.sent,
            dropped=self.dropped + other.dropped,
            deferred=self.deferred + other.deferred,
            failed=self.failed + other.failed,
        )


def _untold(done: Delivered) -> None:
    """Nobody listens."""


class _Fate(StrEnum):
    SENT = "sent"
    DROPPED = "dropped"
    DEFERRED = "deferred"
    FAILED = "failed"
    ANOTHERS = "another worker's"


class Outbox:
    """Delivers what flows have put into the store. Several may work on one store, in any processes.

    Args:
        services: The store, the policy and where time and chance come from.
        backend: Takes the e-mails away.
    """

    def __init__(self, services: Services, backend: EmailBackend) -> None:
        self._services = services
        self._backend = backend
        self._pace = Pace(services.policy.outbox_mails_per_minute)
        self._background = Background(self._round, "permit-accounts-outbox")

    @property
    def backend(self) -> EmailBackend:
        """What takes the e-mails away."""
        return self._backend

    def deliver(self, limit: int = _BATCH) -> Delivered:
        """Deliver what is due, the longest waiting first.

        Args:
            limit: How many e-mails at the most. `Policy.outbox_mails_per_minute` may allow fewer: no more
                than that are handed to the backend within any minute by this outbox.

        Raises:
            Unavailable: The store is out of reach; what was claimed is tried again after its lease.
        """
        return _counted(self._fates(limit, _never))

    def failed(self, limit: int = _BATCH, after: OutboxEmail | None = None) -> Sequence[OutboxEmail]:
        """A page of the e-mails that were given up, each with its reason in `last_error`."""
        return lookups.emails_failed(self._services, limit=limit, after=after)

    def retry(self, email_id: str) -> bool:
        """Make an e-mail that was given up due again, with all its attempts before it.

        Returns:
            Whether there was such an e-mail.
        """
        email = lookups.email(self._services, email_id)
        if email is None or email.state is not OutboxState.FAILED:
            return False
        due = attrs.evolve(email, state=OutboxState.DUE, due_at=self._services.now(), attempts=0)
        return self._settled(email, Replace(email, due))

    def start(self, interval: timedelta = timedelta(seconds=2)) -> None:
        """Deliver from one thread of this process until `stop`; again after a fork. Starting twice is once.

        Args:
            interval: How long to wait when there was nothing to do.
        """
        self._background.start(interval)

    def stop(self) -> None:
        """End the thread; it finishes the e-mail that it has begun, and this waits for it."""
        self._background.stop()

    def watch(
        self,
        should_stop: Callable[[], bool],
        interval: timedelta = timedelta(seconds=2),
        *,
        tell: Callable[[Delivered], None] = _untold,
    ) -> None:
        """Deliver in this thread until told to stop, through whatever the store or the backend does.

        A fault is logged by its kind, and the round is repeated.

        Args:
            should_stop: Asked before each e-mail, and several times a second while there is nothing to do.
            interval: How long to wait when there was nothing to do.
            tell: Told what became of each round's e-mails, where there were any.
        """

        def wait(seconds: float) -> None:
            for _ in range(math.ceil(seconds / _NAP)):
                if not should_stop():
                    self._services.pause(min(seconds, _NAP))

        repeat(partial(self._round, tell=tell), should_stop, wait=wait, interval=interval)

    def _round(self, should_stop: Callable[[], bool], *, tell: Callable[[Delivered], None] = _untold) -> bool:
        """Deliver once; whether there was anything to do."""
        fates: list[_Fate] = []
        try:
            for fate in self._fates(_BATCH, should_stop):
                fates.append(fate)
        except Exception as error:
            # Only the kind of fault: its words may repeat an address, a link or a connection string.
            log.error("a round of the outbox failed and is repeated: %s", _kind(error))
            failed = True
        else:
            failed = False
        done = _counted(fates)
        if done != Delivered():
            tell(done)
        return done != Delivered() and not failed

    def _fates(self, limit: int, should_stop: Callable[[], bool]) -> Iterator[_Fate]:
        """Take what is due one after the other, and tell of each what became of it."""
        s = self._services
        for email in lookups.emails_due(s, s.now(), limit=limit):
            if should_stop() or not self._pace.has_room(s.now()):
                return
            yield self._one(email)

    def _one(self, email: OutboxEmail) -> _Fate:
        """Claim an e-mail, send it and note what became of it: two commits with the sending in between.

        Its links are sealed with the key that it was written with, for the application that wrote it may have
        no newer one; where this process has not even that one, nobody could open them. A notice of a change
        then waits for a while only, for that key may have been taken away for good.
        """
        claimed = self._claimed(email)
        if claimed is None:
            return _Fate.ANOTHERS
        if claimed.attempts > self._services.policy.outbox_attempts:
            return self._given_up(claimed, "every worker that tried it came to an end")
        live = mailed_links.live(self._services, claimed)
        if live is None:
            return self._dropped(claimed, Reason.DEAD_TOKEN)
        ring = self._services.keyring
        keyring = ring.sealing_with(claimed.seal_id) if live and claimed.seal_id else ring
        if keyring is None and mailed_links.waited_enough(self._services, claimed):
            live, keyring = [], ring
        if keyring is None:
            log.error("e-mail %s waits: %s", claimed.id, OTHER_KEYS)
            return self._deferred(claimed, OTHER_KEYS)
        try:
            may_leave = notices.may_be_sent(self._services, claimed)
        except PermitAccountsError as error:
            return self._deferred(claimed, _words(error))
        if not may_leave:
            return self._dropped(claimed, Reason.OVER_LIMIT)
        return self._sent(claimed, live, keyring)

    def _claimed(self, email: OutboxEmail) -> OutboxEmail | None:
        s = self._services
        until = s.now() + s.policy.outbox_lease
        claimed = attrs.evolve(email, attempts=email.attempts + 1, due_at=until)
        try:
            s.store.commit(Replace(email, claimed))
        except Conflict:
            return None
        return attrs.evolve(claimed, version=email.version + 1)

    def _sent(
        self, email: OutboxEmail, live: Sequence[tuple[OneTimeToken, Account]], keyring: Keyring
    ) -> _Fate:
        s = self._services
        try:
            message = rendered(
                email, tokens=live, policy=s.policy, catalog=s.catalog, keyring=keyring, now=s.now()
            )
        except Exception as error:
            return self._given_up(email, f"it cannot be rendered: {_kind(error)}")
        self._pace.note(s.now())
        try:
            self._backend.send(message)
        except Undeliverable as error:
            return self._given_up(email, _words(error))
        except Exception as error:
            return self._deferred(email, _words(error))
        # Another worker's by now, if this one stalled past its lease: then it is not ours to remove.
        self._settled(email, Remove(email))
        return _Fate.SENT

    def _dropped(self, email: OutboxEmail, cause: Reason) -> _Fate:
        event = audit.system_event(
            self._services,
            EventName.EMAIL_DROPPED,
            at=self._services.now(),
            account_id=email.account_id,
            cause=cause,
            params={"email": email.id, "template": email.template},
        )
        return _Fate.DROPPED if self._settled(email, Remove(email), event) else _Fate.ANOTHERS

    def _deferred(self, email: OutboxEmail, words: str) -> _Fate:
        s = self._services
        if email.attempts >= s.policy.outbox_attempts:
            return self._given_up(email, words)
        again = attrs.evolve(email, due_at=s.now() + self._pause_after(email.attempts), last_error=words)
        return _Fate.DEFERRED if self._settled(email, Replace(email, again)) else _Fate.ANOTHERS

    def _pause_after(self, attempts: int) -> timedelta:
        """The pause doubles; up to a quarter of it is left to chance, so that a backlog spreads."""
        policy = self._services.policy
        pause = min(policy.outbox_first_pause * (1 << min(attempts - 1, 30)), policy.outbox_max_pause)
        return pause - pause / 4 * (int.from_bytes(self._services.random(2), "big") / 65536)

    def _given_up(self, email: OutboxEmail, words: str) -> _Fate:
        s = self._services
        kept = attrs.evolve(email, state=OutboxState.FAILED, due_at=None, last_error=words)
        event = audit.system_event(
            s,
            EventName.EMAIL_FAILED,
            at=s.now(),
            account_id=email.account_id,
            for_desk=True,
            params={"email": email.id, "template": email.template, "error": words},
        )
        return _Fate.FAILED if self._settled(email, Replace(email, kept), event) else _Fate.ANOTHERS

    def _settled(self, email: OutboxEmail, *changes: Change) -> bool:
        """Commit what became of an e-mail, unless it has become another worker's meanwhile.

        A conflict may also be a lock that came free too late; then the e-mail is still ours.
        """
        for _ in range(_TRIES):
            try:
                self._services.store.commit(*changes)
            except Conflict:
                kept = lookups.email(self._services, email.id)
                if kept is None or kept.version != email.version:
                    return False
            else:
                return True
        return False


def _counted(fates: Iterable[_Fate]) -> Delivered:
    many = Counter(fates)
    return Delivered(
        sent=many[_Fate.SENT],
        dropped=many[_Fate.DROPPED],
        deferred=many[_Fate.DEFERRED],
        failed=many[_Fate.FAILED],
    )


def _never() -> bool:
    return False


def _kind(error: Exception) -> str:
    return type(error).__name__


def _words(error: Exception) -> str:
    """What is kept of a fault: our own words without addresses, of a foreign one its kind alone."""
    if not isinstance(error, PermitAccountsError):
        return _kind(error)
    return f"{_kind(error)}: {_PRIVATE.sub('…', str(error))}"[:_WORDS_LENGTH]
