"""Faults in sessions, in changes made while signed in, and in licenses: each one guard left out."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from permit_accounts.flows import confirm_email as confirm_flow
from permit_accounts.model.codes import Standing
from permit_accounts.ports import Replace
from permit_accounts.rules import names
from permit_accounts.testing.hasher import CheapHasher
from permit_accounts.tools import addresses, admission, claims, naming, sessions, tokens
from planted.faults import a_taken_name_is_given_again


def _the_session_keeps_its_id(patch: pytest.MonkeyPatch) -> None:
    """A change goes on under the id that somebody may have seen before it."""

    def replaced(s: Any, account: Any, session: Any, *, now: Any, password_entered: bool) -> Any:
        entered = now if password_entered else session.password_entered_at
        kept = attrs.evolve(session, epoch=account.epoch, seen_at=now, password_entered_at=entered)
        return kept, (Replace(session, kept),)

    patch.setattr(admission, "replaced", replaced)


def _anybodys_session_will_do(patch: pytest.MonkeyPatch) -> None:
    """The session that is given is not asked whose it is."""

    def own(s: Any, account: Any, session_token: Any, *, now: Any) -> Any:
        return sessions.present(s, session_token, now=now) if session_token is not None else None

    patch.setattr(confirm_flow, "_own_session", own)


def _sessions_outlive_the_password(patch: pytest.MonkeyPatch) -> None:
    """A session is not asked which credentials it was opened with."""
    patch.setattr(sessions, "alive", lambda account, session: account.standing is Standing.ACTIVE)


def _remembered_is_for_ever(patch: pytest.MonkeyPatch) -> None:
    """A remembered session has no limit at all."""
    real = sessions.within_limits

    def within(s: Any, session: Any, *, now: Any) -> bool:
        return session.remembered or real(s, session, now=now)

    patch.setattr(sessions, "within_limits", within)


def _every_session_is_fresh(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(sessions, "is_fresh", lambda s, session, *, now: True)


def _the_mailbox_is_proof_enough(patch: pytest.MonkeyPatch) -> None:
    """Opening the link confirms the account of whoever typed the address."""
    patch.setattr(confirm_flow, "_own_session", lambda s, account, session_token, *, now: object())


def _any_link_confirms(patch: pytest.MonkeyPatch) -> None:
    """An earlier change's link stays good beside the newer one."""
    patch.setattr(tokens, "older", lambda *args, **kwargs: ())
    patch.setattr(tokens, "_overtaken", lambda *args: False)


def _an_address_may_be_two_peoples(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(addresses, "claimed", lambda *args, **kwargs: ())


def _a_taken_name_is_free(patch: pytest.MonkeyPatch) -> None:
    """Nobody asks whether a name is somebody's, and the store gives it to whoever came last."""
    patch.setattr(naming, "not_free", lambda s, name: None)
    a_taken_name_is_given_again(patch)


def _first_come_first_served(patch: pytest.MonkeyPatch) -> None:
    """Nobody asks whether a number is on the roster or somebody's."""
    patch.setattr(claims, "only_staff_may_give", lambda s, name_id, license_id: None)


def _the_digits_are_the_name(patch: pytest.MonkeyPatch) -> None:
    """The board is not a part of a license's name."""
    real = names._license

    def license_name(rule: Any, text: str) -> Any:
        name = real(rule, text)
        if not isinstance(name, names.Name) or name.license is None:
            return name
        return attrs.evolve(name, id=f"license:{name.license.number}")

    patch.setattr(names, "_license", license_name)


def _one_salt_for_all(patch: pytest.MonkeyPatch) -> None:
    """Equal answers have equal hashes."""
    real = CheapHasher.__init__

    def made(self: CheapHasher, *args: Any, **given: Any) -> None:
        real(self, *args, **{**given, "random": bytes})

    patch.setattr(CheapHasher, "__init__", made)


FAULTS = {
    "SESS-01": _the_session_keeps_its_id,
    "SESS-02": _anybodys_session_will_do,
    "TOK-28": _anybodys_session_will_do,
    "SESS-03": _sessions_outlive_the_password,
    "SESS-04": _sessions_outlive_the_password,
    "SESS-06": _remembered_is_for_ever,
    "SESS-09": _every_session_is_fresh,
    "VER-01": _any_link_confirms,
    "VER-02": _an_address_may_be_two_peoples,
    "VER-04": _the_mailbox_is_proof_enough,
    "VER-05": _a_taken_name_is_free,
    "LIC-02": _first_come_first_served,
    "LIC-04": _the_digits_are_the_name,
    "SQ-07": _one_salt_for_all,
}
