"""What an error of Redis means to whoever runs it, in words that say what to do.

Of the server's own text no more than its code is told: the rest may quote what was sent.
"""

from __future__ import annotations

import re
from typing import Final

from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    BusyLoadingError,
    NoPermissionError,
    ReadOnlyError,
    ResponseError,
)
from redis.exceptions import TimeoutError as AnswerLate

_ACCESS: Final = (
    "refuses this user or password: mend them in its URL, and write special characters as %40 is for @"
)
_COMMANDS: Final = (
    "does not let this user do what is needed: allow it +mget +scan +set +del +pexpireat +pttl +evalsha "
    "+script|load +info on keys with the prefix, and +select where its URL names another database than 0 "
    "(ACL SETUSER)"
)
_FULL: Final = "is full: raise its maxmemory, or find out what fills it"
_REPLICA: Final = "is a replica, which takes no writes: name the primary"
_STARTING: Final = "is still reading what it kept; it will be ready in a moment"
_UNSAVED: Final = (
    "takes no writes because its last snapshot failed: make room on its disk, or let it keep none (save '')"
)

#: By class, because redis-py takes the code away from the text of those that it has a class for.
_BY_CLASS: Final = (
    (AuthenticationError, _ACCESS),
    (AuthorizationError, _ACCESS),
    (NoPermissionError, _COMMANDS),
    (ReadOnlyError, _REPLICA),
    (BusyLoadingError, _STARTING),
    (AnswerLate, "did not answer in time"),
)
#: By code or word, wherever it stands: older servers put the words of a script's error in front of it.
_BY_CODE: Final = (
    ("NOAUTH", _ACCESS),
    ("NOPERM", _COMMANDS),
    ("can't run this command", _COMMANDS),  # within a script, which has no code for it
    ("OOM|maxmemory", _FULL),
    ("READONLY", _REPLICA),
    ("MISCONF", _UNSAVED),
)
_CODE: Final = r"[A-Z]{2,20}"


def advice(error: BaseException) -> str:
    """How it is with the server, to be said behind its address."""
    for kind, words in _BY_CLASS:
        if isinstance(error, kind):
            return words
    if not isinstance(error, ResponseError):
        return "is out of reach"
    text = str(error)
    for code, words in _BY_CODE:
        if re.search(rf"\b({code})\b", text):
            return words
    found = re.match(_CODE, text)
    return f"answers with an error{f' ({found.group()})' if found else ''}"


def is_an_answer(error: BaseException) -> bool:
    """Whether the server itself said so: redis-py takes some refusals for lost connections."""
    return isinstance(error, AuthenticationError | AuthorizationError | BusyLoadingError)
