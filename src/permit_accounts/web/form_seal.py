"""The hidden token of each form: sealed, bound to this browser, good for a day (ASVS 5.0, 3.5.1).

It proves that the form was made by these pages for this browser. Before anybody is signed in it is bound to
a random cookie, so that nobody is signed in to a stranger's account by a stranger's form; afterwards to the
session, so that it ends with it. Each token is different, so that compressing a page betrays nothing of it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from permit_accounts import Keyring, Secret

#: As long as a session may last: a page that is older than that belongs to nobody's session.
_GOOD_FOR: Final = timedelta(days=1)
_PURPOSE: Final = "web-form"


class FormSeal:
    """Makes form tokens and tells whether one is good.

    Args:
        keyring: Seals them.
        now: The time, aware and in UTC.
        random: So many random bytes.
    """

    def __init__(
        self, keyring: Keyring, *, now: Callable[[], datetime], random: Callable[[int], bytes]
    ) -> None:
        self._keyring = keyring
        self._now = now
        self._random = random

    def new_binding(self) -> str:
        """A fresh value for the cookie that tokens are bound to: 256 random bits."""
        return _text(self._random(32))

    def token(self, binding: str) -> str:
        """A token for a form of the browser that holds this binding."""
        issued, salt = f"{int(self._now().timestamp()):x}", _text(self._random(9))
        return self._keyring.seal(f"{issued}:{salt}:{_bound(binding, issued, salt)}", _PURPOSE)

    def is_good(self, token: str, binding: str) -> bool:
        """Whether this token was made for this binding within the last day."""
        opened = self._keyring.open(Secret(token), _PURPOSE) if binding else None
        if opened is None:
            return False
        issued, salt, bound = opened.split(":")
        age = self._now().timestamp() - int(issued, 16)
        return _bound(binding, issued, salt) == bound and -60 <= age <= _GOOD_FOR.total_seconds()


def _bound(binding: str, issued: str, salt: str) -> str:
    """The digest that ties a token to its binding. It is inside the seal, so it is compared as it is."""
    return _text(hashlib.sha256(f"{issued}:{salt}:{binding}".encode()).digest()[:24])


def _text(random: bytes) -> str:
    return base64.urlsafe_b64encode(random).rstrip(b"=").decode("ascii")
