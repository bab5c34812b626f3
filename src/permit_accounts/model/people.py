"""Who is asking: a visitor of the portal, or a member of the city's staff."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import attrs

from permit_accounts.model.codes import Permission
from permit_accounts.model.errors import ConfigurationError
from permit_accounts.model.values import Value

#: As long as an e-mail address may be, by which some directories name people.
_LONGEST_ID: Final = 254


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Visitor(Value):
    """Where a request comes from, as far as the application knows.

    Args:
        ip: The client's address, from a proxy that the application trusts; empty where there is none.
        user_agent: The browser's own description; cut to 200 characters where it is kept.
        device_token: What an earlier `SignedIn` or `PasswordReset` gave to this browser. It is a hint that
            spares a known device the waits that strangers cause, and never authenticates.
    """

    ip: str = ""
    user_agent: str = ""
    device_token: str | None = attrs.field(default=None, repr=False)

    @staticmethod
    def of(given: object) -> Visitor:
        """The visitor that was given, or nobody in particular for None.

        Raises:
            ConfigurationError: It is something else, such as the address alone.
        """
        if given is None:
            return Visitor()
        if not isinstance(given, Visitor):
            raise ConfigurationError(f"visitor=… takes a Visitor(ip=…), not a {type(given).__name__}")
        return given


def _staff_id(given: str) -> str:
    """One visible line, for it stands in every event and in every list that shows one."""
    if isinstance(given, str) and given.strip() and len(given) <= _LONGEST_ID and given.isprintable():
        return given
    raise ConfigurationError(
        f"StaffMember(id=…) takes one to {_LONGEST_ID} visible letters, such as a user name of the directory"
    )


def _permissions(given: Iterable[Permission | str]) -> frozenset[Permission]:
    """A set of known permissions: a text is no set, for a part of a word would be a permission of its own."""
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise ConfigurationError(
            f"StaffMember(may={given!r}) takes a set of permissions, such as {{Permission.FIND}}"
        )
    try:
        return frozenset(map(Permission, given))
    except ValueError as error:
        known = ", ".join(Permission)
        raise ConfigurationError(f"StaffMember(may=…): {error}; there are {known}") from None


@attrs.frozen(kw_only=True, eq=False, repr=False)
class StaffMember(Value):
    """One of the city's staff. The host application signs them in and says what they may do.

    Args:
        id: Stable and unique in the city, such as the user name of the directory: one visible line of at most
            254 letters. It stands in every event.
        may: What this person is permitted to do; empty by default.

    Raises:
        ConfigurationError: `id` cannot stand in a history; or `may` is a text instead of a set, or names a
            permission that there is not.
    """

    id: str = attrs.field(converter=_staff_id)
    may: frozenset[Permission] = attrs.field(default=frozenset(), converter=_permissions)
