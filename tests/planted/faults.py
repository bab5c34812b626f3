"""Faults in rules, stores, mail and secrets: what each of them must not do, done."""

from __future__ import annotations

import contextlib
import re
from typing import Any

import attrs
import pytest

from permit_accounts.email_backends import mime
from permit_accounts.model.errors import Conflict
from permit_accounts.model.license_id import LicenseId
from permit_accounts.model.records import Identifier, OneTimeToken, OutboxEmail
from permit_accounts.model.secret import Secret
from permit_accounts.outbox import Outbox
from permit_accounts.ports import Add, Change, Is, Remove, Replace
from permit_accounts.rules import forms, usernames
from permit_accounts.rules.licenses import parsing
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.stores.rows import Layout
from permit_accounts.tools import desk, rendering
from permit_accounts.tools.csv_file import CSVFile
from permit_accounts.tools.keyring import Keyring
from permit_accounts.tools.roster_import import RosterImport


def _unknown_fields_are_taken(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(forms, "_unknown", lambda wanted, given: iter(()))


def _rows_are_believed(patch: pytest.MonkeyPatch) -> None:
    """Whatever stands in a row is put into the record, without a look at any cell."""

    def from_row(self: Layout[Any], row: Any) -> Any:
        record = self.kind.__new__(self.kind)
        for column, value in zip(self.columns, row, strict=False):
            object.__setattr__(record, column.name, value)
        return record

    patch.setattr(Layout, "from_row", from_row)


def _bad_keys_become_fresh_ones(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Keyring, "from_text", classmethod(lambda cls, text: Keyring.new()))


def _a_changed_file_goes_on(patch: pytest.MonkeyPatch) -> None:
    """What the second reading of a file gives is never found to differ from the first."""
    patch.setattr(CSVFile, "file_hash", "")


def _the_first_of_two_rows_counts(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(RosterImport, "_is_first", lambda self, line, key: True)


def _anybody_may(patch: pytest.MonkeyPatch) -> None:
    """At the desk no permission is asked for."""
    patch.setattr(desk, "may_not", lambda s, actor, permission, *, now: None)


def _every_digit_counts(patch: pytest.MonkeyPatch) -> None:
    """The number is whatever digits are left when everything else is thrown away."""

    def read(text: str, formats: Any) -> LicenseId:
        return LicenseId(formats[0].id, re.sub(r"\D", "", text), entered=text)

    patch.setattr(parsing, "_read", read)
    patch.setattr(parsing, "parse_anything", read)


def _secrets_show(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Secret, "__repr__", Secret.reveal)
    patch.setattr(Secret, "__str__", Secret.reveal)


def _the_first_host_stays(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(rendering, "_address", lambda token, policy, keyring: "https://first.example.org/x?token=y")


def _any_recipient_will_do(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(mime, "plain_address", lambda text: True)


def _a_failed_commit_leaves_its_first_half(patch: pytest.MonkeyPatch) -> None:
    """Changes are applied one after another; what fails leaves what came before."""
    real = MemoryStore.commit

    def commit(self: MemoryStore, *changes: Change) -> None:
        for change in changes:
            real(self, change)

    patch.setattr(MemoryStore, "commit", commit)


def _mails_are_not_claimed(patch: pytest.MonkeyPatch) -> None:
    """A worker counts the attempt for itself, and tells no other that it is at it."""
    patch.setattr(Outbox, "_claimed", lambda self, email: attrs.evolve(email, attempts=email.attempts + 1))


def _passwords_end_early(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Secret, "reveal", lambda self: self._text[:72])


def a_taken_name_is_given_again(patch: pytest.MonkeyPatch) -> None:
    """Adding a name that is there already gives it to whoever came last."""
    real = MemoryStore.commit

    def commit(self: MemoryStore, *changes: Change) -> None:
        given: list[Change] = []
        for change in changes:
            if isinstance(change, Add) and isinstance(change.record, Identifier):
                held = self.select(Identifier, Is("id", change.record.id), limit=1)
                given.append(Replace(held[0], change.record) if held else change)
            else:
                given.append(change)
        real(self, *given)

    patch.setattr(MemoryStore, "commit", commit)


def _links_and_mails_are_committed_apart(patch: pytest.MonkeyPatch) -> None:
    """A flow writes its tokens and mails in a commit of their own, before the rest."""
    from permit_accounts.testing.faulty import FaultyStore

    real = FaultyStore.commit

    def commit(self: Any, *changes: Change) -> None:
        apart = [c for c in changes if isinstance(getattr(c, "record", None), OneTimeToken | OutboxEmail)]
        rest = [c for c in changes if c not in apart]
        for part in (apart, rest):
            if part:
                real(self, *part)

    patch.setattr(FaultyStore, "commit", commit)


def _the_last_writer_wins(patch: pytest.MonkeyPatch) -> None:
    real = MemoryStore.commit

    def commit(self: MemoryStore, *changes: Change) -> None:
        current: list[Change] = []
        for change in changes:
            if isinstance(change, Replace):
                stored = self.select(type(change.old), Is("id", change.old.id), limit=1)
                change = attrs.evolve(change, old=stored[0] if stored else change.old)
            if isinstance(change, Remove) and not self.select(
                type(change.record), Is("id", change.record.id), limit=1
            ):
                continue
            current.append(change)
        with contextlib.suppress(Conflict):
            real(self, *current)

    patch.setattr(MemoryStore, "commit", commit)


def _names_are_only_lowered(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(usernames, "_folded", str.lower)


FAULTS = {
    "API-02": _unknown_fields_are_taken,
    "API-01": _unknown_fields_are_taken,
    "API-05": _rows_are_believed,
    "CFG-01": _bad_keys_become_fresh_ones,
    "CSV-08": _a_changed_file_goes_on,
    "CSV-09": _the_first_of_two_rows_counts,
    "CSV-11": _anybody_may,
    "LIC-03": _every_digit_counts,
    "LIC-06": _every_digit_counts,
    "LIC-08": _every_digit_counts,
    "LIC-09": _every_digit_counts,
    "LOG-01": _secrets_show,
    "MAIL-02": _the_first_host_stays,
    "MAIL-04": _any_recipient_will_do,
    "MAIL-09": _a_failed_commit_leaves_its_first_half,
    "MAIL-10": _mails_are_not_claimed,
    "MAIL-11": _mails_are_not_claimed,
    "PWD-03": _passwords_end_early,
    "STO-01": a_taken_name_is_given_again,
    "STO-02": _links_and_mails_are_committed_apart,
    "STO-03": _links_and_mails_are_committed_apart,
    "STO-07": _the_last_writer_wins,
    "UNI-03": _names_are_only_lowered,
    "UNI-04": _names_are_only_lowered,
    "UNI-05": _names_are_only_lowered,
    "UNI-07": _any_recipient_will_do,
}
