"""The cookies of the pages: read without trust, written with every attribute that protects them.

Each has the `__Host-` prefix, which ties it to this host, this path and https, so that no sibling of the
city's domain can plant one (ASVS 5.0, 3.3.1 and 3.3.3). Only where the base address is http on this machine's
own loopback, as in a demonstration, do they go without, for browsers would refuse them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

#: Whose session this is; opens what the person may do.
SESSION: Final = "sid"
#: A browser that its owner has used before; spares it the waits that strangers cause, opens nothing.
DEVICE: Final = "device"
#: What sealed form tokens are bound to before anybody is signed in.
FORM: Final = "form"
#: The grant of a set-up, and the tokens of mailed links, once they have left the address line.
SETUP: Final = "setup"
RESET: Final = "reset"
LINK: Final = "link"
#: The language that was chosen, a message to show once, and what was typed before a form ran out.
LANGUAGE: Final = "language"
NOTE: Final = "note"
DRAFT: Final = "draft"
#: What a person leaves in a browser that another one may sit at next: gone when they sign out.
OF_ONE_PERSON: Final = (SESSION, DRAFT, SETUP, RESET, LINK)
#: The same where a session has run out: what was typed waits for its person, as `web.drafts` says.
OF_A_SESSION: Final = (SESSION, SETUP, RESET, LINK)
NAMES: Final = frozenset({SESSION, DEVICE, FORM, SETUP, RESET, LINK, LANGUAGE, NOTE, DRAFT})
_PREFIX: Final = "__Host-"
#: RFC 6265, 6.1: at least 50 cookies of 4,096 bytes each; a portal's own are nine small ones.
_LONGEST_HEADER: Final = 16_384
_VALUE: Final = re.compile(r"[!#-+\--:<-\[\]-~]{1,4000}", re.ASCII)


class CookieRules:
    """How cookies are named and which attributes they carry, for one base address.

    Args:
        plain_http: Whether the pages are served over http on loopback.
        mark: What stands before each name, so that other pages of the same host have cookies of their own.
        names: The short names of the cookies that are read at all.
    """

    def __init__(self, *, plain_http: bool, mark: str = "", names: Iterable[str] = NAMES) -> None:
        prefix, secure = ("", "") if plain_http else (_PREFIX, "; Secure")
        self._names: Final = {f"{prefix}{mark}{name}": name for name in names}
        self._prefix: Final = f"{prefix}{mark}"
        self._flags: Final = f"; Path=/{secure}; HttpOnly; SameSite=Lax"

    def read(self, header: str) -> Mapping[str, str]:
        """Our cookies by their short names, from a `Cookie` header.

        One that comes twice counts for none: browsers send a planted one beside ours and nobody can tell
        which is which (RFC 6265, 8.6). What is longer than a portal's cookies can be is not read at all.
        """
        if not header or len(header) > _LONGEST_HEADER:
            return {}
        found: dict[str, str] = {}
        for part in header.split(";"):
            name, separator, value = part.strip(" \t").partition("=")
            known = self._names.get(name)
            if known is None or not separator:
                continue
            found[known] = value if known not in found and _VALUE.fullmatch(value) else ""
        return {name: value for name, value in found.items() if value}

    def kept(self, name: str, value: str, *, seconds: int | None = None) -> tuple[str, str]:
        """The header that sets a cookie.

        Args:
            name: Its short name.
            value: Letters, digits and signs that need no quoting.
            seconds: How long the browser keeps it; None for as long as it is open.
        """
        age = "" if seconds is None else f"; Max-Age={max(seconds, 0)}"
        return ("Set-Cookie", f"{self._prefix}{name}={value}{self._flags}{age}")

    def dropped(self, name: str) -> tuple[str, str]:
        """The header that makes the browser forget a cookie, with the attributes it was set with."""
        return self.kept(name, "", seconds=0)
