"""Faults at the doors: a guard of sign-in, throttle, set-up or of the staff-issued password left out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import attrs
import pytest

from permit_accounts.accounts import Accounts
from permit_accounts.flows import finish_setup as setup_flow
from permit_accounts.model.errors import Unavailable
from permit_accounts.model.records import Account, AttemptCount
from permit_accounts.model.secret import Secret
from permit_accounts.rules import waits
from permit_accounts.rules.waits import Verdict
from permit_accounts.tools import desk, throttle, tokens
from permit_accounts.tools.hashing import Argon2WithoutFloor
from permit_accounts.tools.throttle import Attempt, Keys, Reservation, reserving
from planted.tokens import FAULTS as TOKEN_FAULTS

_last_writer_wins = TOKEN_FAULTS["TOK-02"]


def _attempts_under_way_are_free(patch: pytest.MonkeyPatch) -> None:
    """What is under way does not count until it is over."""
    patch.setattr(waits, "has_credit", lambda count, rule: True)


def _a_success_forgets_everything(patch: pytest.MonkeyPatch) -> None:
    """A right password clears every count that it was reserved in, the address's too."""
    real = waits.settled

    def settled(
        count: AttemptCount, rule: waits.WaitRule, verdict: Verdict, **when: datetime | None
    ) -> AttemptCount | None:
        return None if verdict is Verdict.RIGHT else real(count, rule, verdict, **when)  # type: ignore[arg-type]

    patch.setattr(waits, "settled", settled)


def _each_spelling_has_its_count(patch: pytest.MonkeyPatch) -> None:
    """Attempts are counted under the text that was typed."""
    real_sign_in, real_keys, typed = Accounts.sign_in, throttle.keys_for, [""]

    def sign_in(self: Accounts, kind: Any, username: str, password: str, **given: Any) -> object:
        typed[0] = username
        return real_sign_in(self, kind, username, password, **given)

    def keys_for(*args: Any, **given: Any) -> Keys:
        return attrs.evolve(real_keys(*args, **given), subject=f"typed:{typed[0]}")

    patch.setattr(Accounts, "sign_in", sign_in)
    patch.setattr(throttle, "keys_for", keys_for)


def _nothing_is_counted_while_scratch_is_down(patch: pytest.MonkeyPatch) -> None:
    """A throttle whose store is out of reach lets everybody through."""
    real = reserving._reserve_with

    def reserve(s: Any, keys: Keys, *, temporary_shape: bool = False) -> Reservation:
        try:
            return real(s, s.scratch, keys, temporary_shape=temporary_shape)
        except Unavailable:
            attempt = Attempt(trusted=False)
            return Reservation(attempt=attempt, made_at=s.now(), keys=keys, scratch=s.scratch)

    patch.setattr(throttle, "reserve", reserve)


def _the_temporary_password_may_stay(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(setup_flow, "_temporary_again", lambda *args: ())


def _a_refused_form_renews_the_grant_for_good(patch: pytest.MonkeyPatch) -> None:
    """Whatever is left of the temporary password that it was given for."""
    patch.setattr(
        setup_flow, "_last", lambda s, grant, account: grant.created_at + s.policy.setup_grant_in_all
    )


def _earlier_grants_live(patch: pytest.MonkeyPatch) -> None:
    """A grant is not overtaken by the next one."""
    patch.setattr(tokens, "_overtaken", lambda *args: False)
    patch.setattr(tokens, "older", lambda *args, **given: ())


def _staff_may_do_everything(patch: pytest.MonkeyPatch) -> None:
    """Neither permission nor reason is asked for."""
    patch.setattr(desk, "forbidden", lambda *args, **given: None)


def _issuing_ends_nothing(patch: pytest.MonkeyPatch) -> None:
    """A temporary password stands beside everything that was open before."""

    def with_temporary(self: Account, temporary_hash: str, *, until: datetime, now: datetime) -> Account:
        return attrs.evolve(self, temporary_hash=temporary_hash, temporary_until=until)

    patch.setattr(Account, "with_temporary", with_temporary)


def _every_hash_is_due(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Argon2WithoutFloor, "needs_rehash", lambda self, encoded: True)


def _the_empty_text_is_a_password(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Secret, "__bool__", lambda self: True)


FAULTS = {
    "THR-01": _attempts_under_way_are_free,
    "THR-03": _a_success_forgets_everything,
    "THR-04": _each_spelling_has_its_count,
    "THR-12": _nothing_is_counted_while_scratch_is_down,
    "TMP-02": _the_temporary_password_may_stay,
    "TMP-03": _a_refused_form_renews_the_grant_for_good,
    "TMP-04": _last_writer_wins,
    "TMP-06": _earlier_grants_live,
    "TMP-08": _staff_may_do_everything,
    "TMP-10": _issuing_ends_nothing,
    "HASH-04": _every_hash_is_due,
    "HASH-05": _last_writer_wins,
    "PWD-05": _the_empty_text_is_a_password,
}
