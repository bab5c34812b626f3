"""Forms that may be sent once: a double click, or a page loaded again, issues no second temporary password.

Else the second would silently end the first, which may be the one that was read out. A form is known by its
sealed token. What has been used is remembered in this process, as long as a token is good; that a form was
shown for an account which has changed since is seen by every process, from the account itself.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from typing import Final

#: More than all staff of a city issue in a day.
_MOST: Final = 10_000


class SpentForms:
    """The forms that have been used.

    Args:
        most: How many are remembered; the oldest are forgotten first.
    """

    def __init__(self, most: int = _MOST) -> None:
        self._most: Final = most
        self._lock = threading.Lock()
        self._used: OrderedDict[bytes, None] = OrderedDict()

    def take(self, token: str) -> bool:
        """Use a form; whether it had not been used before."""
        with self._lock:
            key = _key(token)
            if key in self._used:
                return False
            self._used[key] = None
            if len(self._used) > self._most:
                self._used.popitem(last=False)
            return True

    def give_back(self, token: str) -> None:
        """Nothing came of it, so it may be sent again."""
        with self._lock:
            self._used.pop(_key(token), None)


def _key(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
