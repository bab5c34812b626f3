"""Faults, as exceptions: what went wrong with the program or the world, never with a person's input.

A person's mistake is a value (`Refused`), since its trace must be committed. What is raised here is the
fault of whoever put the library together, of nobody, or of the world:

    PermitAccountsError
    ├── ConfigurationError   yours: raised when things are put together, with advice
    ├── Conflict             nobody's: the world moved on, tell the story again
    ├── TryAgainLater        too much at once: ask again in a moment
    ├── Unavailable          the world's: a store or mail server is out of reach
    │   └── OutcomeUnknown   it was lost while it committed: what was asked may have been done
    └── Undeliverable        the world's: this one e-mail will never be accepted

No exception type of a dependency leaves the public face.
"""

from __future__ import annotations


class PermitAccountsError(Exception):
    """The root of every exception that this library raises."""


class ConfigurationError(PermitAccountsError):
    """Something was put together wrongly; the message says what to do about it."""


class Conflict(PermitAccountsError):  # noqa: N818 - the field's own word
    """A change's precondition no longer held, so nothing was written.

    A store raises it; the front doors repeat the flow. An application sees it only where a store is joined
    to its own transaction.
    """


class TryAgainLater(PermitAccountsError):  # noqa: N818 - the field's own word
    """There was too much contention or too long a queue; nothing was decided. Shown as 503."""


class Unavailable(PermitAccountsError):  # noqa: N818 - the field's own word
    """A store, mail server or register is out of reach; the driver's error is the `__cause__`."""


class OutcomeUnknown(Unavailable):
    """A store was lost while it committed: everything that was asked was done, or nothing.

    Whoever asked is told to look before asking again: "try signing in first".
    """


class Undeliverable(PermitAccountsError):  # noqa: N818 - the field's own word
    """An e-mail was refused for good: sending it again would not help."""
