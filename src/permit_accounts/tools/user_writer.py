"""Makes accounts of an earlier portal's users, a batch in one commit, and never touches one that is there.

Whoever takes one of the names at the same time (a registration, another import) makes a commit meet a
`Conflict`; the batch is then looked at afresh and committed again. Hashes that were computed are kept
meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import attrs

from permit_accounts.model.codes import EventName, LinkState, Standing
from permit_accounts.model.errors import Conflict
from permit_accounts.model.people import StaffMember
from permit_accounts.model.records import Account, Identifier
from permit_accounts.model.secret import Secret
from permit_accounts.model.values import Value
from permit_accounts.ports import Add, Change
from permit_accounts.rules.user_rows import UserRow
from permit_accounts.tools import addresses, audit, claims, lookups
from permit_accounts.tools.batch_commits import BatchCommits
from permit_accounts.tools.hashing import Argon2WithoutFloor
from permit_accounts.tools.services import Services

#: Accounts in one commit: some seconds of hashing, so that an import that breaks off has lost no more.
BATCH: Final = 50
#: Account, name, claim, event, and the name that keeps an address unique.
_CHANGES: Final = 5
_TRIES: Final = 5


@attrs.frozen(eq=False, repr=False)
class Told(Value):
    """What one row says, and its line."""

    line: int
    user: UserRow


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Written(Value):
    """What came of a batch, row by row; `shared` are those of the added whose mailbox is somebody else's
    too."""

    added: tuple[Told, ...] = ()
    unchanged: tuple[Told, ...] = ()
    taken: tuple[Told, ...] = ()
    failed: tuple[Told, ...] = ()
    shared: tuple[Told, ...] = ()

    def __add__(self, other: Written) -> Written:
        return Written(
            added=self.added + other.added,
            unchanged=self.unchanged + other.unchanged,
            taken=self.taken + other.taken,
            failed=self.failed + other.failed,
            shared=self.shared + other.shared,
        )


class UserWriter:
    """Writes the users of one file, or with `dry_run` only finds out what writing them would do.

    Args:
        s: The services.
        hasher: Takes old hashes over.
        threads: Compute them.
        actor: Who imports; the library itself by default.
        reason: Why.
        dry_run: Whether nothing is to be computed and committed.
    """

    def __init__(
        self,
        s: Services,
        hasher: Argon2WithoutFloor,
        threads: ThreadPoolExecutor,
        *,
        actor: StaffMember | None,
        reason: str,
        dry_run: bool,
    ) -> None:
        self._s = s
        self._hasher = hasher
        self._threads = threads
        self._actor = actor
        self._reason = reason
        self._dry_run = dry_run
        self._commits = BatchCommits(s, dry_run=dry_run)
        self.batch = min(BATCH, s.store.max_changes // _CHANGES)

    def write(self, told: Sequence[Told]) -> Written:
        """Make these accounts, at most `batch` of them.

        Raises:
            TryAgainLater: There is too much to hash at once; what is written is written.
            Unavailable: The store is out of reach, or somebody holds a lock on it; likewise.
        """
        return self._write(told, {})

    def _write(self, told: Sequence[Told], hashes: dict[int, Secret | None]) -> Written:
        for _ in range(_TRIES):
            free = [row for row in told if self._is_free(row.user)]
            self._hash([row for row in free if row.line not in hashes], hashes)
            made = [(row, *self._made(row.user, hashes.get(row.line))) for row in free]
            try:
                self._commits.commit([change for _, changes, _ in made for change in changes])
            except Conflict:
                continue
            before = {row.line for row in told if row not in free and self._was_imported(row.user)}
            return Written(
                added=tuple(free),
                shared=tuple(row for row, _, is_shared in made if is_shared),
                unchanged=tuple(row for row in told if row.line in before),
                taken=tuple(row for row in told if row not in free and row.line not in before),
            )
        if len(told) == 1:
            return Written(failed=tuple(told))
        half = len(told) // 2
        return self._write(told[:half], hashes) + self._write(told[half:], hashes)

    def _is_free(self, user: UserRow) -> bool:
        if lookups.identifier(self._s, user.name.id) is not None:
            return False
        return user.name.license is None or claims.verified_link(self._s, str(user.name.license)) is None

    def _was_imported(self, user: UserRow) -> bool:
        """Whether this name's account came from this very row, or from one with the same name and address."""
        account = lookups.account_behind(self._s, lookups.identifier(self._s, user.name.id))
        first = lookups.first_event_of(self._s, account.id) if account is not None else None
        if first is None or first.name is not EventName.ACCOUNT_IMPORTED:
            return False
        return first.params.get("row") == self._row(user)

    def _hash(self, rows: Sequence[Told], hashes: dict[int, Secret | None]) -> None:
        if not self._dry_run:
            stored = self._threads.map(self._stored, [row.user for row in rows])
            hashes.update(zip((row.line for row in rows), stored, strict=True))

    def _stored(self, user: UserRow) -> Secret | None:
        """What is stored of the old hash: itself, where it is as good as ours, else ours of its digest.

        No variable here or above holds it in clear, for crash reporters print those of every frame.
        """
        if user.old_hash is None:
            return None
        kept = self._hasher.keeps(native_text(user))
        return Secret(native_text(user) if kept else self._hasher.take_over(user.old_hash))

    def _made(self, user: UserRow, password_hash: Secret | None) -> tuple[Sequence[Change], bool]:
        """What brings one account into being, and whether its mailbox is somebody else's too."""
        s, now = self._s, self._s.now()
        key = user.email.key if user.email is not None else None
        account = Account(
            id=s.new_id(now),
            account_type=user.account_type,
            standing=Standing.ACTIVE if user.active else Standing.DISABLED,
            username=user.name.display,
            email=user.email.address if user.email is not None else None,
            email_key=key,
            password_hash=None if password_hash is None else password_hash.reveal(),
            profile=dict(user.profile),
            language=user.language,
            created_at=now,
        )
        is_shared = key is not None and bool(lookups.accounts_with_email(s, key, 1))
        alone = addresses.claimed(s, account, key, now=now) if user.confirmed else ()
        if user.confirmed and alone is not None:
            account = account.with_confirmed_email(now)
        return (
            Add(account),
            Add(Identifier(id=user.name.id, account_id=account.id, created_at=now)),
            *(alone or ()),
            *self._claim(account, user),
            self._event(account, user),
        ), is_shared

    def _claim(self, account: Account, user: UserRow) -> Sequence[Change]:
        """The claim on a license; verified only where the city's roster and the old portal both say so."""
        if user.name.license is None:
            return ()
        record = lookups.license_record(self._s, str(user.name.license))
        on_roster = record is not None and record.on_roster_since is not None
        verified = on_roster and user.license_verified
        state = LinkState.VERIFIED if verified else LinkState.CLAIMED
        by = self._actor.id if verified and self._actor is not None else None
        return (
            Add(
                claims.new_link(account.id, user.name.license, state, since=account.created_at, decided_by=by)
            ),
        )

    def _event(self, account: Account, user: UserRow) -> Change:
        name, at = EventName.ACCOUNT_IMPORTED, account.created_at
        params = {"row": self._row(user)}
        license_id = str(user.name.license) if user.name.license is not None else None
        if self._actor is None:
            return audit.system_event(
                self._s, name, at=at, account_id=account.id, license_id=license_id, params=params
            )
        return audit.staff_event(
            self._s,
            name,
            at=at,
            actor=self._actor,
            account=account,
            license_id=license_id,
            reason=self._reason,
            params=params,
        )

    def _row(self, user: UserRow) -> str:
        """By what a row is known again: an HMAC, as of any name in an event."""
        address = user.email.key if user.email is not None else ""
        return self._s.keyring.counted(f"imported {user.name.id} {address}")


def native_text(user: UserRow) -> str:
    """An Argon2 hash as the library writes them; Django puts a word before it."""
    return user.as_it_came.removeprefix("argon2")
