"""Limits on mails asked for, accounts registered, temporary passwords issued, and answers tried.

Over a limit nothing changes and nothing is noted, so asking again and again does not prolong it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar

from permit_accounts.model.codes import Code
from permit_accounts.model.errors import Conflict, PermitAccountsError
from permit_accounts.model.outcomes import AnswerChecked, Refused, SignedIn
from permit_accounts.model.records import Account
from permit_accounts.ports import Add, Remove, Replace, Store
from permit_accounts.rules import windows
from permit_accounts.rules.policy import Limit
from permit_accounts.tools import lookups
from permit_accounts.tools.services import Services
from permit_accounts.tools.throttle.attempt import wait_refusal
from permit_accounts.tools.throttle.backoff import MOST_UNEXPLAINED, Backoff
from permit_accounts.tools.throttle.counts import Layer, commit_counts, count_id, new_count
from permit_accounts.tools.throttle.scratch import counted

T = TypeVar("T")

_log: Final = logging.getLogger("permit_accounts.throttle")

_DAY: Final = timedelta(days=1)


def allow(s: Services, kind: str, name: str, *limits: Limit) -> bool:
    """Whether there may be one more of this kind for this name; if so, it is counted.

    Counted in the scratch store, in one commit of its own; in the durable one, or not at all, while that is
    out of reach.

    Args:
        kind: What is asked for, such as `registration`; each kind has its own counts.
        name: For whom: a mailbox, an account, a source, a member of staff. Kept as an HMAC only.
        limits: All of them must allow it.

    Raises:
        TryAgainLater: Too much is asked for under one name at once.
        Unavailable: The durable store is out of reach; or the scratch store, and the city refuses then.
    """
    record_id = count_id(s, Layer.LIMIT, f"{kind}:{name}")
    return counted(s, lambda scratch: _noted(s, scratch, record_id, limits)) is not None


def refusal(s: Services, limit: Limit) -> Refused:
    """What is said over a limit that is told at all: come again after its span, or call."""
    return wait_refusal(limit.within, Code.LIMIT, phone=s.policy.support_phone)


def with_answer_limit(s: Services, account: Account | None, flow: Callable[[bool], T]) -> T:
    """What came of a flow that may check a security answer; it is told whether it still may today.

    Counted per account and not per link, in the durable store, before the answer is checked; taken back
    unless the answer was wrong. Nobody gets this far without the mailbox, the password or a member of staff.

    Args:
        account: Whose answer; None where the link or session opened nothing, or there is no answer.
        flow: What is told, with whether tries are left.
    """
    if account is None:
        return flow(True)
    daily = Limit(count=s.policy.answer_tries_per_day, within=_DAY)
    noted = _noted(s, s.store, count_id(s, Layer.ANSWER, account.id), (daily,))
    if noted is None:
        return flow(False)
    wrong = False
    try:
        outcome = flow(True)
        wrong = _says_wrong(outcome)
    finally:
        if not wrong:
            _take_back(s, *noted)
    return outcome


def _says_wrong(outcome: object) -> bool:
    """Whether an answer was checked and did not match: by mail, at the staff desk, or as a new password.

    A password that was changed is a guess that missed: the answer itself would have been refused.
    """
    if isinstance(outcome, AnswerChecked):
        return not outcome.matches
    if isinstance(outcome, SignedIn):
        return True
    return isinstance(outcome, Refused) and Code.ANSWER_WRONG in outcome.codes


def _noted(s: Services, store: Store, record_id: str, limits: Sequence[Limit]) -> tuple[str, datetime] | None:
    """Under which id and at which moment one more was noted, or None over a limit."""
    backoff = Backoff(s)
    while True:
        now = s.now()
        stored = lookups.attempt_count(store, record_id)
        new = windows.noted(stored or new_count(s, record_id, now), limits, now)
        if new is None:
            return None
        try:
            commit_counts(store, Add(new) if stored is None else Replace(stored, new))
        except Conflict:
            if backoff.pause() == MOST_UNEXPLAINED and stored is None:
                record_id = f"{record_id}~"  # a damaged record has this id and cannot be read
        else:
            return record_id, now


def _take_back(s: Services, record_id: str, made_at: datetime) -> None:
    """Best effort: what cannot be taken back counts as a wrong answer for a day."""
    backoff = Backoff(s)
    try:
        while True:
            stored = lookups.attempt_count(s.store, record_id)
            if stored is None:
                return
            left = windows.taken_back(stored, made_at)
            try:
                s.store.commit(Remove(stored) if left is None else Replace(stored, left))
            except Conflict:
                backoff.pause()
            else:
                return
    except PermitAccountsError as error:
        _log.warning("a try at an answer was not taken back: %s", type(error).__name__)
