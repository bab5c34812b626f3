"""What one attempt is counted under: its account or name, its device, its source."""

from __future__ import annotations

import functools
import logging
from typing import Final

import attrs

from permit_accounts.model.people import Visitor
from permit_accounts.model.records import Account
from permit_accounts.model.values import Value
from permit_accounts.rules.sources import source_of
from permit_accounts.tools import devices
from permit_accounts.tools.services import Services

_log: Final = logging.getLogger("permit_accounts.throttle")


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Keys(Value):
    """What one attempt is counted under. The texts are hashed before they are kept anywhere.

    Args:
        subject: The account, or the name that nobody has, at this door.
        known: Whether it is an account; what is counted of other names is forgotten sooner.
        hard: The account and its present credentials, or the name that nobody has; None where guesses at a
            password are not counted.
        device: The device that the account knows, if it is one.
        device_if_closed: What is taken for such a device where the password is shut to unknown ones.
        source: The address, if one is known.
        closed: The account's password is shut to unknown devices.
    """

    subject: str = attrs.field(repr=False)
    known: bool = True
    hard: str | None = attrs.field(default=None, repr=False)
    device: str | None = attrs.field(default=None, repr=False)
    device_if_closed: str | None = attrs.field(default=None, repr=False)
    source: str | None = attrs.field(default=None, repr=False)
    closed: bool = False

    def under_other_ids(self) -> Keys:
        """The same under other ids, for when a damaged record that cannot be read holds one of these."""
        return attrs.evolve(
            self,
            subject=_other(self.subject),
            hard=_other(self.hard) if self.hard is not None else None,
            device=_other(self.device) if self.device is not None else None,
            device_if_closed=_other(self.device_if_closed) if self.device_if_closed is not None else None,
            source=_other(self.source) if self.source is not None else None,
        )


def keys_for(s: Services, *, account: Account | None, name: str, visitor: Visitor) -> Keys:
    """What an attempt with a password is counted under, at the sign-in or by somebody signed in.

    Args:
        account: Whose name it is; None where it is nobody's.
        name: The canonical name, however it was typed; not looked at where there is an account.
        visitor: Whose address and device token are looked at.
    """
    source = _source(visitor)
    if account is None:
        return Keys(subject=f"name:{name}", known=False, hard=f"name:{name}", source=source)
    nonce = devices.trusted_nonce(s, visitor, account, s.now())
    device = None if nonce is None else f"{account.id}:{nonce}"
    return attrs.evolve(keys_for_strangers(account), device=device, source=source)


def keys_for_strangers(account: Account) -> Keys:
    """What an attempt on any device that the account does not know is counted under."""
    return Keys(
        subject=f"account:{account.id}",
        hard=hard_key(account),
        closed=account.untrusted_closed_at is not None,
    )


def keys_for_session(s: Services, account: Account, visitor: Visitor) -> Keys:
    """What a password that is asked again behind a live session is counted under.

    The same as at the sign-in, so that guesses share one budget whichever doors they are spread over. But
    strangers who shut the password keep nobody from what they are signed in to: from then on the account's
    sessions are a device that it knows, all of them one, and a hundred guesses are all that stolen ones are
    good for.
    """
    keys = keys_for(s, account=account, name=account.id, visitor=visitor)
    return attrs.evolve(keys, device_if_closed=f"{account.id}:session")


def keys_for_token(account: Account) -> Keys:
    """What an attempt behind a mailed link or a set-up grant is counted under: a count of its own.

    Nobody gets there without the mailbox or the temporary password, so strangers' guesses at the sign-in
    cannot close the way back (OWASP, forgot password): neither at the name, nor at an address that they
    share with its owner.
    """
    return Keys(subject=f"token:{account.id}")


def keys_for_dead_token(visitor: Visitor) -> Keys | None:
    """What an attempt behind a link that opens nothing is counted under: where it came from.

    None where no address is known. Dead links have nothing else in common, and a count that all people share
    would let a few of them make all others wait. Guessing a link is hopeless anyway: it has 256 random bits.
    """
    source = _source(visitor)
    if source is None:
        return None
    return Keys(subject=f"dead token:{source}", known=False, source=source)


def hard_key(account: Account) -> str:
    """The account's present credentials: new ones are not charged with failures at the old."""
    return f"{account.id}:{account.epoch}"


def _other(text: str) -> str:
    return f"{text} again"


def _source(visitor: Visitor) -> str | None:
    source = source_of(Visitor.of(visitor).ip)
    if source is None:
        _warn_of_no_address()
    return source


@functools.cache
def _warn_of_no_address() -> None:
    _log.warning("no client address is known: limits by source do not apply, limits by name do")
