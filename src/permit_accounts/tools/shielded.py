"""Computes what is made of a password, and shows none of it in a fault."""

from __future__ import annotations

import base64
from collections.abc import Callable

from argon2.exceptions import HashingError

from permit_accounts.model.errors import TryAgainLater
from permit_accounts.model.secret import Secret


def shielded(act: Callable[[], bytes]) -> bytes:
    """What this computes. Whatever goes wrong is raised from here, without the frames below: there the
    password stands as plain bytes, and crash reporters print the variables of every frame.
    """
    fault: BaseException
    try:
        return act()
    except HashingError:
        # All parameters have been checked, so what is left is memory or threads that are not to be had.
        fault = TryAgainLater("there is no memory for a hash now")
    except BaseException as error:
        fault = error.with_traceback(None)
    raise fault


def octets(secret: Secret) -> bytes:
    """A secret as UTF-8."""
    # surrogatepass: half a surrogate pair is a wrong password like any other, not a fault.
    return secret.reveal().encode("utf-8", "surrogatepass")


def as_text(digest: bytes) -> Secret:
    """A digest as Argon2 is given it."""
    return Secret(base64.b64encode(digest).decode("ascii"))
