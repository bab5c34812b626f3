"""What a setting may be: each check names the setting, says what it takes, and refuses everything else.

A wrong setting is never read as none: neither `None` nor zero nor a misspelled unit may come to mean "without
limit" or "not checked".
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final, TypeVar

import attrs

from permit_accounts.model.errors import ConfigurationError
from permit_accounts.rules.emails import Email, parse_email
from permit_accounts.rules.patterns import Pattern

T = TypeVar("T")
Check = Callable[[Any, "attrs.Attribute[Any]", Any], None]

_SENDER: Final = Pattern(r"[!-;=?A-~]+@[!-;=?A-~]+|[^<>@\x00-\x1f\x7f]+ <[!-;=?A-~]+@[!-;=?A-~]+>")
#: Every name of IANA's has this shape; `america/los_angeles` is found on some machines only.
_ZONE: Final = Pattern(r"[A-Z][A-Za-z0-9+_-]*(/[A-Z][A-Za-z0-9+_-]*){0,2}")
_MOST_SHOWN: Final = 100


def setting(default: T, check: Check) -> T:
    """A field with a default and the check that every other value has to pass."""
    field: T = attrs.field(default=default, validator=check)
    return field


def span(low: timedelta, high: timedelta | None = None) -> Check:
    """A length of time, both bounds included."""

    def check(made: object, attribute: attrs.Attribute[Any], value: object) -> None:
        if not isinstance(value, timedelta):
            raise _wrong(made, attribute, value, "takes a timedelta")
        if value < low or (high is not None and value > high):
            most = f" to {high}" if high is not None else " or more"
            raise _wrong(made, attribute, value, f"must be {low}{most}")

    return check


def number(low: int, high: int | None = None) -> Check:
    """A whole number, both bounds included."""

    def check(made: object, attribute: attrs.Attribute[Any], value: object) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            raise _wrong(made, attribute, value, "takes a whole number")
        if value < low or (high is not None and value > high):
            most = f" to {high}" if high is not None else " or more"
            raise _wrong(made, attribute, value, f"must be {low}{most}")

    return check


def one_of(kind: type[Any]) -> Check:
    """An object of this class."""

    def check(made: object, attribute: attrs.Attribute[Any], value: object) -> None:
        if not isinstance(value, kind):
            raise _wrong(made, attribute, value, f"takes a value of {kind.__name__}")

    return check


def several(what: str, check_one: Callable[[object], bool]) -> Check:
    """A tuple of such things; whatever was given and cannot be made one is refused by name."""

    def check(made: object, attribute: attrs.Attribute[Any], value: object) -> None:
        if not isinstance(value, tuple) or not all(check_one(item) for item in value):
            raise _wrong(made, attribute, value, f"takes a tuple of {what}")

    return check


def several_of(kind: type[Any]) -> Check:
    """A tuple of objects of this class."""
    return several(kind.__name__, lambda item: isinstance(item, kind))


def or_none(check_other: Check) -> Check:
    """None, or what passes this check."""

    def check(made: object, attribute: attrs.Attribute[Any], value: object) -> None:
        if value is not None:
            check_other(made, attribute, value)

    return check


def word(made: object, attribute: attrs.Attribute[Any], value: object) -> None:
    """A line of text."""
    if not is_word(value):
        raise _wrong(made, attribute, value, "takes a line of text")


def is_word(value: object) -> bool:
    """Whether this is a text that says something, on one line."""
    return isinstance(value, str) and bool(value.strip()) and not any(ord(c) < 32 for c in value)


def flag(made: object, attribute: attrs.Attribute[Any], value: object) -> None:
    """True or False."""
    if not isinstance(value, bool):
        raise _wrong(made, attribute, value, "takes True or False")


def called(made: object, attribute: attrs.Attribute[Any], value: object) -> None:
    """Something that can be called."""
    if not callable(value):
        raise _wrong(made, attribute, value, "takes a function")


def address(made: object, attribute: attrs.Attribute[Any], value: object) -> None:
    """One plain e-mail address."""
    read = parse_email(value) if isinstance(value, str) else None
    if not isinstance(read, Email) or read.address != value:
        raise _wrong(made, attribute, value, "takes one plain e-mail address")


def sender(made: object, attribute: attrs.Attribute[Any], value: object) -> None:
    """An address that e-mail comes from, with or without a name before it."""
    if not isinstance(value, str) or _SENDER.fullmatch(value) is None:
        raise _wrong(made, attribute, value, "takes 'permits@example.gov' or 'City <permits@example.gov>'")


def zone(made: object, attribute: attrs.Attribute[Any], value: object) -> None:
    """What the name of a time zone looks like; whether there is such a zone, the pages find out.

    The core looks into no database of zones: many a small container has none.
    """
    if not isinstance(value, str) or _ZONE.fullmatch(value) is None:
        raise _wrong(made, attribute, value, "takes the name of a time zone such as 'America/Los_Angeles'")


def _wrong(made: object, attribute: attrs.Attribute[Any], value: object, words: str) -> ConfigurationError:
    shown = repr(value)[:_MOST_SHOWN]
    return ConfigurationError(f"{type(made).__name__}({attribute.name}=…) {words}, not {shown}")
