"""The same for those who await: every method of `Accounts`, run in threads of its own.

The slowest thing that the library does is a hash, which must leave the event loop anyway and does not hold
Python's lock; so whole calls go to a thread, and there is one library and not two. What hashes has threads of
its own: a storm of sign-ins cannot keep anybody's session from being looked up.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from typing import Final, Self

from permit_accounts import (
    Account,
    AccountClosed,
    AccountExport,
    Accounts,
    AccountType,
    AuditEvent,
    CheckYourEmail,
    ConfigurationError,
    ConfirmYourEmail,
    EmailChangeCancelled,
    EmailConfirmed,
    History,
    LicenseAdded,
    LicenseId,
    LicenseReleased,
    LicenseStanding,
    PasswordReset,
    Policy,
    Purged,
    Refused,
    ResetForm,
    Session,
    SessionsEnded,
    SetupForm,
    SetupRequired,
    SignedIn,
    SignedInAs,
    SignedOut,
    Visitor,
)
from permit_accounts.offloading import Call, Threads

_NOBODY: Final = Visitor()
_PAGE: Final = 50
#: Quick calls wait for a moment only; at a millisecond each, the last one in a full queue waits 128 ms.
_WAITING_PER_QUICK_THREAD: Final = 128
_MOST_THREADS: Final = 10_000


class AsyncAccounts:
    """The accounts of one city for `asyncio`: the methods of `Accounts`, to be awaited.

    Each call is one call of `accounts`, in a thread, with a copy of the caller's context variables. What it
    takes, answers and raises is the same.

    *Two kinds of calls.* Those that compute a hash, those that count a try and may have to wait their turn,
    and `purge` have `hashing_threads` threads and no queue: a call has a thread or is refused at once with
    `TryAgainLater`. By default there are as many as the policy lets hash and wait,
    `hash_concurrency` x (1 + `hash_queue`), so that its bounds hold as they do for threads: who gets a thread
    has a place in the hasher's queue, and waits there for `Policy.hash_wait` at the most. With fewer threads
    the queue is shorter; with more, the hasher's own bound answers. Most of these threads sleep, and none is
    started before it is needed. All other calls have `quick_threads`, where a bounded number wait.

    *Cancelling.* A call that has not begun never begins. One that has is not waited for any more and is done
    to its end in its thread: its commit is whole, as always. What it was called with is let go either way.

    *Loops and processes.* One object serves any number of event loops, one after another or at once, in any
    thread. After a fork the child starts threads of its own; calls under way stay with the parent. Leaving
    `async with`, or `close()`, waits for what is under way; without either, the threads end with the process.

    Args:
        accounts: What `Accounts.open` gave. It may be used beside this object, from threads.
        hashing_threads: How many calls that hash may be under way at once; None for what the policy allows.
        quick_threads: How many other calls are made at once.

    Attributes:
        accounts: The same accounts, for what need not be awaited, such as `accounts.policy`.

    Raises:
        ConfigurationError: `accounts` is something else, or a number of threads is out of range.
    """

    def __init__(
        self, accounts: Accounts, *, hashing_threads: int | None = None, quick_threads: int = 8
    ) -> None:
        if not isinstance(accounts, Accounts):
            raise ConfigurationError(
                f"AsyncAccounts takes what Accounts.open gives, not a {type(accounts).__name__}"
            )
        wanted = _places(accounts.policy) if hashing_threads is None else hashing_threads
        hashing = _threads("hashing_threads", wanted)
        quick = _threads("quick_threads", quick_threads)
        self.accounts: Final = accounts
        self._hashing = Threads("permit-accounts-hashing", threads=hashing, waiting=0)
        self._quick = Threads(
            "permit-accounts-quick", threads=quick, waiting=quick * _WAITING_PER_QUICK_THREAD
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *fault: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Take no more calls, and wait for those under way. Twice is the same as once."""
        await self._quick.close()
        await self._hashing.close()

    async def register(
        self,
        account_type: AccountType | str,
        form: Mapping[str, object],
        *,
        language: str = "en",
        visitor: Visitor = _NOBODY,
    ) -> SignedIn | ConfirmYourEmail | Refused:
        """See `Accounts.register`."""
        call = Call(partial(self.accounts.register, account_type, form, language=language, visitor=visitor))
        del form
        return await self._hashing.answer(call)

    async def confirm_email(
        self,
        token: str,
        *,
        session_token: str | None = None,
        password: str | None = None,
        new_password: str | None = None,
        visitor: Visitor = _NOBODY,
    ) -> EmailConfirmed | Refused:
        """See `Accounts.confirm_email`."""
        call = Call(
            partial(
                self.accounts.confirm_email,
                token,
                session_token=session_token,
                password=password,
                new_password=new_password,
                visitor=visitor,
            )
        )
        del token, session_token, password, new_password
        return await self._hashing.answer(call)

    async def resend_confirmation(
        self,
        identifier: str,
        account_type: AccountType | str | None = None,
        *,
        visitor: Visitor = _NOBODY,
    ) -> CheckYourEmail | Refused:
        """See `Accounts.resend_confirmation`."""
        return await self._quick.answer(
            Call(partial(self.accounts.resend_confirmation, identifier, account_type, visitor=visitor))
        )

    async def sign_in(
        self,
        account_type: AccountType | str,
        username: str,
        password: str,
        *,
        remember: bool = False,
        visitor: Visitor = _NOBODY,
    ) -> SignedIn | SetupRequired | Refused:
        """See `Accounts.sign_in`."""
        call = Call(
            partial(
                self.accounts.sign_in, account_type, username, password, remember=remember, visitor=visitor
            )
        )
        del password
        return await self._hashing.answer(call)

    async def open_setup(self, token: str) -> SetupForm | Refused:
        """See `Accounts.open_setup`."""
        call = Call(partial(self.accounts.open_setup, token))
        del token
        return await self._quick.answer(call)

    async def finish_setup(
        self, token: str, form: Mapping[str, object], *, language: str = "", visitor: Visitor = _NOBODY
    ) -> SignedIn | Refused:
        """See `Accounts.finish_setup`."""
        call = Call(partial(self.accounts.finish_setup, token, form, language=language, visitor=visitor))
        del token, form
        return await self._hashing.answer(call)

    async def request_password_reset(
        self,
        identifier: str,
        account_type: AccountType | str | None = None,
        *,
        visitor: Visitor = _NOBODY,
    ) -> CheckYourEmail | Refused:
        """See `Accounts.request_password_reset`."""
        return await self._quick.answer(
            Call(partial(self.accounts.request_password_reset, identifier, account_type, visitor=visitor))
        )

    async def open_reset(self, token: str) -> ResetForm | Refused:
        """See `Accounts.open_reset`."""
        call = Call(partial(self.accounts.open_reset, token))
        del token
        return await self._quick.answer(call)

    async def reset_password(
        self, token: str, password: str, answer: str = "", *, visitor: Visitor = _NOBODY
    ) -> PasswordReset | Refused:
        """See `Accounts.reset_password`."""
        call = Call(partial(self.accounts.reset_password, token, password, answer, visitor=visitor))
        del token, password, answer
        return await self._hashing.answer(call)

    async def remind_usernames(self, email: str, *, visitor: Visitor = _NOBODY) -> CheckYourEmail | Refused:
        """See `Accounts.remind_usernames`."""
        return await self._quick.answer(Call(partial(self.accounts.remind_usernames, email, visitor=visitor)))

    async def session(self, token: str | None) -> SignedInAs | None:
        """See `Accounts.session`."""
        call = Call(partial(self.accounts.session, token))
        del token
        return await self._quick.answer(call)

    async def reauthenticate(
        self, session_token: str, password: str, *, visitor: Visitor = _NOBODY
    ) -> SignedIn | Refused:
        """See `Accounts.reauthenticate`."""
        call = Call(partial(self.accounts.reauthenticate, session_token, password, visitor=visitor))
        del session_token, password
        return await self._hashing.answer(call)

    async def sign_out(self, session_token: str, *, visitor: Visitor = _NOBODY) -> SignedOut:
        """See `Accounts.sign_out`."""
        call = Call(partial(self.accounts.sign_out, session_token, visitor=visitor))
        del session_token
        return await self._quick.answer(call)

    async def sessions(self, session_token: str) -> tuple[Session, ...] | Refused:
        """See `Accounts.sessions`."""
        call = Call(partial(self.accounts.sessions, session_token))
        del session_token
        return await self._quick.answer(call)

    async def end_session(
        self, session_token: str, session_id: str, *, visitor: Visitor = _NOBODY
    ) -> SessionsEnded | Refused:
        """See `Accounts.end_session`."""
        call = Call(partial(self.accounts.end_session, session_token, session_id, visitor=visitor))
        del session_token
        return await self._quick.answer(call)

    async def end_other_sessions(
        self, session_token: str, *, visitor: Visitor = _NOBODY
    ) -> SignedIn | Refused:
        """See `Accounts.end_other_sessions`."""
        call = Call(partial(self.accounts.end_other_sessions, session_token, visitor=visitor))
        del session_token
        return await self._quick.answer(call)

    async def change_password(
        self,
        session_token: str,
        current_password: str,
        password: str,
        *,
        visitor: Visitor = _NOBODY,
    ) -> SignedIn | Refused:
        """See `Accounts.change_password`."""
        call = Call(
            partial(self.accounts.change_password, session_token, current_password, password, visitor=visitor)
        )
        del session_token, current_password, password
        return await self._hashing.answer(call)

    async def change_security_question(
        self,
        session_token: str,
        password: str,
        question: str,
        answer: str,
        *,
        visitor: Visitor = _NOBODY,
    ) -> SignedIn | Refused:
        """See `Accounts.change_security_question`."""
        call = Call(
            partial(
                self.accounts.change_security_question,
                session_token,
                password,
                question,
                answer,
                visitor=visitor,
            )
        )
        del session_token, password, answer
        return await self._hashing.answer(call)

    async def change_email(
        self, session_token: str, email: str, *, visitor: Visitor = _NOBODY
    ) -> CheckYourEmail | Refused:
        """See `Accounts.change_email`."""
        call = Call(partial(self.accounts.change_email, session_token, email, visitor=visitor))
        del session_token
        return await self._quick.answer(call)

    async def cancel_email_change(
        self, token: str, *, visitor: Visitor = _NOBODY
    ) -> EmailChangeCancelled | Refused:
        """See `Accounts.cancel_email_change`."""
        call = Call(partial(self.accounts.cancel_email_change, token, visitor=visitor))
        del token
        return await self._hashing.answer(call)

    async def verified_licenses(self, account: Account) -> tuple[LicenseId, ...]:
        """See `Accounts.verified_licenses`."""
        return await self._quick.answer(Call(partial(self.accounts.verified_licenses, account)))

    async def licenses(self, account: Account) -> tuple[LicenseStanding, ...]:
        """See `Accounts.licenses`."""
        return await self._quick.answer(Call(partial(self.accounts.licenses, account)))

    async def add_license(
        self, session_token: str, license_text: str, *, visitor: Visitor = _NOBODY
    ) -> LicenseAdded | Refused:
        """See `Accounts.add_license`."""
        call = Call(partial(self.accounts.add_license, session_token, license_text, visitor=visitor))
        del session_token
        return await self._quick.answer(call)

    async def release_license(
        self, session_token: str, license_id: LicenseId | str, *, visitor: Visitor = _NOBODY
    ) -> LicenseReleased | Refused:
        """See `Accounts.release_license`."""
        call = Call(partial(self.accounts.release_license, session_token, license_id, visitor=visitor))
        del session_token
        return await self._quick.answer(call)

    async def activity(
        self, session_token: str, *, limit: int = _PAGE, after: AuditEvent | None = None
    ) -> History | Refused:
        """See `Accounts.activity`."""
        call = Call(partial(self.accounts.activity, session_token, limit=limit, after=after))
        del session_token
        return await self._quick.answer(call)

    async def close_account(
        self, session_token: str, password: str, *, visitor: Visitor = _NOBODY
    ) -> AccountClosed | Refused:
        """See `Accounts.close_account`."""
        call = Call(partial(self.accounts.close_account, session_token, password, visitor=visitor))
        del session_token, password
        return await self._hashing.answer(call)

    async def export_account(
        self, session_token: str, *, visitor: Visitor = _NOBODY
    ) -> AccountExport | Refused:
        """See `Accounts.export_account`."""
        call = Call(partial(self.accounts.export_account, session_token, visitor=visitor))
        del session_token
        return await self._quick.answer(call)

    async def recent_failures(self) -> int:
        """See `Accounts.recent_failures`."""
        return await self._quick.answer(Call(self.accounts.recent_failures))

    async def purge(self) -> Purged:
        """See `Accounts.purge`."""
        return await self._hashing.answer(Call(self.accounts.purge))


def _places(policy: Policy) -> int:
    """How many calls may hash or wait for it, all in all."""
    at_once = _cores() if policy.hash_concurrency is None else policy.hash_concurrency
    return at_once * (1 + policy.hash_queue)


def _cores() -> int:
    """How many cores this process may use, as the hasher counts them."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _threads(argument: str, count: object) -> int:
    if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= _MOST_THREADS:
        raise ConfigurationError(
            f"AsyncAccounts({argument}={count!r}) takes a number from 1 to {_MOST_THREADS}"
        )
    return count
