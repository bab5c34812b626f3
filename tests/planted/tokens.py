"""Faults in one-time links: what a mailed token must be checked for, left out."""

from __future__ import annotations

import random  # noqa: TID251 - the fault is to use it
from typing import Any

import attrs
import pytest

from permit_accounts import accounts
from permit_accounts.flows import request_password_reset as request_flow
from permit_accounts.flows import reset_password as reset_flow
from permit_accounts.model.codes import Purpose, Standing
from permit_accounts.model.records import Account, OneTimeToken
from permit_accounts.model.secret import Secret
from permit_accounts.ports import Remove
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.tools import keyring, lookups, mailboxes, tokens
from permit_accounts.tools.keyring import Keyring
from permit_accounts.tools.services import Services
from permit_accounts.tools.throttle import limits


def _consumption_is_not_guarded(patch: pytest.MonkeyPatch) -> None:
    """Spending a token and replacing the account lose their preconditions: the last writer wins."""
    real = MemoryStore.commit

    def commit(self: MemoryStore, *changes: object) -> None:
        kept = []
        for change in changes:
            if isinstance(change, Remove):
                continue
            if hasattr(change, "old"):
                stored = self.select(type(change.old), _is(change.old.id), limit=1)
                change = attrs.evolve(change, old=stored[0] if stored else change.old)
            kept.append(change)
        real(self, *kept)  # type: ignore[arg-type]

    patch.setattr(MemoryStore, "commit", commit)


def _is(record_id: str) -> object:
    from permit_accounts.ports import Is

    return Is("id", record_id)


def _accepts_any_purpose(patch: pytest.MonkeyPatch) -> None:
    """A token of any purpose, or a bare id, is taken for a reset link."""
    real = Keyring.open

    def opened(self: Keyring, token: Secret, purpose: str) -> str | None:
        text = token.reveal()
        return real(self, token, purpose) or (text.partition(".")[0] if 43 <= len(text) <= 120 else None)

    patch.setattr(Keyring, "open", opened)


def _never_expires(patch: pytest.MonkeyPatch) -> None:
    real = lookups.token

    def token(s: object, token_id: str) -> OneTimeToken | None:
        found = real(s, token_id)  # type: ignore[arg-type]
        far = found and attrs.evolve(found, expires_at=found.expires_at.replace(year=9000))
        return far or None

    patch.setattr(lookups, "token", token)


def _epoch_is_not_compared(patch: pytest.MonkeyPatch) -> None:
    real = lookups.token

    def token(s: object, token_id: str) -> OneTimeToken | None:
        found = real(s, token_id)  # type: ignore[arg-type]
        account = lookups.account(s, found.account_id) if found is not None else None  # type: ignore[arg-type]
        return attrs.evolve(found, epoch=account.epoch) if found is not None and account else found

    patch.setattr(lookups, "token", token)


def _older_links_live(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(tokens, "older", lambda *args, **kwargs: ())
    patch.setattr(tokens, "_overtaken", lambda *args: False)


def _no_limit_of_mails(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(limits, "allow", lambda *args: True)


def _spent_links_stay(patch: pytest.MonkeyPatch) -> None:
    """The commit of a reset does not spend the link, and the new password does not void it."""
    _epoch_is_not_compared(patch)
    real = MemoryStore.commit

    def commit(self: MemoryStore, *changes: object) -> None:
        kept = [c for c in changes if not (isinstance(c, Remove) and isinstance(c.record, OneTimeToken))]
        real(self, *kept)  # type: ignore[arg-type]

    patch.setattr(MemoryStore, "commit", commit)


def _unsealed_ids_open(patch: pytest.MonkeyPatch) -> None:
    """The signature is cut off and never looked at."""

    def opened(self: Keyring, token: Secret, purpose: str) -> str | None:
        return token.reveal().partition(".")[0]

    patch.setattr(Keyring, "open", opened)


def _an_empty_token_finds_somebody(patch: pytest.MonkeyPatch) -> None:
    """Whatever is no token is taken for the first one in the store."""
    real = tokens.present

    def present(s: object, purpose: Purpose, token: Secret, **kwargs: object) -> object:
        found = real(s, purpose, token, **kwargs)  # type: ignore[arg-type]
        if found is not None or token.reveal():
            return found
        from permit_accounts.ports import Every

        account = s.store.select(Account, Every(), limit=1)[0]  # type: ignore[attr-defined]
        now = kwargs["now"]
        made = tokens.issue(s, account, purpose, now=now, ttl=account.created_at.resolution)  # type: ignore[arg-type]
        return made, account

    patch.setattr(tokens, "present", present)


def _account_is_chosen_by_the_caller(patch: pytest.MonkeyPatch) -> None:
    """The reset changes the newest account instead of the one that the link was made for."""
    real = reset_flow.tokens.present

    def present(s: object, purpose: Purpose, token: Secret, **kwargs: object) -> object:
        found = real(s, purpose, token, **kwargs)  # type: ignore[arg-type]
        if found is None:
            return None
        from permit_accounts.ports import Every

        last = s.store.select(Account, Every(), limit=1, newest_first=True)[0]  # type: ignore[attr-defined]
        return found[0], last

    patch.setattr(reset_flow.tokens, "present", present)


def _set_up_is_reset_like_any_other(patch: pytest.MonkeyPatch) -> None:
    """An account in set-up gets an ordinary reset link."""
    patch.setattr(request_flow, "_setup_link", request_flow._reset_link)
    patch.setattr(tokens, "_good_in", lambda standing, purpose: True)


def _mail_goes_where_it_was_asked(patch: pytest.MonkeyPatch) -> None:
    """The recipient is the address that somebody typed."""
    real = mailboxes.by_email

    def by_email(s: object, email_key: str) -> mailboxes.Mailbox | None:
        found = real(s, email_key)  # type: ignore[arg-type]
        return attrs.evolve(found, address=email_key) if found is not None else None

    patch.setattr(mailboxes, "by_email", by_email)


def _any_answer_is_right(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(reset_flow, "_answer_problems", lambda *args, **kwargs: ())


def _sessions_survive(patch: pytest.MonkeyPatch) -> None:
    """A new password leaves the epoch as it was."""
    real = Account.with_password

    def with_password(self: Account, password_hash: str) -> Account:
        return attrs.evolve(real(self, password_hash), epoch=self.epoch)

    patch.setattr(Account, "with_password", with_password)


def _standing_is_not_asked(patch: pytest.MonkeyPatch) -> None:
    real = lookups.account

    def account(s: object, account_id: str) -> Account | None:
        found = real(s, account_id)  # type: ignore[arg-type]
        return attrs.evolve(found, standing=Standing.ACTIVE) if found is not None else None

    patch.setattr(lookups, "account", account)


def _looking_spends(patch: pytest.MonkeyPatch) -> None:
    """Whoever opens the page behind a reset link takes the link away."""
    real = accounts.open_reset

    def open_reset(s: Services, *, token: Secret) -> object:
        shown = real(s, token=token)
        found = tokens.present(s, Purpose.RESET_PASSWORD, token, now=s.now())
        if found is not None:
            s.store.commit(Remove(found[0]))
        return shown

    patch.setattr(accounts, "open_reset", open_reset)


def _chance_is_the_programs_own(patch: pytest.MonkeyPatch) -> None:
    """Ids come from a generator that whoever seeds it, or forks with it, can foretell."""
    patch.setattr(Services, "new_secret_id", lambda self: f"{random.getrandbits(256):064x}"[:43])


def _keys_are_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(keyring, "_wrong_with_key", lambda key: None)


def _an_end_ends_nothing(patch: pytest.MonkeyPatch) -> None:
    """Disabling leaves the epoch as it was, so what was mailed is good again once the account is enabled."""
    patch.setattr(Account, "disabled", lambda self: attrs.evolve(self, standing=Standing.DISABLED))


def _the_answer_is_looked_at_first(patch: pytest.MonkeyPatch) -> None:
    """Something is hashed before the link has shown whose it is."""
    real = reset_flow.tokens.present

    def present(s: Services, purpose: Purpose, token: Secret, **kwargs: Any) -> object:
        s.hasher.verify(None, token)
        return real(s, purpose, token, **kwargs)

    patch.setattr(reset_flow.tokens, "present", present)


FAULTS = {
    "MAIL-06": _looking_spends,
    "TOK-18": _keys_are_not_looked_at,
    "TOK-24": _chance_is_the_programs_own,
    "TOK-02": _consumption_is_not_guarded,
    "TOK-04": _account_is_chosen_by_the_caller,
    "TOK-05": _accepts_any_purpose,
    "TOK-07": _never_expires,
    "TOK-08": _epoch_is_not_compared,
    "TOK-09": _epoch_is_not_compared,
    "TOK-10": _older_links_live,
    "TOK-11": _no_limit_of_mails,
    "TOK-12": _spent_links_stay,
    "TOK-14": _an_empty_token_finds_somebody,
    "TOK-15": _an_empty_token_finds_somebody,
    "TOK-17": _unsealed_ids_open,
    "TOK-26": _an_end_ends_nothing,
    "SQ-09": _the_answer_is_looked_at_first,
    "TOK-25": _set_up_is_reset_like_any_other,
    "LIC-10": _mail_goes_where_it_was_asked,
    "UNI-02": _mail_goes_where_it_was_asked,
    "SQ-01": _accepts_any_purpose,
    "SQ-02": _any_answer_is_right,
    "STO-08": _consumption_is_not_guarded,
}
