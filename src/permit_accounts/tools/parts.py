"""Whether the parts that a city puts together can work together: asked once, before anybody signs in.

A part that lacks a method would fail at somebody's first sign-in; one whose methods are `async` would answer
every question with an object that counts as yes. Both are told here, by the name of the argument.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from inspect import iscoroutinefunction
from typing import Final

import attrs

from permit_accounts.model.errors import ConfigurationError
from permit_accounts.ports import FLOW_CHANGES, Catalog, EmailBackend
from permit_accounts.rules.policy import Policy
from permit_accounts.tools.keyring import Keyring
from permit_accounts.tools.services import Services

_STORE: Final = ("select", "commit")
_HASHER: Final = ("hash", "verify", "needs_rehash", "readable")
_RANDOM_BYTES: Final = 16


def check_settings(*, keys: object, policy: object, create: object, registers: object) -> None:
    """Whether these arguments are what they are called.

    Raises:
        ConfigurationError: One is not.
    """
    if not isinstance(policy, Policy):
        raise _wrong("policy", "takes a Policy")
    if not isinstance(keys, Keyring):
        raise _wrong("keys", "takes a Keyring, such as Keyring.from_env()")
    if not isinstance(create, bool):
        raise _wrong("create", "takes True or False")
    if registers is not None and not isinstance(registers, Mapping):
        raise _wrong("registers", "takes a mapping from a board's id to its register")


def check_city(policy: Policy, email: EmailBackend) -> None:
    """Whether a real city says who and where it is: links and telephone numbers go out to people.

    Raises:
        ConfigurationError: It does not; the message names the settings.
    """
    if getattr(email, "for_trial", False):
        return
    untouched = [
        name
        for name in ("city", "support_phone", "base_url", "mail_from")
        if getattr(policy, name) == getattr(attrs.fields(Policy), name).default
    ]
    if untouched == ["base_url"] and getattr(email, "stays_on_machine", False):
        return  # a city that is being tried out at the very address that a policy begins with
    if untouched:
        raise ConfigurationError(
            f"Policy({', '.join(f'{name}=…' for name in untouched)}) must be set before real e-mail is sent"
        )


def check_store(given: str, store: object) -> None:
    """Whether this is a store, as its port says.

    Args:
        given: Where it was given, as a caller writes it: `Accounts.joined(…)`.
        store: What was given there.

    Raises:
        ConfigurationError: It is none; the message says where.
    """
    _check_methods(given, store, _STORE)
    most = getattr(store, "max_changes", None)
    if not isinstance(most, int) or most < FLOW_CHANGES:
        raise ConfigurationError(
            f"{given} takes a store of at least {FLOW_CHANGES} changes a commit (max_changes)"
        )


def check_parts(s: Services, email: EmailBackend) -> None:
    """Whether everything that flows work with is what its port says.

    Raises:
        ConfigurationError: One is not; the message names the argument of `Accounts.open`.
    """
    for argument, store in (("store", s.store), ("scratch", s.scratch)):
        check_store(_opened(argument), store)
    _check_methods(_opened("hasher"), s.hasher, _HASHER)
    _check_methods(_opened("email"), email, ("send",))
    _check_deadline(email, s.policy)
    _check_catalog(s.catalog, s.policy)
    _check_registers(s)
    _check_clock(s.now)
    _check_random(s.random)


def _check_methods(given: str, part: object, methods: tuple[str, ...]) -> None:
    for name in methods:
        method = getattr(part, name, None)
        if isinstance(part, type) or not callable(method):
            raise ConfigurationError(f"{given} takes an object that has {name}()")
        if iscoroutinefunction(method):
            raise ConfigurationError(
                f"{given} takes an object whose {name}() is an ordinary function, not async"
            )


def _check_deadline(email: EmailBackend, policy: Policy) -> None:
    """Whether one worker is done with an e-mail before the next may take it for abandoned."""
    deadline = getattr(email, "deadline", None)
    if isinstance(deadline, timedelta) and deadline >= policy.outbox_lease:
        raise _wrong("email", f"may take {deadline}: it has to be shorter than Policy(outbox_lease=…)")


def _check_catalog(catalog: Catalog, policy: Policy) -> None:
    _check_methods(_opened("catalog"), catalog, ("text",))
    languages = getattr(catalog, "languages", ())
    unknown = [language for language in policy.languages if language not in languages]
    if unknown:
        raise ConfigurationError(f"Policy(languages=…) names {unknown}, which the catalog has no words in")


def _check_registers(s: Services) -> None:
    for authority, register in s.registers.items():
        if authority not in s.policy.authorities:
            known = ", ".join(s.policy.authorities)
            raise _wrong("registers", f"is by board, one of {known}, and no account type has {authority!r}")
        _check_methods(_opened("registers"), register, ("lookup",))


def _check_clock(now: Callable[[], datetime]) -> None:
    moment = now() if callable(now) else None
    if not isinstance(moment, datetime) or moment.utcoffset() != timedelta(0):
        raise _wrong("now", "takes a function that answers an aware datetime in UTC")


def _check_random(random: Callable[[int], bytes]) -> None:
    drawn = random(_RANDOM_BYTES) if callable(random) else None
    if not isinstance(drawn, bytes) or len(drawn) != _RANDOM_BYTES:
        raise _wrong("random", "takes a function that answers so many random bytes as it is asked for")


def _opened(argument: str) -> str:
    return f"Accounts.open({argument}=…)"


def _wrong(argument: str, words: str) -> ConfigurationError:
    return ConfigurationError(f"{_opened(argument)} {words}")
