"""What a city decides, in one frozen value on safe numbers.

`Policy(…)` is what the portal guides ask for; `Policy.strict(…)` gives up what the guides ask for wherever a
standard refuses it. Every number's source stands beside it. Wrong combinations fail when the policy is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, Final, Protocol, Self
from urllib.parse import urlsplit

import attrs

from permit_accounts.model.codes import QuestionUse, ScratchOutage
from permit_accounts.model.errors import ConfigurationError
from permit_accounts.model.values import Value
from permit_accounts.rules.account_types import (
    CONTRACTOR,
    PUBLIC,
    AccountType,
    LicenseNumber,
)
from permit_accounts.rules.old_costs import parse_declared
from permit_accounts.rules.patterns import Pattern
from permit_accounts.rules.settings import (
    address,
    called,
    flag,
    is_word,
    number,
    one_of,
    or_none,
    sender,
    setting,
    several,
    several_of,
    span,
    word,
    zone,
)


# Cost: with `converter=tuple` attrs would read the signature of `tuple`, which takes 5 ms at every import.
def _types(items: Iterable[AccountType]) -> tuple[AccountType, ...]:
    return tuple(items) if _is_several(items) else items  # type: ignore[return-value] # the check refuses it


def _words(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(items) if _is_several(items) else items  # type: ignore[return-value] # the check refuses it


def _costs(items: Iterable[Argon2Cost]) -> tuple[Argon2Cost, ...]:
    return tuple(items) if _is_several(items) else items  # type: ignore[return-value] # the check refuses it


def _is_old_cost(item: object) -> bool:
    return parse_declared(item) is not None


def _is_several(items: object) -> bool:
    """Whether these are items; a text is not meant as its letters."""
    return isinstance(items, Iterable) and not isinstance(items, str | bytes)


_MINUTE: Final = timedelta(minutes=1)
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_PATH: Final = Pattern(r"/[A-Za-z0-9._~/-]*")


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Links(Value):
    """The paths that e-mails point to, below `Policy.base_url`; `?token=…` is added."""

    setup: str = "/setup"
    reset: str = "/reset-password"
    confirm: str = "/confirm-email"
    change: str = "/confirm-email"
    cancel: str = "/cancel-email-change"

    def __attrs_post_init__(self) -> None:
        for name, path in attrs.asdict(self).items():
            if not isinstance(path, str) or not _PATH.fullmatch(path) or path.startswith("//"):
                raise ConfigurationError(f"Links({name}={path!r}) must be a path such as '/reset-password'")


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Limit(Value):
    """At most so many of something within a span of time."""

    count: int = attrs.field(validator=number(1, 1_000_000_000))
    within: timedelta = attrs.field(validator=span(timedelta(seconds=1), 400 * _DAY))


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Argon2Cost(Value):
    """What one hash costs: passes, memory in KiB, lanes (RFC 9106, second recommended option).

    Less than the OWASP minimum (2 passes of 19,456 KiB, or 1 of 47,104) is refused.
    """

    time_cost: int = setting(3, number(1, 100))
    memory_cost: int = setting(65536, number(8, 4 * 1024 * 1024))
    parallelism: int = setting(4, number(1, 64))

    def __attrs_post_init__(self) -> None:
        t, m = self.time_cost, self.memory_cost
        if not is_at_least_the_minimum(self):
            raise ConfigurationError(
                f"Argon2Cost(time_cost={t}, memory_cost={m}) is below the OWASP minimum of "
                "2 passes of 19456 KiB or 1 pass of 47104 KiB"
            )


class _PassesOverMemory(Protocol):
    @property
    def time_cost(self) -> int: ...

    @property
    def memory_cost(self) -> int: ...


def is_at_least_the_minimum(cost: _PassesOverMemory) -> bool:
    """Whether an Argon2 hash costs no less than OWASP's minimum (Password Storage Cheat Sheet)."""
    t, m = cost.time_cost, cost.memory_cost
    return (t >= 1 and m >= 47104) or (t >= 2 and m >= 19456)


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Policy(Value):
    """A city's decisions. Keyword-only, frozen, checked when it is made.

    `city`, `support_phone`, `base_url` and `mail_from` have no useful default: `Accounts.open` demands them,
    except with the memory and console e-mail backends; the file backend may leave `base_url`, where a portal
    on this machine is. Durations are `timedelta`.

    Raises:
        ConfigurationError: A value or a combination of values is wrong; the message names the setting.
    """

    # the city
    city: str = setting("this city", word)
    support_phone: str = setting("the city's permit counter", word)
    base_url: str = setting("http://127.0.0.1:8000", word)
    links: Links = attrs.field(factory=Links, validator=one_of(Links))
    mail_from: str = setting("no-reply@localhost", sender)
    staff_email: str | None = setting(None, or_none(address))
    time_zone: str = setting("America/Los_Angeles", zone)
    account_types: tuple[AccountType, ...] = attrs.field(
        default=(PUBLIC, CONTRACTOR), converter=_types, validator=several_of(AccountType)
    )
    languages: tuple[str, ...] = attrs.field(
        default=("en", "es", "ru"), converter=_words, validator=several("texts", is_word)
    )
    context_words: tuple[str, ...] = attrs.field(
        default=("permit", "permits", "etrakit"), converter=_words, validator=several("texts", is_word)
    )
    unique_email: bool = setting(False, flag)

    # passwords: NIST SP 800-63B-4, 3.1.1.2 (15 alone, 8 beside an enforced second factor; at least 64 taken)
    password_min: int = setting(15, number(8, 64))
    password_max: int = setting(256, number(64, 1024))
    password_max_bytes: int = setting(1024, number(256, 4096))
    breach_check: Callable[[str], bool] | None = attrs.field(
        default=None, repr=False, validator=or_none(called)
    )
    argon2: Argon2Cost = attrs.field(factory=Argon2Cost, validator=one_of(Argon2Cost))
    earlier_argon2: tuple[Argon2Cost, ...] = attrs.field(
        default=(), converter=_costs, validator=several_of(Argon2Cost)
    )
    hash_concurrency: int | None = setting(None, or_none(number(1, 1024)))
    hash_queue: int = setting(16, number(1, 1024))
    hash_wait: timedelta = setting(timedelta(seconds=10), span(timedelta(seconds=1), _MINUTE))
    imported_hashes: tuple[str, ...] = attrs.field(
        default=(),
        converter=_words,
        validator=several("costs such as 'pbkdf2_sha256:rounds=600000' or 'bcrypt:cost=12'", _is_old_cost),
    )

    # the security question: a declared deviation from ASVS 5.0, 6.4.2; OFF in Policy.strict()
    security_question: QuestionUse = setting(QuestionUse.EXTRA_STEP, one_of(QuestionUse))
    staff_may_check_answers: bool = setting(True, flag)
    answer_tries_per_day: int = setting(10, number(1, 10))

    # registration and set-up
    sign_in_after_registration: bool = setting(True, flag)
    setup_by_mail: bool = setting(True, flag)
    setup_grant: timedelta = setting(15 * _MINUTE, span(_MINUTE, _HOUR))
    setup_grant_in_all: timedelta = setting(_HOUR, span(_MINUTE, _HOUR))
    setup_link_ttl: timedelta = setting(_DAY, span(_MINUTE, _DAY))
    temporary_symbols: int = setting(16, number(15, 40))
    temporary_ttl: timedelta = setting(timedelta(hours=72), span(_MINUTE, timedelta(hours=72)))
    temporary_ttl_by_post: timedelta = setting(21 * _DAY, span(_MINUTE, 30 * _DAY))
    temporary_spent_at_first_use: bool = setting(False, flag)
    temporary_only_without_email: bool = setting(False, flag)
    temporary_issues: Limit = setting(Limit(count=30, within=_HOUR), one_of(Limit))
    staff_changes: Limit = setting(Limit(count=200, within=_HOUR), one_of(Limit))

    # links: NIST SP 800-63B-4, 4.2.1.2 (24 hours by e-mail at the most)
    reset_ttl: timedelta = setting(_HOUR, span(_MINUTE, _DAY))
    confirm_ttl: timedelta = setting(_DAY, span(_MINUTE, _DAY))
    change_email_ttl: timedelta = setting(_DAY, span(_MINUTE, _DAY))
    cancel_email_ttl: timedelta = setting(7 * _DAY, span(_DAY, 7 * _DAY))

    # throttling: NIST SP 800-63B-4, 3.2.2; OWASP device cookies
    throttle_free: int = setting(10, number(1, 100))
    throttle_first_wait: timedelta = setting(timedelta(seconds=30), span(timedelta(seconds=1), _HOUR))
    throttle_max_wait: timedelta = setting(_HOUR, span(_MINUTE, _DAY))
    throttle_decay: timedelta = setting(_DAY, span(_HOUR, 30 * _DAY))
    throttle_settle: timedelta = setting(timedelta(seconds=10), span(timedelta(0), _MINUTE))
    throttle_unsettled: timedelta = setting(_MINUTE, span(timedelta(seconds=10), _HOUR))
    notify_failures: int = setting(50, number(1, 100))
    hard_cap: int = setting(100, number(1, 100))
    source_failures: Limit = setting(Limit(count=20, within=10 * _MINUTE), one_of(Limit))
    source_wait: timedelta = setting(10 * _MINUTE, span(_MINUTE, _DAY))
    spray_names: Limit = setting(Limit(count=10, within=_HOUR), one_of(Limit))
    scratch_outage: ScratchOutage = setting(ScratchOutage.COUNT_DURABLY, one_of(ScratchOutage))
    failure_rate_alarm: Limit = setting(Limit(count=1000, within=10 * _MINUTE), one_of(Limit))
    device_token_ttl: timedelta = setting(180 * _DAY, span(_DAY, 400 * _DAY))
    reset_mails_hour: Limit = setting(Limit(count=3, within=_HOUR), one_of(Limit))
    reset_mails_day: Limit = setting(Limit(count=10, within=_DAY), one_of(Limit))
    reset_requests_source: Limit = setting(Limit(count=20, within=_HOUR), one_of(Limit))
    username_reminders: Limit = setting(Limit(count=3, within=_HOUR), one_of(Limit))
    confirmation_mails: Limit = setting(Limit(count=3, within=_HOUR), one_of(Limit))
    registrations_source: Limit = setting(Limit(count=10, within=_HOUR), one_of(Limit))
    registration_forms_source: Limit = setting(Limit(count=30, within=_HOUR), one_of(Limit))

    # sessions: NIST SP 800-63B-4, 2.1.3 and 5.1; WCAG 2.2, 2.2.1
    session_idle: timedelta = setting(30 * _MINUTE, span(_MINUTE, 30 * _DAY))
    session_absolute: timedelta = setting(_DAY, span(_MINUTE, 30 * _DAY))
    session_touch: timedelta = setting(5 * _MINUTE, span(timedelta(seconds=1), 10 * _MINUTE))
    remember_me: bool = setting(True, flag)
    remembered_absolute: timedelta = setting(30 * _DAY, span(_HOUR, 30 * _DAY))
    reauth_window: timedelta = setting(15 * _MINUTE, span(_MINUTE, _HOUR))
    max_sessions: int = setting(10, number(1, 1000))

    # e-mail
    outbox_lease: timedelta = setting(5 * _MINUTE, span(_MINUTE, _HOUR))
    outbox_attempts: int = setting(12, number(1, 100))
    outbox_first_pause: timedelta = setting(_MINUTE, span(timedelta(seconds=1), _HOUR))
    outbox_max_pause: timedelta = setting(6 * _HOUR, span(_MINUTE, _DAY))
    outbox_mails_per_minute: int = setting(600, number(1, 1_000_000))

    # retention
    audit_retention: timedelta | None = timedelta(days=730)
    audit_visitor_retention: timedelta | None = timedelta(days=90)

    @classmethod
    def strict(cls, **settings: Any) -> Self:
        """The policy that gives up what the guides ask for wherever a standard refuses it.

        No security question, no sign-in before the mailbox is confirmed, no remember-me; a temporary
        password only for people without an e-mail address on file, of 26 symbols (128 bits), good for
        24 hours and spent at its first right use.

        Args:
            **settings: Any field of `Policy`; what is given wins.
        """
        strict: dict[str, Any] = {
            "security_question": QuestionUse.OFF,
            "staff_may_check_answers": False,
            "sign_in_after_registration": False,
            "remember_me": False,
            "temporary_symbols": 26,
            "temporary_ttl": _DAY,
            "temporary_spent_at_first_use": True,
            "temporary_only_without_email": True,
        }
        return cls(**(strict | settings))

    @property
    def question_required(self) -> bool:
        """Whether a security question is collected."""
        return self.security_question is not QuestionUse.OFF

    @property
    def authorities(self) -> tuple[str, ...]:
        """The license boards of all account types, each once."""
        named = (
            authority
            for account_type in self.account_types
            if isinstance(account_type.username, LicenseNumber)
            for authority in account_type.username.authorities
        )
        return tuple(dict.fromkeys(named))

    def account_type(self, wanted: AccountType | str) -> AccountType:
        """The account type of this id.

        Raises:
            ConfigurationError: This policy has no such type.
        """
        wanted_id = wanted if isinstance(wanted, str) else wanted.id
        for account_type in self.account_types:
            if account_type.id == wanted_id:
                return account_type
        known = ", ".join(repr(account_type.id) for account_type in self.account_types)
        raise ConfigurationError(
            f"this policy has no account type {wanted_id!r}; Policy(account_types=…) names {known}"
        )

    def offers(self, type_id: str) -> bool:
        """Whether there is such a type: the accounts of one that a city gives up remain, and open nothing."""
        return any(account_type.id == type_id for account_type in self.account_types)

    def __attrs_post_init__(self) -> None:
        _check_types(self)
        _check_base_url(self.base_url)
        if "en" not in self.languages:
            raise ConfigurationError("Policy(languages=…) must contain 'en', which every text falls back to")
        if self.throttle_max_wait < self.throttle_first_wait:
            raise ConfigurationError("Policy(throttle_max_wait=…) is shorter than throttle_first_wait")
        if self.setup_grant_in_all < self.setup_grant:
            raise ConfigurationError("Policy(setup_grant_in_all=…) is shorter than setup_grant")
        if self.notify_failures > self.hard_cap:
            raise ConfigurationError("Policy(notify_failures=…) must not be over hard_cap")
        if self.session_absolute < self.session_idle:
            raise ConfigurationError("Policy(session_absolute=…) is shorter than session_idle")
        for name in ("audit_retention", "audit_visitor_retention"):
            span = getattr(self, name)
            if span is not None and (not isinstance(span, timedelta) or span <= timedelta(0)):
                raise ConfigurationError(f"Policy({name}=…) takes a positive timedelta, or None for ever")


def _check_types(policy: Policy) -> None:
    types = policy.account_types
    if not types:
        raise ConfigurationError("Policy(account_types=…) takes at least one AccountType")
    ids = [account_type.id for account_type in types]
    if len(set(ids)) < len(ids):
        raise ConfigurationError("Policy(account_types=…) names one id twice")


def _check_base_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        parts, port_fits = urlsplit(""), False
    loopback = parts.hostname in {"127.0.0.1", "localhost", "::1"}
    plain = not (parts.query or parts.fragment or parts.username or parts.password) and port_fits
    safe = parts.scheme == "https" or (parts.scheme == "http" and loopback)
    if not plain or not parts.hostname or not safe:
        raise ConfigurationError(
            f"Policy(base_url={url!r}) must be an https address such as 'https://permits.example.gov' "
            "(http only on this machine's own loopback address)"
        )
